import { mod } from "@noble/curves/abstract/modular.js";
import { describe, expect, it } from "vitest";
import { R } from "../../../proof/groth16/points.ts";
import { firstBrokenRow, residuesOf } from "../../soundness/satisfied.ts";
import type { RowSystem } from "../../soundness/system.ts";
import { undeterminedWires } from "../../soundness/uniqueness.ts";
import { tinyGraph } from "../../testing.ts";
import { lower } from "../lower.ts";
import { Rows } from "../rows.ts";
import { WitnessRun } from "../witness.ts";
import { type ElementRange, hashInput } from "./input-digest.ts";
import { addInputDigest } from "./input-rows.ts";

interface DigestCircuit {
  readonly system: RowSystem;
  readonly digest: number;
  readonly inputs: readonly number[];
  witness(elements: readonly number[], salt: bigint): bigint[];
}

function digestCircuit(count: number, range: ElementRange): DigestCircuit {
  const rows = new Rows();
  const digest = rows.addFullWire();
  const first = rows.wires;
  for (let i = 0; i < count; i++) rows.addWire(range.min, range.max);
  const salt = rows.addFullWire();
  addInputDigest(rows, { first, count, range, salt, digest });
  const { a, b, c, steps } = rows.finish();
  const program = { wires: rows.wires, a, b, c, steps };
  return {
    system: { wires: rows.wires, rows: rows.rows, a, b, c },
    digest,
    inputs: [...Array.from({ length: count }, (_, i) => first + i), salt],
    witness: (elements, value) => {
      const run = new WitnessRun(program, new Map());
      elements.forEach((element, i) => {
        run.set(first + i, element);
      });
      run.setFull(salt, value);
      return residuesOf(run.finish());
    },
  };
}

const drawn = (count: number, { min, max }: ElementRange): number[] =>
  Array.from({ length: count }, (_, i) => min + ((i * 2_654_435_761 + 97) % (max - min + 1)));

const BYTES: ElementRange = { min: -128, max: 127 };

describe("the digest of an input in rows", () => {
  it.each([
    [1, BYTES, 0n],
    [403, { min: 0, max: 15 }, 7n],
    [404, BYTES, 2n ** 128n - 1n],
    [300, { min: -3, max: 996 }, 0n],
    [97, { min: -(2 ** 31), max: 2 ** 31 - 1 }, 5n],
  ])("of %i elements is what is computed outside", (count, range, salt) => {
    const circuit = digestCircuit(count, range);
    for (const elements of [
      drawn(count, range),
      Array<number>(count).fill(range.min),
      Array<number>(count).fill(range.max),
    ]) {
      const witness = circuit.witness(elements, salt);
      expect(witness[circuit.digest]).toBe(hashInput(Int32Array.from(elements), range, salt));
      expect(firstBrokenRow(circuit.system, witness)).toBeUndefined();
    }
  });

  it("costs 636 rows for what the first hash takes, and 641 at most for each further one", () => {
    expect(digestCircuit(13 * 31, BYTES).system.rows).toBe(622 + 14);
    expect(digestCircuit(28 * 31, BYTES).system.rows).toBe(622 + 14 + 626 + 15);
    expect(digestCircuit(43 * 31, BYTES).system.rows).toBe(622 + 14 + 2 * (626 + 15));
  });

  it("has one wire in A and in B of every row, and its sums in C", () => {
    const { a, b, rows } = digestCircuit(404, BYTES).system;
    for (const { offsets } of [a, b]) {
      for (let row = 0; row < rows; row++) {
        expect((offsets[row + 1] as number) - (offsets[row] as number)).toBeLessThanOrEqual(1);
      }
    }
  });

  it("leaves one value for every wire", () => {
    const { system, inputs } = digestCircuit(404, BYTES);
    expect(undeterminedWires(system, inputs)).toEqual([]);
  });

  it("does not leave one where any row is missing", () => {
    const { system, inputs } = digestCircuit(32, BYTES);
    // Of words, of each kind of round, and the last.
    for (const dropped of [0, 1, 2, 3, 20, 300, 500, 560, system.rows - 1]) {
      const without = withoutRow(system, dropped);
      expect(undeterminedWires(without, inputs), `row ${dropped}`).not.toEqual([]);
    }
  });

  it("refuses any single wire changed", () => {
    const { system, inputs, witness } = digestCircuit(32, BYTES);
    const honest = witness(drawn(32, BYTES), 3n);
    for (let wire = 1; wire < honest.length; wire++) {
      // The elements are held to their range, and to one another, by nothing here but the digest.
      for (const change of [1n, R - 1n, 2n ** 200n]) {
        const changed = honest.with(wire, mod((honest[wire] as bigint) + change, R));
        expect(firstBrokenRow(system, changed), `wire ${wire} of ${inputs.length}`).toBeDefined();
      }
    }
  });
});

describe("a lowered network", () => {
  const graph = tinyGraph();
  const input = Int32Array.of(0, 15, 3, 8, 1, 14);

  it("shows the digest of a hashed input in its place, under the salt that is asked for", () => {
    const circuit = lower(graph, ["hashed"]);
    const { outputs, inputs } = circuit.publicSignals;
    expect(inputs).toBe(1);
    const digest = 1 + outputs + 1;
    for (const salts of [undefined, [0n], [2n ** 127n + 5n]]) {
      const question = { tag: 9n, inputs: [input], ...(salts && { salts }) };
      const witness = residuesOf(circuit.witness(question));
      expect(firstBrokenRow(circuit, witness)).toBeUndefined();
      expect(witness[digest]).toBe(hashInput(input, { min: 0, max: 15 }, salts?.[0] ?? 0n));
      expect(witness.slice(1, digest - 1)).toEqual(
        residuesOf(lower(graph).witness({ tag: 9n, inputs: [input] })).slice(1, digest - 1),
      );
    }
  });

  it("refuses salts of another number, or of more than 128 bits", () => {
    const circuit = lower(graph, ["hashed"]);
    for (const salts of [[], [1n, 2n], [2n ** 128n], [-1n]]) {
      expect(() => circuit.witness({ tag: 9n, inputs: [input], salts })).toThrow(
        expect.objectContaining({ code: "WITNESS_FAILED" }),
      );
    }
  });
});

function withoutRow(system: RowSystem, dropped: number): RowSystem {
  const without = (matrix: RowSystem["a"]): RowSystem["a"] => {
    const from = matrix.offsets[dropped] as number;
    const offsets = matrix.offsets.slice();
    // An empty row in its place.
    const gap = (matrix.offsets[dropped + 1] as number) - from;
    for (let row = dropped + 1; row < offsets.length; row++)
      offsets[row] = (offsets[row] as number) - gap;
    const keeps = (_: unknown, k: number): boolean => k < from || k >= from + gap;
    return {
      offsets,
      wires: matrix.wires.filter(keeps),
      coefficients: matrix.coefficients.filter(keeps),
      full: new Map(
        [...matrix.full]
          .filter(([k]) => keeps(undefined, k))
          .map(([k, value]) => [k < from ? k : k - gap, value]),
      ),
    };
  };
  return { ...system, a: without(system.a), b: without(system.b), c: without(system.c) };
}
