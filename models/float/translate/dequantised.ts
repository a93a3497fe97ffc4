/**
 * Models that somebody quantised already, read as the real numbers that their integers stand for: weights are what they
 * dequantise to, and a rounding is the range that it saturates at. Which integers stand for the activations is decided
 * again, with power-of-two steps, because a circuit divides by those for nothing and by a float scale for some 50 rows.
 * What a framework folded into saturation (a ReLU, most often) stays as a Clip.
 * ONNX operator schemas: QuantizeLinear, DequantizeLinear, QLinearConv, QLinearMatMul; com.microsoft's QGemm.
 * @module
 */
import type { Value } from "../draft.ts";
import { badShape } from "../operators/operator.ts";
import { isFloat, rangeOf } from "../value.ts";
import { windowAttributes } from "./linear.ts";
import type { Site, Translator } from "./site.ts";

/** Positions of a scale and its zero point among a node's operands. */
interface Grid {
  readonly scale: number;
  readonly zero: number;
}

const FLOAT32 = 1;

export const quantizeLinear: Translator = (site) => {
  site.ignore("axis", "saturate", "output_dtype", "block_size", "precision");
  return [saturated(site, site.input(0), { scale: 1, zero: 2 })];
};

export const dequantizeLinear: Translator = (site) => {
  site.ignore("block_size", "output_dtype");
  const axis = site.number("axis", 1);
  return [real(site, 0, { scale: 1, zero: 2 }, axis)];
};

export const qlinearConv: Translator = (site) => {
  const { draft } = site;
  const x = real(site, 0, { scale: 1, zero: 2 }, 0);
  const weights = real(site, 3, { scale: 4, zero: 5 }, 0);
  const windows = windowAttributes(site, x.dims.slice(2), weights.dims.slice(2));
  site.ignore("kernel_shape");
  const operands = [x, weights];
  if (site.inputs[8] !== undefined) operands.push(biasOf(site, 8, 1, 4));
  const sum = draft.emit("Conv", operands, { ...windows, group: site.number("group", 1) });
  return [saturated(site, sum, { scale: 6, zero: 7 })];
};

export const qlinearMatmul: Translator = (site) => {
  const a = real(site, 0, { scale: 1, zero: 2 }, -2);
  const b = real(site, 3, { scale: 4, zero: 5 }, -1);
  if (a.dims.length < 2 || b.dims.length < 2) throw badShape(site.label, "an operand is no matrix");
  return [saturated(site, site.draft.emit("MatMul", [a, b]), { scale: 6, zero: 7 })];
};

/** A, its scale and zero point; B likewise; C in units of both scales; scale and zero point of the result, or none. */
export const qgemm: Translator = (site) => {
  const { draft } = site;
  const alpha = site.number("alpha", 1);
  const turned = (value: Value, name: string): Value =>
    site.flag(name, 0) ? draft.emit("Transpose", [value], { perm: [1, 0] }) : value;
  const a = turned(real(site, 0, { scale: 1, zero: 2 }, 0), "transA");
  const columns = site.flag("transB", 0) ? 0 : 1;
  const b = turned(real(site, 3, { scale: 4, zero: 5 }, columns), "transB");
  let sum = draft.emit("MatMul", [a, b]);
  if (site.inputs[6] !== undefined) sum = draft.emit("Add", [sum, biasOf(site, 6, 1, 4)]);
  if (alpha !== 1) sum = draft.emit("Mul", [sum, draft.scalar(sum, alpha)]);
  return [site.inputs[7] === undefined ? sum : saturated(site, sum, { scale: 7, zero: 8 })];
};

/** (integer − zero point) · scale; a value that was read as real already stays. */
function real(site: Site, at: number, { scale, zero }: Grid, axis: number): Value {
  const { draft } = site;
  const value = site.input(at);
  if (isFloat(value.dtype)) return value;
  const along = (position: number): Value => spread(site, position, value, axis);
  const wide = draft.emit("Cast", [value], { to: FLOAT32 });
  const shifted = site.inputs[zero] === undefined ? wide : draft.emit("Sub", [wide, along(zero)]);
  return draft.emit("Mul", [shifted, along(scale)]);
}

/** A scale or zero point as float32, one per position of an axis shaped to lie along it. */
function spread(site: Site, at: number, of: Value, axis: number): Value {
  const { draft } = site;
  const { values } = site.constant(at, "a scale or zero point");
  if (values.length === 1) return draft.numbers("float32", [], values);
  const rank = of.dims.length;
  const place = axis < 0 ? axis + rank : axis;
  if (of.dims[place] !== values.length) {
    throw badShape(site.label, `${values.length} scales do not fit axis ${axis}`);
  }
  const dims = of.dims.slice(place).map((_, i) => (i === 0 ? values.length : 1));
  return draft.numbers("float32", dims, values);
}

/** The bias of a sum is an integer in units of both operands' scales. */
function biasOf(site: Site, at: number, xScale: number, weightScale: number): Value {
  const { draft } = site;
  const { values, dims } = site.constant(at, "the bias");
  const [x = 0] = site.constant(xScale, "a scale").values;
  const scales = site.constant(weightScale, "a scale").values;
  const scaled = values.map((b, i) => b * x * (scales[scales.length === 1 ? 0 : i] as number));
  return draft.numbers("float32", dims, scaled);
}

/** What rounding to integers of the zero point's type leaves of a real number, but for the rounding. */
function saturated(site: Site, value: Value, { scale, zero }: Grid): Value {
  const { draft } = site;
  const point = site.inputs[zero];
  const [min, max] = rangeOf(point === undefined ? "uint8" : point.dtype);
  const scales = site.constant(scale, "a scale").values;
  const zeros = point === undefined ? undefined : site.constant(zero, "a zero point").values;
  const [step] = scales;
  const [middle = 0] = zeros ?? [];
  if (step === undefined || scales.length !== 1) {
    throw site.refuse(
      "its activations have a scale for each channel",
      "Quantise activations per tensor.",
    );
  }
  const low = (min - middle) * step;
  return low === 0
    ? draft.emit("Clip", [value], { min: 0, max: max * step })
    : draft.emit("Clip", [value], { min: low, max: (max - middle) * step });
}
