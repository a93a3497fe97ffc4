/**
 * The values of an ONNX tensor, wherever its writer put them: raw_data (little-endian) or the typed
 * list its dtype names. Exactly one place may be used, its length must match the shape, and every
 * listed value must fit its dtype. onnx-ml.proto, message TensorProto.
 * @module
 */
import { isFieldSet } from "@bufbuild/protobuf";
import { ModelError } from "../error.ts";
import {
  type TensorProto,
  TensorProto_DataLocation,
  TensorProto_DataType,
  TensorProtoSchema,
} from "./onnx_pb.ts";

/** A dense tensor as plain numbers, row-major. An empty `dims` is a scalar. */
export type TensorValues = { readonly dims: readonly number[] } & (
  | { readonly dtype: "float32"; readonly values: Float32Array }
  | { readonly dtype: "float64"; readonly values: Float64Array }
  | { readonly dtype: "uint8" | "bool"; readonly values: Uint8Array }
  | { readonly dtype: "int8"; readonly values: Int8Array }
  | { readonly dtype: "uint16"; readonly values: Uint16Array }
  | { readonly dtype: "int16"; readonly values: Int16Array }
  | { readonly dtype: "uint32"; readonly values: Uint32Array }
  | { readonly dtype: "int32"; readonly values: Int32Array }
  | { readonly dtype: "uint64"; readonly values: BigUint64Array }
  | { readonly dtype: "int64"; readonly values: BigInt64Array }
);

/** Elements of one tensor: 2^24, so that a sum of so many products of bytes stays exact in a double. */
export const MAX_TENSOR_ELEMENTS: number = 2 ** 24;

const DTYPE_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(TensorProto_DataType).map(([name, code]) => {
    const renamed = name === "FLOAT" ? "float32" : name === "DOUBLE" ? "float64" : undefined;
    return [code, renamed ?? name.toLowerCase()];
  }),
);

/** The name of an ONNX element type as NumPy spells it; a code unknown to the schema is named by number. */
export function dtypeName(code: number): string {
  return DTYPE_NAMES.get(code) ?? `dtype ${code}`;
}

/** The number of elements of a shape; 1 for a scalar. */
export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/**
 * @param at how to name the tensor in an error, for example `initialiser "fc1.weight"`
 * @throws ModelError `EXTERNAL_DATA`, `UNSUPPORTED_DTYPE`, `MALFORMED_TENSOR`, `TOO_LARGE`
 */
export function tensorValues(tensor: TensorProto, at?: string): TensorValues {
  const place = at ?? `tensor ${JSON.stringify(tensor.name.slice(0, 80))}`;
  if (tensor.externalData.length > 0 || tensor.dataLocation === TensorProto_DataLocation.EXTERNAL) {
    throw new ModelError(
      "EXTERNAL_DATA",
      `${place} keeps its values in another file`,
      "Save the model with its weights inside the ONNX file.",
    );
  }
  if (tensor.segment !== undefined) throw malformed(place, "it is stored in segments");
  const dims = tensorDims(tensor, place);
  const source: Source = { tensor, place, count: elementCount(dims) };
  const { floatData, doubleData, int32Data, int64Data, uint64Data } = tensor;
  switch (tensor.dataType) {
    case TensorProto_DataType.FLOAT: {
      const into = new Float32Array(source.count);
      fill(source, into, floatData, (view, offset) => view.getFloat32(offset, true));
      return { dims, dtype: "float32", values: into };
    }
    case TensorProto_DataType.DOUBLE: {
      const into = new Float64Array(source.count);
      fill(source, into, doubleData, (view, offset) => view.getFloat64(offset, true));
      return { dims, dtype: "float64", values: into };
    }
    case TensorProto_DataType.UINT8:
    case TensorProto_DataType.BOOL: {
      const into = new Uint8Array(source.count);
      fill(source, into, int32Data, (view, offset) => view.getUint8(offset));
      const dtype = tensor.dataType === TensorProto_DataType.BOOL ? "bool" : "uint8";
      if (dtype === "bool" && into.some((value) => value > 1)) {
        throw malformed(place, "a truth value is neither 0 nor 1");
      }
      return { dims, dtype, values: into };
    }
    case TensorProto_DataType.INT8: {
      const into = new Int8Array(source.count);
      fill(source, into, int32Data, (view, offset) => view.getInt8(offset));
      return { dims, dtype: "int8", values: into };
    }
    case TensorProto_DataType.UINT16: {
      const into = new Uint16Array(source.count);
      fill(source, into, int32Data, (view, offset) => view.getUint16(offset, true));
      return { dims, dtype: "uint16", values: into };
    }
    case TensorProto_DataType.INT16: {
      const into = new Int16Array(source.count);
      fill(source, into, int32Data, (view, offset) => view.getInt16(offset, true));
      return { dims, dtype: "int16", values: into };
    }
    case TensorProto_DataType.UINT32: {
      const into = new Uint32Array(source.count);
      // The schema lists both unsigned types in one field of 64 bits.
      const listed = uint64Data.map((value) => Number(value));
      fill(source, into, listed, (view, offset) => view.getUint32(offset, true));
      return { dims, dtype: "uint32", values: into };
    }
    case TensorProto_DataType.UINT64: {
      const into = new BigUint64Array(source.count);
      fill(source, into, uint64Data, (view, offset) => view.getBigUint64(offset, true));
      return { dims, dtype: "uint64", values: into };
    }
    case TensorProto_DataType.INT32: {
      const into = new Int32Array(source.count);
      fill(source, into, int32Data, (view, offset) => view.getInt32(offset, true));
      return { dims, dtype: "int32", values: into };
    }
    case TensorProto_DataType.INT64: {
      const into = new BigInt64Array(source.count);
      fill(source, into, int64Data, (view, offset) => view.getBigInt64(offset, true));
      return { dims, dtype: "int64", values: into };
    }
    default:
      throw new ModelError(
        "UNSUPPORTED_DTYPE",
        `${place} has dtype ${dtypeName(tensor.dataType)}`,
        "Supported are float32, float64, bool and integers of 8 to 64 bits.",
      );
  }
}

interface Source {
  readonly tensor: TensorProto;
  readonly place: string;
  readonly count: number;
}

interface Fillable<Element> {
  readonly BYTES_PER_ELEMENT: number;
  readonly length: number;
  [index: number]: Element;
}

function fill<Element extends number | bigint>(
  { tensor, place, count }: Source,
  into: Fillable<Element>,
  listed: readonly Element[],
  read: (view: DataView, byteOffset: number) => Element,
): void {
  const listedElsewhere =
    tensor.floatData.length +
    tensor.doubleData.length +
    tensor.int32Data.length +
    tensor.int64Data.length +
    tensor.uint64Data.length +
    tensor.stringData.length -
    listed.length;
  if (listedElsewhere > 0) throw malformed(place, "its values are in a field of another dtype");

  if (isFieldSet(tensor, TensorProtoSchema.field.rawData)) {
    const { rawData } = tensor;
    const expected = count * into.BYTES_PER_ELEMENT;
    if (listed.length > 0) throw malformed(place, "its values are written twice");
    if (rawData.length !== expected) {
      throw malformed(place, `expected ${expected} bytes for its shape, got ${rawData.length}`);
    }
    const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength);
    for (let i = 0; i < count; i++) into[i] = read(view, i * into.BYTES_PER_ELEMENT);
    return;
  }
  if (listed.length !== count) {
    throw malformed(place, `expected ${count} values for its shape, got ${listed.length}`);
  }
  listed.forEach((value, i) => {
    into[i] = value;
    // Integer arrays wrap silently; floats were decoded from the same 4 or 8 bytes and cannot differ.
    if (!Object.is(into[i], value)) throw malformed(place, `value ${value} does not fit its dtype`);
  });
}

function tensorDims(tensor: TensorProto, place: string): number[] {
  let count = 1n;
  for (const dim of tensor.dims) {
    if (dim < 0n) throw malformed(place, `dimension ${dim} is negative`);
    count *= dim;
    if (count > BigInt(MAX_TENSOR_ELEMENTS)) {
      throw new ModelError(
        "TOO_LARGE",
        `${place} has more than ${MAX_TENSOR_ELEMENTS} elements (shape [${tensor.dims.join(", ")}])`,
        "Use a smaller model.",
      );
    }
  }
  return tensor.dims.map(Number);
}

function malformed(place: string, reason: string): ModelError {
  return new ModelError(
    "MALFORMED_TENSOR",
    `${place}: ${reason}`,
    "The file was altered or written by a faulty exporter; export it again.",
  );
}
