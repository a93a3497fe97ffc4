/**
 * One operator of the float graph, run by itself on other numbers than the graph's: a scale that moves
 * as its tensor moves, a bias that passes through a convolution, a function at every entry of a table.
 * @module
 */
import { evaluateFloat } from "../float/evaluate.ts";
import type { FloatDtype, FloatNode, FloatTensor } from "../float/float-graph.ts";

/**
 * @param operands by the position of the node's inputs; the node's own constants need not be given
 * @param constants of the node's graph
 */
export function runFloatNode(
  node: Omit<FloatNode, "name" | "label">,
  operands: readonly FloatTensor[],
  result: { readonly dtype: FloatDtype; readonly dims: readonly number[] },
): Float64Array {
  const inputs = operands.map(({ dtype, dims }, i) => ({ name: `in${i}`, dtype, dims }));
  const output = { name: "out", ...result };
  const constants = new Map(operands.map((operand, i) => [`in${i}`, operand]));
  const values = evaluateFloat(
    {
      name: "step",
      inputs: [],
      outputs: [{ ...output, labels: [] }],
      nodes: [
        {
          ...node,
          name: "step",
          label: "step",
          inputs: inputs.map(({ name }) => name),
          outputs: ["out"],
        },
      ],
      constants,
      types: new Map([...inputs, output].map((value) => [value.name, value])),
      notices: [],
    },
    [],
  );
  return values.get("out") ?? new Float64Array(0);
}
