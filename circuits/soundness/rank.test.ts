import { describe, expect, it } from "vitest";
import { looseWires } from "./rank.ts";
import { bitRow, type Row, systemOfRows } from "./testing.ts";

describe("looseWires", () => {
  // x (1) = bit 2 + 2·bit 3; y (4) = x·bit 3.
  const rows: Row[] = [
    bitRow(2),
    bitRow(3),
    [{}, {}, { 1: 1, 2: -1, 3: -2 }],
    [{ 1: 1 }, { 3: 1 }, { 4: 1 }],
  ];

  it.each([0n, 1n, 2n, 3n])("finds every wire pinned at an honest witness (x = %i)", (x) => {
    const high = x >> 1n;
    expect(looseWires(systemOfRows(5, rows), [1n, x, x & 1n, high, x * high], [1])).toEqual([]);
  });

  it("finds a hint and every wire that copies it, which no change of one wire shows", () => {
    // q (2) is assigned and never constrained; 3 and 4 follow it.
    const copied: Row[] = [
      [{ 1: 1 }, { 2: 1 }, { 3: 1 }],
      [{}, {}, { 3: 2, 4: -1, 0: 5 }],
    ];
    expect(looseWires(systemOfRows(5, copied), [1n, 3n, 4n, 12n, 29n], [1])).toEqual([2, 3, 4]);
  });

  it("finds two unbounded halves of a division, which move against each other", () => {
    const division: Row[] = [[{}, {}, { 1: 1, 2: -5, 3: -1 }]];
    expect(looseWires(systemOfRows(4, division), [1n, 17n, 3n, 2n], [1])).toEqual([2, 3]);
  });

  it("finds p pinned by its pair of rows on either side, and v only where S is not 0", () => {
    const pair: Row[] = [
      [{ 3: 1 }, { 1: 1 }, {}],
      [{ 1: 1 }, { 4: 1 }, { 2: 1, 3: -1 }],
    ];
    const system = systemOfRows(5, pair);
    expect(looseWires(system, [1n, 0n, 1n, 1n, 0n], [1, 2])).toEqual([4]);
    expect(looseWires(system, [1n, 1n, 1n, 0n, 1n], [1, 2])).toEqual([]);
  });
});
