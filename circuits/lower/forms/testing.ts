/**
 * For tests: the circuit of one form over operands that are inputs, each element in an interval of its own, and what is
 * asked of every such circuit.
 * @module
 */
import { mod } from "@noble/curves/abstract/modular.js";
import { expect } from "vitest";
import type { Form } from "../../../models/operators/form.ts";
import { R } from "../../../proof/groth16/points.ts";
import { looseWires } from "../../soundness/rank.ts";
import { firstBrokenRow, residuesOf } from "../../soundness/satisfied.ts";
import type { RowSystem } from "../../soundness/system.ts";
import { undeterminedWires } from "../../soundness/uniqueness.ts";
import { isRounded } from "../rounded.ts";
import { Rows, STEP } from "../rows.ts";
import type { FormOf, Lowering, Site } from "../site.ts";
import { constantSum, type Sum } from "../sum.ts";
import { WitnessRun } from "../witness.ts";

/** What an element can be, both ends included; one value is a constant. */
export type Range = readonly [min: number, max: number];

export interface FormCircuit {
  readonly system: RowSystem;
  readonly rows: number;
  /** Every wire, for these operands, in residues. */
  witness(operands: readonly (readonly number[])[]): bigint[];
  /** What the form computes there, as integers. */
  outputs(witness: readonly bigint[]): number[];
  readonly inputs: readonly number[];
  /** The v of each zero test. */
  readonly hints: readonly number[];
}

export function formCircuit<K extends Form["kind"]>(
  lowering: Lowering<K>,
  form: FormOf<K>,
  { operands, count }: { readonly operands: readonly (readonly Range[])[]; readonly count: number },
): FormCircuit {
  const rows = new Rows();
  const sums = operands.map((ranges) =>
    ranges.map(([min, max]) =>
      min === max ? constantSum(min) : rows.term(rows.addWire(min, max)),
    ),
  );
  const sum = (operand: number, index: number): Sum => sums[operand]?.[index] as Sum;
  const site: Site = { rows, label: "node", count, isLive: () => true, element: sum, sum };
  const lowered = lowering(form, site);
  const outputs = Array.from({ length: count }, (_, i) => {
    const element = lowered(i);
    return isRounded(element) ? element.value(rows) : element;
  });
  const { a, b, c, steps } = rows.finish();
  const program = { wires: rows.wires, a, b, c, steps };
  return {
    system: { wires: rows.wires, rows: rows.rows, a, b, c },
    rows: rows.rows,
    witness: (values) => {
      const run = new WitnessRun(program, new Map());
      sums.forEach((elements, k) => {
        elements.forEach(({ wires: [wire] }, i) => {
          if (wire !== undefined) run.set(wire, values[k]?.[i] as number);
        });
      });
      return residuesOf(run.finish());
    },
    outputs: (witness) => outputs.map((output) => numberOf(output, witness)),
    inputs: sums.flat().flatMap(({ wires }) => [...wires]),
    hints: [...steps.wires].filter((_, i) => steps.kinds[i] === STEP.zeroTest).map((p) => p + 1),
  };
}

/** The sum's value, which must lie in the interval that it claims. */
function numberOf(
  { wires, coefficients, constant, min, max }: Sum,
  witness: readonly bigint[],
): number {
  const value = [...wires].reduce(
    (sum, wire, k) => sum + BigInt(coefficients[k] as number) * (witness[wire] as bigint),
    BigInt(constant),
  );
  const residue = mod(value, R);
  const number = Number(residue > R / 2n ? residue - R : residue);
  expect(number).toBeGreaterThanOrEqual(min);
  expect(number).toBeLessThanOrEqual(max);
  return number;
}

/**
 * The circuit computes `expected`, and nothing else, by all means there are: inputs leave one value for every wire but the
 * hints; no single wire can be changed, and none can move with others, but a hint.
 */
export function expectSound(
  circuit: FormCircuit,
  cases: readonly (readonly [
    operands: readonly (readonly number[])[],
    expected: readonly number[],
  ])[],
): void {
  const { system, inputs, hints } = circuit;
  expect(undeterminedWires(system, inputs)).toEqual(hints);
  for (const [operands, expected] of cases) {
    const witness = circuit.witness(operands);
    expect(circuit.outputs(witness), `of ${JSON.stringify(operands)}`).toEqual(expected);
    expect(firstBrokenRow(system, witness)).toBeUndefined();
    const free = changeableWires(system, witness).filter((wire) => !inputs.includes(wire));
    expect(hints).toEqual(expect.arrayContaining(free));
    expect(hints).toEqual(expect.arrayContaining(looseWires(system, witness, inputs)));
  }
}

const CHANGES = [1n, R - 1n, 2n, 2n ** 20n, R - 2n ** 20n, (R + 1n) / 2n, 12345678901234567890123n];

/** Wires that some change leaves all rows satisfied. */
function changeableWires(system: RowSystem, witness: readonly bigint[]): number[] {
  return [...witness.keys()].filter((wire) =>
    CHANGES.some((change) => {
      const changed = witness.with(wire, mod((witness[wire] as bigint) + change, R));
      return firstBrokenRow(system, changed) === undefined;
    }),
  );
}
