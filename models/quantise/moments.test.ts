/** @module Settling weights: never worse than rounding them, and better where inputs rise together. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { roundingError, rowMoments, settle } from "./moments.ts";
import { nearest } from "./real.ts";
import { numbers } from "./testing.ts";

const K = 6;
const LARGEST = 7;

/** Rows whose elements rise together, each with some noise of its own. */
function rowsOf(seed: number, count = 64): Float64Array[] {
  return Array.from({ length: count }, (_, i) => {
    const [common = 0] = numbers(1, 0, 10, seed + i);
    return numbers(K, 0, 2, 1000 + seed + i).map((noise) => Math.floor(common + noise));
  });
}

describe("moments", () => {
  test("are the mean and the covariance of the rows", () => {
    const { mean, covariance } = rowMoments(
      [1, 3, 5].flatMap((x) => Array(4).fill(Float64Array.of(x, -2 * x))),
      2,
    );
    expect(mean).toEqual(Float64Array.of(3, -6));
    const variance = 8 / 3;
    for (const [i, factor] of [1, -2, -2, 4].entries()) {
      expect(covariance[i]).toBeCloseTo(factor * variance, 12);
    }
  });

  test("are variances alone where there are too few rows to trust more", () => {
    expect(rowMoments(rowsOf(1, 2 * K - 1), K).covariance).toHaveLength(K);
    expect(rowMoments(rowsOf(1, 2 * K), K).covariance).toHaveLength(K * K);
  });
});

describe("settled weights", () => {
  // Of thousandths, because fast-check's doubles are mostly next to 0 or to the ends, where nothing is rounded.
  const weight = fc.integer({ min: -6000, max: 6000 }).map((w) => w / 1000);
  const anyWeights = fc.array(weight, { minLength: K, maxLength: K });

  test("fit their bits, and miss by less than rounded ones do", () => {
    const moments = rowMoments(rowsOf(7), K);
    let [settledError, roundedError] = [0, 0];
    fc.assert(
      fc.property(anyWeights, (values) => {
        const wanted = Float64Array.from(values);
        const rounded = wanted.map(nearest);
        const settled = settle(rounded, wanted, moments, LARGEST);
        expect(settled.every((w) => Number.isInteger(w) && Math.abs(w) <= LARGEST)).toBe(true);
        settledError += roundingError(
          settled.map((w, i) => w - (wanted[i] as number)),
          moments,
        );
        roundedError += roundingError(
          rounded.map((w, i) => w - (wanted[i] as number)),
          moments,
        );
      }),
      { numRuns: 200 },
    );
    expect(settledError).toBeLessThan(roundedError / 2);
  });

  test("stay rounded where inputs are known one by one only", () => {
    const moments = rowMoments(rowsOf(7, 3), K);
    const wanted = numbers(K, -6, 6);
    expect(settle(wanted.map(nearest), wanted, moments, LARGEST)).toEqual(wanted.map(nearest));
  });
});
