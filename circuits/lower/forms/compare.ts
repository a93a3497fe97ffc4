/**
 * Comparisons: 1 where the relation holds, else 0. Of less and its kin, d = a − b in its proven interval decides:
 *
 *     d never negative, or always              a constant
 *     −1 and 0                                 −d: no row
 *     two truth values                         (1 − a) × b: one row
 *     anything else                            d + 2^n = Σ 2^i·b_i, of n + 1 bits: a < b is 1 − b_n: n + 2 rows
 *
 * No hint but the bits, and those are unique (bits.ts). Equality is equal.ts.
 * @module
 */
import { bitAt, bitsOf, not } from "../bits.ts";
import { productOf } from "../product.ts";
import type { Rows } from "../rows.ts";
import type { Lowering } from "../site.ts";
import { bitLength, ONE, type Sum, scaled, shifted, ZERO } from "../sum.ts";
import { isEqual } from "./equal.ts";

export const lowerCompare: Lowering<"compare"> = ({ relation, left, right }, site) => {
  const { rows } = site;
  return (i) => {
    const a = site.sum(0, left[i] as number);
    const b = site.sum(1, right[i] as number);
    switch (relation) {
      case "equal":
        return isEqual(rows, a, b);
      case "less":
        return isLess(rows, a, b);
      case "greater":
        return isLess(rows, b, a);
      case "less-or-equal":
        return not(isLess(rows, b, a));
      case "greater-or-equal":
        return not(isLess(rows, a, b));
    }
  };
};

/** 1 where a < b, else 0. @throws CircuitError `BOUND_UNPROVEN` */
export function isLess(rows: Rows, a: Sum, b: Sum): Sum {
  const d = rows.combine(0, [a, 1], [b, -1]);
  if (d.min >= 0) return ZERO;
  if (d.max < 0) return ONE;
  if (d.min === -1 && d.max === 0) return scaled(d, -1);
  if (isTruth(a) && isTruth(b)) return productOf(rows, not(a), b);
  const size = bitLength(Math.max(d.max, -d.min - 1));
  return not(bitAt(bitsOf(rows, shifted(d, 2 ** size), size + 1), size));
}

function isTruth({ min, max }: Sum): boolean {
  return min >= 0 && max <= 1;
}
