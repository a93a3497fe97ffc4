/**
 * What an operator of an integer graph is. One function checks a node's operands and returns its
 * kernel: the type of its output, how to compute it, and how to bound it. Computing and bounding stand
 * side by side in each operator's file, because the second is a claim about the first.
 * Semantics: ONNX operator schemas, with integers exactly as onnxruntime computes them.
 * @module
 */
import { ModelError } from "../error.ts";
import { elementCount, MAX_TENSOR_ELEMENTS } from "../onnx/tensor.ts";

/** Element types of an integer graph; int64 occurs only as the constant shape of a Reshape. */
export type Dtype = "uint8" | "int8" | "int32" | "int64";

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

/** A node as its operator sees it. `undefined` operands are omitted optional inputs. */
export interface Site {
  /** How errors name the node. */
  readonly label: string;
  readonly operands: readonly (Operand | undefined)[];
  readonly attributes: ReadonlyMap<string, number>;
}

export interface Operand extends TensorType {
  /** Present when the operand is a constant. */
  readonly values?: Int32Array;
}

/** A node made ready. Operands are read by their position among the node's inputs. */
export interface Kernel {
  readonly output: TensorType;
  evaluate(operand: (index: number) => Int32Array): Int32Array;
  /**
   * Contains every value `evaluate` can give for operands in their intervals.
   * @throws ModelError `OVERFLOW`, `DIVISION_BY_ZERO`
   */
  bound(operand: (index: number) => Interval): Interval;
}

/** @throws ModelError `BAD_OPERANDS`, `BAD_ATTRIBUTE` */
export type Operator = (site: Site) => Kernel;

/** What each dtype holds. */
export const RANGES: Readonly<Record<Dtype, readonly [min: number, max: number]>> = {
  uint8: [0, 255],
  int8: [-128, 127],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  int64: [-(2 ** 31), 2 ** 31 - 1],
};

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

/** Refuses attributes the operator does not read. @throws ModelError `BAD_ATTRIBUTE` */
export function requireAttributes(site: Site, known: readonly string[]): void {
  for (const name of site.attributes.keys()) {
    if (!known.includes(name)) {
      throw new ModelError(
        "BAD_ATTRIBUTE",
        `${site.label}: attribute ${JSON.stringify(name.slice(0, 80))} is not supported`,
        known.length === 0 ? "Remove it." : `Supported: ${known.join(", ")}.`,
      );
    }
  }
}

/** Refuses outputs too large to allocate, before anything allocates them. @throws ModelError `TOO_LARGE` */
export function requireSize(site: Site, dims: readonly number[]): void {
  if (elementCount(dims) <= MAX_TENSOR_ELEMENTS) return;
  throw new ModelError(
    "TOO_LARGE",
    `${site.label}: its output [${dims}] has more than ${MAX_TENSOR_ELEMENTS} elements`,
    "Use a smaller model.",
  );
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
