/**
 * For tests: at random the nodes that move elements.
 * @module
 */
import fc from "fast-check";
import { elementCount } from "../onnx/tensor.ts";
import type { Dtype } from "./operator.ts";
import {
  anyConstant,
  anyDims,
  anyInput,
  anyShapes,
  anyValues,
  constant,
  type Lone,
  list,
} from "./testing.ts";
import { anyAxes, withoutTrailing } from "./testing-arithmetic.ts";

const dtypes = fc.constantFrom<Dtype>("uint8", "int8", "int32", "bool");
const INDEX_DTYPES = ["int32", "int64"] as const;

export const ANY_MOVEMENT: Readonly<Record<string, fc.Arbitrary<Lone>>> = {
  Identity: ofAny(0, 3, () => fc.constant([])).map((lone) => ({ ...lone, op: "Identity" })),
  Flatten: fc.tuple(dtypes, anyDims(0, 4)).chain(([dtype, dims]) =>
    fc
      .tuple(anyInput(dtype, dims), fc.integer({ min: -dims.length, max: dims.length }))
      .map(([x, axis]) => ({ op: "Flatten", operands: [x], attributes: { axis } }))
      // Without the attribute the axis is 1, which a scalar does not have.
      .filter(({ attributes }) => dims.length > 0 || attributes.axis === 0),
  ),
  Reshape: ofAny(0, 4, (dims) => {
    const count = elementCount(dims);
    const shapes = [
      fc.constant([-1]),
      fc.constant([...dims].reverse()),
      fc.constant([1, -1, 1]),
      fc.constant([count]),
      fc
        .constant(dims.map((_, axis) => (axis === dims.length - 1 ? -1 : 0)))
        .filter((s) => s.length > 0),
    ];
    return fc
      .oneof(...(dims.length > 0 ? shapes : shapes.slice(0, 1)))
      .filter((shape) => shape.length > 0)
      .map((shape) => [list(shape)]);
  }).map((lone) => ({ ...lone, op: "Reshape" })),
  Squeeze: ofAny(0, 4, (dims) => {
    const ones = dims.flatMap((size, axis) => (size === 1 ? [axis] : []));
    return fc
      .subarray(ones)
      .map((axes) =>
        axes.length === 0
          ? []
          : [list(axes.map((axis, i) => (i === 0 ? axis : axis - dims.length)))],
      );
  }).map((lone) => ({ ...lone, op: "Squeeze" })),
  Unsqueeze: ofAny(0, 3, (dims) =>
    fc
      .subarray(
        Array.from({ length: dims.length + 2 }, (_, axis) => axis),
        { minLength: 2, maxLength: 2 },
      )
      .chain((axes) => fc.shuffledSubarray(axes, { minLength: 2 }))
      .map((axes) => [list(axes.map((axis, i) => (i === 0 ? axis : axis - dims.length - 2)))]),
  ).map((lone) => ({ ...lone, op: "Unsqueeze" })),
  Transpose: fc.tuple(dtypes, anyDims(0, 4)).chain(([dtype, dims]) =>
    fc
      .tuple(
        anyInput(dtype, dims),
        fc.option(fc.shuffledSubarray(Array.from(dims.keys()), { minLength: dims.length })),
      )
      .map(([x, perm]) => ({
        op: "Transpose",
        operands: [x],
        attributes: perm === null || perm.length === 0 ? {} : { perm },
      })),
  ),
  Slice: fc
    .tuple(dtypes, anyDims(1, 3))
    .chain(([dtype, dims]) =>
      fc.record({
        x: anyInput(dtype, dims),
        dims: fc.constant(dims),
        axes: anyAxes(dims.length).filter((axes) => axes.length > 0),
        edges: anyValues(2 * dims.length, [-6, 6]),
        steps: fc.array(fc.constantFrom(1, 2, -1, -2, 3), {
          minLength: dims.length,
          maxLength: dims.length,
        }),
        index: fc.constantFrom(...INDEX_DTYPES),
      }),
    )
    .map(({ x, dims, axes, edges, steps, index }) => {
      const listed = (values: readonly number[]) =>
        constant(index, [axes.length], values.slice(0, axes.length));
      const starts = edges.slice(0, dims.length);
      // To beyond the end, wherever it starts, so that something is left.
      const ends = steps.map((step, i) => (step > 0 ? 9 : -9) + Math.abs((edges[i] ?? 0) % 2));
      const held = starts.map((start, i) => {
        const size = dims.at(axes[i] ?? 0) ?? 1;
        return Math.max(Math.min(start, size - 1), -size);
      });
      return {
        op: "Slice",
        operands: [x, listed(held), listed(ends), listed(axes), listed(steps)],
      };
    }),
  Concat: fc
    .tuple(dtypes, anyDims(1, 3), fc.integer({ min: 1, max: 4 }))
    .chain(([dtype, dims, count]) =>
      fc.integer({ min: -dims.length, max: dims.length - 1 }).chain((axis) => {
        const at = axis < 0 ? axis + dims.length : axis;
        const part = fc.integer({ min: 1, max: 3 }).chain((size) => {
          const shape = dims.map((other, i) => (i === at ? size : other));
          return fc.oneof(anyInput(dtype, shape), anyConstant(dtype, shape));
        });
        return fc
          .tuple(
            anyInput(dtype, dims),
            fc.array(part, { minLength: count - 1, maxLength: count - 1 }),
          )
          .map(([first, rest]) => ({
            op: "Concat",
            operands: [...rest, first],
            attributes: { axis },
          }));
      }),
    ),
  Expand: fc
    .tuple(dtypes, anyShapes(2))
    .filter(([, shapes]) => (shapes[1] ?? []).length > 0)
    .chain(([dtype, [from, to]]) =>
      anyInput(dtype, from ?? []).map((x) => ({ op: "Expand", operands: [x, list(to ?? [])] })),
    ),
  Tile: ofAny(1, 3, (dims) => anyValues(dims.length, [1, 3]).map((repeats) => [list(repeats)])).map(
    (lone) => ({ ...lone, op: "Tile" }),
  ),
  Pad: fc
    .tuple(
      fc.constantFrom<Dtype>("uint8", "int8", "int32", "bool"),
      anyDims(1, 3),
      fc.integer({ min: 14, max: 21 }),
    )
    .chain(([dtype, dims, opset]) => {
      const modes = ["constant", "edge", "reflect", ...(opset >= 19 ? ["wrap"] : [])];
      return fc
        .record({ x: anyInput(dtype, dims), mode: fc.constantFrom(...modes) })
        .chain(({ x, mode }) => {
          const widest = (size: number): number =>
            mode === "reflect" ? size - 1 : mode === "wrap" ? size : 3;
          const axes = opset >= 18 ? anyAxes(dims.length) : fc.constant<number[]>([]);
          return axes.chain((named) => {
            const padded = named.length > 0 ? named : Array.from(dims.keys());
            const widths = padded.map((axis) => fc.nat(widest(dims.at(axis) ?? 0)));
            return fc
              .tuple(
                fc.tuple(...widths, ...widths),
                fc.option(anyConstant(dtype, []), { nil: undefined }),
              )
              .map(([pads, fill]) => ({
                op: "Pad",
                operands: withoutTrailing([
                  x,
                  list(pads),
                  mode === "constant" ? fill : undefined,
                  named.length > 0 ? list(named) : undefined,
                ]),
                attributes: { mode },
                opset,
              }));
          });
        });
    }),
  Gather: fc
    .tuple(dtypes, anyDims(1, 3), anyDims(0, 2), fc.constantFrom(...INDEX_DTYPES))
    .chain(([dtype, dims, places, index]) => {
      const size = dims[0] as number;
      const moved = fc.integer({ min: -dims.length, max: dims.length - 1 }).chain((axis) => {
        const along = dims.at(axis) as number;
        return fc
          .tuple(anyInput(dtype, dims), anyConstant(index, places, [-along, along - 1]))
          .map((operands) => ({ op: "Gather", operands, attributes: { axis } }));
      });
      const table = fc
        .tuple(anyConstant(dtype, dims), anyInput("int32", places, [0, size - 1]))
        .map((operands) => ({ op: "Gather", operands, attributes: {} }));
      return fc.oneof(moved, table);
    }),
  GatherElements: fc
    .tuple(dtypes, anyDims(1, 3), fc.constantFrom(...INDEX_DTYPES))
    .chain(([dtype, dims, index]) =>
      fc
        .record({
          axis: fc.integer({ min: -dims.length, max: dims.length - 1 }),
          length: fc.integer({ min: 1, max: 4 }),
          cut: fc.array(fc.boolean(), { minLength: dims.length, maxLength: dims.length }),
        })
        .chain(({ axis, length, cut }) => {
          const at = axis < 0 ? axis + dims.length : axis;
          const size = dims[at] as number;
          const places = dims.map((other, i) => (i === at ? length : cut[i] ? 1 : other));
          return fc
            .tuple(anyInput(dtype, dims), anyConstant(index, places, [-size, size - 1]))
            .map((operands) => ({ op: "GatherElements", operands, attributes: { axis } }));
        }),
    ),
};

function ofAny(
  minRank: number,
  maxRank: number,
  others: (dims: readonly number[]) => fc.Arbitrary<Lone["operands"]>,
): fc.Arbitrary<Omit<Lone, "op">> {
  return fc
    .tuple(dtypes, anyDims(minRank, maxRank))
    .chain(([dtype, dims]) => fc.tuple(anyInput(dtype, dims), others(dims)))
    .map(([x, rest]) => ({ operands: [x, ...rest] }));
}
