/**
 * ArgMax and ArgMin: a fold over the row that keeps the best value so far and its position. For each further element e at
 * position j, with `better` one comparison (compare.ts; of equals the first or the last wins, as the form says):
 *
 *     better × (j − position) = position' − position
 *     better × (e − best) = best' − best              not for the last element
 *
 * n + 4 rows an element where differences have n bits; what cannot be better, in the proven intervals, costs none, and
 * drops out. No hint but the bits of comparisons.
 * @module
 */
import { not } from "../bits.ts";
import type { Rows } from "../rows.ts";
import type { Lowering } from "../site.ts";
import { constantSum, type Sum, ZERO } from "../sum.ts";
import { isLess } from "./compare.ts";
import { selected } from "./select.ts";

export const lowerExtremePosition: Lowering<"extreme-position"> = (form, site) => {
  return (i) => {
    const places: (readonly [operand: number, index: number])[] = [];
    form.row(i, (operand, index) => {
      places.push([operand, index]);
    });
    const values = places.map(([operand, index]) => site.sum(operand, index));
    return positionOf(site.rows, values, form);
  };
};

interface Rule {
  readonly which: "greatest" | "least";
  readonly ofEquals: "first" | "last";
}

/** @param values at least one. @throws CircuitError `BOUND_UNPROVEN` */
export function positionOf(rows: Rows, values: readonly Sum[], { which, ofEquals }: Rule): Sum {
  const isBetter = (e: Sum, best: Sum): Sum => {
    const [less, more] = which === "greatest" ? [best, e] : [e, best];
    return ofEquals === "first" ? isLess(rows, less, more) : not(isLess(rows, more, less));
  };
  let best = values[0] ?? ZERO;
  let position: Sum = ZERO;
  values.forEach((e, j) => {
    if (j === 0) return;
    const better = isBetter(e, best);
    position = selected(rows, better, constantSum(j), position);
    if (j < values.length - 1) best = selected(rows, better, e, best);
  });
  return position;
}
