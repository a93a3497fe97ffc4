/**
 * Every operator's circuit under the three checks of this folder, and under the bug that any one of its rows is missing.
 * @module
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { endsOf, graphOf, inputsOf } from "../../models/operators/testing.ts";
import { ANY_OPERATOR } from "../../models/operators/testing-operators.ts";
import { CircuitError } from "../error.ts";
import { lower } from "../lower/lower.ts";
import type { LoweredCircuit } from "../lower/lowered.ts";
import { forge } from "./forge.ts";
import { looseWires } from "./rank.ts";
import { firstBrokenRow, residuesOf } from "./satisfied.ts";
import { undeterminedWires } from "./uniqueness.ts";
import { withoutRow } from "./without-row.ts";

/** Elimination over a field of 254 bits, and a search: for small circuits. */
const MAX_ROWS = 80;

function givenWires({ publicSignals, privateInputs }: LoweredCircuit): number[] {
  const { outputs, tag, inputs } = publicSignals;
  return Array.from({ length: tag + inputs + privateInputs }, (_, i) => 1 + outputs + i);
}

function outputWires({ publicSignals }: LoweredCircuit): number[] {
  return Array.from({ length: publicSignals.outputs }, (_, i) => 1 + i);
}

/** The circuit of a drawn node, where there is one of this size. */
function smallCircuit(graph: ReturnType<typeof graphOf>): LoweredCircuit | undefined {
  try {
    const circuit = lower(graph);
    return circuit.rows <= MAX_ROWS ? circuit : undefined;
  } catch (error) {
    // A cast that keeps low bits is computed and not proven.
    if (error instanceof CircuitError && error.code === "UNSUPPORTED_GRAPH") return undefined;
    throw error;
  }
}

describe.each([...ANY_OPERATOR])("%s", (_, any) => {
  test("has no row that could be left out: without it a wire is free", () => {
    fc.assert(
      fc.property(any, (lone) => {
        const circuit = smallCircuit(graphOf(lone));
        if (circuit === undefined) return;
        const free = (system: Parameters<typeof undeterminedWires>[0]): number[] =>
          undeterminedWires(system, givenWires(circuit)).filter(
            (wire) => !circuit.hints.includes(wire),
          );
        expect(free(circuit)).toEqual([]);
        for (let row = 0; row < circuit.rows; row++) {
          expect(free(withoutRow(circuit, row)), `without row ${row}`).not.toEqual([]);
        }
      }),
      { numRuns: 5 },
    );
  });

  test("has no wire that moves with others, at random inputs and at the ends of their ranges", () => {
    fc.assert(
      fc.property(
        any.chain((lone) => inputsOf(graphOf(lone)).map((inputs) => ({ lone, inputs }))),
        ({ lone, inputs }) => {
          const graph = graphOf(lone);
          const circuit = smallCircuit(graph);
          if (circuit === undefined) return;
          for (const question of [inputs, endsOf(graph, "min"), endsOf(graph, "max")]) {
            const witness = residuesOf(circuit.witness({ tag: 3n, inputs: question }));
            const loose = looseWires(circuit, witness, givenWires(circuit));
            expect(loose.filter((wire) => !circuit.hints.includes(wire))).toEqual([]);
          }
        },
      ),
      { numRuns: 4 },
    );
  });
});

describe("a rounding with saturation", () => {
  const graph = graphOf({
    op: "Clip",
    operands: [
      { dtype: "int32", dims: [1], min: -40, max: 90 },
      { dtype: "int32", dims: [], values: [0] },
      { dtype: "int32", dims: [], values: [15] },
    ],
  });
  const circuit = lower(graph);
  const options = { known: givenWires(circuit), targets: outputWires(circuit), budget: 400 };
  const witnessOf = (x: number): bigint[] =>
    residuesOf(circuit.witness({ tag: 3n, inputs: [Int32Array.of(x)] }));

  test.each([-40, -1, 0, 7, 15, 16, 90])("has no second answer that a forger finds (%i)", (x) => {
    const witness = witnessOf(x);
    expect(firstBrokenRow(circuit, witness)).toBeUndefined();
    expect(forge(circuit, witness, options)).toBeUndefined();
  });

  test("has one, found at some input, without any one of its rows", () => {
    // The tag's row pins a wire that nothing depends on.
    const tagWire = 1 + circuit.publicSignals.outputs;
    const isTagRow = (row: number): boolean =>
      circuit.a.wires[circuit.a.offsets[row] as number] === tagWire;
    for (let row = 0; row < circuit.rows; row++) {
      if (isTagRow(row)) continue;
      const broken = withoutRow(circuit, row);
      const forged = [-40, 7, 90, 16, -1]
        .map((x) => forge(broken, witnessOf(x), options))
        .find((found) => found !== undefined);
      expect(forged, `without row ${row}`).toBeDefined();
      expect(firstBrokenRow(broken, forged ?? [])).toBeUndefined();
    }
  });

  test("is not satisfied at an end of its range when it has one bit too few", () => {
    // The row that joins accumulator and bits: the longest in C. Its last term is the highest bit.
    const { offsets } = circuit.c;
    const lengths = Array.from(
      { length: circuit.rows },
      (_, row) => (offsets[row + 1] as number) - (offsets[row] as number),
    );
    const row = lengths.indexOf(Math.max(...lengths));
    const coefficients = circuit.c.coefficients.slice();
    coefficients[(offsets[row + 1] as number) - 1] = 0;
    const narrow = { ...circuit, c: { ...circuit.c, coefficients } };
    const broken = [-40, 90].map((x) => firstBrokenRow(narrow, witnessOf(x)));
    expect(broken).toContain(row);
  });
});
