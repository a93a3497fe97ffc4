/**
 * What an operator of an integer graph is. One function checks a node's operands and returns its
 * kernel: the type of its output, how to compute it, and how to bound it. Computing and bounding stand
 * side by side in each operator's file, because the second is a claim about the first.
 * Semantics: ONNX operator schemas, with integers exactly as onnxruntime computes them.
 * @module
 */
import { ModelError } from "../error.ts";
import { elementCount, MAX_TENSOR_ELEMENTS } from "../onnx/tensor.ts";
import type { Form } from "./form.ts";

/**
 * Element types of an integer graph. int64 occurs only in constants that say a shape, an axis or a place,
 * and as the result of ArgMax and ArgMin; a truth value is 0 or 1.
 */
export type Dtype = "uint8" | "int8" | "int32" | "int64" | "bool";

export interface TensorType {
  readonly dtype: Dtype;
  /** Empty for a scalar. */
  readonly dims: readonly number[];
}

/** A constant of the graph. Every dtype is held as int32, an int64 shape too: it is checked to fit. */
export interface Constant extends TensorType {
  readonly values: Int32Array;
}

/** Per element of a value, the least and the greatest integer it can take. */
export interface Interval {
  readonly min: Int32Array;
  readonly max: Int32Array;
}

/** The value of an attribute: a 32-bit integer, a word, or a list of such integers. */
export type Attribute = number | string | readonly number[];

/** A node as its operator sees it. `undefined` operands are omitted optional inputs. */
export interface Site {
  /** How errors name the node. */
  readonly label: string;
  /** The version of the operator set, which says where an operator's axes are written. */
  readonly opset: number;
  readonly operands: readonly (Operand | undefined)[];
  readonly attributes: ReadonlyMap<string, Attribute>;
}

export interface Operand extends TensorType {
  /** Present when the operand is a constant. */
  readonly values?: Int32Array;
}

/** A node made ready. Operands are read by their position among the node's inputs. */
export interface Kernel {
  readonly output: TensorType;
  /** The same computation, for who proves it. Made when it is asked for: its index maps can be large. */
  readonly form: Form;
  /** How many terms all its sums, or elements all its windows, have; absent where they are few per element. */
  readonly terms?: number;
  evaluate(operand: (index: number) => Int32Array): Int32Array;
  /**
   * Contains every value `evaluate` can give for operands in their intervals.
   * @throws ModelError `OVERFLOW`, `INDEX_OUT_OF_RANGE`
   */
  bound(operand: (index: number) => Interval): Interval;
}

/** @throws ModelError `BAD_OPERANDS`, `BAD_ATTRIBUTE`, `TOO_LARGE` and what the operator's file names */
export type Operator = (site: Site) => Kernel;

/** What each dtype holds. */
export const RANGES: Readonly<Record<Dtype, readonly [min: number, max: number]>> = {
  uint8: [0, 255],
  int8: [-128, 127],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  int64: [-(2 ** 31), 2 ** 31 - 1],
  bool: [0, 1],
};

/** More dimensions than any network here needs, few enough to print. */
const MAX_RANK = 8;

/** Entries of a list that says a shape, axes or places: two for each end of every dimension, and to spare. */
export const MAX_LIST: number = 64;

/** Terms in all sums of a graph: 2^26 are bounded in half a second, and are more than can be proven. */
export const MAX_TERMS: number = 2 ** 26;

/** The operand at `index`, which the operator cannot do without. @throws ModelError `BAD_OPERANDS` */
export function operandOf(site: Site, index: number): Operand {
  const operand = site.operands[index];
  if (operand === undefined) throw badOperands(site, `input ${index} is missing`);
  return operand;
}

/** Refuses more operands than the operator has. @throws ModelError `BAD_OPERANDS` */
export function requireAtMost(site: Site, count: number): void {
  if (site.operands.length > count) {
    throw badOperands(site, `it has ${site.operands.length} inputs, at most ${count} are expected`);
  }
}

/** Refuses outputs too large to allocate, before anything allocates them. @throws ModelError `TOO_LARGE` */
export function requireSize(site: Site, dims: readonly number[]): void {
  if (dims.length <= MAX_RANK && elementCount(dims) <= MAX_TENSOR_ELEMENTS) return;
  throw new ModelError(
    "TOO_LARGE",
    `${site.label}: its output [${dims}] has more than ${MAX_TENSOR_ELEMENTS} elements` +
      ` or ${MAX_RANK} dimensions`,
    "Use a smaller model.",
  );
}

/** Refuses more terms than a graph may have, before anything counts through them. @throws ModelError `TOO_LARGE` */
export function requireTerms(label: string, terms: number): void {
  if (terms <= MAX_TERMS) return;
  throw new ModelError(
    "TOO_LARGE",
    `${label}: with ${terms} terms there are more than ${MAX_TERMS}`,
    "Use a smaller model.",
  );
}

/** The operand at `index`, of one of the dtypes. @throws ModelError `BAD_OPERANDS` */
export function operandOfDtype(site: Site, index: number, dtypes: readonly Dtype[]): Operand {
  const operand = operandOf(site, index);
  if (dtypes.includes(operand.dtype)) return operand;
  throw badOperands(site, `input ${index} is ${operand.dtype}, expected ${dtypes.join(" or ")}`);
}

/**
 * The values of a constant list of integers: a shape, axes, places. Undefined when it is omitted.
 * @param what how an error names it: "the shape"
 * @throws ModelError `BAD_OPERANDS`
 */
export function constantList(
  site: Site,
  index: number,
  what: string,
  dtypes: readonly Dtype[] = ["int64"],
): readonly number[] | undefined {
  const operand = site.operands[index];
  if (operand === undefined) return undefined;
  const { dtype, dims, values } = operand;
  if (values === undefined || dims.length !== 1 || !dtypes.includes(dtype)) {
    throw badOperands(
      site,
      `input ${index} (${what}) is ${dtype} [${dims}], expected a constant list of ${dtypes.join(" or ")}`,
    );
  }
  if (values.length > MAX_LIST) {
    throw badOperands(site, `input ${index} (${what}) has ${values.length} entries`);
  }
  return Array.from(values);
}

export function badOperands(site: Site, reason: string): ModelError {
  return new ModelError(
    "BAD_OPERANDS",
    `${site.label}: ${reason}`,
    "Correct the node; docs/decisions/integer-graph.md lists what each operator accepts.",
  );
}

/**
 * The interval of an int32 result. Given as doubles, which hold every bound of one int32 operation
 * without moving it across the limits of int32.
 * @throws ModelError `OVERFLOW`
 */
export function int32Interval(site: Site, min: Float64Array, max: Float64Array): Interval {
  const [lowest, highest] = RANGES.int32;
  const at = min.findIndex((low, i) => low < lowest || (max[i] as number) > highest);
  if (at >= 0) {
    throw new ModelError(
      "OVERFLOW",
      `${site.label}: element ${at} can reach [${min[at]}, ${max[at]}], beyond 32-bit integers`,
      "Use smaller weights, fewer bits or a narrower input range.",
    );
  }
  return { min: Int32Array.from(min), max: Int32Array.from(max) };
}
