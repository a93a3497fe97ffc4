/**
 * One of two values: z = c ? x : y, in one row c × (x − y) = z − y; in none where c is a constant, or x − y is. A longer
 * x − y than `SHORT` becomes a wire first. No hint: z is determined by its row. Precondition: c is 0 or 1.
 * @module
 */
import type { Rows } from "../rows.ts";
import { shortened } from "../short.ts";
import type { Lowering } from "../site.ts";
import { isConstant, narrowed, type Sum, scaled } from "../sum.ts";

export const lowerSelect: Lowering<"select"> = ({ condition, yes, no }, site) => {
  return (i) => {
    const c = site.sum(0, condition[i] as number);
    // What is not chosen is not computed.
    if (isConstant(c)) {
      return c.constant === 1
        ? site.element(1, yes[i] as number)
        : site.element(2, no[i] as number);
    }
    return selected(site.rows, c, site.sum(1, yes[i] as number), site.sum(2, no[i] as number));
  };
};

/** c ? x : y. @throws CircuitError `BOUND_UNPROVEN` */
export function selected(rows: Rows, c: Sum, x: Sum, y: Sum): Sum {
  if (isConstant(c)) return c.constant === 1 ? x : y;
  const [min, max] = [Math.min(x.min, y.min), Math.max(x.max, y.max)];
  const difference = rows.combine(0, [x, 1], [y, -1]);
  if (isConstant(difference)) {
    return narrowed(rows.combine(0, [y, 1], [c, difference.constant]), min, max);
  }
  const chooses = shortened(rows, difference);
  const z = rows.addWire(min, max);
  rows.addSolvedRow(c, chooses, z, 1, scaled(y, -1));
  return rows.term(z);
}
