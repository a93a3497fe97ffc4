/**
 * For tests: at random the nodes that choose among what is there: extremes, comparisons, logic, casts.
 * @module
 */
import fc from "fast-check";
import { castTo } from "../testing.ts";
import type { Dtype } from "./operator.ts";
import {
  anyConstant,
  anyDims,
  anyInput,
  anyShapes,
  type Lone,
  list,
  type Range,
} from "./testing.ts";
import { anyAxes, withoutTrailing } from "./testing-arithmetic.ts";

const BYTES: readonly Dtype[] = ["uint8", "int8"];
const INTEGERS: readonly Dtype[] = [...BYTES, "int32"];
/** So narrow that ties are common. */
const FEW: Range = [0, 3];

export const ANY_CHOICE: Readonly<Record<string, fc.Arbitrary<Lone>>> = {
  Max: ofMany("Max"),
  Min: ofMany("Min"),
  ReduceMax: reduction("ReduceMax"),
  ReduceMin: reduction("ReduceMin"),
  ArgMax: position("ArgMax"),
  ArgMin: position("ArgMin"),
  Relu: ofOne("Relu", ["int8", "int32"]),
  Clip: fc.constantFrom(...INTEGERS).chain((dtype) => {
    const limit = fc.option(anyConstant(dtype, []), { nil: undefined });
    return fc
      .tuple(
        anyDims(0, 3).chain((dims) => anyInput(dtype, dims)),
        limit,
        limit,
      )
      .filter(([, low, high]) => limitOf(low, -Infinity) <= limitOf(high, Infinity))
      .map((operands) => ({ op: "Clip", operands: withoutTrailing(operands) }));
  }),
  Cast: fc
    .constantFrom<[Dtype, Dtype]>(
      ...INTEGERS.flatMap((from) => INTEGERS.map((to): [Dtype, Dtype] => [from, to])),
      ["uint8", "bool"],
      ["bool", "bool"],
      ["bool", "uint8"],
      ["bool", "int8"],
      ["bool", "int32"],
    )
    .chain(([from, to]) =>
      anyDims(0, 3)
        .chain((dims) => fc.oneof(anyInput(from, dims), anyInput(from, dims, [0, 1])))
        .map((x) => ({ op: "Cast", operands: [x], attributes: castTo(to) })),
    ),
  Equal: ofTwo("Equal", [...INTEGERS, "bool"]),
  Less: ofTwo("Less", INTEGERS),
  LessOrEqual: ofTwo("LessOrEqual", INTEGERS),
  Greater: ofTwo("Greater", INTEGERS),
  GreaterOrEqual: ofTwo("GreaterOrEqual", INTEGERS),
  And: ofTwo("And", ["bool"]),
  Or: ofTwo("Or", ["bool"]),
  Xor: ofTwo("Xor", ["bool"]),
  Not: ofOne("Not", ["bool"]),
  Where: fc
    .tuple(anyShapes(3), fc.constantFrom<Dtype>("uint8", "int32"))
    .chain(([shapes, dtype]) => {
      const [condition, yes, no] = shapes as [number[], number[], number[]];
      return fc
        .tuple(
          anyInput("bool", condition),
          fc.oneof(anyInput(dtype, yes), anyConstant(dtype, yes)),
          fc.oneof(anyInput(dtype, no), anyConstant(dtype, no)),
        )
        .map((operands) => ({ op: "Where", operands }));
    }),
};

function limitOf(operand: Lone["operands"][number], otherwise: number): number {
  return operand !== undefined && "values" in operand ? (operand.values[0] ?? 0) : otherwise;
}

/** Of the type's whole range, or with many ties. */
function anyOperand(dtype: Dtype, dims: readonly number[]): ReturnType<typeof anyInput> {
  return dtype === "bool"
    ? anyInput(dtype, dims)
    : fc.oneof(anyInput(dtype, dims), anyInput(dtype, dims, FEW));
}

function ofOne(op: string, dtypes: readonly Dtype[]): fc.Arbitrary<Lone> {
  return fc
    .tuple(fc.constantFrom(...dtypes), anyDims(0, 3))
    .chain(([dtype, dims]) => anyOperand(dtype, dims))
    .map((x) => ({ op, operands: [x] }));
}

function ofTwo(op: string, dtypes: readonly Dtype[]): fc.Arbitrary<Lone> {
  return fc.tuple(fc.constantFrom(...dtypes), anyShapes(2)).chain(([dtype, shapes]) => {
    const [a, b] = shapes as [number[], number[]];
    const few = dtype === "bool" ? undefined : FEW;
    return fc
      .oneof(
        fc.tuple(anyOperand(dtype, a), anyOperand(dtype, b)),
        fc.tuple(anyOperand(dtype, a), anyConstant(dtype, b, few)),
        fc.tuple(anyConstant(dtype, a, few), anyOperand(dtype, b)),
      )
      .map((operands) => ({ op, operands }));
  });
}

function ofMany(op: string): fc.Arbitrary<Lone> {
  return fc
    .tuple(fc.constantFrom(...INTEGERS), fc.integer({ min: 1, max: 4 }))
    .chain(([dtype, count]) =>
      anyShapes(count).chain(([first, ...rest]) =>
        fc.tuple(
          anyOperand(dtype, first ?? []),
          ...rest.map((dims) => fc.oneof(anyOperand(dtype, dims), anyConstant(dtype, dims))),
        ),
      ),
    )
    .map((operands) => ({ op, operands }));
}

function reduction(op: string): fc.Arbitrary<Lone> {
  return fc
    .tuple(fc.constantFrom(...INTEGERS, "bool" as const), anyDims(0, 4))
    .chain(([dtype, dims]) =>
      fc
        .record({
          x: anyOperand(dtype, dims),
          axes: anyAxes(dims.length),
          keepdims: fc.constantFrom({}, { keepdims: 0 }, { keepdims: 1 }),
          opset: fc.integer({ min: dtype === "bool" ? 20 : 14, max: 21 }),
        })
        .map(({ x, axes, keepdims, opset }) => ({
          op,
          operands: axes.length > 0 && opset >= 18 ? [x, list(axes)] : [x],
          attributes: { ...keepdims, ...(axes.length > 0 && opset < 18 ? { axes } : {}) },
          opset,
        })),
    );
}

function position(op: string): fc.Arbitrary<Lone> {
  return fc.tuple(fc.constantFrom(...INTEGERS), anyDims(1, 3)).chain(([dtype, dims]) =>
    fc
      .record({
        x: anyOperand(dtype, dims),
        axis: fc.integer({ min: -dims.length, max: dims.length - 1 }),
        keepdims: fc.constantFrom({}, { keepdims: 0 }, { keepdims: 1 }),
        select: fc.constantFrom({}, { select_last_index: 0 }, { select_last_index: 1 }),
      })
      .map(({ x, axis, keepdims, select }) => ({
        op,
        operands: [x],
        attributes: { axis, ...keepdims, ...select },
      })),
  );
}
