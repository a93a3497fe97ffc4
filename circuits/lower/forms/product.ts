/**
 * Sums of products of values that both depend on the input: one row for each product, its own wire in C, and the last
 * row makes the sum: A × B = out − Σ others. What is constant is multiplied without a row. No hint.
 * @module
 */
import { productOf } from "../product.ts";
import type { Rows } from "../rows.ts";
import type { Lowering } from "../site.ts";
import { isConstant, type Sum, scaled, shifted, ZERO } from "../sum.ts";

export const lowerProduct: Lowering<"product"> = ({ zeros, row }, site) => {
  return (i) => {
    const places: (readonly [a: number, b: number])[] = [];
    row(i, (a, b) => {
      places.push([a, b]);
    });
    const factors = places.map(([a, b]): readonly [Sum, Sum] => {
      const one = site.sum(0, a);
      const other = site.sum(1, b);
      // The same sum twice is a square, which its interval shows.
      const left = shifted(one, -zeros[0]);
      return [left, one === other && zeros[0] === zeros[1] ? left : shifted(other, -zeros[1])];
    });
    return sumOfProducts(site.rows, factors);
  };
};

/** Σ a · b. @throws CircuitError `BOUND_UNPROVEN` */
export function sumOfProducts(rows: Rows, factors: readonly (readonly [Sum, Sum])[]): Sum {
  const rowsNeeded = factors.filter(([a, b]) => !isConstant(a) && !isConstant(b));
  const last = rowsNeeded.at(-1);
  const parts = factors
    .filter((pair) => pair !== last)
    .map(([a, b]): readonly [Sum, number] => [
      a === b ? squareOf(rows, a) : productOf(rows, a, b),
      1,
    ]);
  const others = rows.combine(0, ...parts);
  if (last === undefined) return others;
  const [a, b] = last;
  const [min, max] = productRange(a, b);
  const wire = rows.addWire(others.min + min, others.max + max);
  rows.addSolvedRow(a, b, wire, 1, scaled(others, -1));
  return rows.term(wire);
}

function squareOf(rows: Rows, a: Sum): Sum {
  if (isConstant(a)) return scaled(a, a.constant);
  const [min, max] = productRange(a, a);
  const wire = rows.addWire(min, max);
  rows.addSolvedRow(a, a, wire, 1, ZERO);
  return rows.term(wire);
}

function productRange(a: Sum, b: Sum): readonly [min: number, max: number] {
  const corners = [a.min * b.min, a.min * b.max, a.max * b.min, a.max * b.max];
  const least = a === b ? Math.max(a.min, -a.max, 0) ** 2 : Math.min(...corners);
  return [least, Math.max(...corners)];
}
