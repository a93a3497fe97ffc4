/**
 * Nodes made ready to compute and to bound: each node's operator looks at its operands once.
 * @module
 */
import { ModelError } from "./error.ts";
import type { IntegerGraph, IntegerNode } from "./integer-graph.ts";
import { nodeLabel, quoted } from "./onnx/allow.ts";
import type { Constant, Kernel, Operand, TensorType } from "./operators/operator.ts";
import { OPERATORS } from "./operators/table.ts";

export interface Step {
  readonly node: IntegerNode;
  /** The value the node writes. */
  readonly writes: string;
  readonly kernel: Kernel;
}

/** Every node of the graph, in order. */
export function stepsOf(graph: IntegerGraph): Step[] {
  return graph.nodes.map((node, index) => stepOf(node, index, graph.types, graph.constants));
}

/**
 * @param types the types of what stands before the node, at least
 * @throws ModelError `UNSUPPORTED_OPERATOR`, `UNDEFINED_VALUE`, `BAD_OPERANDS`, `BAD_ATTRIBUTE`
 */
export function stepOf(
  node: IntegerNode,
  index: number,
  types: ReadonlyMap<string, TensorType>,
  constants: ReadonlyMap<string, Constant>,
): Step {
  const label = nodeLabel({ name: node.name, opType: node.op }, index);
  const operator = OPERATORS.get(node.op);
  const [writes] = node.outputs;
  if (operator === undefined || writes === undefined || node.outputs.length > 1) {
    throw new ModelError(
      "UNSUPPORTED_OPERATOR",
      `${label} has ${node.outputs.length} outputs, and is not an operator of integer graphs with one`,
      `Supported are ${[...OPERATORS.keys()].join(", ")}, each with one output.`,
    );
  }
  const operands = node.inputs.map((name): Operand | undefined => {
    if (name === "") return undefined;
    const type = constants.get(name) ?? types.get(name);
    if (type !== undefined) return type;
    throw new ModelError(
      "UNDEFINED_VALUE",
      `${label} reads ${quoted(name)}, which nothing before it writes`,
      "Sort the nodes so that each stands after those it reads; a cycle cannot be sorted.",
    );
  });
  return { node, writes, kernel: operator({ label, operands, attributes: node.attributes }) };
}
