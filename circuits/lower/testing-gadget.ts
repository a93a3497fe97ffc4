/**
 * For tests: one gadget as a circuit of its own, its inputs given, its result copied to a wire.
 * @module
 */
import { mod } from "@noble/curves/abstract/modular.js";
import { R } from "../../proof/groth16/points.ts";
import { residuesOf } from "../soundness/satisfied.ts";
import type { RowSystem } from "../soundness/system.ts";
import { Rows, STEP } from "./rows.ts";
import { constantSum, type Sum } from "./sum.ts";
import { WitnessRun } from "./witness.ts";

export interface Gadget {
  readonly system: RowSystem;
  /** The gadget's own: without any for inputs and result. */
  readonly ownRows: number;
  /** Of the inputs, in their order. */
  readonly inputs: readonly number[];
  readonly hints: readonly number[];
  readonly result: Sum;
  /** Every wire, for values of the inputs. */
  witness(values: readonly number[]): bigint[];
}

export function gadgetOf(
  ranges: readonly (readonly [min: number, max: number])[],
  make: (rows: Rows, ...inputs: readonly Sum[]) => Sum,
): Gadget {
  const rows = new Rows();
  const inputs = ranges.map(([min, max]) => rows.addWire(min, max));
  const result = make(
    rows,
    ...inputs.map((wire, k) => {
      const [min, max] = ranges[k] as readonly [number, number];
      return min === max ? constantSum(min) : rows.term(wire);
    }),
  );
  const { a, b, c, steps } = rows.finish();
  const system = { wires: rows.wires, rows: rows.rows, a, b, c };
  return {
    system,
    ownRows: rows.rows,
    inputs,
    hints: [...steps.wires.filter((_, i) => steps.kinds[i] === STEP.zeroTest)].map((p) => p + 1),
    result,
    witness: (values) => {
      const run = new WitnessRun({ ...system, steps }, new Map());
      inputs.forEach((wire, k) => {
        run.set(wire, values[k] as number);
      });
      return residuesOf(run.finish());
    },
  };
}

/** What a sum is for a witness, as an integer near 0. */
export function valueOfSum(sum: Sum, witness: readonly bigint[]): number {
  const total = [...sum.wires].reduce(
    (partial, wire, k) =>
      partial + BigInt(sum.coefficients[k] as number) * (witness[wire] as bigint),
    BigInt(sum.constant),
  );
  const residue = mod(total, R);
  return Number(residue > R / 2n ? residue - R : residue);
}
