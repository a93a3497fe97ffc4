import { describe, expect, test } from "vitest";
import { castTo } from "../testing.ts";
import { constant, graphOf, input, type Lone, list, scalar } from "./testing.ts";
import { expectRefused, type Refusal } from "./testing-refused.ts";

const i32 = input("int32", [2, 3], [0, 9]);
const u8 = input("uint8", [2, 3], [0, 9]);
const i8 = input("int8", [2, 3], [0, 9]);
const truth = input("bool", [2, 3]);
const weights = constant("uint8", [3, 2], [0, 255, 128, 1, 77, 200]);
const signed = constant("int8", [3, 2], [-128, 127, 0, 1, -1, 100]);
const at = (value: number) => input("int32", [1], [value, value]);

const refusals: readonly Refusal[] = [
  ["two dtypes", "Add", [i32, u8], {}, "BAD_OPERANDS", "input 1 is uint8, expected int32"],
  ["8 bits, where onnxruntime wraps", "Add", [u8, u8], {}, "BAD_OPERANDS", "input 0 is uint8"],
  [
    "shapes that do not broadcast",
    "Mul",
    [i32, input("int32", [2])],
    {},
    "BAD_OPERANDS",
    "[2,3] and [2] do not broadcast",
  ],
  ["a missing operand", "Sub", [i32], {}, "BAD_OPERANDS", "input 1 is missing"],
  ["an omitted operand", "Sub", [undefined, i32], {}, "BAD_OPERANDS", "input 0 is missing"],
  ["three operands", "Sub", [i32, i32, i32], {}, "BAD_OPERANDS", "3 inputs"],
  ["an attribute it does not read", "Add", [i32, i32], { axis: 1 }, "BAD_ATTRIBUTE", '"axis"'],
  [
    "an output nobody could hold",
    "Add",
    [input("int32", [2 ** 13, 1]), input("int32", [1, 2 ** 13])],
    {},
    "TOO_LARGE",
    "[8192,8192]",
  ],

  [
    "a zero divisor",
    "Div",
    [i32, constant("int32", [3], [1, 0, 4])],
    {},
    "DIVISION_BY_ZERO",
    "divisor 1 is 0",
  ],
  ["a negative divisor", "Mod", [i32, scalar("int32", -4)], {}, "BAD_OPERANDS", "divisor 0 is -4"],
  [
    "a divisor that depends on the input",
    "Div",
    [i32, input("int32", [3], [1, 4])],
    {},
    "BAD_OPERANDS",
    "input 1 (the divisor) is not a constant",
  ],
  ["a flag of 2", "Mod", [i32, scalar("int32", 2)], { fmod: 2 }, "BAD_ATTRIBUTE", "is 2"],
  ["a negative of bytes", "Neg", [i8], {}, "BAD_OPERANDS", "int8"],
  ["Relu of uint8, which onnxruntime lacks", "Relu", [u8], {}, "BAD_OPERANDS", "uint8"],
  [
    "limits that cross",
    "Clip",
    [i32, scalar("int32", 5), scalar("int32", 4)],
    {},
    "BAD_OPERANDS",
    "limit 5",
  ],
  ["an open limit", "Clip", [i32, input("int32", [], [0, 1])], {}, "BAD_OPERANDS", "(a limit)"],
  ["a limit of another dtype", "Clip", [i32, scalar("uint8", 4)], {}, "BAD_OPERANDS", "(a limit)"],
  ["Not of integers", "Not", [u8], {}, "BAD_OPERANDS", "expected bool"],
  ["And of integers", "And", [truth, u8], {}, "BAD_OPERANDS", "expected bool"],
  ["a comparison of two dtypes", "Less", [i32, u8], {}, "BAD_OPERANDS", "int32 and uint8"],
  ["an order of truth values", "Greater", [truth, truth], {}, "BAD_OPERANDS", "bool"],
  ["a choice by integers", "Where", [u8, i32, i32], {}, "BAD_OPERANDS", "expected bool"],
  ["a choice of two dtypes", "Where", [truth, i32, u8], {}, "BAD_OPERANDS", "int32 and uint8"],
  [
    "a choice of int8, which onnxruntime lacks",
    "Where",
    [truth, i8, i8],
    {},
    "BAD_OPERANDS",
    "int8",
  ],
  ["extremes of two dtypes", "Max", [i32, u8], {}, "BAD_OPERANDS", "int32 and uint8"],
  ["extremes of nothing", "Min", [], {}, "BAD_OPERANDS", "missing"],
  ["a cast to int64", "Cast", [i32], castTo("int64"), "UNSUPPORTED_DTYPE", "int32 to int64"],
  ["a cast to nothing", "Cast", [i32], {}, "UNSUPPORTED_DTYPE", "undefined"],
  [
    "a truth of what has a sign",
    "Cast",
    [i32],
    castTo("bool"),
    "UNSUPPORTED_DTYPE",
    "int32 to bool",
  ],

  ["u8 by i8", "MatMulInteger", [u8, signed], {}, "BAD_OPERANDS", "uint8 by int8"],
  ["int32 as bytes", "MatMulInteger", [i32, weights], {}, "BAD_OPERANDS", "int32 by uint8"],
  ["bytes as int32", "MatMul", [u8, weights], {}, "BAD_OPERANDS", "input 0 is uint8"],
  [
    "matrices that do not fit",
    "MatMulInteger",
    [input("uint8", [2, 2]), weights],
    {},
    "BAD_OPERANDS",
    "do not multiply",
  ],
  [
    "a scalar as a matrix",
    "MatMul",
    [i32, scalar("int32", 1)],
    {},
    "BAD_OPERANDS",
    "do not multiply",
  ],
  [
    "batches that do not broadcast",
    "MatMul",
    [input("int32", [2, 1, 1], [0, 1]), input("int32", [3, 1, 1], [0, 1])],
    {},
    "BAD_OPERANDS",
    "do not multiply",
  ],
  [
    "a zero point of another dtype",
    "MatMulInteger",
    [u8, weights, scalar("int8", 0)],
    {},
    "BAD_OPERANDS",
    "input 2 (a zero point)",
  ],
  [
    "a zero point per row",
    "MatMulInteger",
    [u8, weights, constant("uint8", [2], [0, 1])],
    {},
    "BAD_OPERANDS",
    "input 2 (a zero point)",
  ],
  [
    "a zero point that is not constant",
    "MatMulInteger",
    [u8, weights, input("uint8", [])],
    {},
    "BAD_OPERANDS",
    "input 2 (a zero point)",
  ],
  [
    "two activations with a zero point per column",
    "MatMulInteger",
    [u8, input("uint8", [3, 2]), undefined, constant("uint8", [2], [1, 2])],
    {},
    "BAD_OPERANDS",
    "two activations",
  ],
  [
    "more terms than can be proven",
    "MatMul",
    [input("int32", [2 ** 10, 2 ** 9], [0, 0]), input("int32", [2 ** 9, 2 ** 10], [0, 0])],
    {},
    "TOO_LARGE",
    "536870912 terms",
  ],
  [
    "sums that pass through what no double holds",
    "MatMul",
    [input("int32", [1, 2]), constant("int32", [2, 1], [2 ** 31 - 1, -(2 ** 31)])],
    {},
    "OVERFLOW",
    "beyond 32-bit integers",
  ],

  ["sums of bytes", "ReduceSum", [u8], {}, "BAD_OPERANDS", "uint8"],
  [
    "an axis beyond the rank",
    "ReduceSum",
    [i32, list([2])],
    {},
    "BAD_OPERANDS",
    "axis 2 is outside rank 2",
  ],
  ["an axis named twice", "ReduceSum", [i32, list([0, -2])], {}, "BAD_OPERANDS", "twice"],
  [
    "axes that are not constant",
    "ReduceSum",
    [i32, input("int32", [1], [0, 1])],
    {},
    "BAD_OPERANDS",
    "(the axes)",
  ],
  [
    "a sum over nothing",
    "ReduceSum",
    [i32],
    { noop_with_empty_axes: 1 },
    "BAD_ATTRIBUTE",
    "no axes",
  ],
  ["axes of a later opset", "ReduceMax", [i32, list([0])], {}, "BAD_OPERANDS", "at most 1"],
  ["truth values before opset 20", "ReduceMin", [truth], {}, "BAD_OPERANDS", "bool"],
  ["a position in a scalar", "ArgMax", [input("int32", [])], {}, "BAD_OPERANDS", "rank 0"],
  [
    "a position computed with",
    "Neg",
    [constant("int64", [1], [1]), i32],
    {},
    "BAD_OPERANDS",
    "2 inputs",
  ],
  ["a running sum along two axes", "CumSum", [i32, list([0, 1])], {}, "BAD_OPERANDS", "(the axis)"],

  [
    "a product one too large",
    "Mul",
    [input("int32", [1], [0, 2 ** 16]), scalar("int32", 2 ** 15)],
    {},
    "OVERFLOW",
    "2147483648",
  ],
  [
    "a sum one too large",
    "Add",
    [input("int32", [1], [0, 1]), scalar("int32", 2 ** 31 - 1)],
    {},
    "OVERFLOW",
    "2147483648",
  ],
  [
    "a difference one too large",
    "Sub",
    [input("int32", [1], [0, 1]), scalar("int32", -(2 ** 31))],
    {},
    "OVERFLOW",
    "2147483649",
  ],
  ["a negative one too large", "Neg", [at(-(2 ** 31))], {}, "OVERFLOW", "2147483648"],
  ["an absolute value one too large", "Abs", [at(-(2 ** 31))], {}, "OVERFLOW", "2147483648"],
  [
    "a total one too large",
    "ReduceSum",
    [input("int32", [2], [0, 2 ** 30])],
    {},
    "OVERFLOW",
    "2147483648",
  ],
  [
    "a running sum one too large",
    "CumSum",
    [input("int32", [2], [0, 2 ** 30]), scalar("int32", 0)],
    {},
    "OVERFLOW",
    "element 1",
  ],
];

describe("refused is", () => {
  test.each(refusals)("%s: %s", (...refusal) => {
    expectRefused(refusal);
  });
});

describe("accepted is", () => {
  test.each<[string, string, Lone["operands"]]>([
    ["the last product", "Mul", [input("int32", [1], [0, 2 ** 16 - 1]), scalar("int32", 2 ** 15)]],
    ["the last sum", "Add", [input("int32", [1], [0, 1]), scalar("int32", 2 ** 31 - 2)]],
    ["the last difference", "Sub", [input("int32", [1], [-1, 0]), scalar("int32", 2 ** 31 - 1)]],
    ["the last negative", "Neg", [at(-(2 ** 31 - 1))]],
    ["the last total", "ReduceSum", [input("int32", [2], [0, 2 ** 30 - 1])]],
  ])("%s: %s", (_, op, operands) => {
    expect(() => graphOf({ op, operands })).not.toThrow();
  });
});
