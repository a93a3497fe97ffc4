/**
 * The weight on which validators holding more than a fraction kappa of the stake agree for a miner, or exceed: the
 * largest that no minority can have raised alone. Found by halving around the middle element, as Subtensor does, for
 * where stakes tie at the border the order of the search decides.
 * @module
 */
import { type Fixed, normalise, sum } from "./fixed.ts";
import type { Matrix } from "./sparse.ts";

/** @returns per column; validators without stake have no say. */
export function weightedMedian(
  stake: readonly Fixed[],
  scores: Matrix,
  columns: number,
  kappa: Fixed,
): Fixed[] {
  const voters = stake.map((_, i) => i).filter((i) => (stake[i] ?? 0n) > 0n);
  const weights = normalise(voters.map((i) => stake[i] ?? 0n));
  const total = sum(weights);
  const rows = voters.map((i) => new Map(scores[i] ?? []));
  return Array.from({ length: columns }, (_, j) => {
    const ballots = rows.map((row, k) => ({ score: row.get(j) ?? 0n, weight: weights[k] ?? 0n }));
    return search(ballots, total - kappa, 0n, total);
  });
}

interface Ballot {
  readonly score: Fixed;
  readonly weight: Fixed;
}

/** The ballots occupy [low, high] of the stake, ordered by score; the answer is the score that covers `target`. */
function search(ballots: readonly Ballot[], target: Fixed, low: Fixed, high: Fixed): Fixed {
  const pivot = ballots[Math.floor(ballots.length / 2)]?.score ?? 0n;
  const below = ballots.filter(({ score }) => score < pivot);
  const above = ballots.filter(({ score }) => score > pivot);
  const lowEdge = low + sum(below.map(({ weight }) => weight));
  const highEdge = high - sum(above.map(({ weight }) => weight));
  if (target < lowEdge && below.length > 0) return search(below, target, low, lowEdge);
  if (target >= highEdge && above.length > 0) return search(above, target, highEdge, high);
  return pivot;
}
