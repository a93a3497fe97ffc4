/**
 * Division by constants, by any divisor d ≥ 1 and of either sign. Where x is never negative, x = d·q + r in one row,
 * with the bits of q and r; where d is no power of two d − 1 − r has bits too, so that r < d. Unique, because all are
 * integers far below the order of the field. Elsewhere 2^n·d is added, so that q has its sign in bit n, floored:
 *
 *     x + 2^n·d = d·Σ 2^i·q_i + r,   ⌊x / d⌋ = Σ 2^i·q_i − 2^n,   negative = 1 − q_n
 *     truncated = ⌊x / d⌋ + (negative − p),   p = (r is 0 ? negative : 0)
 *
 * Rows: 1 and one for each bit of q and r; one more than r has bits where d is no power of two; and for truncation two that make p: by products where r has two bits or
 * fewer, else by a zero test of r's bits, whose hint v is of full size where it is not free (product.ts).
 * @module
 */

import { bitAt, bitsOf, type Division, divisionOf, not, numberOf } from "../bits.ts";
import { withNoneOf } from "../requantise.ts";
import type { Rows } from "../rows.ts";
import type { Lowering } from "../site.ts";
import { bitLength, constantSum, narrowed, type Sum, scaled, shifted, ZERO } from "../sum.ts";

export const lowerRemainder: Lowering<"remainder"> = ({ at, divisors, sign }, site) => {
  return (i) => {
    const x = site.sum(0, at[i] as number);
    const divisor = divisors[i] as number;
    return sign === "divisor"
      ? flooredRemainder(site.rows, x, divisor)
      : truncatedRemainder(site.rows, x, divisor);
  };
};

/** x / d, truncated toward zero. @throws CircuitError `BOUND_UNPROVEN` */
export function truncatedQuotient(rows: Rows, x: Sum, d: number): Sum {
  const [min, max] = [Math.trunc(x.min / d) + 0, Math.trunc(x.max / d) + 0];
  if (min === max) return constantSum(min);
  if (d === 1) return x;
  if (x.max <= 0) return scaled(truncatedQuotient(rows, scaled(x, -1), d), -1);
  const { floor, correction } = divided(rows, x, d);
  return narrowed(rows.combine(0, [floor, 1], [correction, 1]), min, max);
}

/** What truncated division leaves: of x's sign. @throws CircuitError `BOUND_UNPROVEN` */
export function truncatedRemainder(rows: Rows, x: Sum, d: number): Sum {
  if (x.min > -d && x.max < d) return x;
  if (x.max <= 0) return scaled(truncatedRemainder(rows, scaled(x, -1), d), -1);
  const { remainder, correction } = divided(rows, x, d);
  // It is 0 wherever x is a multiple.
  const ends = [Math.min(Math.max(x.min, 1 - d), 0), Math.min(x.max, d - 1)] as const;
  return narrowed(rows.combine(0, [remainder, 1], [correction, -d]), ...ends);
}

/** What floored division leaves: never negative. @throws CircuitError `BOUND_UNPROVEN` */
export function flooredRemainder(rows: Rows, x: Sum, d: number): Sum {
  const fromLeast = shifted(x, -Math.floor(x.min / d) * d);
  // All in one step of the quotient.
  if (fromLeast.max < d) return fromLeast;
  return narrowed(numberOf(exactDivision(rows, fromLeast, d).remainder), 0, d - 1);
}

interface Divided {
  readonly floor: Sum;
  readonly remainder: Sum;
  /** 1 where truncation gives one more than the floor. */
  readonly correction: Sum;
}

/** @param x with a greatest value above 0 */
function divided(rows: Rows, x: Sum, d: number): Divided {
  const least = Math.floor(x.min / d);
  if (least >= 0) {
    const { quotient, remainder } = exactDivision(rows, shifted(x, -least * d), d);
    const floor = shifted(numberOf(quotient), least);
    return { floor, remainder: numberOf(remainder), correction: ZERO };
  }
  // Bits for what is on either side of 0, and one for the sign.
  const size = bitLength(Math.max(Math.floor(x.max / d), -least - 1));
  const { quotient, remainder } = exactDivision(rows, shifted(x, 2 ** size * d), d);
  const gate = not(bitAt(quotient, size));
  const p = withNoneOf(rows, remainder, { from: 0, to: remainder.count, gate });
  return {
    floor: shifted(numberOf(quotient), -(2 ** size)),
    remainder: numberOf(remainder),
    correction: narrowed(rows.combine(0, [gate, 1], [p, -1]), 0, 1),
  };
}

function exactDivision(rows: Rows, x: Sum, d: number): Division {
  const division = divisionOf(rows, x, d);
  const { remainder } = division;
  if (numberOf(remainder).max >= d) {
    const left = shifted(scaled(numberOf(remainder), -1), d - 1);
    // It is these bits that keep it from being negative.
    bitsOf(rows, narrowed(left, 0, d - 1), remainder.count);
  }
  return division;
}
