/**
 * What each miner's answers have earned: Omron's latency reward as a pure function of the journal, in integers
 * of 2^-32, so that anybody who replays the journal gets the same scores to the last bit.
 *
 *   t     = clamp((latency − min) / (max − min), 0, 0.99)
 *   accepted: s ← s + 0.1·(S_max·(1 − f(t)) − s)      S_max = 1 / neurons of the subnet
 *   failed:   s ← s − 0.4·s
 *
 * min and max are of one circuit, over the latest result of each miner, this one included: min is the fastest
 * verified latency (0 when fewer than two are known), max the median of the slowest twentieth (at least one), at
 * most the budget; when they are less than a second apart, max = min + 1 s. Every division rounds down. Which
 * verdicts count as failed, and which say nothing about the miner, is the protocol's to say (verdict.ts).
 * What is known to be wrong with the formula is written in docs/decisions/score.md.
 * @module
 */
import type { Digest } from "../protocol/digest.ts";
import type { Hotkey } from "../protocol/hotkey.ts";
import { effectOf, type Verdict } from "../protocol/verdict.ts";
import { LATENCY_BITS, latencyFraction, MAX_LATENCY } from "./latency-curve.ts";

/** What a score needs to know of one verdict. A journal is a sequence of these, in the order they were given. */
export interface Outcome {
  readonly miner: Hotkey;
  readonly circuit: Digest;
  /** Number of the block the job names. */
  readonly block: number;
  readonly budgetMs: number;
  /** Neurons of the subnet when the job was made. */
  readonly neurons: number;
  readonly verdict: Verdict;
  /** Integer microseconds from last byte sent to last byte received; undefined when no answer came. */
  readonly latencyUs: number | undefined;
}

/** In 2^-32, from 0 to 2^32. */
export type Score = bigint;

/** Miner to score. A miner who never earned or lost anything is absent. */
export type Scores = ReadonlyMap<Hotkey, Score>;

/**
 * Blocks for which a latency is compared with others: a day of Subtensor. Without an end, the best latency of a
 * miner that left long ago would be the zero point for ever.
 */
const REFERENCE_BLOCKS = 7200;

/** Latest results kept per circuit: four subnets full of miners. */
const MAX_RESULTS = 1024;

const US_PER_SECOND = 1_000_000;

/** The scores after these outcomes. */
export function scoresOf(outcomes: Iterable<Outcome>): Scores {
  const scoreboard = new Scoreboard();
  for (const outcome of outcomes) scoreboard.add(outcome);
  return scoreboard.scores();
}

/** `scoresOf`, one outcome at a time: holds what the rest of a journal needs of the part already read. */
export class Scoreboard {
  readonly #scores = new Map<Hotkey, Score>();
  readonly #references = new Map<Digest, Reference>();

  add(outcome: Outcome): void {
    const effect = effectOf(outcome.verdict);
    if (effect === "unchanged") return;
    const reference = this.#referenceOf(outcome.circuit);
    const before = this.scoreOf(outcome.miner);
    if (effect === "decays") {
      reference.forget(outcome.miner);
      this.#scores.set(outcome.miner, (before * 3n) / 5n);
      return;
    }
    if (outcome.latencyUs === undefined) {
      throw new TypeError("score: an accepted answer has a latency");
    }
    reference.remember(outcome.miner, outcome.latencyUs, outcome.block);
    const fraction = latencyFraction(reference.relative(outcome.latencyUs, outcome.budgetMs));
    const neurons = BigInt(outcome.neurons);
    this.#scores.set(outcome.miner, (9n * neurons * before + fraction) / (10n * neurons));
  }

  scoreOf(miner: Hotkey): Score {
    return this.#scores.get(miner) ?? 0n;
  }

  scores(): Scores {
    return new Map(this.#scores);
  }

  #referenceOf(circuit: Digest): Reference {
    const known = this.#references.get(circuit);
    if (known !== undefined) return known;
    const reference = new Reference();
    this.#references.set(circuit, reference);
    return reference;
  }
}

/** The latest verified latency of each miner on one circuit: what fast and slow mean there. */
class Reference {
  /** In the order in which they were verified, so that the first is the oldest. */
  readonly #latest = new Map<Hotkey, { readonly latencyUs: number; readonly block: number }>();

  remember(miner: Hotkey, latencyUs: number, block: number): void {
    this.#latest.delete(miner);
    this.#latest.set(miner, { latencyUs, block });
    for (const [other, result] of this.#latest) {
      const isStale = result.block < block - REFERENCE_BLOCKS;
      if (isStale || this.#latest.size > MAX_RESULTS) this.#latest.delete(other);
    }
  }

  forget(miner: Hotkey): void {
    this.#latest.delete(miner);
  }

  /** t of a latency among those remembered, in 2^-48. */
  relative(latencyUs: number, budgetMs: number): bigint {
    const sorted = Array.from(this.#latest.values(), (result) => result.latencyUs).sort(
      (a, b) => a - b,
    );
    const min = sorted.length < 2 ? 0 : (sorted[0] ?? 0);
    const slowest = sorted.slice(-Math.max(1, Math.floor(sorted.length / 20)));
    const max = Math.max(Math.min(median(slowest), budgetMs * 1000), min + US_PER_SECOND);
    if (latencyUs <= min) return 0n;
    const t = (BigInt(latencyUs - min) << LATENCY_BITS) / BigInt(max - min);
    return t < MAX_LATENCY ? t : MAX_LATENCY;
  }
}

/** @param sorted ascending, at least one */
function median(sorted: readonly number[]): number {
  const upper = sorted[sorted.length >> 1] ?? 0;
  const lower = sorted[(sorted.length - 1) >> 1] ?? upper;
  return Math.floor((lower + upper) / 2);
}
