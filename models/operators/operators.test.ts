import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { castTo } from "../testing.ts";
import { broadcastDims, broadcastIndex } from "./broadcast.ts";
import { constant, graphOf, input, type Lone, scalar } from "./testing.ts";

const weights = constant("uint8", [3, 2], [0, 255, 128, 1, 77, 200]);
const signed = constant("int8", [3, 2], [-128, 127, 0, 1, -1, 100]);

describe("an operator is refused", () => {
  const i32 = input("int32", [2, 3], [0, 9]);
  const u8 = input("uint8", [2, 3], [0, 9]);
  test.each<Lone & { readonly name: string; readonly code: string; readonly says: string }>([
    {
      name: "of two dtypes",
      op: "Add",
      operands: [i32, u8],
      code: "BAD_OPERANDS",
      says: "input 1 is uint8, expected int32",
    },
    {
      name: "of 8 bits where onnxruntime wraps",
      op: "Add",
      operands: [u8, u8],
      code: "BAD_OPERANDS",
      says: "input 0 is uint8, expected int32",
    },
    {
      name: "of shapes that do not broadcast",
      op: "Mul",
      operands: [i32, input("int32", [2], [0, 1])],
      code: "BAD_OPERANDS",
      says: "[2,3] and [2] do not broadcast",
    },
    {
      name: "of one operand",
      op: "Sub",
      operands: [i32],
      code: "BAD_OPERANDS",
      says: "input 1 is missing",
    },
    {
      name: "of three operands",
      op: "Sub",
      operands: [i32, i32, i32],
      code: "BAD_OPERANDS",
      says: "3 inputs",
    },
    {
      name: "with an attribute it does not read",
      op: "Add",
      operands: [i32, i32],
      attributes: { axis: 1 },
      code: "BAD_ATTRIBUTE",
      says: '"axis"',
    },
    {
      name: "that multiplies signed by unsigned",
      op: "MatMulInteger",
      operands: [u8, signed],
      code: "BAD_OPERANDS",
      says: "uint8 by int8",
    },
    {
      name: "that multiplies shapes that do not fit",
      op: "MatMulInteger",
      operands: [input("uint8", [2, 2], [0, 9]), weights],
      code: "BAD_OPERANDS",
      says: "do not multiply",
    },
    {
      name: "with a zero point of another dtype",
      op: "MatMulInteger",
      operands: [u8, weights, scalar("int8", 0)],
      code: "BAD_OPERANDS",
      says: "input 2 (a zero point)",
    },
    {
      name: "with a zero point per row",
      op: "MatMulInteger",
      operands: [u8, weights, constant("uint8", [2], [0, 1])],
      code: "BAD_OPERANDS",
      says: "input 2 (a zero point)",
    },
    {
      name: "with limits that cross",
      op: "Clip",
      operands: [i32, scalar("int32", 5), scalar("int32", 4)],
      code: "BAD_OPERANDS",
      says: "lower limit 5 is above",
    },
    {
      name: "with a limit that is not constant",
      op: "Clip",
      operands: [i32, input("int32", [], [0, 1])],
      code: "BAD_OPERANDS",
      says: "input 1 (a limit)",
    },
    {
      name: "of uint8 where onnxruntime has none",
      op: "Relu",
      operands: [u8],
      code: "BAD_OPERANDS",
      says: "uint8",
    },
    {
      name: "that casts to int64",
      op: "Cast",
      operands: [i32],
      attributes: castTo("int64"),
      code: "UNSUPPORTED_DTYPE",
      says: "casts int32 to int64",
    },
    {
      name: "that casts to nothing",
      op: "Cast",
      operands: [i32],
      code: "UNSUPPORTED_DTYPE",
      says: "undefined",
    },
    {
      name: "that loses elements",
      op: "Reshape",
      operands: [i32, constant("int64", [1], [5])],
      code: "BAD_OPERANDS",
      says: "[2,3] cannot take the shape [5]",
    },
    {
      name: "of two open dimensions",
      op: "Reshape",
      operands: [i32, constant("int64", [2], [-1, -1])],
      code: "BAD_OPERANDS",
      says: "cannot take the shape",
    },
    {
      name: "of a dimension that divides nothing",
      op: "Reshape",
      operands: [i32, constant("int64", [2], [4, -1])],
      code: "BAD_OPERANDS",
      says: "cannot take the shape",
    },
    {
      name: "of a shape that is not constant",
      op: "Reshape",
      operands: [i32, i32],
      code: "BAD_OPERANDS",
      says: "input 1 (the shape)",
    },
    {
      name: "beyond its rank",
      op: "Flatten",
      operands: [i32],
      attributes: { axis: 3 },
      code: "BAD_OPERANDS",
      says: "axis 3 is outside rank 2",
    },
    {
      name: "of an output nobody could hold",
      op: "Add",
      operands: [input("int32", [2 ** 13, 1], [0, 1]), input("int32", [1, 2 ** 13], [0, 1])],
      code: "TOO_LARGE",
      says: "[8192,8192]",
    },
    {
      name: "by zero",
      op: "Div",
      operands: [i32, constant("int32", [3], [1, 0, 4])],
      code: "DIVISION_BY_ZERO",
      says: "divisor 1 is 0",
    },
    {
      name: "by what is negative",
      op: "Mod",
      operands: [i32, scalar("int32", -4)],
      code: "BAD_OPERANDS",
      says: "divisor 0 is -4",
    },
    {
      name: "by what is not constant",
      op: "Div",
      operands: [i32, input("int32", [3], [1, 4])],
      code: "BAD_OPERANDS",
      says: "input 1 (the divisor) is not a constant",
    },
    {
      name: "whose product overflows by one",
      op: "Mul",
      operands: [input("int32", [1], [0, 2 ** 16]), scalar("int32", 2 ** 15)],
      code: "OVERFLOW",
      says: "2147483648",
    },
    {
      name: "whose sum overflows by one",
      op: "Add",
      operands: [input("int32", [1], [0, 1]), scalar("int32", 2 ** 31 - 1)],
      code: "OVERFLOW",
      says: "2147483648",
    },
    {
      name: "whose difference overflows by one",
      op: "Sub",
      operands: [input("int32", [1], [0, 1]), scalar("int32", -(2 ** 31))],
      code: "OVERFLOW",
      says: "2147483649",
    },
  ])("$name", ({ code, says, ...one }) => {
    expect(() => graphOf(one)).toThrow(
      expect.objectContaining({
        code,
        message: expect.stringMatching(new RegExp(`node "it" \\(${one.op}\\): .*`)),
      }),
    );
    expect(() => graphOf(one)).toThrow(says);
  });

  test.each<Lone & { readonly name: string }>([
    {
      name: "Mul at the last product",
      op: "Mul",
      operands: [input("int32", [1], [0, 2 ** 16 - 1]), scalar("int32", 2 ** 15)],
    },
    {
      name: "Add at the last sum",
      op: "Add",
      operands: [input("int32", [1], [0, 1]), scalar("int32", 2 ** 31 - 2)],
    },
    {
      name: "Sub at the last difference",
      op: "Sub",
      operands: [input("int32", [1], [-1, 0]), scalar("int32", 2 ** 31 - 1)],
    },
  ])("but not $name", (one) => {
    expect(() => graphOf(one)).not.toThrow();
  });
});

describe("broadcasting", () => {
  const anyShapes = fc
    .array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.boolean(), fc.boolean()), { maxLength: 4 })
    .chain((axes) =>
      fc.tuple(
        fc.constant(axes.map(([size]) => size)),
        fc.constant(axes.map(([size, isOne]) => (isOne ? 1 : size))),
        fc.nat(axes.length),
      ),
    );

  test("repeats elements as nested loops over both shapes do", () => {
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

  test("finds no common shape where two sizes differ and neither is one", () => {
    expect(broadcastDims([2, 3], [2])).toBeUndefined();
    expect(broadcastDims([2, 3], [3])).toEqual([2, 3]);
    expect(broadcastDims([], [])).toEqual([]);
  });
});
