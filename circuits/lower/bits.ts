/**
 * Bits of a sum: what every range check, comparison and rounding stands on. The n bits of a sum cost n + 1 rows, and
 * one of those, 0 × 0 = sum − Σ 2^i·b_i, holds the sum; the others b × (b − 1) = 0.
 *
 * Sound, because sum and Σ 2^i·b_i are equal mod r and both are integers in [0, 2^n) with n ≤ 52: so they are equal, and
 * the bits are the one expansion there is. That the sum stays there is not checked by a row: it follows from its
 * interval, and a sum of whose interval it does not follow is refused.
 * @module
 */
import type { Rows } from "./rows.ts";
import { bitLength, boundUnproven, isConstant, type Sum, scaled, shifted } from "./sum.ts";

/** Sums are below 2^52 in magnitude. */
const MAX_BITS = 52;

/** Consecutive wires, the lowest bit first. */
export interface Bits {
  readonly first: number;
  readonly count: number;
}

/**
 * Decomposes a sum. @param count bits; default as many as its greatest value needs
 * @throws CircuitError `BOUND_UNPROVEN` for a sum that may be negative, or may not fit
 */
export function bitsOf(rows: Rows, sum: Sum, count: number = bitLength(sum.max)): Bits {
  if (!(sum.min >= 0 && sum.max < 2 ** count && count <= MAX_BITS)) {
    throw boundUnproven(`a sum in [${sum.min}, ${sum.max}] has no ${count} bits`);
  }
  const bits = booleans(rows, count);
  // Nothing to decompose in a constant 0; a sum without bits that has wires still must be 0.
  if (count > 0 || !isConstant(sum)) {
    const row = rows.addExpansionRow(sum, bits.first, count, 1);
    rows.stepBits(bits.first, count, row);
  }
  rows.noteWidth(count);
  return bits;
}

/** quotient · divisor + remainder = sum. */
export interface Division {
  readonly quotient: Bits;
  /** Of as many bits as divisor − 1 has: that it is below the divisor is for the caller to see to. */
  readonly remainder: Bits;
}

/**
 * The bits of ⌊sum / divisor⌋ and of what is left, in one row and a row for each bit. Unique only together with rows
 * that say remainder < divisor, which a power of two needs none of.
 * @throws CircuitError `BOUND_UNPROVEN` for a sum that may be negative
 */
export function divisionOf(rows: Rows, sum: Sum, divisor: number): Division {
  if (!(sum.min >= 0)) throw boundUnproven(`a dividend can be ${sum.min}`);
  // The remainder's wires first: terms of a row are ascending.
  const remainder = booleans(rows, bitLength(divisor - 1));
  const quotient = booleans(rows, bitLength(Math.floor(sum.max / divisor)));
  const rest = rows.combine(0, [sum, 1], [numberOf(remainder), -1]);
  const row = rows.addExpansionRow(rest, quotient.first, quotient.count, divisor);
  rows.stepBits(quotient.first, quotient.count, row, divisor);
  rows.stepBits(remainder.first, remainder.count, row);
  rows.noteWidth(quotient.count + remainder.count);
  return { quotient, remainder };
}

/** Wires that are 0 or 1, and that no step computes yet. */
export function booleans(rows: Rows, count: number): Bits {
  const first = rows.wires;
  for (let i = 0; i < count; i++) rows.addBooleanRow(rows.addWire(0, 1));
  return { first, count };
}

/** Σ 2^(i − from) · bit i, over from ≤ i < to. */
export function numberOf(bits: Bits, from = 0, to: number = bits.count): Sum {
  return weighted(bits, from, to, (i) => 2 ** i);
}

/** How many of the bits from ≤ i < to are 1. */
export function countOf(bits: Bits, from = 0, to: number = bits.count): Sum {
  return weighted(bits, from, to, () => 1);
}

/** Bit i. */
export function bitAt(bits: Bits, i: number): Sum {
  return numberOf(bits, i, i + 1);
}

/** 1 − bit. */
export function not(bit: Sum): Sum {
  return shifted(scaled(bit, -1), 1);
}

function weighted({ first }: Bits, from: number, to: number, weight: (i: number) => number): Sum {
  const size = Math.max(to - from, 0);
  const coefficients = Float64Array.from({ length: size }, (_, i) => weight(i));
  return {
    wires: Uint32Array.from({ length: size }, (_, i) => first + from + i),
    coefficients,
    constant: 0,
    min: 0,
    max: coefficients.reduce((sum, coefficient) => sum + coefficient, 0),
  };
}
