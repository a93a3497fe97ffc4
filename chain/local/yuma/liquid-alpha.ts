/**
 * How fast a Yuma 3 bond follows the validator's weight. Without liquid alpha: always alike. With it: the further a
 * validator is from the others, the faster, between two limits; early in backing a good miner earns, late does not.
 * @module
 */
import { clamp, div, exp, type Fixed, fromInteger, fromU16, mul, ONE } from "./fixed.ts";
import type { YumaParameters } from "./input.ts";
import { type Matrix, mapEntries, mergeEntries } from "./sparse.ts";

type Parameters = Pick<
  YumaParameters,
  "bondsMovingAverage" | "liquidAlphaOn" | "alphaValues" | "alphaSigmoidSteepness"
>;

/** Beyond this Subtensor takes e^x for what it is at the limit (exp_safe). */
const MAX_EXPONENT = 20n * ONE;

/** How much of a bond is made anew in one epoch, without liquid alpha. */
export function bondAlpha({ bondsMovingAverage }: Parameters): Fixed {
  return ONE - div(BigInt(bondsMovingAverage), 1_000_000n);
}

/** Liquid alpha has nothing to go by while nobody agrees on anything. */
export function isAlphaLiquid({ liquidAlphaOn }: Parameters, hasConsensus: boolean): boolean {
  return liquidAlphaOn && hasConsensus;
}

/**
 * alpha·W + (1 − alpha)·B, entry by entry.
 * @param W weights of this epoch @param B bonds of the last @param C consensus
 */
export function emaBonds(
  parameters: Parameters,
  W: Matrix,
  B: Matrix,
  C: readonly Fixed[],
): Matrix {
  const hasConsensus = C.some((c) => c !== 0n);
  if (!isAlphaLiquid(parameters, hasConsensus)) {
    const alpha = bondAlpha(parameters);
    return mergeEntries(W, B, (w, b) => mul(alpha, w) + mul(ONE - alpha, b));
  }
  const bonds = B.map((row) => new Map(row));
  // Over the weights alone: where there is none, Subtensor drops the bond instead of letting it fade.
  const followed = mapEntries(W, (w, j, i) => {
    const b = bonds[i]?.get(j) ?? 0n;
    const a = liquidAlpha(parameters, w, b, C[j] ?? 0n);
    return mul(a, w) + mul(ONE - a, b);
  });
  return followed.map((row) => row.filter(([, b]) => b > 0n));
}

/** low + (high − low) · sigmoid(steepness · (difference − 1/2)) */
export function liquidAlpha(parameters: Parameters, w: Fixed, b: Fixed, c: Fixed): Fixed {
  const [low, high] = [fromU16(parameters.alphaValues[0]), fromU16(parameters.alphaValues[1])];
  // Buying is judged against the others, selling against what was held.
  const difference = clamp(w >= b ? w - c : b - w, 0n, ONE);
  const steepness = div(fromInteger(parameters.alphaSigmoidSteepness), fromInteger(-100));
  const exponent = clamp(mul(steepness, difference - ONE / 2n), -MAX_EXPONENT, MAX_EXPONENT);
  const sigmoid = div(ONE, ONE + exp(exponent));
  return clamp(low + mul(sigmoid, high - low), low, high);
}
