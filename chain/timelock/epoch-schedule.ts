/**
 * When a subnet's epochs run, since Subtensor keeps a state for it (about spec 420), and in which block a commit that
 * is sent now is revealed. An epoch is due in a block if the owner asked for it, if `tempo` blocks have passed since the
 * last, or if none has succeeded for a week. A block reveals first, runs a due epoch next, takes transactions last.
 *
 * From pallets/subtensor: should_run_epoch, drain_pending, current_epoch_with_lookahead. Not foreseen, as by Bittensor's
 * own software: an epoch put off because too many subnets are due in one block; the reveal is then tried again.
 * @module
 */

/** A subnet after block `head`; the fields are storage items of SubtensorModule. */
export interface EpochState {
  readonly lastEpochBlock: number;
  /** Block for which the owner triggered an epoch, 0 for none. */
  readonly pendingEpochAt: number;
  /** Epochs so far. */
  readonly subnetEpochIndex: number;
  /** Blocks from one epoch to the next; 0 for a subnet without epochs. */
  readonly tempo: number;
  readonly blocksSinceLastStep: number;
  readonly head: number;
}

/** Subtensor's MAX_TEMPO, a week: after as many blocks without one an epoch is due in any case. */
const MAX_BLOCKS_WITHOUT_EPOCH = 50_400;

/** should_run_epoch: whether an epoch is due in `block`, as far as `state` tells. */
export function isEpochDue(state: EpochState, block: number): boolean {
  if (state.tempo === 0) return false;
  if (state.pendingEpochAt > 0 && block >= state.pendingEpochAt) return true;
  if (state.blocksSinceLastStep > MAX_BLOCKS_WITHOUT_EPOCH) return true;
  return block - state.lastEpochBlock >= state.tempo;
}

/** @returns the first block after the head that runs an epoch; undefined if none ever will */
export function nextEpochBlock(state: EpochState): number | undefined {
  if (state.tempo === 0) return undefined;
  const byTempo = state.lastEpochBlock + state.tempo;
  const byOwner = state.pendingEpochAt > 0 ? state.pendingEpochAt : byTempo;
  // The block counts itself before it asks whether the count is too large.
  const byCount = state.head + MAX_BLOCKS_WITHOUT_EPOCH + 1 - state.blocksSinceLastStep;
  return Math.max(state.head + 1, Math.min(byTempo, byOwner, byCount));
}

/** @returns the epoch index under which the chain files a commit that comes with the next block */
export function epochOfCommit(state: EpochState): number {
  return advance(state, state.head + 1).subnetEpochIndex;
}

/**
 * @param revealPeriodEpochs at least 1
 * @returns the first block that reveals what is committed in the block after the head; undefined if none ever will
 */
export function firstRevealBlock(head: EpochState, revealPeriodEpochs: number): number | undefined {
  const target = epochOfCommit(head) + revealPeriodEpochs;
  let state = advance(head, head.head + 1);
  while (state.subnetEpochIndex <= target) {
    const epochBlock = nextEpochBlock(state);
    if (epochBlock === undefined) return undefined;
    if (state.subnetEpochIndex === target && state.head + 1 < epochBlock) return state.head + 1;
    // A block that reveals looks ahead to the epoch it is about to run, but with the count of the block before.
    const before = advance(state, epochBlock - 1);
    const seen = state.subnetEpochIndex + (isEpochDue(before, epochBlock) ? 1 : 0);
    if (seen === target) return epochBlock;
    state = advance(state, epochBlock);
  }
  return undefined;
}

/** The state after `block`, between which and the head no epoch runs. */
function advance(state: EpochState, block: number): EpochState {
  const blocksSinceLastStep = state.blocksSinceLastStep + block - state.head;
  const waited = { ...state, blocksSinceLastStep, head: block };
  // For a block at the head there is nothing to run again.
  if (block === state.head || !isEpochDue(waited, block)) return waited;
  return {
    ...waited,
    lastEpochBlock: block,
    pendingEpochAt: 0,
    subnetEpochIndex: state.subnetEpochIndex + 1,
    blocksSinceLastStep: 0,
  };
}
