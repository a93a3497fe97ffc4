import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as exact from "./exact.ts";
import * as fixed from "./fixed.ts";

/** Numbers up to `max`: any, small, round ones and their neighbours, where cutting off goes wrong first. */
function upTo(max: number): fc.Arbitrary<number> {
  const bits = Math.floor(Math.log2(max));
  const nearPower = fc
    .tuple(fc.integer({ min: 0, max: bits }), fc.integer({ min: -2, max: 2 }))
    .map(([bit, near]) => Math.min(max, Math.max(0, 2 ** bit + near)));
  return fc.oneof(
    fc.maxSafeNat().map((n) => n % (max + 1)),
    fc.nat(300),
    nearPower,
  );
}

describe("exact arithmetic in doubles", () => {
  const runs = { numRuns: 20_000 };

  test("multiplies as fixed point does, down and up", () => {
    fc.assert(
      fc.property(upTo(2 ** 32), upTo(2 ** 36), (a, b) => {
        const [A, B] = [BigInt(a), BigInt(b)];
        expect(BigInt(exact.mul(a, b))).toBe(fixed.mul(A, B));
        expect(BigInt(exact.mulUp(a, b))).toBe(-fixed.mul(-A, B));
      }),
      runs,
    );
  });

  test("divides as fixed point does", () => {
    fc.assert(
      fc.property(upTo(2 ** 32), upTo(2 ** 41), (a, b) => {
        fc.pre(b > 0 && a < 2 * b);
        expect(BigInt(exact.div(a, b))).toBe(fixed.div(BigInt(a), BigInt(b)));
      }),
      runs,
    );
  });

  test("divides what comes out even, or misses it by the last bit", () => {
    fc.assert(
      fc.property(upTo(2 ** 32), upTo(2 ** 9), fc.integer({ min: -1, max: 1 }), (a, n, near) => {
        const b = a * n + near;
        fc.pre(b > 0 && a < 2 * b);
        expect(BigInt(exact.div(a, b))).toBe(fixed.div(BigInt(a), BigInt(b)));
      }),
      runs,
    );
  });

  test("takes ratios of small integers as fixed point does", () => {
    fc.assert(
      fc.property(upTo(2 ** 21 - 1), upTo(2 ** 31), (value, divisor) => {
        fc.pre(divisor > 0 && value < 2 * divisor);
        const expected = fixed.div(fixed.fromInteger(value), fixed.fromInteger(divisor));
        expect(BigInt(exact.ratio(value, divisor))).toBe(expected);
      }),
      runs,
    );
  });

  test("turns fractions into u16 as fixed point does", () => {
    fc.assert(
      fc.property(upTo(2 ** 32), (value) => {
        expect(exact.toU16(value)).toBe(fixed.toU16(BigInt(value)));
      }),
      runs,
    );
  });

  test("normalises as fixed point does", () => {
    fc.assert(
      fc.property(fc.array(upTo(2 ** 32), { maxLength: 256 }), (values) => {
        const ours = [...exact.normalise(Float64Array.from(values))].map(BigInt);
        expect(ours).toEqual(fixed.normalise(values.map(BigInt)));
      }),
    );
  });
});
