/**
 * Sparse sums of wires with small integer coefficients: what a linear layer makes of its input, and what gadgets take
 * and give. Sums that need the ranges of wires are made by `Rows`.
 * @module
 */
import { CircuitError } from "../error.ts";

/**
 * constant + Σ coefficients[k] · wire wires[k]. Wires are different from each other, ascending, never wire 0;
 * coefficients are integers, not 0, of magnitude below 2^53. `min` and `max` bound the sum as an integer, for every
 * witness whose wires lie in their ranges: all widths rest on them, and they are below 2^52 in magnitude.
 */
export interface Sum {
  readonly wires: Uint32Array;
  readonly coefficients: Float64Array;
  readonly constant: number;
  readonly min: number;
  readonly max: number;
}

/** What sums must stay below, so that doubles compute them exactly, in whatever order their terms are added. */
export const SUM_END: number = 2 ** 52;

const NO_WIRES = new Uint32Array(0);
const NO_COEFFICIENTS = new Float64Array(0);

/** @throws CircuitError `BOUND_UNPROVEN` */
export function constantSum(constant: number): Sum {
  return shifted(ZERO, constant);
}

export const ZERO: Sum = {
  wires: NO_WIRES,
  coefficients: NO_COEFFICIENTS,
  constant: 0,
  min: 0,
  max: 0,
};

export const ONE: Sum = { ...ZERO, constant: 1, min: 1, max: 1 };

export function isConstant({ wires }: Sum): boolean {
  return wires.length === 0;
}

/** sum + by. @throws CircuitError `BOUND_UNPROVEN` */
export function shifted(sum: Sum, by: number): Sum {
  if (by === 0) return sum;
  const constant = sum.constant + by;
  return provenSum({ ...sum, constant, min: sum.min + by, max: sum.max + by });
}

/** factor · sum. @throws CircuitError `BOUND_UNPROVEN` */
export function scaled(sum: Sum, factor: number): Sum {
  if (factor === 1) return sum;
  if (factor === 0) return ZERO;
  const ends = [sum.min * factor, sum.max * factor] as const;
  // 0 · −1 is −0, which is a constant of its own for a comparison by Object.is.
  return provenSum({
    wires: sum.wires,
    coefficients: sum.coefficients.map((coefficient) => coefficient * factor),
    constant: sum.constant * factor + 0,
    min: Math.min(...ends) + 0,
    max: Math.max(...ends) + 0,
  });
}

/** The sum with a narrower interval, which the caller has proven of the numbers that it stands for. */
export function narrowed(sum: Sum, min: number, max: number): Sum {
  return { ...sum, min: Math.max(sum.min, min), max: Math.min(sum.max, max) };
}

/** @throws CircuitError `BOUND_UNPROVEN` for a sum that doubles may not hold exactly */
export function provenSum(sum: Sum): Sum {
  const reach = Math.max(Math.abs(sum.constant), -sum.min, sum.max);
  // Written so that NaN, which an infinite range brings, is refused too.
  if (reach < SUM_END) return sum;
  throw boundUnproven(`a sum can reach [${sum.min}, ${sum.max}]`);
}

export function boundUnproven(reason: string): CircuitError {
  return new CircuitError(
    "BOUND_UNPROVEN",
    `${reason}, and the circuit's widths rest on sums below 2^52`,
    "Use smaller weights, fewer bits or a narrower input range.",
  );
}

/** Bits of a non-negative integer below 2^53; 0 for 0. */
export function bitLength(value: number): number {
  if (value < 2 ** 31) return 32 - Math.clz32(value);
  return 31 + bitLength(Math.floor(value / 2 ** 31));
}
