/**
 * Scores → weights: what share of the subnet's pay each miner should have, as a pure function of the scores at one
 * place of the journal and the metagraph at one block. The best score becomes 65535, zeros are left out.
 * @module
 */
import type { Hotkey, Metagraph } from "../chain/chain.ts";
import type { Weights } from "./journal.ts";
import type { Scores } from "./score.ts";
import { targetOf } from "./target.ts";

const U16_ONE = 65_535n;

/**
 * Who has left the subnet, or publishes no endpoint that a validator may connect to, gets nothing: its score is about
 * a time when it worked. The validator never pays itself.
 * @returns ascending by uid; empty when nobody earned anything
 */
export function weightsOf(
  scores: Scores,
  metagraph: Metagraph,
  validator: Hotkey,
  isLocal: boolean,
): Weights {
  const earned = metagraph.neurons
    .filter(
      ({ hotkey, endpoint }) => hotkey !== validator && targetOf(endpoint, isLocal) !== undefined,
    )
    .map(({ uid, hotkey }) => ({ uid, score: scores.get(hotkey) ?? 0n }));
  const best = earned.reduce((max, { score }) => (score > max ? score : max), 0n);
  if (best === 0n) return [];
  return earned
    .map(({ uid, score }) => [uid, Number((2n * score * U16_ONE + best) / (2n * best))] as const)
    .filter(([, weight]) => weight > 0)
    .sort(([a], [b]) => a - b);
}
