import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { conformWeights } from "./conform-weights.ts";

describe("conformWeights", () => {
  test("scales the largest to 65535 and the others in proportion", () => {
    const weights = [
      [4, 0.5],
      [9, 1],
      [2, 0.25],
    ] as const;
    expect(conformWeights(weights)).toEqual({ uids: [4, 9, 2], values: [32_768, 65_535, 16_384] });
  });

  test("drops zeros, unless there is nothing else", () => {
    expect(
      conformWeights([
        [0, 0],
        [1, 3],
      ]),
    ).toEqual({ uids: [1], values: [65_535] });
    expect(
      conformWeights([
        [0, 0],
        [1, 0],
      ]),
    ).toEqual({ uids: [0, 1], values: [0, 0] });
  });

  test("gives only u16, the largest 65535, whatever the scores", () => {
    const scores = fc.array(
      fc.tuple(fc.nat(65_535), fc.double({ min: 0, noNaN: true, noDefaultInfinity: true })),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(scores, (weights) => {
        const { uids, values } = conformWeights(weights);
        expect(uids.length).toBe(values.length);
        expect(values.every((v) => Number.isInteger(v) && v >= 0 && v <= 65_535)).toBe(true);
        if (weights.some(([, w]) => w > 0)) expect(Math.max(...values)).toBe(65_535);
      }),
    );
  });

  test.each([
    [[0, -1]],
    [[0, Number.NaN]],
    [[0, Number.POSITIVE_INFINITY]],
    [[-1, 1]],
    [[65_536, 1]],
    [[0.5, 1]],
  ] as const)("refuses %j", (pair) => {
    expect(() => conformWeights([pair])).toThrow(
      expect.objectContaining({ code: "MALFORMED_WEIGHTS" }),
    );
  });
});

describe("with a subnet's limits", () => {
  const open = { minAllowedWeights: 0, maxWeightsLimit: 65_535, self: 99 };

  test("keeps zeros only to reach the least number of weights", () => {
    const weights = [
      [0, 0],
      [1, 3],
      [2, 0],
    ] as const;
    expect(conformWeights(weights, { ...open, minAllowedWeights: 1 }).uids).toEqual([1]);
    expect(conformWeights(weights, { ...open, minAllowedWeights: 3 })).toEqual({
      uids: [0, 1, 2],
      values: [0, 65_535, 0],
    });
  });

  test("refuses fewer than the least, but for a uid that weighs itself alone", () => {
    const limits = { ...open, minAllowedWeights: 2, maxWeightsLimit: 1 };
    expect(conformWeights([[99, 7]], limits)).toEqual({ uids: [99], values: [65_535] });
    expect(() => conformWeights([[98, 7]], limits)).toThrow(
      expect.objectContaining({ code: "WeightVecLengthIsLow" }),
    );
  });

  test("refuses a uid that is weighed twice", () => {
    const weights = [
      [1, 1],
      [1, 2],
    ] as const;
    expect(() => conformWeights(weights, open)).toThrow(
      expect.objectContaining({ code: "DuplicateUids" }),
    );
  });

  test("cuts what is above its share, and gives the cut to the others in proportion", () => {
    const weights = [
      [0, 90],
      [1, 6],
      [2, 4],
    ] as const;
    // t / (t + 10) = 1/2 at t = 10.
    expect(conformWeights(weights, { ...open, maxWeightsLimit: 32_768 })).toEqual({
      uids: [0, 1, 2],
      values: [65_535, expect.closeTo(39_321, -1), expect.closeTo(26_214, -1)],
    });
  });

  test("refuses when so few are weighed that one must have more than its share", () => {
    const weights = [
      [0, 1],
      [1, 0],
      [2, 1],
    ] as const;
    expect(() => conformWeights(weights, { ...open, maxWeightsLimit: 20_000 })).toThrow(
      expect.objectContaining({ code: "MaxWeightExceeded" }),
    );
  });

  test("what it gives is within the share to the last digit, and in the order of the scores", () => {
    const score = fc.oneof(fc.constant(0), fc.double({ min: 1e-6, max: 1e9, noNaN: true }));
    const scores = fc.array(score, { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(scores, fc.integer({ min: 1_000, max: 65_534 }), (values, maxWeightsLimit) => {
        const weights = values.map((weight, uid) => [uid, weight] as const);
        let conformed: ReturnType<typeof conformWeights>;
        try {
          conformed = conformWeights(weights, { ...open, maxWeightsLimit });
        } catch (error) {
          const positive = values.filter((weight) => weight > 0).length;
          expect(error).toMatchObject({ code: "MaxWeightExceeded" });
          // One rounding away from just enough, the answer may be either.
          expect(positive * maxWeightsLimit).toBeLessThanOrEqual(65_535 * (1 + 1e-9));
          return;
        }
        const sum = conformed.values.reduce((a, b) => a + b, 0);
        if (sum === 0) return;
        expect(Math.max(...conformed.values) * 65_535).toBeLessThanOrEqual(maxWeightsLimit * sum);
        expect(Math.max(...conformed.values)).toBe(65_535);
        const order = conformed.uids.map((uid) => values[uid] as number);
        for (const [i, score] of order.entries()) {
          for (const [j, other] of order.entries()) {
            if (score > other) {
              expect(conformed.values[i]).toBeGreaterThanOrEqual(conformed.values[j] as number);
            }
          }
        }
      }),
    );
  });
});
