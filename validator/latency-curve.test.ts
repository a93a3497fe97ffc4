import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LATENCY_BITS, latencyFraction, MAX_LATENCY, SCORE_BITS } from "./latency-curve.ts";

/** t in hundredths, 1 − f(t) as published (three digits), and floor(2^32·(1 − f)) by mpmath at 60 digits. */
const GOLDEN: readonly (readonly [hundredths: bigint, published: number, exact: bigint])[] = [
  [0n, 1, 4294967296n],
  [5n, 0.757, 3253086976n],
  [10n, 0.668, 2870292431n],
  [25n, 0.568, 2437980399n],
  [50n, 0.5, 2147483648n],
  [75n, 0.432, 1856986896n],
  [90n, 0.332, 1424674864n],
  [95n, 0.243, 1041880319n],
  [99n, 0.078, 333527924n],
];

const latency = fc.bigInt({ min: 0n, max: MAX_LATENCY });

describe("latencyFraction", () => {
  test.each(GOLDEN)(
    "at t = 0.%s is the published %s, and %s / 2^32",
    (hundredths, published, exact) => {
      const fraction = latencyFraction((hundredths << LATENCY_BITS) / 100n);
      expect(fraction).toBe(exact);
      expect(Number(fraction) / 2 ** 32).toBeCloseTo(published, 3);
    },
  );

  test("never pays a slower answer more", () => {
    fc.assert(
      fc.property(latency, latency, (a, b) => {
        const [fast, slow] = a < b ? [a, b] : [b, a];
        expect(latencyFraction(fast) >= latencyFraction(slow)).toBe(true);
      }),
    );
  });

  test("never pays a slower answer more, not even one step of the grid slower", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: MAX_LATENCY - 1n }), (t) => {
        expect(latencyFraction(t) >= latencyFraction(t + 1n)).toBe(true);
      }),
    );
  });

  test("stays between 0.077 and 1", () => {
    fc.assert(
      fc.property(latency, (t) => {
        const fraction = latencyFraction(t);
        expect(fraction > (77n << SCORE_BITS) / 1000n).toBe(true);
        expect(fraction <= 1n << SCORE_BITS).toBe(true);
      }),
    );
  });

  test("refuses a t outside its domain", () => {
    expect(() => latencyFraction(-1n)).toThrow(RangeError);
    expect(() => latencyFraction(MAX_LATENCY + 1n)).toThrow(RangeError);
  });
});
