/**
 * One integer graph loaded into one build of onnxruntime; the builds share an interface, and so this.
 * @module
 */
import type { InferenceSession, Tensor } from "onnxruntime-node";
import { ModelError } from "./error.ts";
import { checkInputs, type Inference } from "./inference.ts";
import type { IntegerGraph, ValueSpec } from "./integer-graph.ts";

/** What a build of onnxruntime exports. */
export interface Onnxruntime {
  readonly InferenceSession: {
    create(bytes: Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  readonly Tensor: new (
    dtype: "uint8" | "int8" | "int32" | "bool",
    values: Uint8Array | Int8Array | Int32Array,
    dims: readonly number[],
  ) => Tensor;
}

/**
 * The nodes as published: every level of optimisation gives the same integers, and this one has
 * nothing to get wrong. Sequential and on one thread: a model this small is done before a second
 * thread wakes, and a miner's other cores are proving.
 */
const OPTIONS: InferenceSession.SessionOptions = {
  graphOptimizationLevel: "disabled",
  executionMode: "sequential",
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  logSeverityLevel: 3,
};

/** @throws ModelError `RUNTIME_FAILED` */
export async function openSession(
  name: string,
  graph: IntegerGraph,
  options: InferenceSession.SessionOptions,
  runtime: Onnxruntime,
): Promise<Inference> {
  const failed = (cause: unknown): ModelError =>
    new ModelError(
      "RUNTIME_FAILED",
      `${name} failed on model ${graph.name}: ${cause instanceof Error ? cause.message : String(cause)}`,
      "Check the installation of onnxruntime; the interpreter computes the same integers without it.",
      { cause },
    );
  const session = await runtime.InferenceSession.create(graph.bytes, {
    ...OPTIONS,
    ...options,
  }).catch((cause: unknown) => {
    throw failed(cause);
  });
  let closing: Promise<void> | undefined;

  return {
    name,
    infer: async (inputs) => {
      checkInputs(graph, inputs);
      if (closing !== undefined) throw failed("it is closed");
      const feeds: Record<string, Tensor> = {};
      graph.inputs.forEach((spec, index) => {
        const values = narrow(spec, inputs[index] ?? new Int32Array(0));
        feeds[spec.name] = new runtime.Tensor(values.dtype, values.array, spec.dims);
      });
      const results = await session.run(feeds).catch((cause: unknown) => {
        throw failed(cause);
      });
      return graph.outputs.map((spec) => {
        const values = results[spec.name]?.data;
        if (
          values instanceof Int32Array ||
          values instanceof Uint8Array ||
          values instanceof Int8Array
        ) {
          return Int32Array.from(values);
        }
        // The position that an ArgMax gives.
        if (values instanceof BigInt64Array) return Int32Array.from(values, Number);
        throw failed(`output ${spec.name} is missing or not ${spec.dtype}`);
      });
    },
    close: () => {
      closing ??= session.release();
      return closing;
    },
  };
}

/** In-range integers in the array onnxruntime wants for their type. */
function narrow(
  { dtype }: ValueSpec,
  values: Int32Array,
): { dtype: "uint8" | "int8" | "int32" | "bool"; array: Uint8Array | Int8Array | Int32Array } {
  switch (dtype) {
    case "uint8":
    case "bool":
      return { dtype, array: Uint8Array.from(values) };
    case "int8":
      return { dtype, array: Int8Array.from(values) };
    default:
      return { dtype: "int32", array: Int32Array.from(values) };
  }
}
