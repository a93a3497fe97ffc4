/**
 * One dense layer from real numbers to integers, scheme P2. Per output channel c, with w-bit weights,
 * Q = 2^(w-1) - 1, activations 0 to A, and real steps s_in, s_out of what is read and written:
 *
 *     e_c  = the largest e ≥ 0 with  round(max_k |W_ck|·(s_in/s_out)·2^e) ≤ Q
 *     w_ck = round(W_ck·(s_in/s_out)·2^e_c)      b_c = round(B_c/s_out·2^e_c)
 *     y_c  = clip(floor((Σ_k w_ck·x_k + b_c + h_c) / 2^e_c), 0, A),   h_c = 2^(e_c-1), or 0 if e_c = 0
 *
 * so that y·s_out ≈ relu(W·x + B). Two cases the formulas leave open are decided here: e_c stops where
 * a sum could reach the width the circuit allows, and a channel that no input moves by a step becomes
 * the constant it is.
 *
 * Why powers of two: dividing by one is a cut between bits, which a circuit has for nothing where a
 * general multiplier would widen every range check by its own bits.
 * Source: uniform affine quantisation as in Jacob et al. 2018 (arXiv 1712.05877), with the multiplier
 * folded into the weights up to a power of two.
 * @module
 */
import { ModelError } from "./error.ts";
import { type FloatLayer, rowOf } from "./float-network.ts";

/** The integers a layer reads or writes: 0 to `max`, each standing for `step` times itself. */
export interface Grid {
  readonly step: number;
  readonly max: number;
}

export interface Widths {
  readonly weightBits: number;
  /** No Σ w·x + b + h leaves [-2^accumulatorBits, 2^accumulatorBits). */
  readonly accumulatorBits: number;
}

export interface Channel {
  readonly weights: readonly number[];
  readonly bias: number;
  /** e_c; 0 for a logit. */
  readonly shift: number;
  /** Least and greatest Σ w·x + b + h, for any input on the grid; both are attained. */
  readonly least: number;
  readonly greatest: number;
}

/** The largest weight of so many bits; the range is symmetric, so that no weight is favoured. */
export function largestWeight(weightBits: number): number {
  return 2 ** (weightBits - 1) - 1;
}

/** The n of the range check: least ≥ -2^n and greatest < 2^n. */
export function widthOf({ least, greatest }: Pick<Channel, "least" | "greatest">): number {
  let width = 0;
  while (least < -(2 ** width) || greatest >= 2 ** width) width++;
  return width;
}

/** A step below this would ask for weights beyond Q even at e = 0. */
export function leastStep(layer: FloatLayer, source: Grid, { weightBits }: Widths): number {
  return (largestMagnitude(layer.weights) * source.step) / largestWeight(weightBits);
}

/**
 * @param c the output of the layer that the channel computes
 * @param target the grid of the results; its step is at least leastStep
 * @throws ModelError `ACCUMULATOR_TOO_WIDE`
 */
export function quantiseChannel(
  layer: FloatLayer,
  c: number,
  source: Grid,
  target: Grid,
  widths: Widths,
): Channel {
  const row = rowOf(layer, c);
  const ratio = source.step / target.step;
  const bias = (layer.bias[c] as number) / target.step;

  const constant = constantOf(row, ratio, bias, source, target);
  if (constant !== undefined) {
    return channelOf({ weights: Array.from(row, () => 0), bias: constant, shift: 0 }, source);
  }
  const largest = largestMagnitude(row) * ratio;
  let channel: Channel | undefined;
  for (let shift = 0; nearest(largest * 2 ** shift) <= largestWeight(widths.weightBits); shift++) {
    const weights = Array.from(row, (weight) => nearest(weight * ratio * 2 ** shift));
    const finer = channelOf({ weights, bias: nearest(bias * 2 ** shift), shift }, source);
    if (widthOf(finer) > widths.accumulatorBits) break;
    channel = finer;
  }
  if (channel === undefined) throw tooWide(c, widths);
  return channel;
}

/**
 * The last layer: no clipping and one step for all channels, since its sums are compared.
 * @throws ModelError `ACCUMULATOR_TOO_WIDE`, `BAD_NETWORK`
 */
export function quantiseLogits(
  layer: FloatLayer,
  source: Grid,
  widths: Widths,
): { step: number; channels: Channel[] } {
  const largest = largestMagnitude(layer.weights);
  if (largest === 0) {
    throw new ModelError(
      "BAD_NETWORK",
      "every weight of the last layer is zero, so every input has the same logits",
      "Train the network, or check that the export holds its weights.",
    );
  }
  const unit = largest / largestWeight(widths.weightBits);
  const step = unit * source.step;
  const channels = Array.from(layer.bias, (bias, c) => {
    const weights = Array.from(rowOf(layer, c), (weight) => nearest(weight / unit));
    const channel = channelOf({ weights, bias: nearest(bias / step), shift: 0 }, source);
    if (widthOf(channel) > widths.accumulatorBits) throw tooWide(c, widths);
    return channel;
  });
  return { step, channels };
}

/**
 * The one value of a channel that is the same for every input, by the range of its real result;
 * undefined for all others. Without this rule a unit that training left dead, its weights all near
 * 1e-30, would be scaled up until its noise filled the accumulator.
 */
function constantOf(
  row: Float64Array,
  ratio: number,
  bias: number,
  source: Grid,
  target: Grid,
): number | undefined {
  let [least, greatest] = [bias, bias];
  for (const weight of row) {
    const reach = weight * ratio * source.max;
    if (reach < 0) least += reach;
    else greatest += reach;
  }
  const clipped = (value: number): number =>
    Math.min(Math.max(Math.floor(value + 0.5), 0), target.max);
  return clipped(least) === clipped(greatest) ? clipped(least) : undefined;
}

function channelOf(
  { weights, bias, shift }: Pick<Channel, "weights" | "bias" | "shift">,
  source: Grid,
): Channel {
  const offset = bias + (shift === 0 ? 0 : 2 ** (shift - 1));
  let [least, greatest] = [offset, offset];
  for (const weight of weights) {
    if (weight < 0) least += weight * source.max;
    else greatest += weight * source.max;
  }
  return { weights, bias, shift, least, greatest };
}

/** Half away from zero, so that W and -W have opposite weights; never -0. */
function nearest(value: number): number {
  return value < 0 ? 0 - Math.floor(0.5 - value) : Math.floor(value + 0.5);
}

function largestMagnitude(weights: Float64Array): number {
  return weights.reduce((largest, weight) => Math.max(largest, Math.abs(weight)), 0);
}

function tooWide(c: number, { accumulatorBits }: Widths): ModelError {
  return new ModelError(
    "ACCUMULATOR_TOO_WIDE",
    `the sums of channel ${c} can reach 2^${accumulatorBits}`,
    "Use fewer bits for weights, activations or input, or allow wider accumulators.",
  );
}
