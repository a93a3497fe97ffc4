/**
 * Rows written down by hand, for tests of the checks of this folder.
 * @module
 */
import type { LinearCombination } from "../../proof/files/r1cs.ts";
import { R } from "../../proof/groth16/points.ts";
import { type RowSystem, systemOf } from "./system.ts";

/** Wire to coefficient. */
export type Terms = Readonly<Record<number, bigint | number>>;

/** A, B and C of one row. */
export type Row = readonly [Terms, Terms, Terms];

export function systemOfRows(wires: number, rows: readonly Row[]): RowSystem {
  const combination = (terms: Terms): LinearCombination => ({
    wires: Uint32Array.from(Object.keys(terms), Number),
    coefficients: Object.values(terms).map((value) => (BigInt(value) + R) % R),
  });
  const constraints = rows.map(([a, b, c]) => ({
    a: combination(a),
    b: combination(b),
    c: combination(c),
  }));
  return systemOf({ nWires: wires, nPubOut: 0, nPubIn: 0, nPrvIn: 0, constraints });
}

/** wire · (wire − 1) = 0. */
export function bitRow(wire: number): Row {
  return [{ [wire]: 1 }, { [wire]: 1, 0: -1 }, {}];
}
