/**
 * Scores to weights as a chain takes them: u16, the largest 65535, no zeros; no uid above its share, and enough of them.
 * Bittensor's SDK calls it normalize; the limits are check_length and max_weight_limited of Subtensor's set_weights.
 * @module
 */
import type { Weights } from "./chain.ts";
import { ChainError } from "./error.ts";

const LARGEST = 65_535;

export interface WeightLimits {
  /** Fewest uids that may be weighed, MinAllowedWeights. */
  readonly minAllowedWeights: number;
  /** Largest share of all weight that one uid may have, of 65535; MaxWeightsLimit. */
  readonly maxWeightsLimit: number;
  /** The uid that weighs: it may always weigh itself alone. */
  readonly self: number;
}

export interface ConformedWeights {
  readonly uids: number[];
  /** u16, the largest 65535. */
  readonly values: number[];
}

/**
 * @param weights uid and any non-negative number
 * @returns nothing but zeros when all are zero: still an opinion, and the validator stays active by it
 * @throws ChainError `MALFORMED_WEIGHTS`; with limits also `DuplicateUids`, `WeightVecLengthIsLow`, `MaxWeightExceeded`
 */
export function conformWeights(weights: Weights, limits?: WeightLimits): ConformedWeights {
  for (const [uid, weight] of weights) {
    if (!Number.isInteger(uid) || uid < 0 || uid > LARGEST || !(weight >= 0 && weight < Infinity)) {
      throw new ChainError(
        "MALFORMED_WEIGHTS",
        `expected a uid and a finite weight of at least 0, got ${uid}: ${weight}`,
        "Weigh uids of the metagraph with the scores of this epoch.",
      );
    }
  }
  if (limits === undefined) return separate(withoutZeros(scale(weights, Math.round)));
  if (new Set(weights.map(([uid]) => uid)).size < weights.length) {
    throw new ChainError("DuplicateUids", "a uid is weighed twice", "Weigh every uid once.");
  }
  const { minAllowedWeights, maxWeightsLimit, self } = limits;
  const weighed = withoutZeros(weights);
  if (weighed.length === 1 && weighed[0]?.[0] === self) return separate(scale(weighed, Math.round));
  if (weights.length < minAllowedWeights) {
    throw new ChainError(
      "WeightVecLengthIsLow",
      `${weights.length} uids are weighed, the subnet asks for ${minAllowedWeights}`,
      "Weigh more miners; zeros count.",
    );
  }
  const scaled =
    maxWeightsLimit < LARGEST ? scaleWithin(weights, maxWeightsLimit) : scale(weights, Math.round);
  const kept = withoutZeros(scaled);
  // Zeros say nothing, but the chain counts them.
  return separate(kept.length < minAllowedWeights ? scaled : kept);
}

/** The largest becomes 65535, the others in proportion; all zeros stay so. */
function scale(weights: Weights, round: (value: number) => number): Weights {
  const max = Math.max(0, ...weights.map(([, weight]) => weight));
  return weights.map(([uid, weight]) => {
    return [uid, max === 0 ? 0 : Math.min(LARGEST, round((weight / max) * LARGEST))];
  });
}

/** Scaled so that none has more than `limit` of 65535 of all, to the last digit. */
function scaleWithin(weights: Weights, limit: number): Weights {
  const scaled = scale(clip(weights, limit / LARGEST), Math.ceil).map(([uid, value]) => ({
    uid,
    value,
  }));
  const sum = scaled.reduce((total, { value }) => total + value, 0);
  let missing = sum === 0 ? 0 : Math.ceil((LARGEST * LARGEST) / limit) - sum;
  // Rounding left a few units to give: to those below the cut, the heaviest first, which keeps the order.
  for (const entry of scaled.toSorted((a, b) => b.value - a.value)) {
    if (missing <= 0) break;
    const room = entry.value === 0 ? 0 : Math.min(missing, LARGEST - entry.value);
    entry.value += room;
    missing -= room;
  }
  return scaled.map(({ uid, value }) => [uid, value]);
}

/**
 * Cuts the largest to one height t with t / Σ min(w, t) = share: with the k largest cut, t = share·rest / (1 − k·share).
 * @throws ChainError `MaxWeightExceeded` when so few are weighed that one must have more than the share
 */
function clip(weights: Weights, share: number): Weights {
  const max = Math.max(0, ...weights.map(([, weight]) => weight));
  if (max === 0) return weights;
  const relative = weights.map(([uid, weight]) => [uid, weight / max] as const);
  const falling = relative.map(([, weight]) => weight).sort((a, b) => b - a);
  // Sums from the smallest on: differences from the largest would lose the small ones.
  let rest = 0;
  const rests = falling.toReversed().map((weight) => {
    rest += weight;
    return rest;
  });
  for (const [k, next] of falling.entries()) {
    if (next === 0 || k * share >= 1) break;
    const t = (share * (rests.at(-1 - k) ?? 0)) / (1 - k * share);
    if (next <= t) return relative.map(([uid, weight]) => [uid, Math.min(weight, t)]);
  }
  const count = falling.filter((weight) => weight > 0).length;
  throw new ChainError(
    "MaxWeightExceeded",
    `${count} uids have weight, and none may have more than ${share} of it`,
    "Spread the weights over more miners.",
  );
}

/** Unless there is nothing else. */
function withoutZeros(weights: Weights): Weights {
  const kept = weights.filter(([, value]) => value > 0);
  return kept.length === 0 ? weights : kept;
}

function separate(weights: Weights): ConformedWeights {
  return { uids: weights.map(([uid]) => uid), values: weights.map(([, value]) => value) };
}
