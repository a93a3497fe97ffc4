/**
 * Magnitude and sign. Where x can be of both signs, t says x ≥ 0:
 *
 *     x + 2^n = Σ 2^i·b_i,  t = b_n                  n + 2 rows
 *     |x|:   t × 2x = y + x                          one more; x × x = y alone where x is −1, 0 or 1
 *     sign:  p = (b_0 … b_(n−1) are 0 ? t : 0),  y = 2t − 1 − p
 *
 * p takes a row for each bit up to two, and else the two of a zero test, whose hint v is of full size where it is not
 * free (product.ts). In B stands x or, where that is shorter, the bits that are x where t = 1.
 * @module
 */
import { type Bits, bitAt, bitsOf, not, numberOf } from "../bits.ts";
import { withNoneOf } from "../requantise.ts";
import type { Rows } from "../rows.ts";
import type { Lowering } from "../site.ts";
import { bitLength, narrowed, type Sum, scaled, shifted } from "../sum.ts";
import { isZero } from "./equal.ts";
import { sumOfProducts } from "./product.ts";

export const lowerAbsolute: Lowering<"absolute"> = (_form, site) => (i) =>
  magnitudeOf(site.rows, site.sum(0, i));

export const lowerSign: Lowering<"sign"> = (_form, site) => (i) =>
  signOf(site.rows, site.sum(0, i));

/** |x|. @throws CircuitError `BOUND_UNPROVEN` */
export function magnitudeOf(rows: Rows, x: Sum): Sum {
  if (x.min >= 0) return x;
  if (x.max <= 0) return scaled(x, -1);
  if (x.min === -1 && x.max === 1) return sumOfProducts(rows, [[x, x]]);
  const { bits, size } = signedBits(rows, x);
  const positive = numberOf(bits, 0, bitLength(x.max));
  const y = rows.addWire(0, Math.max(x.max, -x.min));
  const factor = positive.wires.length < x.wires.length ? positive : x;
  rows.addSolvedRow(bitAt(bits, size), scaled(factor, 2), y, 1, x);
  return rows.term(y);
}

/** −1, 0 or 1. @throws CircuitError `BOUND_UNPROVEN` */
export function signOf(rows: Rows, x: Sum): Sum {
  if (x.min >= -1 && x.max <= 1) return x;
  if (x.min >= 0) return not(isZero(rows, x));
  if (x.max <= 0) return scaled(not(isZero(rows, x)), -1);
  const { bits, size } = signedBits(rows, x);
  const t = bitAt(bits, size);
  // Where t = 1 the bits above x's greatest are 0 anyway.
  const p = withNoneOf(rows, bits, { from: 0, to: bitLength(x.max), gate: t });
  return narrowed(rows.combine(-1, [t, 2], [p, -1]), -1, 1);
}

/** The bits of x + 2^size; bit `size` is 1 where x is not negative, and then the others are x. */
function signedBits(rows: Rows, x: Sum): { readonly bits: Bits; readonly size: number } {
  const size = bitLength(Math.max(x.max, -x.min - 1));
  return { bits: bitsOf(rows, shifted(x, 2 ** size), size + 1), size };
}
