/**
 * How much of the best score an answer earns for its speed: the curve 1 − f(t) of Omron's reward, where
 *
 *   f(t) = (tan((t − ½)·0.9π) / tan(0.45π) + 1) / 2
 *
 * and t is 0 for the fastest answer of its circuit, towards 1 for the slowest. Steep at both ends, flat between:
 * 1 → 0.757 over the first twentieth, 0.568 → 0.432 over the middle half. In fixed point: see tangent.ts.
 *
 * Order is kept exactly. f′ ≥ 0.2239 everywhere, so two neighbouring t on the grid of 2^-48 are more than 2^-51
 * apart in 1 − f(t), while each computed value is within 2^-84 of the truth; rounding down to 2^-32 keeps ≥.
 * @module
 */
import { MAX_ANGLE, PI, TANGENT_BITS, tangent } from "./tangent.ts";

/** Bits behind the point of a relative latency t. */
export const LATENCY_BITS = 48n;

/** Bits behind the point of every fraction and score. */
export const SCORE_BITS = 32n;

/** f is not read beyond 0.99: the slowest verified answer still earns 0.078, more than a failed one. */
export const MAX_LATENCY: bigint = (99n << LATENCY_BITS) / 100n;

const HALF = 1n << (LATENCY_BITS - 1n);
const ONE = 1n << TANGENT_BITS;
const TANGENT_AT_END = tangent(MAX_ANGLE);

/**
 * @param t relative latency in 2^-48, from 0 to `MAX_LATENCY`
 * @returns 1 − f(t) in 2^-32, rounded down; exactly 2^32 for t = 0
 */
export function latencyFraction(t: bigint): bigint {
  if (t < 0n || t > MAX_LATENCY) {
    throw new RangeError(`latencyFraction: expected t from 0 to 0.99, got ${t} / 2^48`);
  }
  const distance = t < HALF ? HALF - t : t - HALF;
  const ratio = (tangent((distance * PI * 9n) / (10n << LATENCY_BITS)) * ONE) / TANGENT_AT_END;
  const fraction = t < HALF ? ONE + ratio : ONE - ratio;
  return fraction >> (1n + TANGENT_BITS - SCORE_BITS);
}
