/**
 * Holds bits to at most a constant, where that is less than they can count: for ranges that are no power of two. From
 * the highest bit on, `equal` says that all bits so far are the limit's. A bit that the limit has ends equality where it
 * is 0; bits that the limit lacks must be 0 while equality lasts:
 *
 *     equal' = equal × b                    for a bit that the limit has
 *     equal × (b + b' + …) = 0              for a run of bits that it lacks
 *
 * No row for the limit's lowest ones, nor for its highest: at most as many rows as bits, and no hint.
 * @module
 */
import { type Bits, bitAt } from "./bits.ts";
import { productOf } from "./product.ts";
import type { Rows } from "./rows.ts";
import { isConstant, ONE, type Sum, ZERO } from "./sum.ts";

/** @param limit a non-negative integer */
export function holdAtMost(rows: Rows, bits: Bits, limit: number): void {
  const limitHas = (i: number): boolean => Math.floor(limit / 2 ** i) % 2 === 1;
  let lowest = 0;
  while (lowest < bits.count && limitHas(lowest)) lowest += 1;

  let equal: Sum = ONE;
  let lacking: Sum = ZERO;
  const endRun = (): void => {
    if (!isConstant(lacking)) rows.addRow(equal, lacking, ZERO);
    lacking = ZERO;
  };
  for (let i = bits.count - 1; i >= lowest; i--) {
    if (limitHas(i)) {
      endRun();
      equal = productOf(rows, equal, bitAt(bits, i));
    } else {
      lacking = rows.combine(0, [lacking, 1], [bitAt(bits, i), 1]);
    }
  }
  endRun();
}
