import { describe, expect, test } from "vitest";
import { constant, graphOf, input, type Lone } from "./testing.ts";
import { expectRefused, type Refusal } from "./testing-refused.ts";

type Attributes = NonNullable<Lone["attributes"]>;

const image = input("uint8", [1, 2, 5, 5]);
const filter = constant("uint8", [4, 2, 3, 3], new Array<number>(72).fill(7));
/** So many products of two bytes; 33,025 of 255 by 255 are 2,147,450,625. */
const products = (count: number): Lone["operands"] => [
  input("uint8", [1, count, 1]),
  constant("uint8", [1, count, 1], new Array<number>(count).fill(255)),
];

const conv = (what: string, attributes: Attributes, code: string, says: string): Refusal => [
  what,
  "ConvInteger",
  [image, filter],
  attributes,
  code,
  says,
];
const pool = (what: string, attributes: Attributes, says: string): Refusal => [
  what,
  "MaxPool",
  [image],
  { kernel_shape: [2, 2], ...attributes },
  "BAD_ATTRIBUTE",
  says,
];

const refusals: readonly Refusal[] = [
  [
    "u8 convolved with i8",
    "ConvInteger",
    [image, constant("int8", [1, 2, 1, 1], [1, 2])],
    {},
    "BAD_OPERANDS",
    "uint8 by int8",
  ],
  [
    "open weights",
    "ConvInteger",
    [image, input("uint8", [1, 2, 1, 1])],
    {},
    "BAD_OPERANDS",
    "not a constant",
  ],
  [
    "channels that do not fit",
    "ConvInteger",
    [image, constant("uint8", [1, 1, 1, 1], [1])],
    {},
    "BAD_OPERANDS",
    "do not fit",
  ],
  [
    "a filter of another rank",
    "ConvInteger",
    [image, constant("uint8", [1, 2, 1], [1, 1])],
    {},
    "BAD_OPERANDS",
    "do not fit",
  ],
  [
    "a matrix as an image",
    "ConvInteger",
    [input("uint8", [1, 2]), constant("uint8", [1, 2], [1, 1])],
    {},
    "BAD_OPERANDS",
    "1 to 3 axes",
  ],
  [
    "a zero point per channel",
    "ConvInteger",
    [image, filter, undefined, constant("uint8", [4], [1, 2, 3, 4])],
    {},
    "BAD_OPERANDS",
    "input 3 (a zero point)",
  ],
  conv("groups that do not divide", { group: 3 }, "BAD_OPERANDS", "in 3 groups"),
  conv("no groups", { group: 0 }, "BAD_OPERANDS", "in 0 groups"),
  conv("another kernel", { kernel_shape: [2, 2] }, "BAD_OPERANDS", "the weights have [3,3]"),
  conv("a stride of 0", { strides: [0, 1] }, "BAD_ATTRIBUTE", "[0,1]"),
  conv("one stride for two axes", { strides: [1] }, "BAD_ATTRIBUTE", "2 positive integers"),
  conv("a stride that is no list", { strides: 1 }, "BAD_ATTRIBUTE", "not a list"),
  conv("a dilation of 0", { dilations: [1, 0] }, "BAD_ATTRIBUTE", "[1,0]"),
  conv("negative pads", { pads: [0, 0, -1, 0] }, "BAD_ATTRIBUTE", "not negative"),
  conv("too few pads", { pads: [1, 1] }, "BAD_ATTRIBUTE", "4 widths"),
  conv("another word", { auto_pad: "SAME" }, "BAD_ATTRIBUTE", "SAME_UPPER or SAME_LOWER"),
  conv(
    "pads said twice",
    { auto_pad: "VALID", pads: [0, 0, 0, 0] },
    "BAD_ATTRIBUTE",
    "beside pads",
  ),
  conv(
    "SAME beside dilations",
    { auto_pad: "SAME_LOWER", dilations: [2, 2] },
    "BAD_ATTRIBUTE",
    "dilations",
  ),
  conv("a window beyond the image", { dilations: [3, 1] }, "BAD_OPERANDS", "reaches over [7,3]"),
  conv("a border nobody could hold", { pads: [9_999, 9_999, 0, 0] }, "TOO_LARGE", "elements"),
  [
    "more windows than can be proven",
    "ConvInteger",
    [
      input("uint8", [1, 1, 2 ** 11, 2 ** 11]),
      constant("uint8", [1, 1, 9, 9], new Array<number>(81).fill(1)),
    ],
    {},
    "TOO_LARGE",
    "terms",
  ],
  pool("a rounding up", { ceil_mode: 1 }, "ceil_mode"),
  pool("another order of storage", { storage_order: 1 }, "storage_order"),
  pool("an empty window", { kernel_shape: [0, 2] }, "[0,2]"),
  pool("a border as wide as the window", { pads: [2, 0, 0, 0] }, "not below"),
  pool(
    "SAME with strides that leave elements out",
    { auto_pad: "SAME_UPPER", kernel_shape: [1, 1], strides: [5, 5] },
    "leave elements out",
  ),
  ["a window without its shape", "MaxPool", [image], {}, "BAD_OPERANDS", "[N, C]"],
  [
    "a window in the border entirely",
    "MaxPool",
    [input("uint8", [1, 1, 2])],
    { kernel_shape: [2], dilations: [3], pads: [1, 1] },
    "BAD_OPERANDS",
    "window 0 has no element",
  ],
  [
    "pooled int32, which onnxruntime lacks",
    "MaxPool",
    [input("int32", [1, 1, 2])],
    { kernel_shape: [1] },
    "BAD_OPERANDS",
    "int32",
  ],
  [
    "products one too many",
    "ConvInteger",
    products(33_026),
    {},
    "OVERFLOW",
    "beyond 32-bit integers",
  ],
];

describe("refused is", () => {
  test.each(refusals)("%s: %s", (...refusal) => {
    expectRefused(refusal);
  });
});

test("accepted are the last products that fit int32", () => {
  expect(() => graphOf({ op: "ConvInteger", operands: products(33_025) })).not.toThrow();
});
