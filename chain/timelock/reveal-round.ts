/**
 * The round to which weights are sealed: out when the chain reveals them, not long before. Bittensor's own rule, so that
 * our commits open in the same block as others': the round that came out a period before the third block after the
 * first that reveals. The chain tries again in every block of the epoch, so late by a few blocks does no harm.
 * @module
 */
import type { Beacon } from "./beacon.ts";

/** Blocks left for the chain to take in the pulse (SECURITY_BLOCK_OFFSET of bittensor-drand). */
const BLOCKS_TO_TAKE_THE_PULSE = 3;

export interface RevealMoment {
  /** Of firstRevealBlock or modularFirstRevealBlock. */
  readonly firstRevealBlock: number;
  readonly head: number;
  /** From one block to the next. */
  readonly blockMs: number;
  /** Unix time at which `head` was the head. */
  readonly nowMs: number;
}

/** @returns a round of `beacon`, at least 1 */
export function revealRound(beacon: Beacon, moment: RevealMoment): number {
  const blocks = Math.max(0, moment.firstRevealBlock + BLOCKS_TO_TAKE_THE_PULSE - moment.head);
  const elapsedMs = moment.nowMs + blocks * moment.blockMs - beacon.genesisSeconds * 1_000;
  return Math.max(1, Math.floor(elapsedMs / (beacon.periodSeconds * 1_000)));
}
