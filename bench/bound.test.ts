/**
 * The bound, held against figures that were computed by hand for the circuits of the tables.
 * @module
 */
import { describe, expect, it } from "vitest";
import { boundOf } from "./bound.ts";
import type { ProofWork } from "./work.ts";

const none = { small: 0, full: 0 };
const work = (change: Partial<ProofWork>): ProofWork => ({
  wires: 0,
  publicSignals: 1,
  domain: 1,
  coefficients: 0,
  a: none,
  b: none,
  c: none,
  ...change,
});
const full = (points: number) => ({ small: 0, full: points });
const small = (points: number) => ({ small: points, full: 0 });

/** p16 and d16: finite points whose scalar is not zero. */
const P16 = work({
  domain: 2 ** 16,
  coefficients: 260_444,
  a: full(64_980),
  b: full(43_139),
  c: full(65_524),
});
const D16 = work({
  domain: 2 ** 16,
  coefficients: 738_145,
  a: small(24_970),
  b: small(31_187),
  c: small(31_186),
});
const D18 = work({
  domain: 2 ** 18,
  coefficients: 4_470_171,
  a: small(97_549),
  b: small(124_585),
  c: small(124_584),
});

describe("the bound of a proof", () => {
  it.each([
    ["p16", P16, 67, 90],
    ["d16", D16, 19.9, 23.9],
    ["d18", D18, 80, 92],
  ])("of %s is what was computed for it", (_, of, tables, plain) => {
    // The figures were written down with two digits.
    expect(Math.abs(boundOf(of, true).total / tables - 1)).toBeLessThan(0.02);
    expect(Math.abs(boundOf(of, false).total / plain - 1)).toBeLessThan(0.02);
  });

  it.each([
    [2 ** 14, 3.2, 4.6, 8.1, 11.5],
    [2 ** 16, 11.3, 15.4, 28.3, 38.4],
    [2 ** 18, 40.8, 52.2, 101.8, 130.4],
  ])("of one sum of %i products, in G1 and in G2", (points, g1, g1Plain, g2, g2Plain) => {
    const of = work({ domain: points, b: full(points) });
    const [tables, plain] = [boundOf(of, true), boundOf(of, false)];
    for (const [found, expected] of [
      [tables.h, g1],
      [plain.h, g1Plain],
      [tables.b2, g2],
      [plain.b2, g2Plain],
    ] as const) {
      expect(found).toBeCloseTo(expected, 0);
    }
  });

  it("is the sum of its stages, and nothing for nothing", () => {
    const { total, ...stages } = boundOf(D16, true);
    expect(Object.values(stages).reduce((sum, stage) => sum + stage, 0)).toBeCloseTo(total, 9);
    expect(boundOf(work({}), true).a).toBe(0);
  });

  it("is lower with tables, and for scalars that are small", () => {
    expect(boundOf(P16, true).total).toBeLessThan(boundOf(P16, false).total);
    expect(boundOf({ ...P16, a: small(64_980) }, true).a).toBeLessThan(boundOf(P16, true).a / 10);
  });
});
