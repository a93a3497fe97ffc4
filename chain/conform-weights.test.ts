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
