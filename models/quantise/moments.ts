/**
 * How the integers that a layer reads vary on the calibration samples, and what rounding its weights
 * does to its results there. With covariance G of the integers x and a change δ of a row of weights, the
 * results change by Σ δ_k·mean(x_k) on average, which the bias takes out, and by δᵀGδ in variance.
 * Weights are settled by coordinate descent on that: each in turn becomes the integer that is best
 * given all others, so that errors of inputs that rise together cancel.
 * The objective is that of Hubara et al. 2020 (arXiv 2006.10518) and Frantar et al. 2022 (2210.17323).
 * @module
 */
import { nearest } from "./real.ts";

/** Of the integers that a row of weights multiplies, in the order of the weights. */
export interface RowMoments {
  readonly mean: Float64Array;
  /** Row-major, symmetric; or the diagonal alone, where a whole one would be too large to trust. */
  readonly covariance: Float64Array;
}

/** By the channel that the row belongs to. */
export type Moments = (channel: number) => RowMoments;

/**
 * Of `rows` rows of k integers. The whole covariance is formed where there are twice as many rows as
 * columns, below which it says more about the samples than about the layer, and where k² is at most
 * 2^20: a million additions a row.
 */
export function rowMoments(rows: readonly Float64Array[], k: number): RowMoments {
  const mean = new Float64Array(k);
  for (const row of rows) {
    for (let i = 0; i < k; i++) mean[i] = (mean[i] as number) + (row[i] as number);
  }
  for (let i = 0; i < k; i++) mean[i] = (mean[i] as number) / Math.max(rows.length, 1);
  const whole = rows.length >= 2 * k && k * k <= 2 ** 20;
  const covariance = new Float64Array(whole ? k * k : k);
  const centred = new Float64Array(k);
  for (const row of rows) {
    for (let i = 0; i < k; i++) centred[i] = (row[i] as number) - (mean[i] as number);
    for (let i = 0; i < k; i++) {
      const a = centred[i] as number;
      if (!whole) covariance[i] = (covariance[i] as number) + a * a;
      else {
        for (let j = 0, at = i * k; j <= i; j++, at++) {
          covariance[at] = (covariance[at] as number) + a * (centred[j] as number);
        }
      }
    }
  }
  for (let i = 0; i < covariance.length; i++) {
    covariance[i] = (covariance[i] as number) / Math.max(rows.length, 1);
  }
  for (let i = 0; whole && i < k; i++) {
    for (let j = 0; j < i; j++) covariance[j * k + i] = covariance[i * k + j] as number;
  }
  return { mean, covariance };
}

/** δᵀGδ. */
export function roundingError(delta: Float64Array, { covariance }: RowMoments): number {
  const k = delta.length;
  let error = 0;
  for (let i = 0; i < k; i++) {
    const d = delta[i] as number;
    if (covariance.length === k) error += d * d * (covariance[i] as number);
    else {
      let row = 0;
      for (let j = 0; j < k; j++) row += (covariance[i * k + j] as number) * (delta[j] as number);
      error += d * row;
    }
  }
  return error;
}

/** Sweeps over all weights: most settle in two. */
const SWEEPS = 4;

/**
 * Part of the mean variance that every weight is charged for on its own. Inputs that never vary on
 * the samples would otherwise have weights that cost nothing, and could be anything.
 */
const DAMPING = 0.02;

/**
 * @param integers the weights rounded to the nearest
 * @param wanted the real weights, in the same units
 * @param largest no weight exceeds it
 */
export function settle(
  integers: Float64Array,
  wanted: Float64Array,
  { covariance }: RowMoments,
  largest: number,
): Float64Array {
  const k = integers.length;
  if (covariance.length === k) return integers;
  const settled = integers.slice();
  let trace = 0;
  for (let i = 0; i < k; i++) trace += covariance[i * k + i] as number;
  const damping = Math.max((DAMPING * trace) / k, Number.MIN_VALUE);
  // g = G·(settled - wanted), kept up to date with every change.
  const g = new Float64Array(k);
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < k; j++) {
      const delta = (settled[j] as number) - (wanted[j] as number);
      g[i] = (g[i] as number) + (covariance[i * k + j] as number) * delta;
    }
  }
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let changes = 0;
    for (let i = 0; i < k; i++) {
      const [now, real] = [settled[i] as number, wanted[i] as number];
      const own = covariance[i * k + i] as number;
      const slope = (g[i] as number) + damping * (now - real);
      const best = Math.min(Math.max(nearest(now - slope / (own + damping)), -largest), largest);
      if (best === now) continue;
      changes++;
      settled[i] = best;
      for (let j = 0; j < k; j++) {
        g[j] = (g[j] as number) + (covariance[i * k + j] as number) * (best - now);
      }
    }
    if (changes === 0) break;
  }
  return settled;
}
