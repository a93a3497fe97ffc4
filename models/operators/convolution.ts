/**
 * ConvInteger: [N, C, …] convolved with constant weights [M, C / group, …] over one to three axes, to
 * int32 [N, M, …]. Both sides are shifted by their zero points first, and the border counts as the zero
 * point. Every output is a sum of independent inputs, so its interval is attained at both ends.
 * Refused, as in MatMulInteger: one signed and one unsigned side.
 * @module
 */
import { integerAttribute, listAttribute, requireAttributes } from "./attributes.ts";
import { insideIndex, withBorder } from "./border.ts";
import type { LinearRow } from "./form.ts";
import {
  badOperands,
  type Interval,
  int32Interval,
  type Operand,
  type Operator,
  operandOf,
  requireAtMost,
  requireSize,
  type Site,
} from "./operator.ts";
import { WINDOW_ATTRIBUTES, type Windows, windowsOf } from "./windows.ts";
import { requireSameBytes, zeroPoint } from "./zero-point.ts";

export const convInteger: Operator = (site) => {
  requireAttributes(site, [...WINDOW_ATTRIBUTES, "group"]);
  requireAtMost(site, 4);
  const image = operandOf(site, 0);
  const weights = operandOf(site, 1);
  requireSameBytes(site, image, weights);
  const group = groupOf(site, image, weights);
  if (weights.values === undefined) {
    throw badOperands(site, "input 1 (the weights) is not a constant");
  }
  const [samples] = image.dims as [number];
  const [channels, depth] = weights.dims as [number, number];
  const zero = zeroPoint(site, 2, image, 1)[0] as number;
  const weightZero = zeroPoint(site, 3, weights, 1)[0] as number;
  const windows = windowsOf(site, image.dims, kernelOf(site, weights), samples * channels * depth);
  const dims = [samples, channels, ...windows.outputDims];
  requireSize(site, dims);

  const taps = tapsOf(weights.values, weightZero, { channels, depth, group }, windows);
  const { begins, sampleStride, border } = windows;
  const positions = begins.length;
  const terms = samples * positions * taps.weights.length;

  const evaluate = (x: Int32Array): Int32Array => {
    const bordered = withBorder(x, border, zero);
    const out = new Int32Array(samples * channels * positions);
    let to = 0;
    for (let sample = 0; sample < samples; sample++) {
      for (let channel = 0; channel < channels; channel++) {
        const first = taps.first[channel] as number;
        const end = taps.first[channel + 1] as number;
        const shift = -Math.imul(zero, taps.sums[channel] as number);
        for (let position = 0; position < positions; position++) {
          const begin = sample * sampleStride + (begins[position] as number);
          let sum = shift;
          for (let tap = first; tap < end; tap++) {
            const value = bordered[begin + (taps.offsets[tap] as number)] as number;
            sum = (sum + Math.imul(taps.weights[tap] as number, value)) | 0;
          }
          out[to++] = sum;
        }
      }
    }
    return out;
  };

  const bound = ({ min, max }: Interval): Interval => {
    const low = withBorder(min, border, zero);
    const high = withBorder(max, border, zero);
    const least = new Float64Array(samples * channels * positions);
    const greatest = new Float64Array(least.length);
    let to = 0;
    for (let sample = 0; sample < samples; sample++) {
      for (let channel = 0; channel < channels; channel++) {
        const first = taps.first[channel] as number;
        const end = taps.first[channel + 1] as number;
        const shift = zero * (taps.sums[channel] as number);
        for (let position = 0; position < positions; position++) {
          const begin = sample * sampleStride + (begins[position] as number);
          // Twice the middle of the sum, and its width: without a branch on the weight's sign.
          let middle = 0;
          let width = 0;
          for (let tap = first; tap < end; tap++) {
            const at = begin + (taps.offsets[tap] as number);
            const weight = taps.weights[tap] as number;
            middle += weight * ((low[at] as number) + (high[at] as number));
            width += Math.abs(weight) * ((high[at] as number) - (low[at] as number));
          }
          least[to] = (middle - width) / 2 - shift;
          greatest[to++] = (middle + width) / 2 - shift;
        }
      }
    }
    return int32Interval(site, least, greatest);
  };

  const row: LinearRow = (i, term) => {
    const position = i % positions;
    const channel = Math.floor(i / positions) % channels;
    const sample = Math.floor(i / (positions * channels));
    const begin = sample * sampleStride + (begins[position] as number);
    let inside = 0;
    for (
      let tap = taps.first[channel] as number;
      tap < (taps.first[channel + 1] as number);
      tap++
    ) {
      const index = insideIndex(begin + (taps.offsets[tap] as number), border);
      // In the border a value less its zero point is 0, whatever the weight.
      if (index < 0) continue;
      const weight = taps.weights[tap] as number;
      inside += weight;
      term(0, index, weight);
    }
    return -zero * inside;
  };

  return {
    output: { dtype: "int32", dims },
    form: { kind: "linear", row },
    terms,
    evaluate: (operand) => evaluate(operand(0)),
    bound: (operand) => bound(operand(0)),
  };
};

/** The weights that are not 0, channel by channel of the output. */
interface Taps {
  /** Where each channel's taps begin; one more entry says where the last ends. */
  readonly first: Int32Array;
  /** From where a window begins, in the tensor with its border. */
  readonly offsets: Int32Array;
  /** Less their zero point. */
  readonly weights: Int32Array;
  /** The sum of each channel's weights. */
  readonly sums: Int32Array;
}

function tapsOf(
  values: Int32Array,
  zero: number,
  { channels, depth, group }: { channels: number; depth: number; group: number },
  windows: Windows,
): Taps {
  const size = windows.offsets.length;
  const first = new Int32Array(channels + 1);
  const offsets = new Int32Array(values.length);
  const weights = new Int32Array(values.length);
  const sums = new Int32Array(channels);
  let count = 0;
  for (let channel = 0; channel < channels; channel++) {
    const firstInput = Math.floor(channel / (channels / group)) * depth;
    for (let input = 0; input < depth; input++) {
      const from = (channel * depth + input) * size;
      for (let i = 0; i < size; i++) {
        const weight = (values[from + i] as number) - zero;
        if (weight === 0) continue;
        offsets[count] =
          (firstInput + input) * windows.channelStride + (windows.offsets[i] as number);
        weights[count++] = weight;
        sums[channel] = (sums[channel] as number) + weight;
      }
    }
    first[channel + 1] = count;
  }
  return { first, offsets: offsets.subarray(0, count), weights: weights.subarray(0, count), sums };
}

function kernelOf(site: Site, weights: Operand): readonly number[] {
  const kernel = weights.dims.slice(2);
  const stated = listAttribute(site, "kernel_shape") ?? kernel;
  if (String(stated) === String(kernel)) return kernel;
  throw badOperands(site, `kernel_shape is [${stated}], the weights have [${kernel}]`);
}

function groupOf(site: Site, image: Operand, weights: Operand): number {
  const group = integerAttribute(site, "group", 1);
  const inputs = image.dims[1] ?? 0;
  const [channels, depth] = weights.dims;
  const isFitting =
    group >= 1 && depth !== undefined && depth * group === inputs && (channels ?? 0) % group === 0;
  if (isFitting && image.dims.length === weights.dims.length) return group;
  throw badOperands(
    site,
    `weights [${weights.dims}] in ${group} groups do not fit [${image.dims}];` +
      " expected [N, C, …] and [M, C / group, …]",
  );
}
