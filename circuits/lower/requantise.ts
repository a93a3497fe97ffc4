/**
 * The gadget y = clip(⌊x / 2^shift⌋, low, high): rescaling, ReLU and saturation in one decomposition. The statically
 * proven interval of x decides which parts of it exist.
 *
 *     x − L·2^shift + offset  =  │ g │ above │ low │ shift │          n bits together, highest first
 *
 * L is `low`, or, where nothing can be below that, what the quotient is never below; A = high − L; g says "not below L",
 * and is a bit only where x can be below; of the bits above `low`, S ones are set; p says "neither below nor above":
 *
 *     n booleans, and 0 × 0 = x − L·2^shift + offset − Σ 2^i·b_i
 *     p = g · (1 − h)·…              for at most two bits h above: one row for each, of small wires
 *     p × S = 0,  S × v = g − p      for more: v is of full size where S > 1 and g = 1, and free where S = 0
 *     (low − A) × p = y − L − A·g    so y − L = low where p = 1, and A·g elsewhere
 *
 * Rows: n + 4 at most where A + 1 is a power of two; elsewhere `low` is held down to A first, in a row for each of its
 * bits at most. Sound, because bits are unique (bits.ts) and p, and then y, is determined by them: S = 0 gives p = g by
 * the second row, S ≠ 0 gives p = 0 by the first.
 * @module
 */
import { type Bits, bitAt, bitsOf, countOf, not, numberOf } from "./bits.ts";
import { gatedZeroTest, productOf } from "./product.ts";
import type { Rows } from "./rows.ts";
import { bitLength, constantSum, narrowed, ONE, type Sum, scaled, shifted, ZERO } from "./sum.ts";

/** clip(⌊x / 2^shift⌋, low, high); an open end is infinite. */
export interface Rounding {
  readonly shift: number;
  readonly low: number;
  readonly high: number;
}

/** What the quotient can be before it is clipped. */
export function quotientRange(x: Sum, shift: number): { least: number; greatest: number } {
  return { least: Math.floor(x.min / 2 ** shift), greatest: Math.floor(x.max / 2 ** shift) };
}

/** More bits above than these cost fewer rows by a zero test. */
const MAX_PRODUCT_BITS = 2;

/** @throws CircuitError `BOUND_UNPROVEN` */
export function requantise(rows: Rows, x: Sum, { shift, low, high }: Rounding): Sum {
  const { least, greatest } = quotientRange(x, shift);
  if (greatest <= low) return constantSum(low);
  if (least >= high) return constantSum(high);
  if (least === greatest) return constantSum(least);
  const canBeBelow = least < low;
  const canBeAbove = greatest > high;
  if (shift === 0 && !canBeBelow && !canBeAbove) return x;

  const top = Math.min(high, greatest);
  // Where nothing is below, any lower L will do, and one that makes A + 1 a power of two needs no more than a bit for it.
  const L = canBeBelow ? low : canBeAbove ? top - (2 ** bitLength(top - least) - 1) : least;
  const A = top - L;
  const fromL = shifted(x, -L * 2 ** shift);
  // Bits that anything from L on can have set; one that is below L may have more, and none of those count.
  const width = bitLength(fromL.max);
  const signAt = canBeBelow ? Math.max(width, bitLength(-fromL.min - 1)) : width;
  const bits = canBeBelow
    ? bitsOf(rows, shifted(fromL, 2 ** signAt), signAt + 1)
    : bitsOf(rows, fromL, width);
  const g = canBeBelow ? bitAt(bits, signAt) : ONE;
  const lowEnd = Math.min(shift + bitLength(A), width);
  const lowBits = { from: shift, to: lowEnd, limit: A };
  const y = chosen(rows, {
    low: canBeAbove ? atMost(rows, bits, lowBits) : narrowed(numberOf(bits, shift, lowEnd), 0, A),
    A,
    g,
    p: canBeAbove ? withNoneOf(rows, bits, { from: lowEnd, to: width, gate: g }) : g,
  });
  return shifted(y, L);
}

/** (low − A) × p = y − A·g. */
function chosen(
  rows: Rows,
  { low, A, g, p }: { readonly low: Sum; readonly A: number; readonly g: Sum; readonly p: Sum },
): Sum {
  if (p === ONE) return low;
  const wire = rows.addWire(0, A);
  if (p === g) rows.addSolvedRow(low, g, wire, 1, ZERO);
  else rows.addSolvedRow(shifted(low, -A), p, wire, 1, scaled(g, -A));
  return rows.term(wire);
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** gate where none of the bits from ≤ i < to is set, else 0. */
export function withNoneOf(
  rows: Rows,
  bits: Bits,
  { from, to, gate }: Span & { readonly gate: Sum },
): Sum {
  if (to - from > MAX_PRODUCT_BITS) return gatedZeroTest(rows, countOf(bits, from, to), gate);
  let p = gate;
  for (let i = from; i < to; i++) p = productOf(rows, p, not(bitAt(bits, i)));
  return p;
}

/** min(number of the bits from ≤ i < to, limit). */
function atMost(
  rows: Rows,
  bits: Bits,
  { from, to, limit }: Span & { readonly limit: number },
): Sum {
  const number = numberOf(bits, from, to);
  if (number.max <= limit) return number;
  const isAbove = isGreater(rows, bits, { from, to, limit });
  // Only one number is above where the limit is the last but one: the difference is the bit itself.
  if (limit === number.max - 1) return rows.combine(0, [number, 1], [isAbove, -1]);
  const wire = rows.addWire(0, limit);
  rows.addSolvedRow(isAbove, shifted(number, -limit), wire, -1, number);
  return rows.term(wire);
}

/**
 * 1 where the number of the bits from ≤ i < to is greater than `limit`, else 0: from the lowest bit on, a bit that the
 * limit lacks decides for greater, and one that it has needs all that is below to be greater.
 */
export function isGreater(
  rows: Rows,
  bits: Bits,
  { from, to, limit }: Span & { readonly limit: number },
): Sum {
  let greater = ZERO;
  for (let i = from; i < to; i++) {
    const bit = bitAt(bits, i);
    const hasBit = Math.floor(limit / 2 ** (i - from)) % 2 === 1;
    greater = hasBit ? productOf(rows, bit, greater) : not(productOf(rows, not(bit), not(greater)));
  }
  return greater;
}
