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

/** Kept as long as the graph: analysis, interpreter and lowering ask for the same ones. */
const STEPS = new WeakMap<IntegerGraph, readonly Step[]>();

/** Every node of the graph, in order. */
export function stepsOf(graph: IntegerGraph): readonly Step[] {
  const made = STEPS.get(graph);
  if (made !== undefined) return made;
  const { types, constants, opset } = graph;
  const steps = graph.nodes.map((node, index) => stepOf(node, index, types, constants, opset));
  keepSteps(graph, steps);
  return steps;
}

/** Remembers the steps that reading the graph has made. */
export function keepSteps(graph: IntegerGraph, steps: readonly Step[]): void {
  STEPS.set(graph, steps);
}

/**
 * @param types the types of what stands before the node, at least
 * @throws ModelError `UNSUPPORTED_OPERATOR`, `UNDEFINED_VALUE`, and what the operator refuses
 */
export function stepOf(
  node: IntegerNode,
  index: number,
  types: ReadonlyMap<string, TensorType>,
  constants: ReadonlyMap<string, Constant>,
  opset: number,
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
  return {
    node,
    writes,
    kernel: operator({ label, opset, operands, attributes: node.attributes }),
  };
}
