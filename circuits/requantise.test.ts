import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fitRequantise, type RequantiseShape, rowsOf, widthOf } from "./requantise.ts";

const ends = fc.oneof(
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 }),
  fc.integer({ min: -200, max: 200 }),
  fc.integer({ min: 0, max: 31 }).map((power) => 2 ** power),
  fc.integer({ min: 0, max: 31 }).map((power) => -(2 ** power)),
  fc.integer({ min: 0, max: 31 }).map((power) => 2 ** power - 1),
);
const cases = fc.record({
  interval: fc.tuple(ends, ends).map(([a, b]) => ({ min: Math.min(a, b), max: Math.max(a, b) })),
  shift: fc.integer({ min: 0, max: 24 }),
  bits: fc.integer({ min: 1, max: 8 }),
  /** Where in the interval to look, besides its ends. */
  at: fc.double({ min: 0, max: 1, noNaN: true }),
});

function plainly(acc: number, shift: number, bits: number): number {
  return Math.min(Math.max(Math.floor(acc / 2 ** shift), 0), 2 ** bits - 1);
}

/** The offset of the template, and its t. */
function offsetOf(shape: RequantiseShape): number {
  const { shift, bits, high, below, above } = shape;
  if (!below) return 0;
  return above ? 2 ** (widthOf(shape) - 1) : (2 ** high - 1) * 2 ** (shift + bits);
}

function fits(shape: RequantiseShape, acc: number): boolean {
  const sum = acc + offsetOf(shape);
  return sum >= 0 && sum < 2 ** widthOf(shape);
}

describe("fitRequantise", () => {
  it("leaves room for every accumulator of the interval, and knows on which sides clipping is possible", () => {
    fc.assert(
      fc.property(cases, ({ interval, shift, bits, at }) => {
        const { min, max } = interval;
        const shape = fitRequantise(interval, { shift, bits });
        for (const acc of [min, max, Math.floor(min + at * (max - min))]) {
          if (shape.kind === "constant") {
            expect(plainly(acc, shift, bits)).toBe(shape.value);
            continue;
          }
          expect(fits(shape, acc)).toBe(true);
          const t = Math.floor(acc / 2 ** (shift + bits));
          if (t < 0) expect(shape.below).toBe(true);
          if (t > 0) expect(shape.above).toBe(true);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it("gives no gadget where one activation is all there is, and one bit less than it gives is too few", () => {
    fc.assert(
      fc.property(cases, ({ interval, shift, bits }) => {
        const { min, max } = interval;
        const shape = fitRequantise(interval, { shift, bits });
        const isOne = plainly(min, shift, bits) === plainly(max, shift, bits);
        expect(shape.kind).toBe(isOne ? "constant" : "gadget");
        if (shape.kind === "constant" || shape.high <= 1) return;
        const narrower = { ...shape, high: shape.high - 1 };
        expect(fits(narrower, min) && fits(narrower, max)).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });

  it("asks for what the template accepts: at least two bits, far fewer than the field has", () => {
    fc.assert(
      fc.property(cases, ({ interval, shift, bits }) => {
        const shape = fitRequantise(interval, { shift, bits });
        if (shape.kind === "constant") return;
        expect(shape.high > 0).toBe(shape.below || shape.above);
        expect(widthOf(shape)).toBeGreaterThanOrEqual(2);
        expect(widthOf(shape)).toBeLessThan(128);
        expect(rowsOf(shape)).toBe(widthOf(shape) + (shape.high > 0 ? 2 : 1));
      }),
    );
  });
});
