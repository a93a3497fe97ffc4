/**
 * Connectives of truth values, one row each and none with a constant:
 *
 *     and    a × b = z
 *     or     (1 − a) × (1 − b) = 1 − z
 *     xor    2a × b = a + b − z
 *
 * No hint: each z is determined by its row, and is 0 or 1 where a and b are, which is the precondition.
 * @module
 */
import { not } from "../bits.ts";
import { productOf } from "../product.ts";
import type { Rows } from "../rows.ts";
import type { Lowering } from "../site.ts";
import { isConstant, type Sum, scaled } from "../sum.ts";

export const lowerLogic: Lowering<"logic"> = ({ connective, left, right }, site) => {
  const { rows } = site;
  return (i) => {
    const a = site.sum(0, left[i] as number);
    const b = site.sum(1, right[i] as number);
    switch (connective) {
      case "and":
        return productOf(rows, a, b);
      case "or":
        return not(productOf(rows, not(a), not(b)));
      case "xor":
        return xor(rows, a, b);
    }
  };
};

function xor(rows: Rows, a: Sum, b: Sum): Sum {
  if (isConstant(a)) return a.constant === 1 ? not(b) : b;
  if (isConstant(b)) return b.constant === 1 ? not(a) : a;
  const z = rows.addWire(0, 1);
  rows.addSolvedRow(scaled(a, 2), b, z, -1, rows.combine(0, [a, 1], [b, 1]));
  return rows.term(z);
}
