/**
 * Whether a witness satisfies every row, by the definition: A·w × B·w = C·w over Fr.
 * @module
 */
import { mod } from "@noble/curves/abstract/modular.js";
import type { SmallWitness } from "../../proof/engine.ts";
import { R } from "../../proof/groth16/points.ts";
import { sumAt } from "./rank.ts";
import type { RowSystem } from "./system.ts";

/** Every wire as its residue in [0, r). */
export function residuesOf({ values, full }: SmallWitness): bigint[] {
  return Array.from(values, (value, wire) => full.get(wire) ?? mod(BigInt(value), R));
}

/** @returns the first row that the witness breaks, or undefined when it satisfies all */
export function firstBrokenRow(
  { rows, wires, a, b, c }: RowSystem,
  witness: readonly bigint[],
): number | undefined {
  if (witness.length !== wires || witness[0] !== 1n) return 0;
  for (let row = 0; row < rows; row++) {
    const product = sumAt(a, row, witness) * sumAt(b, row, witness);
    if (mod(product - sumAt(c, row, witness), R) !== 0n) return row;
  }
  return undefined;
}
