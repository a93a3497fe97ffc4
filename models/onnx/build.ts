/**
 * Making ONNX messages: one function per message, with only the fields an integer graph may use.
 * @module
 */
import { create } from "@bufbuild/protobuf";
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProto_DataType,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TypeProto_TensorSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from "./onnx_pb.ts";

/** IR 8 goes with opset 17: old enough for every onnxruntime in use, new enough for integer Relu and Clip. */
const IR_VERSION = 8n;
const OPSET = 17;

/** The element types that can be written. */
export type BuildDtype = "uint8" | "int8" | "int32" | "int64" | "bool";

/** An attribute that can be written: an integer, a word, or a list of integers that is not empty. */
export type BuildAttribute = number | string | readonly number[];

const DTYPES: Readonly<Record<BuildDtype, { readonly code: number; readonly bytes: number }>> = {
  uint8: { code: TensorProto_DataType.UINT8, bytes: 1 },
  int8: { code: TensorProto_DataType.INT8, bytes: 1 },
  int32: { code: TensorProto_DataType.INT32, bytes: 4 },
  int64: { code: TensorProto_DataType.INT64, bytes: 8 },
  bool: { code: TensorProto_DataType.BOOL, bytes: 1 },
};

export interface ModelParts {
  readonly name: string;
  readonly inputs: readonly ValueInfoProto[];
  readonly outputs: readonly ValueInfoProto[];
  readonly nodes: readonly NodeProto[];
  readonly constants: readonly TensorProto[];
  readonly metadata: Readonly<Record<string, string>>;
  /** The version of the operator set the nodes are written in: 17 when it is left out. */
  readonly opset?: number;
}

export function buildModel(parts: ModelParts): ModelProto {
  return create(ModelProtoSchema, {
    irVersion: IR_VERSION,
    producerName: "assay",
    opsetImport: [{ domain: "", version: BigInt(parts.opset ?? OPSET) }],
    graph: create(GraphProtoSchema, {
      name: parts.name,
      node: [...parts.nodes],
      initializer: [...parts.constants],
      input: [...parts.inputs],
      output: [...parts.outputs],
    }),
    metadataProps: Object.entries(parts.metadata).map(([key, value]) => ({ key, value })),
  });
}

export function buildValue(
  name: string,
  dtype: BuildDtype,
  dims: readonly number[],
): ValueInfoProto {
  const dim = dims.map((size) =>
    create(TensorShapeProto_DimensionSchema, { value: { case: "dimValue", value: BigInt(size) } }),
  );
  const tensor = create(TypeProto_TensorSchema, { elemType: DTYPES[dtype].code, shape: { dim } });
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: "tensorType", value: tensor } },
  });
}

/** A constant with its values as raw little-endian bytes. An empty `dims` is a scalar. */
export function buildConstant(
  name: string,
  dtype: BuildDtype,
  dims: readonly number[],
  values: readonly number[] | Int32Array,
): TensorProto {
  const { code, bytes } = DTYPES[dtype];
  const rawData = new Uint8Array(values.length * bytes);
  const view = new DataView(rawData.buffer);
  values.forEach((value, i) => {
    if (bytes === 1) view.setInt8(i, value);
    else if (bytes === 4) view.setInt32(i * 4, value, true);
    else view.setBigInt64(i * 8, BigInt(value), true);
  });
  return create(TensorProtoSchema, {
    name,
    dataType: code,
    dims: dims.map(BigInt),
    rawData,
  });
}

export function buildNode(
  name: string,
  op: string,
  inputs: readonly string[],
  output: string,
  attributes: Readonly<Record<string, BuildAttribute>> = {},
): NodeProto {
  return create(NodeProtoSchema, {
    name,
    opType: op,
    input: [...inputs],
    output: [output],
    attribute: Object.entries(attributes).map(([key, value]) => buildAttribute(key, value)),
  });
}

function buildAttribute(name: string, value: BuildAttribute): AttributeProto {
  if (typeof value === "number") {
    const type = AttributeProto_AttributeType.INT;
    return create(AttributeProtoSchema, { name, type, i: BigInt(value) });
  }
  if (typeof value === "string") {
    const type = AttributeProto_AttributeType.STRING;
    return create(AttributeProtoSchema, { name, type, s: Buffer.from(value) });
  }
  const type = AttributeProto_AttributeType.INTS;
  return create(AttributeProtoSchema, { name, type, ints: value.map(BigInt) });
}

/** The number by which ONNX names an element type, as Cast's attribute `to` wants it. */
export function dtypeCode(dtype: BuildDtype): number {
  return DTYPES[dtype].code;
}
