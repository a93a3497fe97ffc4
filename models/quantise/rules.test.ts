/** @module Every rule against the float network it stands for, and onnxruntime against our interpreter. */
import { describe, expect, test } from "vitest";
import type { Attribute } from "../float/float-graph.ts";
import { importGraph } from "./import-model.ts";
import {
  expectSameEverywhere,
  type FloatBuilder,
  type Make,
  network,
  numbers,
  relativeError,
  samplesFor,
} from "./testing.ts";

const WIDE = { name: "it", weightBits: 8, activationBits: 8, inputBits: 8 };
/** Of 8-bit tensors one after the other: three roundings of 1/255, and weights to 1/127. */
const CLOSE = 0.03;
const window = { strides: [1, 1], dilations: [1, 1] };
const PLANE = [1, 3, 6, 6];

function conv(b: FloatBuilder, x: string, channels: number, seed = 1, bias = true): string {
  const w = b.constant([channels, 3, 3, 3], numbers(channels * 27, -0.5, 0.6, seed));
  const c = b.constant([channels], numbers(channels, -1, 1, seed + 1));
  const attributes = { ...window, pads: [1, 1, 1, 1], group: 1 };
  return b.node("Conv", bias ? [x, w, c] : [x, w], [1, channels, 6, 6], attributes);
}

function dense(b: FloatBuilder, x: string, from: number, to: number, seed = 3): string {
  const w = b.constant([from, to], numbers(from * to, -1, 1, seed));
  return b.node("MatMul", [x, w], [1, to]);
}

const unary =
  (name: string, attributes: Readonly<Record<string, Attribute>> = {}): Make =>
  (b, x) =>
    b.node("Unary", [x], [1, 12], { function: name, ...attributes });

/** name, input shape, range of the samples, network */
const CASES: readonly [string, readonly number[], readonly [number, number], Make][] = [
  ["Conv", PLANE, [0, 1], (b, x) => conv(b, x, 4)],
  ["Conv of signed integers", PLANE, [-1, 1], (b, x) => conv(b, x, 4)],
  [
    "Conv with groups, strides and dilations",
    [1, 4, 9, 8],
    [0, 1],
    (b, x) => {
      const w = b.constant([6, 2, 3, 2], numbers(72, -1, 1));
      const attributes = { strides: [2, 1], dilations: [1, 2], pads: [1, 0, 0, 1], group: 2 };
      return b.node("Conv", [x, w], [1, 6, 4, 7], attributes);
    },
  ],
  [
    "Conv over one axis",
    [1, 3, 9],
    [0, 1],
    (b, x) => {
      const w = b.constant([2, 3, 3], numbers(18, -1, 1));
      const attributes = { strides: [1], dilations: [1], pads: [1, 1], group: 1 };
      return b.node("Conv", [x, w], [1, 2, 9], attributes);
    },
  ],
  [
    "an input that the network normalises, before a padded Conv",
    PLANE,
    [0, 255],
    (b, x) => {
      const mean = b.constant([1, 3, 1, 1], [120, 100, 90]);
      const scale = b.constant([3, 1, 1], [0.02, 0.018, 0.015]);
      const centred = b.node("Sub", [x, mean], PLANE);
      return conv(b, b.node("Mul", [centred, scale], PLANE), 4);
    },
  ],
  ["Conv and Relu", PLANE, [-1, 1], (b, x) => b.node("Relu", [conv(b, x, 4)], [1, 4, 6, 6])],
  [
    "layers behind layers",
    PLANE,
    [0, 1],
    (b, x) => conv(b, b.node("Relu", [conv(b, x, 3)], PLANE), 4, 7),
  ],
  ["MatMul", [1, 12], [0, 1], (b, x) => dense(b, x, 12, 5)],
  ["MatMul of signed integers", [1, 12], [-2, 1], (b, x) => dense(b, x, 12, 5)],
  [
    "MatMul from the left",
    [1, 6, 5],
    [-1, 1],
    (b, x) => b.node("MatMul", [b.constant([4, 6], numbers(24, -1, 1)), x], [1, 4, 5]),
  ],
  [
    "MatMul of rows",
    [1, 4, 6],
    [-1, 1],
    (b, x) => {
      const y = b.node("MatMul", [x, b.constant([6, 6], numbers(36, -1, 1))], [1, 4, 6]);
      return b.node("MatMul", [y, b.constant([6, 3], numbers(18, -1, 1))], [1, 4, 3]);
    },
  ],
  [
    "MatMul of two activations",
    [1, 4, 6],
    [-1, 1],
    (b, x) => {
      const keys = b.node("Transpose", [x], [1, 6, 4], { perm: [0, 2, 1] });
      const positive = b.node("Relu", [x], [1, 4, 6]);
      return b.node("MatMul", [positive, keys], [1, 4, 4]);
    },
  ],
  [
    "a residual sum of two scales",
    PLANE,
    [0, 1],
    (b, x) => {
      const first = b.node("Relu", [conv(b, x, 3, 1)], PLANE);
      const second = conv(b, first, 3, 5);
      return b.node("Relu", [b.node("Add", [second, first], PLANE)], PLANE);
    },
  ],
  [
    "BatchNormalization behind a sum",
    PLANE,
    [0, 1],
    (b, x) => {
      const first = b.node("Relu", [conv(b, x, 3, 1)], PLANE);
      const sum = b.node("Add", [conv(b, first, 3, 5), first], PLANE);
      const scaled = b.node("Mul", [sum, b.constant([3, 1, 1], [0.5, -1, 2])], PLANE);
      const shifted = b.node("Add", [scaled, b.constant([3, 1, 1], [1, 2, -1])], PLANE);
      return b.node("Relu", [shifted], PLANE);
    },
  ],
  [
    "a scale for each element behind a Conv",
    PLANE,
    [0, 1],
    (b, x) => b.node("Mul", [conv(b, x, 3), b.constant(PLANE, numbers(108, 0.5, 2))], PLANE),
  ],
  [
    "Sub of two layers, and Neg",
    [1, 12],
    [0, 1],
    (b, x) =>
      b.node("Neg", [b.node("Sub", [dense(b, x, 12, 5), dense(b, x, 12, 5, 9)], [1, 5])], [1, 5]),
  ],
  [
    "Mul of two activations",
    [1, 12],
    [-1, 1],
    (b, x) => b.node("Mul", [dense(b, x, 12, 5), dense(b, x, 12, 5, 9)], [1, 5]),
  ],
  [
    "Div by a constant",
    [1, 12],
    [0, 1],
    (b, x) => b.node("Div", [x, b.constant([], [7])], [1, 12]),
  ],
  [
    "AveragePool without its padding",
    PLANE,
    [0, 1],
    (b, x) => {
      const attributes = {
        ...window,
        kernel_shape: [3, 3],
        strides: [2, 2],
        pads: [1, 1, 1, 1],
        count_include_pad: 0,
      };
      return b.node(
        "AveragePool",
        [b.node("Relu", [conv(b, x, 3)], PLANE)],
        [1, 3, 3, 3],
        attributes,
      );
    },
  ],
  [
    "AveragePool with its padding, and a layer behind it",
    PLANE,
    [-1, 1],
    (b, x) => {
      const attributes = {
        ...window,
        kernel_shape: [2, 2],
        strides: [2, 2],
        pads: [1, 1, 1, 1],
        count_include_pad: 1,
      };
      const pooled = b.node("AveragePool", [x], [1, 3, 4, 4], attributes);
      const flat = b.node("Reshape", [pooled], [1, 48], { dims: [1, 48] });
      return dense(b, flat, 48, 4);
    },
  ],
  [
    "ReduceMean before a layer",
    PLANE,
    [0, 1],
    (b, x) => {
      const y = b.node("Relu", [conv(b, x, 3)], PLANE);
      const mean = b.node("ReduceMean", [y], [1, 3], { axes: [2, 3], keepdims: 0 });
      return dense(b, mean, 3, 4);
    },
  ],
  [
    "ReduceSum",
    PLANE,
    [-1, 1],
    (b, x) => b.node("ReduceSum", [x], [1, 3, 1, 6], { axes: [2], keepdims: 1 }),
  ],
  [
    "MaxPool before Relu",
    PLANE,
    [-1, 1],
    (b, x) => {
      const attributes = { ...window, kernel_shape: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0] };
      return b.node(
        "Relu",
        [b.node("MaxPool", [conv(b, x, 3)], [1, 3, 3, 3], attributes)],
        [1, 3, 3, 3],
      );
    },
  ],
  [
    "ReduceMax",
    PLANE,
    [-1, 1],
    (b, x) => b.node("ReduceMax", [x], [1, 3], { axes: [2, 3], keepdims: 0 }),
  ],
  [
    "ReduceMin",
    PLANE,
    [-1, 1],
    (b, x) => b.node("ReduceMin", [x], [1, 1, 6, 6], { axes: [1], keepdims: 1 }),
  ],
  [
    "Max and Min of layers and constants",
    [1, 12],
    [0, 1],
    (b, x) => {
      const most = b.node("Max", [dense(b, x, 12, 5), dense(b, x, 12, 5, 9)], [1, 5]);
      return b.node("Min", [most, b.constant([5], [1, 0.5, 2, -1, 0])], [1, 5]);
    },
  ],
  [
    "Clip",
    [1, 12],
    [-1, 1],
    (b, x) => b.node("Clip", [dense(b, x, 12, 5)], [1, 5], { min: -1, max: 1.5 }),
  ],
  [
    "Clip between layers",
    [1, 12],
    [0, 1],
    (b, x) => dense(b, b.node("Clip", [dense(b, x, 12, 6)], [1, 6], { min: 0, max: 2 }), 6, 3),
  ],
  [
    "PRelu",
    PLANE,
    [-1, 1],
    (b, x) => b.node("PRelu", [conv(b, x, 3), b.constant([3, 1, 1], [0.1, 0.25, -0.5])], PLANE),
  ],
  ["LeakyRelu", [1, 12], [-1, 1], unary("LeakyRelu", { alpha: 0.1 })],
  ["Abs", [1, 12], [-1, 1], unary("Abs")],
  ["Sigmoid", [1, 12], [-5, 5], unary("Sigmoid")],
  ["Tanh", [1, 12], [-3, 3], unary("Tanh")],
  ["HardSwish", [1, 12], [-4, 4], unary("HardSwish")],
  ["Softplus", [1, 12], [-4, 4], unary("Softplus")],
  ["Gelu", [1, 12], [-3, 3], unary("Gelu", { approximate: "none" })],
  ["Exp", [1, 12], [-3, 1], unary("Exp")],
  ["Sqrt", [1, 12], [0.5, 4], unary("Sqrt")],
  [
    "a table behind a layer, and a layer behind it",
    [1, 12],
    [-1, 1],
    (b, x) => {
      const y = b.node("Unary", [dense(b, x, 12, 8)], [1, 8], { function: "Tanh" });
      return dense(b, y, 8, 3);
    },
  ],
  [
    "Softmax inside",
    [1, 12],
    [-1, 1],
    (b, x) => dense(b, b.node("Softmax", [dense(b, x, 12, 6)], [1, 6], { axis: 1 }), 6, 3),
  ],
  [
    "movements",
    [1, 2, 3, 4],
    [-1, 1],
    (b, x) => {
      const turned = b.node("Transpose", [x], [1, 4, 3, 2], { perm: [0, 3, 2, 1] });
      const cut = b.node("Slice", [turned], [1, 2, 3, 2], {
        starts: [3],
        ends: [-9],
        axes: [1],
        steps: [-2],
      });
      const padded = b.node("Pad", [cut], [1, 2, 4, 3], {
        pads: [0, 0, 0, 1, 0, 0, 1, 0],
        mode: "constant",
        value: 0.5,
      });
      const wide = b.node("Tile", [padded], [1, 4, 4, 3], { repeats: [1, 2, 1, 1] });
      const picked = b.node("Gather", [wide, b.constant([2], [2, 0], "integer")], [1, 4, 4, 2], {
        axis: 3,
      });
      return b.node("Reshape", [picked], [1, 32], { dims: [1, 32] });
    },
  ],
  [
    "Concat of layers of two scales and a constant",
    [1, 12],
    [0, 1],
    (b, x) => {
      const small = b.node("Relu", [dense(b, x, 12, 4)], [1, 4]);
      const large = b.node("Mul", [dense(b, x, 12, 3, 9), b.constant([], [4])], [1, 3]);
      const joined = b.node("Concat", [small, large, b.constant([1, 2], [1, -2])], [1, 9], {
        axis: 1,
      });
      return dense(b, joined, 9, 3);
    },
  ],
  [
    "several outputs",
    [1, 12],
    [0, 1],
    (b, x) => {
      const y = b.node("Relu", [dense(b, x, 12, 5)], [1, 5]);
      return [y, dense(b, y, 5, 2)];
    },
  ],
];

describe.each(CASES)("%s", (_, dims, [low, high], make) => {
  const float = network(dims, make);
  const samples = samplesFor(float, low, high);

  test("is near the float network, and the same integers in onnxruntime", async () => {
    const { graph } = importGraph(float, { calibration: samples }, WIDE);
    expect(await relativeError(float, graph, samples)).toBeLessThan(CLOSE);
    await expectSameEverywhere(graph, samples);
  });

  test("is the same integers in onnxruntime at few bits", async () => {
    const narrow = { name: "it", weightBits: 3, activationBits: 3, inputBits: 4 };
    const { graph } = importGraph(float, { calibration: samples }, narrow);
    await expectSameEverywhere(graph, samples);
  });
});
