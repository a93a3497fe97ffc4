/**
 * Sums that a gadget needs in A or B. There a key stores every coefficient and a prover multiplies by it, so a long one
 * is met once, in C of a row of its own, and is a wire from there.
 * @module
 */
import { wireOf } from "./product.ts";
import type { Rows } from "./rows.ts";
import type { Sum } from "./sum.ts";

/** A wire and its row add about 300 bytes to a key, as much as seven coefficients; but rows fill a domain. */
export const SHORT = 16;

/** The sum; as one wire, in one row, where it has more terms than `SHORT`. */
export function shortened(rows: Rows, sum: Sum): Sum {
  return sum.wires.length > SHORT ? wireOf(rows, sum) : sum;
}
