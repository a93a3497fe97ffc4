/**
 * Small float models for the tests of this folder, and what onnxruntime computes for them.
 * @module
 */
import { create } from "@bufbuild/protobuf";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { encodeModel } from "../onnx/decode.ts";
import {
  type AttributeProto,
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataType as DataType,
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  type TensorProto,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from "../onnx/onnx_pb.ts";
import { evaluateFloat } from "./evaluate.ts";
import type { FloatGraph } from "./float-graph.ts";
import { readFloatGraph } from "./read-graph.ts";

export type TestDtype = "float32" | "int64" | "int32" | "bool";

const CODES: Readonly<Record<TestDtype | "string", number>> = {
  float32: DataType.FLOAT,
  int64: DataType.INT64,
  int32: DataType.INT32,
  bool: DataType.BOOL,
  string: DataType.STRING,
};

export interface TestTensor {
  readonly dtype?: TestDtype;
  readonly dims: readonly number[];
  readonly values: readonly number[];
}

/** Integers are INT and INTS; reals, strings and tensors say so. */
export type TestAttribute =
  | number
  | string
  | readonly number[]
  | { readonly f: number }
  | { readonly floats: readonly number[] }
  | { readonly strings: readonly string[] }
  | { readonly tensor: TestTensor };

export interface TestNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, TestAttribute>>;
  readonly domain?: string;
  readonly name?: string;
}

export interface TestModel {
  readonly opset?: number;
  /** Dims by name; a string is a free dimension. */
  readonly inputs: Readonly<
    Record<string, { readonly dtype?: TestDtype; readonly dims: readonly (number | string)[] }>
  >;
  readonly constants?: Readonly<Record<string, TestTensor>>;
  readonly nodes: readonly TestNode[];
  readonly outputs: readonly string[];
}

export function messageOf({
  opset = 17,
  inputs,
  constants = {},
  nodes,
  outputs,
}: TestModel): ModelProto {
  return create(ModelProtoSchema, {
    irVersion: opset > 21 ? 11n : 8n,
    opsetImport: [
      create(OperatorSetIdProtoSchema, { domain: "", version: BigInt(opset) }),
      create(OperatorSetIdProtoSchema, { domain: "ai.onnx.ml", version: 3n }),
    ],
    graph: create(GraphProtoSchema, {
      name: "test",
      input: Object.entries(inputs).map(([name, { dtype = "float32", dims }]) =>
        infoOf(name, dtype, dims),
      ),
      output: outputs.map((name) => create(ValueInfoProtoSchema, { name })),
      initializer: Object.entries(constants).map(([name, tensor]) => tensorOf(name, tensor)),
      node: nodes.map(
        ({ op, inputs: reads, outputs: writes, attributes = {}, domain = "", name }) =>
          create(NodeProtoSchema, {
            name: name ?? `${op}_${writes[0]}`,
            opType: op,
            domain,
            input: [...reads],
            output: [...writes],
            attribute: Object.entries(attributes).map(([key, value]) => attributeOf(key, value)),
          }),
      ),
    }),
  });
}

export const bytesOf = (model: TestModel): Uint8Array => encodeModel(messageOf(model));

function infoOf(
  name: string,
  dtype: TestDtype,
  dims: readonly (number | string)[],
): ValueInfoProto {
  const dim = dims.map((size) =>
    create(TensorShapeProto_DimensionSchema, {
      value:
        typeof size === "string"
          ? { case: "dimParam", value: size }
          : { case: "dimValue", value: BigInt(size) },
    }),
  );
  const tensor = create(TypeProto_TensorSchema, {
    elemType: CODES[dtype],
    shape: create(TensorShapeProtoSchema, { dim }),
  });
  return create(ValueInfoProtoSchema, {
    name,
    type: create(TypeProtoSchema, { value: { case: "tensorType", value: tensor } }),
  });
}

function tensorOf(name: string, { dtype = "float32", dims, values }: TestTensor): TensorProto {
  const listed =
    dtype === "float32"
      ? { floatData: [...values] }
      : dtype === "int64"
        ? { int64Data: values.map(BigInt) }
        : { int32Data: [...values] };
  return create(TensorProtoSchema, {
    name,
    dataType: CODES[dtype],
    dims: dims.map(BigInt),
    ...listed,
  });
}

function attributeOf(name: string, value: TestAttribute): AttributeProto {
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  const fields =
    typeof value === "number"
      ? { type: AttributeType.INT, i: BigInt(value) }
      : typeof value === "string"
        ? { type: AttributeType.STRING, s: encode(value) }
        : "f" in value
          ? { type: AttributeType.FLOAT, f: value.f }
          : "floats" in value
            ? { type: AttributeType.FLOATS, floats: [...value.floats] }
            : "strings" in value
              ? { type: AttributeType.STRINGS, strings: value.strings.map(encode) }
              : "tensor" in value
                ? { type: AttributeType.TENSOR, t: tensorOf("", value.tensor) }
                : { type: AttributeType.INTS, ints: value.map(BigInt) };
  return create(AttributeProtoSchema, { name, ...fields });
}

/** A linear congruential generator (Knuth's MMIX multiplier, folded to 32 bits): tests draw the same numbers everywhere. */
export function drawing(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Elements of an input of `dtype`: reals from -3 to 3, integers from -9 to 9. */
export function drawn(dtype: TestDtype, count: number, seed: number): Float64Array {
  const next = drawing(seed);
  return Float64Array.from({ length: count }, () => {
    if (dtype === "bool") return next() < 0.5 ? 0 : 1;
    if (dtype === "float32") return Math.fround(6 * next() - 3);
    return Math.floor(19 * next()) - 9;
  });
}

export interface Compared {
  readonly graph: FloatGraph;
  readonly ours: readonly (readonly number[])[];
  readonly theirs: readonly (readonly number[])[];
  readonly dims: readonly (readonly number[])[];
}

/** One sample through our reader and evaluator, and through onnxruntime. */
export async function compared(model: TestModel, seed = 1): Promise<Compared> {
  const bytes = bytesOf(model);
  const graph = readFloatGraph(bytes);
  const feeds: Record<string, Tensor> = {};
  const samples = graph.inputs.map(({ name, dims }, index) => {
    const dtype = model.inputs[name]?.dtype ?? "float32";
    const count = dims.reduce((a, b) => a * b, 1);
    const values = drawn(dtype, count, seed + 97 * index);
    feeds[name] = feedOf(dtype, values, dims);
    return values;
  });
  const results = await run(bytes, feeds);
  const values = evaluateFloat(graph, samples);
  return {
    graph,
    ours: graph.outputs.map(({ name }) => [...(values.get(name) as Float64Array)]),
    theirs: model.outputs.map((name) => Array.from(results[name]?.data as Float32Array, Number)),
    dims: model.outputs.map((name) => results[name]?.dims ?? []),
  };
}

/** Outputs of a model of rows in onnxruntime, in order. */
export async function runOriginal(
  bytes: Uint8Array,
  rows: Readonly<Record<string, Float64Array>>,
  outputs: readonly string[],
): Promise<number[][]> {
  const feeds = Object.entries(rows).map(
    ([name, row]) => [name, feedOf("float32", row, [1, row.length])] as const,
  );
  const results = await run(bytes, Object.fromEntries(feeds));
  return outputs.map((name) => Array.from(results[name]?.data as Float32Array, Number));
}

/** Without any optimisation: nodes as they stand in the file. */
async function run(
  bytes: Uint8Array,
  feeds: Record<string, Tensor>,
): Promise<InferenceSession.OnnxValueMapType> {
  const session = await InferenceSession.create(bytes, {
    graphOptimizationLevel: "disabled",
    intraOpNumThreads: 1,
    logSeverityLevel: 4,
  });
  const results = await session.run(feeds);
  await session.release();
  return results;
}

function feedOf(dtype: TestDtype, values: Float64Array, dims: readonly number[]): Tensor {
  switch (dtype) {
    case "float32":
      return new Tensor(dtype, Float32Array.from(values), dims);
    case "int64":
      return new Tensor(dtype, BigInt64Array.from(values, BigInt), dims);
    case "int32":
      return new Tensor(dtype, Int32Array.from(values), dims);
    default:
      return new Tensor("bool", Uint8Array.from(values), dims);
  }
}
