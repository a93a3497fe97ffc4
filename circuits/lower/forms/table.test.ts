import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lowerTable } from "./table.ts";
import { planTable } from "./table-plan.ts";
import { expectSound, type FormCircuit, formCircuit, type Range } from "./testing.ts";

function circuitOf(tables: readonly (readonly number[])[], range: Range): FormCircuit {
  const entries = tables.map((table) => Int32Array.from(table));
  const form = {
    kind: "table",
    at: new Int32Array(tables.length),
    entries: (i: number) => entries[i] as Int32Array,
  } as const;
  return formCircuit(lowerTable, form, { operands: [[[0, 0]], [range]], count: tables.length });
}

const tableOf = (size: number, entry: (x: number) => number): number[] =>
  Array.from({ length: size }, (_, x) => entry(x));
/** Entries without any pattern: Weyl's sequence, hashed. */
const noise = (x: number): number =>
  ((((((x + 1) * 2_654_435_761) % 2 ** 32) ^ (x << 7)) >>> 5) % 997) - 498;

const entry = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
);

describe("table", () => {
  it("gives the entry of every index in reach, and nothing else", () => {
    fc.assert(
      fc.property(
        fc.array(entry, { minLength: 1, maxLength: 40 }),
        fc.nat(),
        fc.nat(),
        (table, from, to) => {
          const [a, b] = [from % table.length, to % table.length];
          const range: Range = [Math.min(a, b), Math.max(a, b)];
          const circuit = circuitOf([table], range);
          const reached = table
            .map((value, x) => [x, value] as const)
            .slice(range[0], range[1] + 1);
          expectSound(
            circuit,
            reached.map(([x, value]) => [[[0], [x]], [value]]),
          );
        },
      ),
      { numRuns: 25 },
    );
  });

  it("gives all 256 entries of a table without pattern", () => {
    const table = tableOf(256, noise);
    const circuit = circuitOf([table], [0, 255]);
    // Nine rows for eight bits, 37 for the table.
    expect(circuit.rows).toBe(9 + 37);
    for (const [x, value] of table.entries()) {
      expect(circuit.outputs(circuit.witness([[0], [x]]))).toEqual([value]);
    }
    expectSound(
      circuit,
      [0, 1, 127, 128, 200, 255].map((x) => [[[0], [x]], [table[x] as number]]),
    );
  });

  it("shares bits and monomials among tables of one index", () => {
    const tables = [1, 2, 3].map((k) => tableOf(256, (x) => noise(k * x + k)));
    const circuit = circuitOf(tables, [0, 255]);
    expect(circuit.rows).toBe(9 + 22 + 3 * 15);
    expectSound(
      circuit,
      [0, 77, 255].map((x) => [[[0], [x]], tables.map((table) => table[x] as number)]),
    );
  });

  it.each([
    [4, 1],
    [8, 2],
    [16, 5],
    [32, 8],
    [64, 15],
    [128, 22],
    [512, 52],
    [1024, 83],
  ])("of %i entries costs %i rows beyond the bits", (size, rows) => {
    expect(planTable(Int32Array.from(tableOf(size, noise)), Math.log2(size)).rows).toBe(rows);
  });

  it("costs less where it has a pattern", () => {
    const rows = (entries: (x: number) => number): number =>
      circuitOf([tableOf(256, entries)], [0, 255]).rows;
    expect(rows(() => 5)).toBe(0);
    expect(rows((x) => 3 * x - 7)).toBe(0);
    // A sign is a bit, and a ramp is the bits below times it: the upper three each, the lower four at once.
    expect(rows((x) => (x < 128 ? 0 : 1))).toBe(9);
    expect(rows((x) => Math.max(x - 128, 0))).toBe(9 + 4);
    // A comparison with 99 = 1100011b: a row for each bit above the lowest 0 but one.
    expect(rows((x) => (x < 100 ? -1 : 4))).toBe(9 + 5);
    const sigmoid = rows((x) => Math.round(255 / (1 + Math.exp((128 - x) / 8))));
    expect(sigmoid).toBeLessThan(9 + 37);
  });

  it("gives what patterned tables have, in every index", () => {
    const patterns = [
      (x: number) => (x < 128 ? 0 : 1),
      (x: number) => Math.max(x - 100, 0),
      (x: number) => (x < 100 ? -1 : 4),
      (x: number) => Math.round(255 / (1 + Math.exp((128 - x) / 8))),
      (x: number) => Math.abs(x - 128),
      (x: number) => (x % 16) * Math.floor(x / 16),
    ];
    const tables = patterns.map((pattern) => tableOf(256, pattern));
    const circuit = circuitOf(tables, [3, 250]);
    for (let x = 3; x <= 250; x++) {
      const outputs = circuit.outputs(circuit.witness([[0], [x]]));
      expect(outputs).toEqual(tables.map((table) => table[x]));
    }
    expectSound(circuit, [[[[0], [99]], tables.map((table) => table[99] as number)]]);
  });

  it("refuses an index that its table does not reach", () => {
    for (const range of [
      [0, 4],
      [-1, 3],
    ] as const) {
      expect(() => circuitOf([[1, 2, 4, 8]], range)).toThrow(
        expect.objectContaining({
          code: "UNSUPPORTED_GRAPH",
          message: expect.stringContaining(`[${range[0]}, ${range[1]}]`),
        }),
      );
    }
  });
});
