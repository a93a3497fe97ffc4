/**
 * How fast a Yuma 3 bond follows the validator's weight. Without liquid alpha: always alike. With it: the further a
 * validator is from the others, the faster, between two limits; early in backing a good miner earns, late does not.
 * @module
 */
import { clamp, div, exp, type Fixed, fromInteger, fromU16, mul, ONE } from "./fixed.ts";
import { type Matrix, mapEntries, mergeEntries } from "./sparse.ts";
import type { Hyperparameters } from "./state.ts";

type Parameters = Pick<Hyperparameters, "liquidAlphaOn" | "alphaValues" | "alphaSigmoidSteepness">;

/**
 * alpha·W + (1 − alpha)·B, entry by entry.
 * @param W weights of this epoch @param B bonds of the last @param C consensus @param alpha without liquid alpha
 */
export function emaBonds(
  parameters: Parameters,
  W: Matrix,
  B: Matrix,
  C: readonly Fixed[],
  alpha: Fixed,
): Matrix {
  const hasConsensus = C.some((c) => c !== 0n);
  if (!parameters.liquidAlphaOn || !hasConsensus) {
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
function liquidAlpha(parameters: Parameters, w: Fixed, b: Fixed, c: Fixed): Fixed {
  const [low, high] = [fromU16(parameters.alphaValues[0]), fromU16(parameters.alphaValues[1])];
  // Buying is judged against the others, selling against what was held.
  const difference = clamp(w >= b ? w - c : b - w, 0n, ONE);
  const steepness = div(fromInteger(parameters.alphaSigmoidSteepness), fromInteger(-100));
  const sigmoid = div(ONE, ONE + exp(mul(steepness, difference - ONE / 2n)));
  return clamp(low + mul(sigmoid, high - low), low, high);
}
