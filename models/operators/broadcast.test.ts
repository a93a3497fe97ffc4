import fc from "fast-check";
import { expect, test } from "vitest";
import { broadcastDims, broadcastIndex } from "./broadcast.ts";

const anyShapes = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.boolean(), fc.boolean()), { maxLength: 4 })
  .chain((axes) =>
    fc.tuple(
      fc.constant(axes.map(([size]) => size)),
      fc.constant(axes.map(([size, isOne]) => (isOne ? 1 : size))),
      fc.nat(axes.length),
    ),
  );

test("broadcasting repeats elements as nested loops over both shapes do", () => {
  fc.assert(
    fc.property(anyShapes, ([common, narrow, drop]) => {
      // Leading ones may be left out.
      const cut = narrow.slice(0, drop).every((size) => size === 1) ? narrow.slice(drop) : narrow;
      expect(broadcastDims(common, cut)).toEqual(common);
      const index = broadcastIndex(cut, common);
      const strides = cut.map((_, axis) => cut.slice(axis + 1).reduce((p, size) => p * size, 1));
      index.forEach((source, flat) => {
        let rest = flat;
        let expected = 0;
        for (let axis = common.length - 1; axis >= 0; axis--) {
          const size = common[axis] ?? 1;
          const own = axis - common.length + cut.length;
          if (own >= 0 && (cut[own] ?? 1) > 1) expected += (rest % size) * (strides[own] ?? 1);
          rest = Math.floor(rest / size);
        }
        expect(source).toBe(expected);
      });
      expect(index).toHaveLength(common.reduce((product, size) => product * size, 1));
    }),
  );
});

test("broadcasting finds no common shape where two sizes differ and neither is one", () => {
  expect(broadcastDims([2, 3], [2])).toBeUndefined();
  expect(broadcastDims([2, 3], [3])).toEqual([2, 3]);
  expect(broadcastDims([], [])).toEqual([]);
});
