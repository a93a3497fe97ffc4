/**
 * An ONNX model whose tensors are integers and truth values already becomes an integer graph node by node: nothing is
 * rounded, and the answer is the file's own. Every integer type becomes int32, which holds the numbers that occur, or the
 * node at which they might not is named; a sum that would wrap around in the file's own type is refused, not wrapped.
 * @module
 */
import { ModelError } from "../error.ts";
import type { FloatGraph, FloatNode, FloatTensor, FloatValue } from "../float/float-graph.ts";
import { GraphWriter, type Written } from "./graph-writer.ts";
import { RULES } from "./rules.ts";

export interface ExactOptions {
  readonly name: string;
  /** Of each input's elements, in the order of the inputs. */
  readonly ranges: readonly { readonly min: number; readonly max: number }[];
}

/** Whether nothing of the model is a real number. */
export function isExact({ inputs, outputs, types }: FloatGraph): boolean {
  const isWhole = ({ dtype }: FloatValue): boolean => dtype !== "float";
  return [...inputs, ...outputs, ...types.values()].every(isWhole);
}

/**
 * Canonical ONNX bytes of the integer graph.
 * @throws ModelError naming the node: `UNSUPPORTED_OPERATOR`, `OVERFLOW`, and what the operators refuse
 */
export function emitExact(graph: FloatGraph, { name, ranges }: ExactOptions): Uint8Array {
  const writer = new GraphWriter();
  const values = new Map<string, Written>();
  const metadata = graph.inputs.map((input, index) => {
    const range = ranges[index] ?? { min: 0, max: 0 };
    const { dtype, dims } = input;
    const given = writer.input(input.name, { dtype: "int32", dims }, range);
    values.set(input.name, dtype === "bool" ? asBool(writer, given) : given);
    return { name: input.name, ...range, scale: 1 };
  });
  const valueOf = (value: string): Written => {
    const known = values.get(value);
    if (known !== undefined) return known;
    const constant = graph.constants.get(value);
    if (constant === undefined) throw new Error(`${value} stands before what writes it`);
    const written = constantOf(writer, value, constant);
    values.set(value, written);
    return written;
  };
  for (const node of graph.nodes) {
    const written = emitNode(writer, node, node.inputs.map(valueOf));
    checkType(graph, node, written);
    values.set(node.outputs[0] ?? "", written);
  }
  const outputs = graph.outputs.map((output) => asOutput(writer, output, valueOf(output.name)));
  return writer.finish(name, outputs, {
    inputs: metadata,
    outputs: outputs.map((output, index) => ({
      name: output.name,
      scale: 1,
      labels: [...(graph.outputs[index]?.labels ?? [])],
    })),
  });
}

function emitNode(writer: GraphWriter, node: FloatNode, inputs: readonly Written[]): Written {
  const rule = RULES[node.op];
  if (rule !== undefined) return rule({ writer, node, inputs });
  throw new ModelError(
    "UNSUPPORTED_OPERATOR",
    `${node.label}: on integers this operator cannot be proven`,
    "docs/operators.md lists what can be; give the operator real numbers to have it quantised.",
  );
}

/** Whoever wrote the file may have counted on its type to wrap around; nobody here does. */
function checkType({ types }: FloatGraph, node: FloatNode, { interval }: Written): void {
  const [min, max] = types.get(node.outputs[0] ?? "")?.range ?? [-Infinity, Infinity];
  const at = interval.min.findIndex((low, i) => low < min || (interval.max[i] as number) > max);
  if (at < 0) return;
  throw new ModelError(
    "OVERFLOW",
    `${node.label}: element ${at} can reach ${interval.min[at]} to ${interval.max[at]}, its type holds ${min} to ${max}`,
    "State a narrower range of the inputs, or use a wider type.",
  );
}

function constantOf(writer: GraphWriter, name: string, constant: FloatTensor): Written {
  const { dtype, dims, values } = constant;
  const lost = values.findIndex((value) => !(value >= -(2 ** 31) && value < 2 ** 31));
  if (lost >= 0) {
    throw new ModelError(
      "OVERFLOW",
      `constant ${JSON.stringify(name)} holds ${values[lost]}, beyond 32-bit integers`,
      "Use smaller numbers.",
    );
  }
  return writer.constant(dtype === "bool" ? "bool" : "int32", dims, Int32Array.from(values));
}

function asBool(writer: GraphWriter, value: Written): Written {
  return writer.node(`${value.name}.bool`, "Cast", [value], { to: ONNX_BOOL });
}

/** Every output is int32, and written by a node: an input or a constant is passed through one. */
function asOutput(writer: GraphWriter, { name }: FloatValue, value: Written): Written {
  if (value.dtype !== "int32") return writer.node(`${name}.int32`, "Cast", [value], { to: ONNX_INT32 });
  return writer.isWritten(value) ? value : writer.node(`${name}.output`, "Identity", [value]);
}

/** TensorProto.DataType. */
const ONNX_INT32 = 6;
const ONNX_BOOL = 9;
