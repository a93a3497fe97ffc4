/**
 * What a person asks of an ONNX file before anything else: its name, its inputs and outputs, how many
 * parameters and which operators, and whether it is an integer graph, which is what can be proven.
 * Any ONNX model can be described, a float one too, and nothing of it is run.
 * @module
 */
import { ModelError } from "./error.ts";
import { readIntegerGraph } from "./integer-graph.ts";
import { decodeModel } from "./onnx/decode.ts";
import type { GraphProto, ModelProto, TensorProto, ValueInfoProto } from "./onnx/onnx_pb.ts";
import { dtypeName } from "./onnx/tensor.ts";

export interface ModelDescription {
  readonly name: string;
  /** Version of the default operator set; 0 when the model imports none. */
  readonly opset: number;
  /** Elements of all stored tensors, zero points and the like included. */
  readonly parameters: number;
  readonly inputs: readonly ValueDescription[];
  readonly outputs: readonly ValueDescription[];
  /** In the order in which they first occur; one of another domain is named with it. */
  readonly operators: readonly { readonly op: string; readonly count: number }[];
  /** Why `readIntegerGraph` refuses the model; absent when it does not. */
  readonly refusal?: string;
}

export interface ValueDescription {
  readonly name: string;
  /** As NumPy spells it; `not a tensor` for sequences, maps and the like. */
  readonly dtype: string;
  /** A dimension that is not fixed has a name, or is `?`. */
  readonly dims: readonly (number | string)[];
}

/** @throws ModelError `TOO_LARGE`, `MALFORMED_ONNX` when the bytes are no ONNX model at all */
export function describeModel(bytes: Uint8Array): ModelDescription {
  const model = decodeModel(bytes);
  const refusal = refusalOf(bytes);
  const graph = model.graph;
  if (graph === undefined) throw new Error("decodeModel lets no model without a graph through");
  return {
    name: printable(graph.name),
    opset: opsetOf(model),
    parameters: countParameters(graph),
    inputs: describeInputs(graph),
    outputs: graph.output.map(describeValue),
    operators: countOperators(graph),
    ...(refusal === undefined ? {} : { refusal }),
  };
}

function refusalOf(bytes: Uint8Array): string | undefined {
  try {
    readIntegerGraph(bytes);
    return undefined;
  } catch (error) {
    if (error instanceof ModelError) return error.message;
    throw error;
  }
}

function opsetOf({ opsetImport }: ModelProto): number {
  const versions = opsetImport.filter(({ domain }) => domain === "" || domain === "ai.onnx");
  return Number(versions[0]?.version ?? 0n);
}

/** Old exporters list every initialiser as an input too; those are not for the caller to give. */
function describeInputs({ input, initializer }: GraphProto): ValueDescription[] {
  const stored = new Set(initializer.map(({ name }) => name));
  return input.filter(({ name }) => !stored.has(name)).map(describeValue);
}

function describeValue({ name, type }: ValueInfoProto): ValueDescription {
  const value = type?.value;
  if (value?.case !== "tensorType") {
    return { name: printable(name), dtype: "not a tensor", dims: [] };
  }
  const dims = (value.value.shape?.dim ?? []).map(({ value: dim }) => {
    if (dim.case === "dimValue") return Number(dim.value);
    return dim.case === "dimParam" && dim.value !== "" ? printable(dim.value) : "?";
  });
  return { name: printable(name), dtype: dtypeName(value.value.elemType), dims };
}

function countParameters({ node, initializer }: GraphProto): number {
  const inNodes = node
    .filter(({ opType }) => opType === "Constant")
    .flatMap(({ attribute }) => attribute.flatMap(({ t }) => (t === undefined ? [] : [t])));
  const total = [...initializer, ...inNodes].reduce((sum, tensor) => sum + sizeOf(tensor), 0n);
  // Shapes are claims of the file, nothing more: an absurd one must still print as a number.
  return Number(total > MAX_COUNT ? MAX_COUNT : total);
}

const MAX_COUNT = BigInt(Number.MAX_SAFE_INTEGER);

function sizeOf({ dims }: TensorProto): bigint {
  return dims.reduce((product, dim) => product * (dim < 0n ? 0n : dim), 1n);
}

function countOperators({ node }: GraphProto): { op: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { domain, opType } of node) {
    const isStandard = domain === "" || domain === "ai.onnx";
    const op = printable(isStandard ? opType : `${domain}.${opType}`);
    counts.set(op, (counts.get(op) ?? 0) + 1);
  }
  return [...counts].map(([op, count]) => ({ op, count }));
}

/** A name out of a file, for a terminal: on one line, without control characters, of bounded length. */
function printable(name: string): string {
  return name.replace(/\p{C}/gu, "\ufffd").slice(0, 128);
}
