/**
 * For tests: nodes of arithmetic at random, shapes, attributes, ranges and constants, extremes included,
 * that do not overflow.
 * @module
 */
import fc from "fast-check";
import type { TestOperand } from "../testing.ts";
import {
  anyConstant,
  anyDims,
  anyInput,
  anyShapes,
  anyValues,
  constant,
  type Lone,
  list,
  type Range,
  scalar,
} from "./testing.ts";

const INT32: Range = [-(2 ** 31), 2 ** 31 - 1];
const HALF: Range = [-(2 ** 30), 2 ** 30 - 1];
const ROOT: Range = [-46_340, 46_340];

export const ANY_ARITHMETIC: Readonly<Record<string, fc.Arbitrary<Lone>>> = {
  Add: ofTwo("Add", HALF),
  Sub: ofTwo("Sub", HALF),
  Mul: ofTwo("Mul", ROOT),
  Div: byConstants("Div"),
  Mod: fc
    .tuple(byConstants("Mod"), fc.constantFrom({}, { fmod: 0 }, { fmod: 1 }))
    .map(([lone, attributes]) => ({ ...lone, attributes })),
  Neg: ofOne("Neg", [-(2 ** 31 - 1), 2 ** 31 - 1]),
  Abs: ofOne("Abs", [-(2 ** 31 - 1), 2 ** 31 - 1]),
  Sign: ofOne("Sign", INT32),
  ReduceSum: anyDims(0, 4).chain((dims) =>
    fc
      .record({
        x: anyInput("int32", dims, [-(2 ** 22), 2 ** 22]),
        axes: anyAxes(dims.length),
        keepdims: fc.constantFrom({}, { keepdims: 0 }, { keepdims: 1 }),
      })
      .map(({ x, axes, keepdims }) => ({
        op: "ReduceSum",
        operands: axes.length === 0 ? [x] : [x, list(axes)],
        attributes: keepdims,
      })),
  ),
  CumSum: anyDims(1, 3).chain((dims) =>
    fc
      .record({
        x: anyInput("int32", dims, [-(2 ** 28), 2 ** 28]),
        axis: fc.integer({ min: -dims.length, max: dims.length - 1 }),
        dtype: fc.constantFrom("int32" as const, "int64" as const),
        exclusive: fc.nat(1),
        reverse: fc.nat(1),
      })
      .map(({ x, axis, dtype, exclusive, reverse }) => ({
        op: "CumSum",
        operands: [x, scalar(dtype, axis)],
        attributes: { exclusive, reverse },
      })),
  ),
  MatMul: anyMatrices().chain(([left, right]) =>
    fc
      .oneof(
        // Few terms, so that even the extremes of these ranges add up within int32.
        fc.tuple(
          anyInput("int32", left, [-(2 ** 14), 2 ** 14]),
          anyConstant("int32", right, [-9, 9]),
        ),
        fc.tuple(
          anyConstant("int32", left, [-9, 9]),
          anyInput("int32", right, [-(2 ** 14), 2 ** 14]),
        ),
        fc.tuple(
          anyInput("int32", left, [-(2 ** 14), 2 ** 14]),
          anyInput("int32", right, [-(2 ** 14), 2 ** 14]),
        ),
      )
      .map((operands) => ({ op: "MatMul", operands })),
  ),
  MatMulInteger: fc
    .tuple(anyMatrices(), fc.constantFrom("uint8" as const, "int8" as const))
    .chain(([[left, right], dtype]) => {
      const columns = right.length === 2 ? (right[1] ?? 1) : 1;
      const zero = fc.option(anyConstant(dtype, []), { nil: undefined });
      const zeros = fc.oneof(zero, anyConstant(dtype, [1]), anyConstant(dtype, [columns]));
      return fc
        .oneof(
          fc.tuple(anyInput(dtype, left), anyConstant(dtype, right), zero, zeros),
          fc.tuple(anyConstant(dtype, left), anyInput(dtype, right), zero, zeros),
          fc.tuple(anyInput(dtype, left), anyInput(dtype, right), zero, zero),
        )
        .map((operands) => ({ op: "MatMulInteger", operands: withoutTrailing(operands) }));
    }),
};

/** An omitted last input is left out, as exporters do. */
export function withoutTrailing(
  operands: readonly (TestOperand | undefined)[],
): (TestOperand | undefined)[] {
  const last = operands.findLastIndex((operand) => operand !== undefined);
  return operands.slice(0, last + 1);
}

/** Axes of the rank, some counted from the end, each once; often none. */
export function anyAxes(rank: number): fc.Arbitrary<number[]> {
  if (rank === 0) return fc.constant([]);
  return fc
    .subarray(Array.from({ length: rank }, (_, axis) => axis))
    .chain((axes) => fc.tuple(fc.constant(axes), anyValues(axes.length, [0, 1])))
    .map(([axes, ends]) => axes.map((axis, i) => (ends[i] === 1 ? axis - rank : axis)));
}

/** Two int32 operands that broadcast, at least one of them an input. */
function ofTwo(op: string, range: Range): fc.Arbitrary<Lone> {
  return anyShapes(2).chain((shapes) => {
    const [a, b] = shapes as [number[], number[]];
    return fc
      .oneof(
        fc.tuple(anyInput("int32", a, range), anyInput("int32", b, range)),
        fc.tuple(anyInput("int32", a, range), anyConstant("int32", b, range)),
        fc.tuple(anyConstant("int32", a, range), anyInput("int32", b, range)),
      )
      .map((operands) => ({ op, operands }));
  });
}

function ofOne(op: string, range: Range): fc.Arbitrary<Lone> {
  return anyDims(0, 3)
    .chain((dims) => anyInput("int32", dims, range))
    .map((x) => ({ op, operands: [x] }));
}

function byConstants(op: string): fc.Arbitrary<Lone> {
  const divisor = fc.oneof(
    fc.integer({ min: 1, max: 9 }),
    fc.integer({ min: 1, max: INT32[1] }),
    fc.nat(30).map((e) => 2 ** e),
  );
  return anyShapes(2).chain((shapes) => {
    const [a, b] = shapes as [number[], number[]];
    const count = b.reduce((product, size) => product * size, 1);
    return fc
      .tuple(
        fc.oneof(anyInput("int32", a, INT32), anyInput("int32", a, [-20, 20])),
        fc.array(divisor, { minLength: count, maxLength: count }),
      )
      .map(([x, divisors]) => ({ op, operands: [x, constant("int32", b, divisors)] }));
  });
}

/** Shapes that multiply: matrices, lists, and batches that broadcast. */
function anyMatrices(): fc.Arbitrary<[number[], number[]]> {
  const size = fc.integer({ min: 1, max: 5 });
  return fc
    .record({
      batches: fc.oneof(fc.constant<number[][]>([[], []]), anyShapes(2)),
      rows: size,
      inner: size,
      columns: size,
      isLeftList: fc.boolean(),
      isRightList: fc.boolean(),
    })
    .map(({ batches, rows, inner, columns, isLeftList, isRightList }) => {
      const [left, right] = batches as [number[], number[]];
      return [
        left.length === 0 && isLeftList ? [inner] : [...left, rows, inner],
        right.length === 0 && isRightList ? [inner] : [...right, inner, columns],
      ];
    });
}
