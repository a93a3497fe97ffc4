/**
 * Whether two values are equal. d = a − b, in its proven interval:
 *
 *     0 is outside, or is all there is         a constant
 *     0 and one neighbour                      1 − d or 1 + d: no row
 *     −1, 0, 1 (two truth values)              d × d = 1 − e: one row, no hint
 *     anything else                            e × d = 0,  d × v = 1 − e: two rows
 *
 * In the last, v is a hint, of full size where |d| > 1 and free where d = 0; e is determined, because d ≠ 0 gives e = 0
 * by the first row and d = 0 gives e = 1 by the second. A longer d than `SHORT` becomes a wire first, in one row more.
 * @module
 */
import { not } from "../bits.ts";
import { gatedZeroTest } from "../product.ts";
import type { Rows } from "../rows.ts";
import { shortened } from "../short.ts";
import { ONE, type Sum, shifted, ZERO } from "../sum.ts";

/** 1 where a = b, else 0. @throws CircuitError `BOUND_UNPROVEN` */
export function isEqual(rows: Rows, a: Sum, b: Sum): Sum {
  return isZero(rows, rows.combine(0, [a, 1], [b, -1]));
}

export function isZero(rows: Rows, d: Sum): Sum {
  if (d.min > 0 || d.max < 0) return ZERO;
  if (d.min === 0 && d.max === 0) return ONE;
  if (d.min === 0 && d.max === 1) return not(d);
  if (d.min === -1 && d.max === 0) return shifted(d, 1);
  if (d.min === -1 && d.max === 1) {
    const e = rows.addWire(0, 1);
    rows.addSolvedRow(d, d, e, -1, ONE);
    return rows.term(e);
  }
  return gatedZeroTest(rows, shortened(rows, d), ONE);
}
