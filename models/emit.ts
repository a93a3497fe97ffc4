/**
 * Writes a quantised multilayer perceptron as an integer graph of stock ONNX operators (scheme P2:
 * requantisation by powers of two). Per output channel c of a hidden layer, with weights w and bias b,
 *
 *     acc = Σ w·x + b          y = clip(floor((acc + h) / 2^e), 0, A)        h = 2^(e-1), or 0 if e = 0
 *
 * and, because ONNX has no integer floor division, floor is Div of a number that cannot be negative:
 *
 *     x ─ MatMulInteger ─ Add(b + h + K·2^e) ─ Div(2^e) ─ Sub(K) ─ Clip(0, A) ─ Cast(uint8) ─ y
 *
 * where K·2^e outweighs the least accumulator. The last layer is MatMulInteger and Add: int32 logits.
 * Weights are uint8 with zero point 128, the one pairing that is exact on every CPU.
 * @module
 */
import { ModelError } from "./error.ts";
import { readIntegerGraph } from "./integer-graph.ts";
import { buildConstant, buildModel, buildNode, buildValue, dtypeCode } from "./onnx/build.ts";
import { encodeModel } from "./onnx/decode.ts";
import type { NodeProto, TensorProto } from "./onnx/onnx_pb.ts";
import { encodeValueMetadata, METADATA_KEY } from "./value-metadata.ts";

export interface DenseLayer {
  /** One row per output, one integer in -128 to 127 per input. */
  readonly weights: readonly (readonly number[])[];
  /** One int32 per output, in units of the accumulator. */
  readonly bias: readonly number[];
  /** For every layer but the last: per output the exponent e, and the greatest activation A ≤ 255. */
  readonly requantise?: { readonly shifts: readonly number[]; readonly max: number };
}

export interface DenseGraph {
  readonly name: string;
  /** `min` to `max` within 0 to 255: the first multiplication is of uint8. */
  readonly input: {
    readonly size: number;
    readonly min: number;
    readonly max: number;
    readonly scale: number;
  };
  readonly layers: readonly DenseLayer[];
  readonly output: { readonly scale: number; readonly labels: readonly string[] };
}

const WEIGHT_ZERO = 128;

/** 2^24 is more than any accumulator of a network this size, and K·2^e stays far from int32's end. */
const MAX_SHIFT = 24;

/**
 * Canonical ONNX bytes, already read back by readIntegerGraph.
 * @throws ModelError `BAD_NETWORK` when sizes or ranges do not fit; `OVERFLOW` and the like from reading
 */
export function emitDenseGraph(network: DenseGraph): Uint8Array {
  const { name, input, layers, output } = network;
  const nodes: NodeProto[] = [];
  const constants: TensorProto[] = [];
  let from = { name: "input", size: input.size, min: input.min, max: input.max };
  layers.forEach((layer, index) => {
    const isLast = index === layers.length - 1;
    checkLayer(layer, from.size, `layer ${index + 1}`, isLast);
    const to = isLast ? "logits" : `dense${index + 1}.activation`;
    const emitted = emitLayer(`dense${index + 1}`, layer, from, to);
    nodes.push(...emitted.nodes);
    constants.push(...emitted.constants);
    from = { name: to, size: layer.bias.length, min: 0, max: layer.requantise?.max ?? 0 };
  });
  const bytes = encodeModel(
    buildModel({
      name,
      inputs: [buildValue("input", "uint8", [1, input.size])],
      outputs: [buildValue("logits", "int32", [1, from.size])],
      nodes,
      constants,
      metadata: {
        [METADATA_KEY]: encodeValueMetadata({
          inputs: [{ name: "input", min: input.min, max: input.max, scale: input.scale }],
          outputs: [{ name: "logits", scale: output.scale, labels: output.labels }],
        }),
      },
    }),
  );
  readIntegerGraph(bytes);
  return bytes;
}

interface LayerInput {
  readonly name: string;
  readonly size: number;
  readonly min: number;
  readonly max: number;
}

function emitLayer(
  name: string,
  { weights, bias, requantise }: DenseLayer,
  from: LayerInput,
  to: string,
): { nodes: NodeProto[]; constants: TensorProto[] } {
  const outputs = bias.length;
  const transposed = new Int32Array(from.size * outputs);
  weights.forEach((row, j) => {
    row.forEach((w, k) => {
      transposed[k * outputs + j] = w + WEIGHT_ZERO;
    });
  });
  const row = (suffix: string, values: readonly number[]): TensorProto =>
    buildConstant(`${name}.${suffix}`, "int32", [1, outputs], values);
  const scalar = (suffix: string, dtype: "uint8" | "int32", value: number): TensorProto =>
    buildConstant(`${name}.${suffix}`, dtype, [], [value]);
  const node = (op: string, inputs: string[], output: string, attributes = {}): NodeProto =>
    buildNode(`${name}.${op}`, op, inputs, output, attributes);

  const product = `${name}.product`;
  const multiply = node(
    "MatMulInteger",
    [from.name, `${name}.weights`, `${name}.input_zero`, `${name}.weights_zero`],
    product,
  );
  const factors = [
    buildConstant(`${name}.weights`, "uint8", [from.size, outputs], transposed),
    scalar("input_zero", "uint8", 0),
    scalar("weights_zero", "uint8", WEIGHT_ZERO),
  ];
  if (requantise === undefined) {
    return {
      nodes: [multiply, node("Add", [product, `${name}.bias`], to)],
      constants: [...factors, row("bias", bias)],
    };
  }

  const divisors = requantise.shifts.map((shift) => 2 ** shift);
  const rounded = bias.map((b, j) => b + Math.floor((divisors[j] ?? 1) / 2));
  // K, in units of the quotient: the least that makes every dividend non-negative.
  const lifts = rounded.map((b, j) => {
    const least = (weights[j] ?? []).reduce((sum, w) => sum + w * (w > 0 ? from.min : from.max), b);
    return Math.max(0, Math.ceil(-least / (divisors[j] ?? 1)));
  });
  const offsets = rounded.map((b, j) => b + (lifts[j] ?? 0) * (divisors[j] ?? 1));
  const [dividend, lifted, quotient, clipped] = ["dividend", "lifted", "quotient", "clipped"].map(
    (value) => `${name}.${value}`,
  ) as [string, string, string, string];
  return {
    nodes: [
      multiply,
      node("Add", [product, `${name}.offset`], dividend),
      node("Div", [dividend, `${name}.divisor`], lifted),
      node("Sub", [lifted, `${name}.lift`], quotient),
      node("Clip", [quotient, `${name}.low`, `${name}.high`], clipped),
      node("Cast", [clipped], to, { to: dtypeCode("uint8") }),
    ],
    constants: [
      ...factors,
      row("offset", offsets),
      row("divisor", divisors),
      row("lift", lifts),
      scalar("low", "int32", 0),
      scalar("high", "int32", requantise.max),
    ],
  };
}

function checkLayer(layer: DenseLayer, inputs: number, place: string, isLast: boolean): void {
  const { weights, bias, requantise } = layer;
  const isInRange = (value: number, low: number, high: number): boolean =>
    Number.isInteger(value) && value >= low && value <= high;
  const refuse = (reason: string): ModelError =>
    new ModelError("BAD_NETWORK", `${place}: ${reason}`, "Correct the quantised network.");
  if (bias.length === 0 || weights.length !== bias.length) {
    throw refuse(`it has ${weights.length} rows of weights and ${bias.length} biases`);
  }
  if (weights.some((row) => row.length !== inputs)) throw refuse(`a row is not ${inputs} long`);
  if (weights.some((row) => row.some((w) => !isInRange(w, -128, 127)))) {
    throw refuse("a weight is not an integer in -128 to 127");
  }
  if (bias.some((b) => !isInRange(b, -(2 ** 31), 2 ** 31 - 1))) {
    throw refuse("a bias is not a 32-bit integer");
  }
  if ((requantise === undefined) !== isLast) {
    throw refuse(isLast ? "the last layer requantises" : "a hidden layer does not requantise");
  }
  if (requantise === undefined) return;
  if (requantise.shifts.length !== bias.length) {
    throw refuse(`it has ${bias.length} outputs and ${requantise.shifts.length} shifts`);
  }
  if (requantise.shifts.some((shift) => !isInRange(shift, 0, MAX_SHIFT))) {
    throw refuse(`a shift is not an integer in 0 to ${MAX_SHIFT}`);
  }
  if (!isInRange(requantise.max, 1, 255)) throw refuse("the greatest activation is not 1 to 255");
}
