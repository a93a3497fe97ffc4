/**
 * The forger against gadgets with one constraint left out: bugs that circuits of others had.
 * @module
 */
import { describe, expect, it } from "vitest";
import { forge } from "./forge.ts";
import { firstBrokenRow } from "./satisfied.ts";
import type { RowSystem } from "./system.ts";
import { bitRow, type Row, systemOfRows } from "./testing.ts";

const holds = (system: RowSystem, witness: readonly bigint[]): boolean =>
  firstBrokenRow(system, witness) === undefined;

// y (1) = ⌊x / 4⌋ for x (2) in [0, 32): bits of x are wires 3 to 7, y = bit 5 + 2·bit 6 + 4·bit 7.
const bits = [3, 4, 5, 6, 7];
const sum: Row = [{}, {}, { 2: 1, 3: -1, 4: -2, 5: -4, 6: -8, 7: -16 }];
const output: Row = [{}, {}, { 1: 1, 5: -1, 6: -2, 7: -4 }];
const shifted: Row[] = [...bits.map(bitRow), sum, output];
const witnessOf = (x: number): bigint[] =>
  [1, x >> 2, x, ...bits.map((_, i) => (x >> i) & 1)].map(BigInt);
const options = { known: [2], targets: [1], budget: 2_000 };

describe("forge", () => {
  it.each([0, 3, 4, 21, 31])("finds nothing in a sound shift (x = %i)", (x) => {
    const system = systemOfRows(8, shifted);
    expect(holds(system, witnessOf(x))).toBe(true);
    expect(forge(system, witnessOf(x), options)).toBeUndefined();
  });

  it("finds the forgery of every bit whose row is left out", () => {
    for (const dropped of bits.keys()) {
      const system = systemOfRows(
        8,
        shifted.filter((_, row) => row !== dropped),
      );
      const forged = forge(system, witnessOf(21), options);
      expect(forged, `bit ${dropped}`).toBeDefined();
      expect(holds(system, forged ?? [])).toBe(true);
      expect(forged?.[1]).not.toBe(5n);
      expect(forged?.[2]).toBe(21n);
    }
  });

  it("finds the forgery of a sum that is left out", () => {
    const system = systemOfRows(
      8,
      shifted.filter((row) => row !== sum),
    );
    const forged = forge(system, witnessOf(21), options);
    expect(forged?.[1]).not.toBe(5n);
    expect(holds(system, forged ?? [])).toBe(true);
  });

  it("finds the quotient of a division whose remainder nobody checks", () => {
    // q (1), x (2), r (3): x = 5q + r.
    const system = systemOfRows(4, [[{}, {}, { 2: 1, 1: -5, 3: -1 }]]);
    const forged = forge(system, [1n, 3n, 17n, 2n], options);
    expect(forged?.[1]).not.toBe(3n);
    expect(holds(system, forged ?? [])).toBe(true);
  });
});
