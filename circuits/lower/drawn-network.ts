/**
 * Networks to measure and to test with: convolutional networks of the shape that the quantiser gives them (scheme P2: each layer accumulates, adds
 * its bias, divides by a power of two, clips and casts; then pools), with weights drawn from a seed.
 * @module
 */
import { type IntegerGraph, readIntegerGraph } from "../../models/integer-graph.ts";
import {
  buildConstant,
  buildModel,
  buildNode,
  buildValue,
  dtypeCode,
} from "../../models/onnx/build.ts";
import { encodeModel } from "../../models/onnx/decode.ts";
import { encodeValueMetadata, METADATA_KEY } from "../../models/value-metadata.ts";

export type LayerPlan =
  | {
      readonly kind: "convolution";
      readonly channels: number;
      readonly kernel: number;
      readonly pad?: number;
      /** Side of the max-pool that follows. */
      readonly pool?: number;
      /** Of the max-pool; default its side. */
      readonly stride?: number;
    }
  | { readonly kind: "dense"; readonly outputs: number };

export interface NetworkPlan {
  /** Channels, rows, columns. */
  readonly input: readonly [number, number, number];
  readonly inputMax: number;
  readonly layers: readonly LayerPlan[];
  /** Weights are drawn from a triangle of this reach, like those of a trained layer: mean magnitude a third of it. */
  readonly weightReach: number;
  readonly activationBits: number;
  /** Bits by which shifts fall short of what keeps most activations from saturating. Default 0. */
  readonly gain?: number;
  readonly seed: number;
}

/** LeNet-5 on 28 × 28 with padding 2: 61,706 weights and biases, 416,520 products. */
export const LENET: NetworkPlan = {
  input: [1, 28, 28],
  inputMax: 15,
  layers: [
    { kind: "convolution", channels: 6, kernel: 5, pad: 2, pool: 2 },
    { kind: "convolution", channels: 16, kernel: 5, pool: 2 },
    { kind: "dense", outputs: 120 },
    { kind: "dense", outputs: 84 },
    { kind: "dense", outputs: 10 },
  ],
  weightReach: 15,
  activationBits: 5,
  seed: 20_241_124,
};

/** Of the unsigned weights: every 5-bit weight fits on both sides. */
const WEIGHT_ZERO = 128;

export function networkGraph(plan: NetworkPlan): IntegerGraph {
  const draw = numbers(plan.seed);
  const weight = (): number => Math.round(((draw() + draw()) / 2 ** 31 - 1) * plan.weightReach);
  const top = 2 ** plan.activationBits - 1;
  const nodes: ReturnType<typeof buildNode>[] = [];
  const constants: ReturnType<typeof buildConstant>[] = [
    buildConstant("zero", "uint8", [], [0]),
    buildConstant("weight-zero", "uint8", [], [WEIGHT_ZERO]),
    buildConstant("low", "int32", [], [0]),
    buildConstant("high", "int32", [], [top]),
  ];
  let value = "x";
  let dims: readonly number[] = [1, ...plan.input];
  let greatest = plan.inputMax;
  plan.layers.forEach((layer, k) => {
    const name = (part: string): string => `${layer.kind}${k}/${part}`;
    const add = (part: string, op: string, inputs: string[], attributes = {}): string => {
      nodes.push(buildNode(name(part), op, inputs, name(part), attributes));
      return name(part);
    };
    const constant = (
      part: string,
      dtype: "uint8" | "int32" | "int64",
      shape: number[],
      values: readonly number[],
    ): string => {
      constants.push(buildConstant(name(part), dtype, shape, values));
      return name(part);
    };
    const fanIn =
      layer.kind === "dense"
        ? dims.reduce((a, b) => a * b, 1)
        : (dims[1] as number) * layer.kernel ** 2;
    const outputs = layer.kind === "dense" ? layer.outputs : layer.channels;
    const weights = Array.from({ length: fanIn * outputs }, weight);
    if (layer.kind === "dense" && dims.length > 2) {
      value = add("flat", "Reshape", [value, constant("shape", "int64", [2], [1, fanIn])]);
    }
    const unsigned = weights.map((w) => w + WEIGHT_ZERO);
    let accumulated: string;
    if (layer.kind === "dense") {
      const w = constant("weights", "uint8", [fanIn, outputs], unsigned);
      accumulated = add("sum", "MatMulInteger", [value, w, "zero", "weight-zero"]);
      dims = [1, outputs];
    } else {
      const { kernel, pad = 0 } = layer;
      const shape = [outputs, dims[1] as number, kernel, kernel];
      const w = constant("weights", "uint8", shape, unsigned);
      accumulated = add("sum", "ConvInteger", [value, w, "zero", "weight-zero"], {
        pads: [pad, pad, pad, pad],
      });
      const side = (size: number): number => size + 2 * pad - kernel + 1;
      dims = [1, outputs, side(dims[2] as number), side(dims[3] as number)];
    }
    const isLast = k === plan.layers.length - 1;
    // Rounded so that an activation of one deviation is a third of the way up.
    const deviation = (Math.sqrt(fanIn) * greatest * plan.weightReach) / 3;
    const shift = Math.max(Math.round(Math.log2(deviation / top)) - (plan.gain ?? 0), 0);
    const reach = fanIn * greatest * plan.weightReach;
    const lift = isLast ? 0 : Math.ceil(reach / 2 ** shift) + 1;
    const bias = Array.from({ length: outputs }, () => weight() + lift * 2 ** shift);
    const biasShape = layer.kind === "dense" ? [1, outputs] : [1, outputs, 1, 1];
    value = add("biased", "Add", [accumulated, constant("bias", "int32", biasShape, bias)]);
    if (isLast) return;
    value = add("quotient", "Div", [value, constant("unit", "int32", [], [2 ** shift])]);
    value = add("lowered", "Sub", [value, constant("lift", "int32", [], [lift])]);
    value = add("clipped", "Clip", [value, "low", "high"]);
    value = add("rounded", "Cast", [value], { to: dtypeCode("uint8") });
    if (layer.kind === "convolution" && layer.pool !== undefined) {
      const { pool, stride = pool } = layer;
      value = add("pooled", "MaxPool", [value], {
        kernel_shape: [pool, pool],
        strides: [stride, stride],
      });
      const [, channels, height, width] = dims as [number, number, number, number];
      const side = (size: number): number => Math.floor((size - pool) / stride) + 1;
      dims = [1, channels, side(height), side(width)];
    }
    greatest = top;
  });
  return readIntegerGraph(
    encodeModel(
      buildModel({
        name: "network",
        inputs: [buildValue("x", "uint8", [1, ...plan.input])],
        outputs: [buildValue(value, "int32", [...dims])],
        nodes,
        constants: constants.filter(({ name }) => nodes.some(({ input }) => input.includes(name))),
        metadata: {
          [METADATA_KEY]: encodeValueMetadata({
            inputs: [{ name: "x", min: 0, max: plan.inputMax, scale: 1 }],
            outputs: [{ name: value, scale: 1, labels: [] }],
          }),
        },
      }),
    ),
  );
}

/** Numbers in [0, 2^31): Lehmer 1951, with the multiplier of Park and Miller. */
export function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % (2 ** 31 - 1);
    return state;
  };
}
