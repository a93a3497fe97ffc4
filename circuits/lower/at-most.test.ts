import { describe, expect, it } from "vitest";
import { firstBrokenRow, residuesOf } from "../soundness/satisfied.ts";
import { holdAtMost } from "./at-most.ts";
import { booleans } from "./bits.ts";
import { Rows } from "./rows.ts";
import { bitLength } from "./sum.ts";
import { WitnessRun } from "./witness.ts";

/** The numbers of `count` bits that the rows take. */
function taken(
  count: number,
  limit: number,
): { readonly numbers: number[]; readonly rows: number } {
  const rows = new Rows();
  const bits = booleans(rows, count);
  const before = rows.rows;
  holdAtMost(rows, bits, limit);
  const { a, b, c, steps } = rows.finish();
  const system = { wires: rows.wires, rows: rows.rows, a, b, c };
  const numbers = [...Array(2 ** count).keys()].filter((number) => {
    const run = new WitnessRun({ wires: rows.wires, a, b, c, steps }, new Map());
    for (let i = 0; i < count; i++) run.set(bits.first + i, (number >> i) & 1);
    return firstBrokenRow(system, residuesOf(run.finish())) === undefined;
  });
  return { numbers, rows: rows.rows - before };
}

describe("holdAtMost", () => {
  it("takes every number up to the limit and refuses every one above, whatever the limit", () => {
    for (let limit = 0; limit < 64; limit++) {
      for (const count of [bitLength(limit), 6]) {
        const { numbers, rows } = taken(count, limit);
        expect(numbers, `limit ${limit}, ${count} bits`).toEqual([
          ...Array(Math.min(limit + 1, 2 ** count)).keys(),
        ]);
        expect(rows).toBeLessThanOrEqual(count);
      }
    }
  });

  it("costs nothing for a power of two less one", () => {
    for (const limit of [0, 1, 3, 7, 255]) expect(taken(bitLength(limit), limit).rows).toBe(0);
  });
});
