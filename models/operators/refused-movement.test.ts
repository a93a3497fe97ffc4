import { describe, expect, test } from "vitest";
import type { TestOperand } from "../testing.ts";
import { constant, graphOf, input, type Lone, list, scalar } from "./testing.ts";
import { expectRefused, type Refusal } from "./testing-refused.ts";

const x = input("int32", [2, 3], [0, 9]);
const table = constant("int32", [3], [5, 6, 7]);
const places = (dtype: "int32" | "int64", ...values: number[]): TestOperand =>
  constant(dtype, [values.length], values);

const slice = (what: string, lists: readonly number[][], says: string): Refusal => [
  what,
  "Slice",
  [x, ...lists.map((values) => list(values))],
  {},
  "BAD_OPERANDS",
  says,
];
const pad = (what: string, pads: number[], mode: string, says: string): Refusal => [
  what,
  "Pad",
  [x, list(pads)],
  { mode },
  "BAD_OPERANDS",
  says,
];

const refusals: readonly Refusal[] = [
  [
    "a shape of other elements",
    "Reshape",
    [x, list([5])],
    {},
    "BAD_OPERANDS",
    "cannot take the shape [5]",
  ],
  ["two open dimensions", "Reshape", [x, list([-1, -1])], {}, "BAD_OPERANDS", "cannot take"],
  [
    "an open dimension that divides nothing",
    "Reshape",
    [x, list([4, -1])],
    {},
    "BAD_OPERANDS",
    "cannot take",
  ],
  [
    "an empty dimension",
    "Reshape",
    [x, list([0, -1])],
    { allowzero: 1 },
    "BAD_OPERANDS",
    "cannot take",
  ],
  ["a shape that is not constant", "Reshape", [x, x], {}, "BAD_OPERANDS", "input 1 (the shape)"],
  [
    "a shape of nine dimensions",
    "Reshape",
    [x, list([2, 3, 1, 1, 1, 1, 1, 1, 1])],
    {},
    "TOO_LARGE",
    "8 dimensions",
  ],
  [
    "a list without end",
    "Reshape",
    [x, list(new Array<number>(65).fill(1))],
    {},
    "BAD_OPERANDS",
    "65 entries",
  ],
  ["no shape", "Reshape", [x], {}, "BAD_OPERANDS", "missing"],
  [
    "an axis beyond the rank",
    "Flatten",
    [x],
    { axis: 3 },
    "BAD_OPERANDS",
    "axis 3 is outside rank 2",
  ],
  ["an axis that is a list", "Flatten", [x], { axis: [1] }, "BAD_ATTRIBUTE", "not an integer"],
  ["a squeezed dimension of 3", "Squeeze", [x, list([1])], {}, "BAD_OPERANDS", "is not 1"],
  ["one axis twice", "Unsqueeze", [x, list([0, -4])], {}, "BAD_OPERANDS", "twice"],
  ["no axes", "Unsqueeze", [x], {}, "BAD_OPERANDS", "missing"],
  ["positions as values", "Identity", [constant("int64", [1], [1])], {}, "BAD_OPERANDS", "int64"],

  ["an order that is none", "Transpose", [x], { perm: [0, 0] }, "BAD_ATTRIBUTE", "2 dimensions"],
  ["an order of three", "Transpose", [x], { perm: [0, 1, 2] }, "BAD_ATTRIBUTE", "2 dimensions"],
  slice("an empty slice", [[2], [1]], "leaves nothing of axis 0"),
  slice("a slice beyond the end", [[7], [9]], "leaves nothing of axis 0"),
  slice("a step of 0", [[0], [1], [0], [0]], "step along axis 0 is 0"),
  slice("lists of other lengths", [[0], [1, 1]], "1, 2, 1, 1 entries"),
  slice("a slice without ends", [[0]], "missing"),
  [
    "parts of two dtypes",
    "Concat",
    [x, input("uint8", [2, 3])],
    { axis: 0 },
    "BAD_OPERANDS",
    "does not join",
  ],
  [
    "parts that do not fit",
    "Concat",
    [x, input("int32", [2, 2])],
    { axis: 0 },
    "BAD_OPERANDS",
    "does not join",
  ],
  ["no axis", "Concat", [x], {}, "BAD_OPERANDS", "no attribute axis"],
  ["a shape it cannot grow to", "Expand", [x, list([2, 2])], {}, "BAD_OPERANDS", "does not expand"],
  ["a shape of 0", "Expand", [x, list([0, 3])], {}, "BAD_OPERANDS", "does not expand"],
  [
    "an expansion nobody could hold",
    "Expand",
    [x, list([2 ** 23, 1, 1])],
    {},
    "TOO_LARGE",
    "elements",
  ],
  ["a repeat of 0", "Tile", [x, list([0, 1])], {}, "BAD_OPERANDS", "2 positive counts"],
  ["too few repeats", "Tile", [x, list([2])], {}, "BAD_OPERANDS", "2 positive counts"],

  pad("a negative border", [0, 0, -1, 0], "constant", "not negative"),
  pad("too few borders", [0, 0], "constant", "4 widths"),
  pad("a reflection beyond the axis", [2, 0, 0, 0], "reflect", "too wide to reflect"),
  [
    "a mode of a later opset",
    "Pad",
    [x, list([0, 0, 0, 0])],
    { mode: "wrap" },
    "BAD_ATTRIBUTE",
    "opset 17",
  ],
  ["another mode", "Pad", [x, list([0, 0, 0, 0])], { mode: "mirror" }, "BAD_ATTRIBUTE", '"mirror"'],
  [
    "a fill of another dtype",
    "Pad",
    [x, list([1, 0, 0, 0]), scalar("uint8", 1)],
    {},
    "BAD_OPERANDS",
    "(the fill)",
  ],
  [
    "axes of a later opset",
    "Pad",
    [x, list([1, 0]), undefined, list([0])],
    {},
    "BAD_OPERANDS",
    "at most 3",
  ],

  [
    "an index beyond the axis",
    "Gather",
    [x, places("int64", 2)],
    {},
    "BAD_OPERANDS",
    "index 2 is outside 2 elements",
  ],
  [
    "an index before the axis",
    "GatherElements",
    [x, constant("int64", [1, 1], [-3])],
    {},
    "BAD_OPERANDS",
    "index -3",
  ],
  [
    "indices of another rank",
    "GatherElements",
    [x, places("int64", 0)],
    {},
    "BAD_OPERANDS",
    "do not fit",
  ],
  [
    "open places",
    "GatherElements",
    [x, input("int32", [2, 3], [0, 1])],
    {},
    "BAD_OPERANDS",
    "not a constant",
  ],
  [
    "a choice among activations",
    "Gather",
    [x, input("int32", [1], [0, 1])],
    {},
    "BAD_OPERANDS",
    "neither",
  ],
  ["bytes as indices", "Gather", [table, input("uint8", [1], [0, 2])], {}, "BAD_OPERANDS", "uint8"],
  [
    "a table along a later axis",
    "Gather",
    [constant("int32", [1, 3], [1, 2, 3]), input("int32", [1], [0, 2])],
    { axis: 1 },
    "BAD_OPERANDS",
    "expected axis 0",
  ],
  [
    "an index that can be one too large",
    "Gather",
    [table, input("int32", [2], [0, 3])],
    {},
    "INDEX_OUT_OF_RANGE",
    "[0, 3], the table has 3",
  ],
  [
    "an index that can be negative",
    "Gather",
    [table, input("int32", [2], [-1, 2])],
    {},
    "INDEX_OUT_OF_RANGE",
    "[-1, 2]",
  ],
];

describe("refused is", () => {
  test.each(refusals)("%s: %s", (...refusal) => {
    expectRefused(refusal);
  });
});

describe("accepted is", () => {
  test.each<[string, string, Lone["operands"]]>([
    ["an index up to the last entry", "Gather", [table, input("int32", [2], [0, 2])]],
    ["the widest reflection", "Pad", [x, list([1, 2, 1, 2])]],
    ["the last element, backwards", "Slice", [x, list([-1]), list([-9]), list([0]), list([-1])]],
  ])("%s: %s", (_, op, operands) => {
    const attributes = op === "Pad" ? { mode: "reflect" } : {};
    expect(() => graphOf({ op, operands, attributes })).not.toThrow();
  });
});
