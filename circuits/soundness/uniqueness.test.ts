/**
 * What each rule accepts, and the nearest circuit that it must not: the planted bugs of the field's tracker among them
 * (a missing booleanity, a dropped range check, an expansion of 254 bits, a remainder without its bound).
 * @module
 */
import { describe, expect, it } from "vitest";
import { bitRow, type Row, systemOfRows } from "./testing.ts";
import { undeterminedWires } from "./uniqueness.ts";

const free = (wires: number, rows: readonly Row[], known: number[]) =>
  undeterminedWires(systemOfRows(wires, rows), known);

/** x (wire 1) = Σ 2^i·bit (wires from 2), each a bit. */
function expansion(bits: number): Row[] {
  const wires = Array.from({ length: bits }, (_, i) => 2 + i);
  const sum = Object.fromEntries(wires.map((wire, i) => [wire, -(1n << BigInt(i))]));
  return [...wires.map(bitRow), [{}, {}, { 1: 1, ...sum }]];
}

describe("undeterminedWires", () => {
  it("follows sums and products in whatever order the rows stand", () => {
    const rows: Row[] = [
      [{ 3: 2 }, { 1: 1 }, { 4: 1, 2: 5 }],
      [{}, {}, { 3: 7, 1: 1, 0: 4 }],
      [{ 0: 3 }, { 5: 2 }, { 1: 1 }],
    ];
    expect(free(6, rows, [1, 2])).toEqual([]);
  });

  it("takes wires that several rows together leave one value, and refuses where they leave more", () => {
    // 2x + 3y = a², x − y = 7; then two rows that say the same, one row alone, and a product that is not determined.
    const first: Row = [{ 1: 1 }, { 1: 1 }, { 2: 2, 3: 3 }];
    const second: Row = [{}, {}, { 2: 1, 3: -1, 0: -7 }];
    expect(free(4, [first, second], [1])).toEqual([]);
    expect(free(4, [first, [{}, {}, { 2: 4, 3: 6, 0: 1 }]], [1])).toEqual([2, 3]);
    expect(free(4, [first], [1])).toEqual([2, 3]);
    expect(free(5, [[{ 4: 1 }, { 1: 1 }, { 2: 2, 3: 3 }], second], [1])).toEqual([2, 3, 4]);
    // What only one of them needs is taken, and the rest is not.
    expect(free(5, [first, second, [{}, {}, { 3: 1, 4: 1 }]], [1])).toEqual([]);
    expect(free(6, [first, second, [{}, {}, { 4: 1, 5: 1 }]], [1])).toEqual([4, 5]);
  });

  it("does not take a wire from a product whose other factor may be 0, or from a square", () => {
    expect(free(3, [[{ 1: 1 }, { 2: 1 }, { 0: 6 }]], [1])).toEqual([2]);
    expect(free(3, [[{ 2: 1 }, { 2: 1 }, { 1: 1 }]], [1])).toEqual([2]);
  });

  it("does not take a wire from a term of coefficient 0, nor from a factor that is 0", () => {
    expect(free(3, [[{}, {}, { 1: 1, 2: 0 }]], [1])).toEqual([2]);
    expect(free(3, [[{ 0: 0 }, { 2: 1 }, { 1: 1 }]], [1])).toEqual([2]);
  });

  it.each([1, 2, 20, 253])("takes the bits of a number of %i bits", (bits) => {
    expect(free(2 + bits, expansion(bits), [1])).toEqual([]);
  });

  it("refuses an expansion of 254 bits, which two choices of bits share", () => {
    expect(free(256, expansion(254), [1])).toHaveLength(254);
  });

  it("refuses an expansion with one bit that nothing keeps to 0 and 1, wherever it stands", () => {
    const rows = expansion(9);
    for (let dropped = 0; dropped < 9; dropped++) {
      expect(
        free(
          11,
          rows.filter((_, row) => row !== dropped),
          [1],
        ),
        `bit ${dropped}`,
      ).toHaveLength(9);
    }
  });

  it("refuses bits whose weights another choice of bits can make up", () => {
    const twice = [bitRow(2), bitRow(3), bitRow(4), [{}, {}, { 1: 1, 2: 1, 3: 2, 4: 3 }]] as const;
    expect(free(5, twice, [1])).toEqual([2, 3, 4]);
    const signed = [
      bitRow(2),
      bitRow(3),
      bitRow(4),
      [{}, {}, { 1: 1, 2: 1, 3: -2, 4: 4 }],
    ] as const;
    expect(free(5, signed, [1])).toEqual([]);
  });

  it("does not believe w·(w − 2) = 0 or w·(u − 1) = 0 to keep w to 0 and 1", () => {
    const sum: Row = [{}, {}, { 1: 1, 2: 1, 3: 2 }];
    const wide: Row = [{ 2: 1 }, { 2: 1, 0: -2 }, {}];
    const mixed: Row = [{ 2: 1 }, { 3: 1, 0: -1 }, {}];
    expect(free(4, [wide, bitRow(3), sum], [1])).toEqual([2, 3]);
    expect(free(4, [mixed, bitRow(3), sum], [1])).toEqual([2, 3]);
    // 2w − 1 and w: the roots are one half and 0.
    const half: Row = [{ 2: 1 }, { 2: 2, 0: -1 }, {}];
    expect(free(4, [half, bitRow(3), sum], [1])).toEqual([2, 3]);
  });

  describe("of a division x = 5·q + r", () => {
    // q: wires 2, 3, 4; r: wires 5, 6, 7; 4 − r: wires 8, 9, 10.
    const bits = [2, 3, 4, 5, 6, 7, 8, 9, 10].map(bitRow);
    const division: Row = [{}, {}, { 1: 1, 2: -5, 3: -10, 4: -20, 5: -1, 6: -2, 7: -4 }];
    const below = (most: number): Row => [
      {},
      {},
      { 0: most, 5: -1, 6: -2, 7: -4, 8: -1, 9: -2, 10: -4 },
    ];

    it("takes quotient and remainder where the remainder is bounded", () => {
      expect(free(11, [...bits, division, below(4)], [1])).toEqual([]);
    });

    it("refuses them where the bound is missing, one too large, or has a bit of the other sign", () => {
      expect(free(11, [...bits, division], [1])).not.toEqual([]);
      expect(free(11, [...bits, division, below(5)], [1])).not.toEqual([]);
      const slack: Row = [{}, {}, { 0: 4, 5: -1, 6: -2, 7: -4, 8: -1, 9: 2, 10: -4 }];
      expect(free(11, [...bits, division, slack], [1])).not.toEqual([]);
    });
  });

  describe("of p = (S is 0 ? g : k)", () => {
    // S: wire 1, g: wire 2, p: wire 3, v: wire 4.
    const first: Row = [{ 3: 1 }, { 1: 1 }, {}];
    const second: Row = [{ 1: 1 }, { 4: 1 }, { 2: 1, 3: -1 }];

    it("takes p, and leaves v free", () => {
      expect(free(5, [first, second], [1, 2])).toEqual([4]);
      expect(free(5, [second, first], [1, 2])).toEqual([4]);
      const shifted: Row = [{ 3: 1, 2: -3 }, { 1: 1 }, {}];
      expect(free(5, [shifted, second], [1, 2])).toEqual([4]);
    });

    it("refuses p when either row is missing or speaks of another S", () => {
      expect(free(5, [first], [1, 2])).toEqual([3, 4]);
      expect(free(5, [second], [1, 2])).toEqual([3, 4]);
      const other: Row = [{ 3: 1 }, { 2: 1 }, {}];
      expect(free(5, [other, second], [1, 2])).toEqual([3, 4]);
    });
  });
});
