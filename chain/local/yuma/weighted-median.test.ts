import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromInteger, ONE } from "./fixed.ts";
import type { Matrix } from "./sparse.ts";
import { weightedMedian } from "./weighted-median.ts";

const HALF = ONE / 2n;

function medianOf(ballots: readonly (readonly [stake: number, score: number])[], kappa: bigint) {
  const stake = ballots.map(([s]) => fromInteger(s));
  const scores: Matrix = ballots.map(([, score]) => [[0, fromInteger(score)]]);
  return weightedMedian(stake, scores, 1, kappa)[0];
}

describe("weightedMedian", () => {
  test("is what the majority agrees on", () => {
    expect(
      medianOf(
        [
          [3, 10],
          [4, 20],
          [2, 90],
        ],
        HALF,
      ),
    ).toBe(fromInteger(20));
  });

  test("does not follow a minority, however far it goes", () => {
    expect(
      medianOf(
        [
          [51, 10],
          [49, 60_000],
        ],
        HALF,
      ),
    ).toBe(fromInteger(10));
    expect(
      medianOf(
        [
          [51, 60_000],
          [49, 10],
        ],
        HALF,
      ),
    ).toBe(fromInteger(60_000));
  });

  test("counts silence as zero and those without stake not at all", () => {
    const scores: Matrix = [[], [[0, ONE]], [[0, ONE]]];
    expect(weightedMedian([3n * ONE, 2n * ONE, 0n], scores, 1, HALF)).toEqual([0n]);
    expect(weightedMedian([0n, 2n * ONE, 0n], scores, 1, HALF)).toEqual([ONE]);
    expect(weightedMedian([0n, 0n, 0n], scores, 1, HALF)).toEqual([0n]);
  });

  test("is a score given by somebody, with at most kappa of the stake strictly above it", () => {
    const ballot = fc.tuple(fc.integer({ min: 1, max: 1_000 }), fc.nat(6));
    fc.assert(
      fc.property(
        fc.array(ballot, { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 65_534 }),
        (ballots, kappa) => {
          const median = medianOf(ballots, (BigInt(kappa) << 32n) / 65_535n);
          const total = ballots.reduce((t, [stake]) => t + stake, 0);
          const part = (keep: (score: bigint) => boolean): number =>
            ballots.reduce((t, [stake, s]) => t + (keep(fromInteger(s)) ? stake : 0), 0) / total;
          expect(ballots.map(([, score]) => fromInteger(score))).toContain(median);
          // 2^-32 of the stake is cut off for every ballot: not enough to matter but at an exact tie.
          expect(part((score) => score > (median ?? 0n))).toBeLessThanOrEqual(
            kappa / 65_535 + 1e-8,
          );
          expect(part((score) => score >= (median ?? 0n))).toBeGreaterThanOrEqual(
            kappa / 65_535 - 1e-8,
          );
        },
      ),
    );
  });
});
