import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  div,
  exp,
  fromInteger,
  fromU16,
  maxUpscale,
  mul,
  normalise,
  ONE,
  sum,
  toU16,
} from "./fixed.ts";

const asNumber = (x: bigint): number => Number(x) / 2 ** 32;
const anyU16 = fc.nat(65_535);

describe("fixed point", () => {
  test("multiplies and divides within one last bit of the real result", () => {
    const any = fc.bigInt({ min: 1n, max: fromInteger(65_535) });
    fc.assert(
      fc.property(any, any, (a, b) => {
        // Cut off, not rounded: never above, and by less than one bit below.
        expect(mul(a, b) << 32n <= a * b && a * b < (mul(a, b) + 1n) << 32n).toBe(true);
        expect(div(a, b) * b <= a << 32n && a << 32n < (div(a, b) + 1n) * b).toBe(true);
      }),
    );
  });

  test("reads a u16 fraction back as itself or, cut off, one below", () => {
    fc.assert(
      fc.property(anyU16, (value) => {
        expect([value, value - 1]).toContain(toU16(fromU16(value)));
      }),
    );
    expect(toU16(ONE)).toBe(65_535);
    expect(toU16(2n * ONE)).toBe(65_535);
  });

  test("normalises to one but for what is cut off, and leaves zeros alone", () => {
    fc.assert(
      fc.property(fc.array(anyU16, { minLength: 1, maxLength: 256 }), (values) => {
        const total = sum(normalise(values.map(fromInteger)));
        const isZero = values.every((v) => v === 0);
        expect(isZero ? total === 0n : total <= ONE && ONE - total <= BigInt(values.length)).toBe(
          true,
        );
      }),
    );
  });

  test("exp is Math.exp to nine digits over the range of liquid alpha", () => {
    for (let x = -5; x <= 5; x += 1 / 16) {
      if (x === 1) continue;
      const real = Math.exp(x);
      expect(Math.abs(asNumber(exp(BigInt(x * 2 ** 32))) - real)).toBeLessThan(real * 2e-9 + 2e-9);
    }
  });

  test("exp of one, and of nothing near it, is e with 23 bits, as in Subtensor's library", () => {
    expect(asNumber(exp(ONE))).toBe(Math.floor(Math.E * 2 ** 23) / 2 ** 23);
    expect(Math.abs(asNumber(exp(ONE + 1n)) - Math.E)).toBeLessThan(1e-8);
    expect(Math.abs(asNumber(exp(ONE)) - Math.E)).toBeGreaterThan(1e-8);
  });
});

describe("maxUpscale", () => {
  test("makes the largest 65535, keeps the order and the proportions", () => {
    fc.assert(
      fc.property(fc.array(anyU16, { minLength: 1, maxLength: 64 }), (values) => {
        const max = Math.max(...values);
        fc.pre(max > 0);
        const upscaled = maxUpscale(values);
        expect(Math.max(...upscaled)).toBe(65_535);
        for (const [i, value] of values.entries()) {
          expect(Math.abs((upscaled[i] ?? 0) - (value / max) * 65_535)).toBeLessThanOrEqual(0.51);
        }
        // What is upscaled already stays, so reading and setting again changes nothing.
        expect(maxUpscale(upscaled)).toEqual(upscaled);
      }),
    );
  });

  test("leaves zeros and nothing as they are", () => {
    expect(maxUpscale([0, 0])).toEqual([0, 0]);
    expect(maxUpscale([])).toEqual([]);
  });
});
