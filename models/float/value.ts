/**
 * Values while a file is read: the element type as the file says it, a static shape, and the elements where they are
 * known without an input. Elements are held in doubles, whatever their type; integers beyond 2^53 lose their low bits
 * and are refused where they would be computed with.
 * @module
 */
import { ModelError } from "../error.ts";
import type { TensorProto } from "../onnx/onnx_pb.ts";
import { TensorProto_DataType } from "../onnx/onnx_pb.ts";
import { dtypeName, tensorValues } from "../onnx/tensor.ts";

const DTYPES = [
  "float32",
  "float64",
  "bool",
  "uint8",
  "int8",
  "uint16",
  "int16",
  "uint32",
  "int32",
  "uint64",
  "int64",
  "string",
] as const;

/** Element types that are read. Strings occur as names of classes only. */
export type OnnxDtype = (typeof DTYPES)[number];

export const ONNX_DTYPES: ReadonlySet<string> = new Set<string>(DTYPES);

export interface OnnxType {
  readonly dtype: OnnxDtype;
  readonly dims: readonly number[];
}

export interface OnnxTensor extends OnnxType {
  /** Row-major; positions in `strings` where the dtype is string. */
  readonly values: Float64Array;
  readonly strings?: readonly string[];
}

/** Smallest and greatest number of each integer type; those of 64 bits as doubles next to them. */
const RANGES: ReadonlyMap<OnnxDtype, readonly [number, number]> = new Map([
  ["bool", [0, 1]],
  ["uint8", [0, 255]],
  ["int8", [-128, 127]],
  ["uint16", [0, 65_535]],
  ["int16", [-32_768, 32_767]],
  ["uint32", [0, 2 ** 32 - 1]],
  ["int32", [-(2 ** 31), 2 ** 31 - 1]],
  ["uint64", [0, 2 ** 64]],
  ["int64", [-(2 ** 63), 2 ** 63]],
]);

/** Smallest and greatest number of a type. */
export function rangeOf(dtype: OnnxDtype): readonly [number, number] {
  return RANGES.get(dtype) ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
}

export function isFloat(dtype: OnnxDtype): boolean {
  return dtype === "float32" || dtype === "float64";
}

export function isInteger(dtype: OnnxDtype): boolean {
  return dtype !== "bool" && RANGES.has(dtype);
}

/** @throws ModelError `UNSUPPORTED_DTYPE` for a code that is not in ONNX_DTYPES */
export function dtypeOf(code: number, place: string): OnnxDtype {
  const name = dtypeName(code);
  const dtype = DTYPES.find((known) => known === name);
  if (dtype !== undefined) return dtype;
  throw new ModelError(
    "UNSUPPORTED_DTYPE",
    `${place} has dtype ${name}, which is not supported`,
    `Supported are ${DTYPES.join(", ")}.`,
  );
}

/** @throws ModelError as tensorValues does */
export function readTensor(tensor: TensorProto, place: string): OnnxTensor {
  if (tensor.dataType === TensorProto_DataType.STRING) return readStrings(tensor, place);
  const { dtype, dims, values } = tensorValues(tensor, place);
  return { dtype, dims, values: Float64Array.from(values, Number) };
}

function readStrings(tensor: TensorProto, place: string): OnnxTensor {
  const decoder = new TextDecoder();
  const strings = tensor.stringData.map((bytes) => decoder.decode(bytes));
  const dims = tensor.dims.map(Number);
  if (dims.reduce((product, dim) => product * dim, 1) !== strings.length || dims.length > 1) {
    throw new ModelError(
      "MALFORMED_TENSOR",
      `${place} has ${strings.length} strings for the shape [${dims.join(", ")}]`,
      "Names of classes are a list; export the model again.",
    );
  }
  return { dtype: "string", dims, values: Float64Array.from(strings, (_, i) => i), strings };
}

/**
 * Elements as their type holds them: float32 rounded, integers wrapped as two's complement. In place.
 * A float that no integer type holds is cut off at the end of the range, as onnxruntime does on x86 only by chance:
 * such a cast has no defined result.
 */
export function narrow(dtype: OnnxDtype, values: Float64Array): Float64Array {
  if (dtype === "float32") {
    for (let i = 0; i < values.length; i++) values[i] = Math.fround(values[i] as number);
    return values;
  }
  const range = RANGES.get(dtype);
  if (range === undefined) return values;
  const [min, max] = range;
  const size = max - min + 1;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (value >= min && value <= max) continue;
    values[i] = size > 2 ** 60 ? Math.min(Math.max(value, min), max) : wrap(value, min, size);
  }
  return values;
}

function wrap(value: number, min: number, size: number): number {
  return ((((value - min) % size) + size) % size) + min;
}
