import { describe, expect, test } from "vitest";
import {
  compared,
  drawn,
  type TestAttribute,
  type TestDtype,
  type TestModel,
  type TestTensor,
} from "./testing.ts";

type Operand =
  | readonly number[]
  | TestTensor
  | { readonly dtype: TestDtype; readonly dims: readonly number[] };
type Attributes = Readonly<Record<string, TestAttribute>>;

/** A constant operand of random reals. */
const c = (...dims: readonly number[]): TestTensor => ({
  dims,
  values: [
    ...drawn(
      "float32",
      dims.reduce((a, b) => a * b, 1),
      1000 + dims.length,
    ),
  ],
});
const ints = (...values: readonly number[]): TestTensor => ({
  dtype: "int64",
  dims: [values.length],
  values,
});
const scalar = (value: number): TestTensor => ({ dims: [], values: [value] });
const typed = (dtype: TestDtype, ...dims: readonly number[]) => ({ dtype, dims });

/** One node; operands are dims of an input, or a constant; an empty list of values is an omitted one. */
function lone(
  op: string,
  operands: readonly (Operand | undefined)[],
  attributes: Attributes = {},
  more: { readonly opset?: number; readonly outputs?: number; readonly domain?: string } = {},
): TestModel {
  const inputs: Record<string, { dtype?: TestDtype; dims: readonly number[] }> = {};
  const constants: Record<string, TestTensor> = {};
  const reads = operands.map((operand, i) => {
    if (operand === undefined) return "";
    if ("values" in operand && "dims" in operand) constants[`c${i}`] = operand as TestTensor;
    else if ("dims" in operand) inputs[`x${i}`] = operand;
    else inputs[`x${i}`] = { dims: operand };
    return `c${i}` in constants ? `c${i}` : `x${i}`;
  });
  const outputs = Array.from({ length: more.outputs ?? 1 }, (_, i) => `y${i}`);
  const { domain = "", opset = 17 } = more;
  return {
    opset,
    inputs,
    constants,
    outputs,
    nodes: [{ op, inputs: reads, outputs, attributes, domain }],
  };
}

const X4 = [1, 4, 6, 7] as const;
const ml = { domain: "ai.onnx.ml" };

const CASES: readonly (readonly [string, TestModel])[] = [
  ["Conv", lone("Conv", [X4, c(3, 4, 3, 2), c(3)])],
  [
    "Conv with everything",
    lone("Conv", [[2, 4, 9, 8], c(6, 2, 3, 2)], {
      group: 2,
      strides: [2, 1],
      pads: [1, 0, 2, 1],
      dilations: [2, 3],
    }),
  ],
  ["Conv depthwise", lone("Conv", [X4, c(8, 1, 3, 3), c(8)], { group: 4, pads: [1, 1, 1, 1] })],
  [
    "Conv SAME_UPPER",
    lone("Conv", [X4, c(2, 4, 3, 2)], { auto_pad: "SAME_UPPER", strides: [2, 2] }),
  ],
  ["Conv SAME_LOWER", lone("Conv", [X4, c(2, 4, 4, 2)], { auto_pad: "SAME_LOWER" })],
  ["Conv VALID", lone("Conv", [X4, c(2, 4, 4, 2)], { auto_pad: "VALID", strides: [2, 1] })],
  ["Conv of one axis", lone("Conv", [[1, 2, 9], c(3, 2, 3), c(3)], { strides: [2], pads: [1, 2] })],
  [
    "Conv of three axes",
    lone("Conv", [[1, 2, 4, 5, 6], c(2, 2, 2, 3, 2)], {
      strides: [1, 2, 1],
      pads: [1, 0, 1, 0, 1, 0],
    }),
  ],
  [
    "ConvTranspose",
    lone("ConvTranspose", [[1, 3, 4, 5], c(3, 2, 3, 2), c(2)], {
      strides: [2, 3],
      pads: [1, 0, 0, 1],
      output_padding: [1, 0],
      dilations: [1, 2],
    }),
  ],
  [
    "ConvTranspose in groups",
    lone("ConvTranspose", [[1, 4, 3, 3], c(4, 2, 2, 2)], { group: 2, strides: [2, 2] }),
  ],
  ["MatMul", lone("MatMul", [[2, 3, 4], c(4, 5)])],
  [
    "MatMul of two inputs",
    lone("MatMul", [
      [2, 1, 3, 4],
      [3, 4, 2],
    ]),
  ],
  ["MatMul of a row", lone("MatMul", [[4], c(4, 5)])],
  ["MatMul of a column", lone("MatMul", [c(3, 4), [4]])],
  ["MatMul of vectors", lone("MatMul", [[4], c(4)])],
  ["Gemm", lone("Gemm", [[2, 3], c(3, 4), c(4)])],
  [
    "Gemm with everything",
    lone("Gemm", [[3, 2], c(4, 3), c(2, 1)], {
      alpha: { f: 0.5 },
      beta: { f: 2 },
      transA: 1,
      transB: 1,
    }),
  ],
  [
    "Gemm of inputs",
    lone(
      "Gemm",
      [
        [2, 3],
        [4, 3],
        [1, 4],
      ],
      { alpha: { f: -1 }, transB: 1 },
    ),
  ],
  ["Gemm without C", lone("Gemm", [[2, 3], c(3, 4)])],
  [
    "BatchNormalization",
    lone("BatchNormalization", [X4, c(4), c(4), c(4), { dims: [4], values: [0.5, 1, 2, 3] }], {
      epsilon: { f: 0.01 },
    }),
  ],
  [
    "BatchNormalization of rows",
    lone("BatchNormalization", [[3, 4], c(4), c(4), c(4), { dims: [4], values: [0.5, 1, 2, 3] }]),
  ],
  ...["Add", "Sub", "Mul", "Div", "Max", "Min"].flatMap((op): [string, TestModel][] => [
    [
      `${op} of inputs`,
      lone(op, [
        [2, 3, 4],
        [3, 1],
      ]),
    ],
    [`${op} by a constant`, lone(op, [[2, 3, 4], c(4)])],
    [`${op} of a constant`, lone(op, [c(2, 1, 4), [3, 1]])],
    [
      `${op} of integers`,
      lone(op, [typed("int32", 2, 3), { dtype: "int32", dims: [3], values: [2, -3, 4] }]),
    ],
  ]),
  ["Max of three", lone("Max", [[2, 3], [3], c(2, 1)])],
  ["Sum", lone("Sum", [[2, 3], [3], c(2, 1)])],
  ["Mean", lone("Mean", [[2, 3], [3], c(2, 1)])],
  ["Mod of integers", lone("Mod", [typed("int64", 8), ints(3, -3, 4, -4, 5, 5, -7, 2)])],
  ["Mod with fmod", lone("Mod", [[6], c(6)], { fmod: 1 })],
  ["Pow 2", lone("Pow", [[2, 3], scalar(2)])],
  ["Pow 3", lone("Pow", [[2, 3], scalar(3)])],
  ["Neg", lone("Neg", [[5]])],
  ["Relu", lone("Relu", [[5]])],
  ["Clip", lone("Clip", [[9], scalar(-1), scalar(2)])],
  ["Clip from above", lone("Clip", [[9], undefined, scalar(1)])],
  ["Clip by an input", lone("Clip", [[9], [], scalar(1)])],
  ["Clip of opset 6", lone("Clip", [[9]], { min: { f: -0.5 }, max: { f: 0.5 } }, { opset: 7 })],
  ["PRelu", lone("PRelu", [[2, 3, 4], c(3, 1)])],
  ["PRelu of one slope", lone("PRelu", [[2, 3], { dims: [1], values: [0.25] }])],
  ["LeakyRelu", lone("LeakyRelu", [[9]], { alpha: { f: 0.3 } })],
  ["LeakyRelu by default", lone("LeakyRelu", [[9]])],
  ["HardSigmoid", lone("HardSigmoid", [[9]], { alpha: { f: 0.3 }, beta: { f: 0.4 } })],
  ["HardSigmoid by default", lone("HardSigmoid", [[9]])],
  ["Elu", lone("Elu", [[9]], { alpha: { f: 1.5 } })],
  ["Selu", lone("Selu", [[9]])],
  ["Celu", lone("Celu", [[9]], { alpha: { f: 2 } })],
  ["ThresholdedRelu", lone("ThresholdedRelu", [[9]], { alpha: { f: 0.5 } })],
  ...[
    "Sigmoid",
    "Tanh",
    "HardSwish",
    "Softplus",
    "Softsign",
    "Exp",
    "Reciprocal",
    "Erf",
    "Abs",
    "Sign",
    "Floor",
    "Ceil",
    "Round",
    "Sin",
    "Cos",
  ].map((op): [string, TestModel] => [op, lone(op, [[3, 33]])]),
  ["Mish", lone("Mish", [[9]], {}, { opset: 18 })],
  ["Gelu", lone("Gelu", [[9]], {}, { opset: 20 })],
  ["Gelu by tanh", lone("Gelu", [[9]], { approximate: "tanh" }, { opset: 20 })],
  ["Reshape", lone("Reshape", [[2, 3, 4], ints(0, -1, 2)])],
  ["Reshape with allowzero", lone("Reshape", [[2, 3, 4], ints(4, 6)], { allowzero: 1 })],
  ["Flatten", lone("Flatten", [[2, 3, 4]], { axis: 2 })],
  ["Flatten from behind", lone("Flatten", [[2, 3, 4]], { axis: -1 })],
  ["Flatten all", lone("Flatten", [[2, 3, 4]], { axis: 0 })],
  ["Squeeze", lone("Squeeze", [[1, 3, 1], ints(-1)])],
  ["Squeeze all", lone("Squeeze", [[1, 3, 1]])],
  ["Squeeze of opset 11", lone("Squeeze", [[1, 3, 1]], { axes: [0] }, { opset: 11 })],
  ["Unsqueeze", lone("Unsqueeze", [[2, 3], ints(0, -1)])],
  ["Unsqueeze of opset 11", lone("Unsqueeze", [[2, 3]], { axes: [1, 3] }, { opset: 11 })],
  ["Transpose", lone("Transpose", [[2, 3, 4]], { perm: [2, 0, 1] })],
  ["Transpose by default", lone("Transpose", [[2, 3, 4]])],
  ["Identity", lone("Identity", [[2, 3]])],
  ["Dropout", lone("Dropout", [[2, 3]])],
  ["Cast to integers", lone("Cast", [[9]], { to: 7 })],
  ["Cast to truth values", lone("Cast", [typed("int32", 9)], { to: 9 })],
  ["Cast of truth values", lone("Cast", [typed("bool", 9)], { to: 1 })],
  ["Slice", lone("Slice", [[5, 6, 7], ints(1, -1), ints(9, -99), ints(0, 2), ints(2, -2)])],
  [
    "Slice to the end",
    lone("Slice", [
      [5, 6],
      ints(1),
      { dtype: "int64", dims: [1], values: [Number.MAX_SAFE_INTEGER] },
      ints(1),
    ]),
  ],
  ["Slice of opset 9", lone("Slice", [[5, 6]], { starts: [1, -3], ends: [4, -1] }, { opset: 9 })],
  ["Split", lone("Split", [[2, 6]], { axis: 1 }, { outputs: 3 })],
  ["Split in parts", lone("Split", [[2, 6], ints(1, 5)], { axis: -1 }, { outputs: 2 })],
  ["Split of opset 11", lone("Split", [[6, 2]], { split: [2, 4] }, { opset: 11, outputs: 2 })],
  [
    "Split unevenly",
    lone("Split", [[2, 7]], { axis: 1, num_outputs: 3 }, { opset: 18, outputs: 3 }),
  ],
  ["Concat", lone("Concat", [[2, 3], [2, 1], c(2, 2)], { axis: -1 })],
  ["Concat of rows", lone("Concat", [[2, 3], c(1, 3)], { axis: 0 })],
  [
    "Gather",
    lone("Gather", [[4, 3], { dtype: "int64", dims: [2, 2], values: [0, -1, 2, 0] }], { axis: 0 }),
  ],
  [
    "Gather of one",
    lone("Gather", [[4, 3], { dtype: "int64", dims: [], values: [1] }], { axis: -1 }),
  ],
  [
    "GatherElements",
    lone(
      "GatherElements",
      [[3, 3], { dtype: "int64", dims: [2, 3], values: [1, 2, 0, -1, 0, 0] }],
      { axis: 0 },
    ),
  ],
  ["Pad", lone("Pad", [[2, 3], ints(0, 1, 2, 0), scalar(1.5)])],
  ["Pad cutting off", lone("Pad", [[3, 4], ints(-1, 1, 0, -2)])],
  ["Pad by reflection", lone("Pad", [[2, 5], ints(0, 2, 0, 3)], { mode: "reflect" })],
  ["Pad by edges", lone("Pad", [[2, 3], ints(1, 2, 0, 1)], { mode: "edge" })],
  ["Pad around", lone("Pad", [[2, 4], ints(1, 2, 0, 1)], { mode: "wrap" }, { opset: 19 })],
  [
    "Pad of some axes",
    lone("Pad", [[2, 3, 4], ints(1, 2), undefined, ints(-1)], {}, { opset: 18 }),
  ],
  ["Pad of opset 9", lone("Pad", [[2, 3]], { pads: [1, 0, 0, 2], value: { f: 4 } }, { opset: 9 })],
  ["Expand", lone("Expand", [[3, 1], ints(2, 1, 4)])],
  ["Tile", lone("Tile", [[2, 3], ints(2, 3)])],
  ["DepthToSpace", lone("DepthToSpace", [[1, 8, 2, 3]], { blocksize: 2 })],
  ["DepthToSpace CRD", lone("DepthToSpace", [[1, 8, 2, 3]], { blocksize: 2, mode: "CRD" })],
  ["SpaceToDepth", lone("SpaceToDepth", [[1, 2, 4, 6]], { blocksize: 2 })],
  [
    "Resize to twice",
    lone("Resize", [[1, 2, 3, 4], undefined, { dims: [4], values: [1, 1, 2, 2] }], {
      mode: "nearest",
      coordinate_transformation_mode: "asymmetric",
      nearest_mode: "floor",
    }),
  ],
  [
    "Resize by halves",
    lone("Resize", [[1, 2, 5, 4], undefined, { dims: [4], values: [1, 1, 1.6, 0.5] }]),
  ],
  [
    "Resize to sizes",
    lone("Resize", [[1, 1, 3, 4], undefined, undefined, ints(1, 1, 7, 3)], {
      coordinate_transformation_mode: "align_corners",
      nearest_mode: "ceil",
    }),
  ],
  [
    "Resize as PyTorch",
    lone("Resize", [[1, 1, 3, 4], undefined, undefined, ints(1, 1, 5, 9)], {
      coordinate_transformation_mode: "pytorch_half_pixel",
      nearest_mode: "round_prefer_ceil",
    }),
  ],
  [
    "Resize of opset 10",
    lone("Resize", [[1, 1, 3, 4], { dims: [4], values: [1, 1, 2, 2] }], {}, { opset: 10 }),
  ],
  [
    "Upsample",
    lone(
      "Upsample",
      [[1, 1, 3, 4], { dims: [4], values: [1, 1, 2, 3] }],
      { mode: "nearest" },
      { opset: 9 },
    ),
  ],
  ["MaxPool", lone("MaxPool", [X4], { kernel_shape: [2, 3] })],
  [
    "MaxPool with everything",
    lone("MaxPool", [X4], {
      kernel_shape: [3, 2],
      strides: [2, 2],
      pads: [1, 1, 0, 1],
      dilations: [1, 2],
    }),
  ],
  [
    "MaxPool rounding up",
    lone("MaxPool", [[1, 2, 6, 8]], { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 }),
  ],
  [
    "MaxPool rounding up past the end",
    lone("MaxPool", [[1, 1, 2, 2]], { kernel_shape: [1, 1], strides: [2, 2], ceil_mode: 1 }),
  ],
  [
    "MaxPool SAME",
    lone("MaxPool", [X4], { kernel_shape: [3, 2], strides: [2, 2], auto_pad: "SAME_UPPER" }),
  ],
  ["MaxPool of one axis", lone("MaxPool", [[1, 2, 9]], { kernel_shape: [3], strides: [2] })],
  ["MaxPool of three axes", lone("MaxPool", [[1, 1, 4, 4, 4]], { kernel_shape: [2, 2, 3] })],
  ["AveragePool", lone("AveragePool", [X4], { kernel_shape: [2, 3] })],
  [
    "AveragePool padded",
    lone("AveragePool", [X4], { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [2, 2] }),
  ],
  [
    "AveragePool counting pads",
    lone("AveragePool", [X4], { kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 1 }),
  ],
  [
    "AveragePool rounding up",
    lone("AveragePool", [[1, 2, 6, 8]], { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 }),
  ],
  [
    "AveragePool SAME",
    lone("AveragePool", [X4], { kernel_shape: [3, 2], strides: [2, 2], auto_pad: "SAME_LOWER" }),
  ],
  [
    "AveragePool dilated",
    lone("AveragePool", [X4], { kernel_shape: [2, 2], dilations: [2, 3] }, { opset: 19 }),
  ],
  ["GlobalAveragePool", lone("GlobalAveragePool", [X4])],
  ["GlobalMaxPool", lone("GlobalMaxPool", [X4])],
  ...[
    "ReduceSum",
    "ReduceMean",
    "ReduceMax",
    "ReduceMin",
    "ReduceL1",
    "ReduceL2",
    "ReduceSumSquare",
    "ReduceLogSumExp",
  ].flatMap((op): [string, TestModel][] => [
    [`${op} of all`, lone(op, [[2, 3, 4]])],
    [
      `${op} of some`,
      op === "ReduceSum"
        ? lone(op, [[2, 3, 4], ints(0, -1)], { keepdims: 0 })
        : lone(op, [[2, 3, 4]], { axes: [0, -1], keepdims: 0 }),
    ],
    [`${op} of opset 18`, lone(op, [[2, 3, 4], ints(1)], {}, { opset: 18 })],
  ]),
  ["ReduceSum of none", lone("ReduceSum", [[2, 3]], { noop_with_empty_axes: 1 })],
  ["ArgMax", lone("ArgMax", [[2, 3, 4]], { axis: 1, keepdims: 0 })],
  [
    "ArgMax of the last",
    lone("ArgMax", [typed("int32", 2, 40)], { axis: -1, select_last_index: 1 }),
  ],
  ["ArgMin", lone("ArgMin", [typed("int32", 2, 40)], { axis: -1 })],
  ...["Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual"].map(
    (op): [string, TestModel] => [
      op,
      lone(op, [typed("int32", 40), { dtype: "int32", dims: [1], values: [2] }]),
    ],
  ),
  ...["And", "Or", "Xor"].map((op): [string, TestModel] => [
    op,
    lone(op, [typed("bool", 3, 4), typed("bool", 4)]),
  ]),
  ["Not", lone("Not", [typed("bool", 9)])],
  ["Where", lone("Where", [typed("bool", 3, 1), [4], c(3, 4)])],
  [
    "Scaler",
    lone("Scaler", [[2, 3]], { offset: { floats: [1, 2, 3] }, scale: { floats: [2, 3, 4] } }, ml),
  ],
  [
    "Scaler of one number",
    lone("Scaler", [[2, 3]], { offset: { floats: [0] }, scale: { floats: [2] } }, ml),
  ],
  ["Binarizer", lone("Binarizer", [[2, 3]], { threshold: { f: 0.5 } }, ml)],
  [
    "LinearRegressor",
    lone(
      "LinearRegressor",
      [[2, 3]],
      {
        coefficients: { floats: [1, -2, 3, 4, 5, -6] },
        intercepts: { floats: [1, 2] },
        targets: 2,
      },
      ml,
    ),
  ],
  ["ArrayFeatureExtractor", lone("ArrayFeatureExtractor", [[2, 5], ints(3, 0)], {}, ml)],
];

/** The operator of the absolute value of its input, of which logarithms and roots exist. */
function ofSizes(op: string, attributes: Attributes = {}): TestModel {
  const model = lone(op, [[3, 4]], attributes);
  const abs = { op: "Abs", inputs: ["x0"], outputs: ["a"] };
  return { ...model, nodes: [abs, ...model.nodes.map((node) => ({ ...node, inputs: ["a"] }))] };
}

const OF_SIZES: readonly (readonly [string, TestModel])[] = [
  ["Log", ofSizes("Log")],
  ["Sqrt", ofSizes("Sqrt")],
  ["ReduceLogSum", ofSizes("ReduceLogSum", { axes: [1] })],
  [
    "FeatureVectorizer",
    lone(
      "FeatureVectorizer",
      [
        [1, 3],
        [1, 2],
      ],
      { inputdimensions: [3, 2] },
      ml,
    ),
  ],
];

describe("every operator, as onnxruntime computes it", () => {
  test.each([...CASES, ...OF_SIZES])("%s", async (_, model) => {
    for (const seed of [1, 2, 3]) {
      const { graph, ours, theirs, dims } = await compared(model, seed);
      expect(graph.outputs.map(({ dims: shape }) => shape)).toEqual(dims);
      ours.forEach((values, k) => {
        const expected = theirs[k] as readonly number[];
        const size = Math.max(1e-3, ...expected.map(Math.abs));
        values.forEach((value, i) => {
          expect(Math.abs(value - (expected[i] as number)) / size).toBeLessThan(1e-5);
        });
      });
    }
  });
});
