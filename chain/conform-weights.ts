/**
 * Scores to weights as a chain takes them: u16, the largest 65535, no zeros; Bittensor's SDK calls it normalize.
 * @module
 */
import { ChainError } from "./error.ts";

const LARGEST = 65_535;

/**
 * @param weights uid and any non-negative number
 * @returns nothing but zeros when all are zero: still an opinion, and the validator stays active by it
 * @throws ChainError `MALFORMED_WEIGHTS`
 */
export function conformWeights(weights: readonly (readonly [uid: number, weight: number])[]): {
  uids: number[];
  values: number[];
} {
  for (const [uid, weight] of weights) {
    if (!Number.isInteger(uid) || uid < 0 || uid > LARGEST || !(weight >= 0 && weight < Infinity)) {
      throw new ChainError(
        "MALFORMED_WEIGHTS",
        `expected a uid and a finite weight of at least 0, got ${uid}: ${weight}`,
        "Weigh uids of the metagraph with the scores of this epoch.",
      );
    }
  }
  const max = Math.max(0, ...weights.map(([, weight]) => weight));
  const scaled = weights.map(([uid, weight]) => {
    return [uid, max === 0 ? 0 : Math.round((weight / max) * LARGEST)] as const;
  });
  const kept = max === 0 ? scaled : scaled.filter(([, value]) => value > 0);
  return { uids: kept.map(([uid]) => uid), values: kept.map(([, value]) => value) };
}
