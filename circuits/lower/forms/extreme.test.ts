/**
 * The greatest and the least, before and after rounding.
 * @module
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { interpret } from "../../../models/interpreter.ts";
import { firstBrokenRow } from "../../soundness/satisfied.ts";
import { undeterminedWires } from "../../soundness/uniqueness.ts";
import { networkGraph } from "../drawn-network.ts";
import { lower } from "../lower.ts";
import { constantSum } from "../sum.ts";
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
  const BITS = 4;
  const pooled = (pool: number, stride: number): { rows: number; width: number } => {
    const graph = networkGraph({
      input: [1, 10, 10],
      inputMax: 15,
      layers: [
        { kind: "convolution", channels: 1, kernel: 3, pool, stride },
        { kind: "dense", outputs: 1 },
      ],
      weightReach: 15,
      activationBits: BITS,
      seed: 3,
    });
    const circuit = lower(graph);
    const inputs = [Int32Array.from({ length: 100 }, (_, i) => (7 * i) % 16)];
    const { values } = circuit.witness({ tag: 1n, inputs });
    expect(values.slice(1, 2)).toEqual(interpret(graph, inputs).get(graph.outputs[0]?.name ?? ""));
    const { rows, width = 0 } = circuit.layers.find(({ op }) => op === "MaxPool") ?? { rows: 0 };
    const rounding = circuit.layers.find(({ op }) => op === "Cast" || op === "Clip");
    return { rows: rows + (rounding?.rows ?? 0), width: Math.max(width, rounding?.width ?? 0) };
  };

  it("rounds each window once where windows do not overlap", () => {
    const { rows, width } = pooled(2, 2);
    // 16 windows of four; to round 64 elements first would be 64 · (width + 3) at least.
    expect(rows).toBeGreaterThan(0);
    expect(rows).toBeLessThanOrEqual(16 * (3 * (width + 2) + width + 4));
    expect(rows).toBeLessThan(64 * (width + 3));
  });

  it("rounds each element once where windows overlap much", () => {
    const { rows, width } = pooled(3, 1);
    // 64 elements, 36 windows of nine.
    const comparison = BITS + 1 + 2;
    expect(rows).toBeGreaterThan(0);
    expect(rows).toBeLessThanOrEqual(64 * (width + 4) + 36 * 8 * comparison);
    expect(rows).toBeLessThan(36 * 8 * width);
  });
});
