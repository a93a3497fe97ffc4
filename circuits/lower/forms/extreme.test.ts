/**
 * The greatest and the least, before and after rounding.
 * @module
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { firstBrokenRow } from "../../soundness/satisfied.ts";
import { undeterminedWires } from "../../soundness/uniqueness.ts";
import { lower } from "../lower.ts";
import { constantSum } from "../sum.ts";
import { networkGraph } from "../testing.ts";
import { gadgetOf, valueOfSum } from "../testing-gadget.ts";
import { extremeOf, extremeOfTwo } from "./extreme.ts";

type Range = readonly [min: number, max: number];

describe("the extreme of several", () => {
  const anyRange = fc
    .tuple(fc.integer({ min: -200, max: 200 }), fc.integer({ min: -200, max: 200 }))
    .map(([a, b]): Range => [Math.min(a, b), Math.max(a, b)]);

  it.each(["greatest", "least"] as const)("is the %s, and nothing else", (which) => {
    fc.assert(
      fc.property(
        fc.array(anyRange, { minLength: 1, maxLength: 5 }).chain((ranges) => {
          const values = ranges.map(([min, max]) =>
            fc.oneof(fc.integer({ min, max }), fc.constantFrom(min, max)),
          );
          return fc.tuple(fc.constant(ranges), fc.tuple(...values));
        }),
        ([ranges, values]) => {
          const gadget = gadgetOf(ranges, (rows, ...sums) => extremeOf(rows, sums, which));
          const witness = gadget.witness(values);
          const extreme = which === "greatest" ? Math.max(...values) : Math.min(...values);
          expect(valueOfSum(gadget.result, witness)).toBe(extreme);
          expect(firstBrokenRow(gadget.system, witness)).toBeUndefined();
          expect(undeterminedWires(gadget.system, gadget.inputs)).toEqual([]);
        },
      ),
      { numRuns: 100 },
    );
  });

  it("costs n + 2 rows for two, in the n bits of their difference", () => {
    const rowsOf = (one: Range, other: Range): number =>
      gadgetOf([one, other], (rows, a, b) =>
        extremeOfTwo(rows, a ?? constantSum(0), b ?? constantSum(0), "greatest"),
      ).ownRows;
    expect(rowsOf([0, 15], [0, 15])).toBe(5 + 2);
    expect(rowsOf([-1500, 1500], [-1500, 1500])).toBe(13 + 2);
    // ReLU: max(x, 0) of 4 bits.
    expect(rowsOf([-8, 7], [0, 0])).toBe(4 + 2);
    expect(rowsOf([3, 9], [-4, 3])).toBe(0);
  });
});

describe("a max-pool of rounded values", () => {
  const plan = {
    input: [1, 10, 10],
    inputMax: 15,
    weightReach: 15,
    activationBits: 4,
    seed: 3,
  } as const;
  const layers = (pool?: number) =>
    [
      { kind: "convolution", channels: 1, kernel: 3, ...(pool === undefined ? {} : { pool }) },
      { kind: "dense", outputs: 1 },
    ] as const;

  it("rounds once for each window where windows do not overlap", () => {
    const pooled = lower(networkGraph({ ...plan, layers: layers(2) }));
    const unpooled = lower(networkGraph({ ...plan, layers: layers() }));
    const width = pooled.layers.find(({ op }) => op === "MaxPool")?.width ?? 0;
    // 16 windows: three comparisons and a rounding each, where rounding all 64 costs as much as is pinned beside it.
    expect(pooled.rows).toBeLessThan(16 * (3 * (width + 2) + width + 4));
    expect(unpooled.rows).toBeGreaterThan(64 * 12);
  });
});
