/**
 * Wires made of sums: a sum as a wire, the product of two sums, and whether a sum is zero.
 * @module
 */
import type { Rows } from "./rows.ts";
import { constantSum, isConstant, type Sum, scaled, ZERO } from "./sum.ts";

/** The sum as one wire, in one row; itself where it is a constant or a wire already. */
export function wireOf(rows: Rows, sum: Sum): Sum {
  const isWire = sum.wires.length === 1 && sum.constant === 0 && sum.coefficients[0] === 1;
  if (isWire || isConstant(sum)) return sum;
  const wire = rows.addWire(sum.min, sum.max);
  rows.addSolvedRow(ZERO, ZERO, wire, 1, scaled(sum, -1));
  return rows.term(wire);
}

/**
 * a · b, in one row a × b = wire; in none where one is a constant.
 * @throws CircuitError `BOUND_UNPROVEN`
 */
export function productOf(rows: Rows, a: Sum, b: Sum): Sum {
  if (isConstant(a)) return scaled(b, a.constant);
  if (isConstant(b)) return scaled(a, b.constant);
  const corners = [a.min * b.min, a.min * b.max, a.max * b.min, a.max * b.max];
  const [min, max] = [Math.min(...corners), Math.max(...corners)];
  if (min === max) return constantSum(min);
  const wire = rows.addWire(min, max);
  rows.addSolvedRow(a, b, wire, 1, ZERO);
  return rows.term(wire);
}

/**
 * p = (sum is 0 ? gate : 0), in two rows p × sum = 0 and sum × v = gate − p. v is a hint: free where the sum is 0, and
 * of full size where the gate is no multiple of the sum; so it is for sums that seldom meet an open gate.
 */
export function gatedZeroTest(rows: Rows, sum: Sum, gate: Sum): Sum {
  if (isConstant(sum)) return sum.constant === 0 ? gate : ZERO;
  const wire = rows.addWire(Math.min(gate.min, 0), Math.max(gate.max, 0));
  const v = rows.addFullWire();
  const p = rows.term(wire);
  const row = rows.addRow(p, sum, ZERO);
  rows.addRow(sum, rows.term(v), rows.combine(0, [gate, 1], [p, -1]));
  rows.stepZeroTest(wire, row);
  return p;
}
