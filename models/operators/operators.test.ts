import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import type { Inference } from "../inference.ts";
import { type IntegerGraph, readIntegerGraph } from "../integer-graph.ts";
import { interpret } from "../interpreter.ts";
import { bounds } from "../interval.ts";
import { openOnnxruntime } from "../onnxruntime.ts";
import { castTo, operatorModel, type TestOperand } from "../testing.ts";
import { broadcastDims, broadcastIndex } from "./broadcast.ts";
import { OPERATORS } from "./table.ts";

interface Lone {
  readonly name: string;
  readonly op: string;
  readonly operands: readonly (TestOperand | undefined)[];
  readonly attributes?: Readonly<Record<string, number>>;
}

const input = (
  dtype: TestOperand["dtype"],
  dims: readonly number[],
  min: number,
  max: number,
): TestOperand => ({ dtype, dims, min, max });
const constant = (
  dtype: TestOperand["dtype"],
  dims: readonly number[],
  values: readonly number[],
): TestOperand => ({ dtype, dims, values });
const I32: readonly [number, number] = [-(2 ** 31), 2 ** 31 - 1];
const scalar = (dtype: TestOperand["dtype"], value: number): TestOperand =>
  constant(dtype, [], [value]);
const weights = constant("uint8", [3, 2], [0, 255, 128, 1, 77, 200]);
const signed = constant("int8", [3, 2], [-128, 127, 0, 1, -1, 100]);

const lone: readonly Lone[] = [
  {
    name: "Add",
    op: "Add",
    operands: [
      input("int32", [2, 3], -(2 ** 30), 2 ** 30 - 1),
      input("int32", [3], -(2 ** 30), 2 ** 30),
    ],
  },
  {
    name: "Sub of a scalar",
    op: "Sub",
    operands: [input("int32", [4], 0, 2 ** 31 - 1), scalar("int32", 2 ** 31 - 1)],
  },
  {
    name: "Mul",
    op: "Mul",
    operands: [input("int32", [2, 1], -46_340, 46_340), input("int32", [1, 3], -46_340, 46_340)],
  },
  {
    name: "Div by positive",
    op: "Div",
    operands: [input("int32", [5], ...I32), constant("int32", [5], [1, 2, 3, 1024, 2 ** 30])],
  },
  {
    name: "Div by negative",
    op: "Div",
    operands: [input("int32", [3], -1_000, 1_000), input("int32", [3], -9, -1)],
  },
  {
    name: "Max of int32",
    op: "Max",
    operands: [input("int32", [3], ...I32), input("int32", [3], ...I32)],
  },
  {
    name: "Min of int32",
    op: "Min",
    operands: [input("int32", [3], ...I32), input("int32", [3], ...I32)],
  },
  { name: "Relu of int32", op: "Relu", operands: [input("int32", [4], ...I32)] },
  { name: "Relu of int8", op: "Relu", operands: [input("int8", [4], -128, 127)] },
  {
    name: "Clip of int32",
    op: "Clip",
    operands: [input("int32", [4], ...I32), scalar("int32", -3), scalar("int32", 100)],
  },
  {
    name: "Clip of uint8, above only",
    op: "Clip",
    operands: [input("uint8", [4], 0, 255), undefined, scalar("uint8", 31)],
  },
  {
    name: "Clip of int8, below only",
    op: "Clip",
    operands: [input("int8", [4], -128, 127), scalar("int8", -7)],
  },
  {
    name: "Cast to uint8",
    op: "Cast",
    operands: [input("int32", [4], ...I32)],
    attributes: castTo("uint8"),
  },
  {
    // Both ends become 0; between them is everything.
    name: "Cast to uint8 of one integer more than it holds",
    op: "Cast",
    operands: [input("int32", [4], 0, 256)],
    attributes: castTo("uint8"),
  },
  {
    name: "Cast to int8 across its end",
    op: "Cast",
    operands: [input("int32", [4], 120, 130)],
    attributes: castTo("int8"),
  },
  {
    name: "Cast to int8",
    op: "Cast",
    operands: [input("int32", [4], ...I32)],
    attributes: castTo("int8"),
  },
  {
    name: "Cast of uint8 to int8",
    op: "Cast",
    operands: [input("uint8", [4], 0, 255)],
    attributes: castTo("int8"),
  },
  {
    name: "Cast of int8 to int32",
    op: "Cast",
    operands: [input("int8", [4], -128, 127)],
    attributes: castTo("int32"),
  },
  {
    name: "Reshape",
    op: "Reshape",
    operands: [input("int32", [2, 6], ...I32), constant("int64", [3], [0, -1, 3])],
  },
  {
    name: "Flatten",
    op: "Flatten",
    operands: [input("uint8", [2, 2, 3], 0, 255)],
    attributes: { axis: -1 },
  },
  {
    name: "MatMulInteger of uint8",
    op: "MatMulInteger",
    operands: [input("uint8", [2, 3], 0, 255), weights, scalar("uint8", 3), scalar("uint8", 128)],
  },
  {
    name: "MatMulInteger of int8",
    op: "MatMulInteger",
    operands: [input("int8", [2, 3], -128, 127), signed],
  },
  {
    name: "MatMulInteger with a zero point per column",
    op: "MatMulInteger",
    operands: [
      input("uint8", [1, 3], 0, 255),
      weights,
      undefined,
      constant("uint8", [2], [0, 255]),
    ],
  },
];

function graphOf({ op, operands, attributes }: Lone): IntegerGraph {
  return readIntegerGraph(operatorModel(op, operands, attributes));
}

/** For every input of the graph integers in its range, its ends often among them. */
function inputsOf(graph: IntegerGraph): fc.Arbitrary<Int32Array[]> {
  const each = graph.inputs.map(({ dims, min, max }) => {
    const length = dims.reduce((product, size) => product * size, 1);
    const one = fc.oneof(fc.integer({ min, max }), fc.constantFrom(min, max));
    return fc
      .array(one, { minLength: length, maxLength: length })
      .map((values) => Int32Array.from(values));
  });
  return fc.tuple(...each);
}

describe("every operator of the table", () => {
  const opened: Inference[] = [];
  afterAll(() => Promise.all(opened.map((inference) => inference.close())));

  test("is among these cases", () => {
    expect(new Set(lone.map(({ op }) => op))).toEqual(new Set(OPERATORS.keys()));
  });

  test.each(lone)("$name computes what onnxruntime computes, inside its bounds", async (one) => {
    const graph = graphOf(one);
    const runtime = await openOnnxruntime(graph);
    opened.push(runtime);
    const interval = bounds(graph).get("out");
    await fc.assert(
      fc.asyncProperty(inputsOf(graph), async (inputs) => {
        const [theirs] = await runtime.infer(inputs);
        const ours = interpret(graph, inputs).get("out") ?? new Int32Array();
        expect(ours).toEqual(theirs);
        ours.forEach((value, i) => {
          expect(value).toBeGreaterThanOrEqual(interval?.min[i] ?? Number.NaN);
          expect(value).toBeLessThanOrEqual(interval?.max[i] ?? Number.NaN);
        });
      }),
    );
  });
});

describe("an operator is refused", () => {
  const i32 = input("int32", [2, 3], 0, 9);
  const u8 = input("uint8", [2, 3], 0, 9);
  test.each<Lone & { readonly code: string; readonly says: string }>([
    {
      name: "of two dtypes",
      op: "Add",
      operands: [i32, u8],
      code: "BAD_OPERANDS",
      says: "int32 and uint8",
    },
    {
      name: "of 8 bits where onnxruntime wraps",
      op: "Add",
      operands: [u8, u8],
      code: "BAD_OPERANDS",
      says: "uint8 and uint8",
    },
    {
      name: "of shapes that do not broadcast",
      op: "Mul",
      operands: [i32, input("int32", [2], 0, 1)],
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
      op: "Max",
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
      name: "that multiplies by what is not constant",
      op: "MatMulInteger",
      operands: [u8, input("uint8", [3, 2], 0, 1)],
      code: "BAD_OPERANDS",
      says: "not a constant",
    },
    {
      name: "that multiplies shapes that do not fit",
      op: "MatMulInteger",
      operands: [input("uint8", [2, 2], 0, 9), weights],
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
      operands: [i32, input("int32", [], 0, 1)],
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
      says: "casts to int64",
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
      operands: [input("int32", [2 ** 13, 1], 0, 1), input("int32", [1, 2 ** 13], 0, 1)],
      code: "TOO_LARGE",
      says: "[8192,8192]",
    },
    {
      name: "by what may be zero",
      op: "Div",
      operands: [i32, input("int32", [3], 0, 4)],
      code: "DIVISION_BY_ZERO",
      says: "element 0 can be zero",
    },
    {
      name: "by what crosses zero",
      op: "Div",
      operands: [i32, input("int32", [3], -1, 4)],
      code: "DIVISION_BY_ZERO",
      says: "element 0 can be zero",
    },
    {
      name: "whose one quotient overflows",
      op: "Div",
      operands: [input("int32", [1], I32[0], 0), scalar("int32", -1)],
      code: "OVERFLOW",
      says: "2147483648",
    },
    {
      name: "whose product overflows by one",
      op: "Mul",
      operands: [input("int32", [1], 0, 2 ** 16), scalar("int32", 2 ** 15)],
      code: "OVERFLOW",
      says: "2147483648",
    },
    {
      name: "whose sum overflows by one",
      op: "Add",
      operands: [input("int32", [1], 0, 1), scalar("int32", 2 ** 31 - 1)],
      code: "OVERFLOW",
      says: "2147483648",
    },
    {
      name: "whose difference overflows by one",
      op: "Sub",
      operands: [input("int32", [1], 0, 1), scalar("int32", I32[0])],
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

  test.each<Lone>([
    {
      name: "Mul at the last product",
      op: "Mul",
      operands: [input("int32", [1], 0, 2 ** 16 - 1), scalar("int32", 2 ** 15)],
    },
    {
      name: "Add at the last sum",
      op: "Add",
      operands: [input("int32", [1], 0, 1), scalar("int32", 2 ** 31 - 2)],
    },
    {
      name: "Sub at the last difference",
      op: "Sub",
      operands: [input("int32", [1], -1, 0), scalar("int32", 2 ** 31 - 1)],
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
