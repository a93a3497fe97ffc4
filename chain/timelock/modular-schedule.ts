/**
 * When a subnet's epochs ran before Subtensor kept a state for it (before about spec 420): in every block for which
 * block + netuid + 1 is a multiple of tempo + 1. An epoch is named by that quotient.
 * @module
 */

export interface ModularSchedule {
  readonly netuid: number;
  /** One less than the blocks from one epoch to the next; 0 for a subnet without epochs. */
  readonly tempo: number;
}

export function modularEpochOf({ netuid, tempo }: ModularSchedule, block: number): number {
  return Math.floor((block + netuid + 1) / (tempo + 1));
}

/** @returns the first block after `head` that runs an epoch; undefined if none ever will */
export function modularNextEpochBlock(schedule: ModularSchedule, head: number): number | undefined {
  if (schedule.tempo === 0) return undefined;
  return firstBlockOf(schedule, modularEpochOf(schedule, head) + 1);
}

/**
 * @returns the first block that reveals what is committed in the block after `head`; undefined if none ever will
 */
export function modularFirstRevealBlock(
  schedule: ModularSchedule,
  head: number,
  revealPeriodEpochs: number,
): number | undefined {
  if (schedule.tempo === 0) return undefined;
  return firstBlockOf(schedule, modularEpochOf(schedule, head + 1) + revealPeriodEpochs);
}

function firstBlockOf({ netuid, tempo }: ModularSchedule, epoch: number): number {
  return epoch * (tempo + 1) - (netuid + 1);
}
