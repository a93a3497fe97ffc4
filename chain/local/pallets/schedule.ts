/**
 * When a subnet's epochs run, and which epoch a block belongs to, by the state that Subtensor keeps since spec 420: the
 * block of the last epoch, one that the owner asked for, and a counter by which commits are told apart.
 * @module
 */
import type { State } from "../runtime/state.ts";

/** A subnet that waited longer gets its epoch whatever else holds; as MaxTempo. */
const MAX_TEMPO = 50_400n;

/** Whether an epoch runs as `block` begins. Once it ran in this block, the answer is no. */
export function isEpochDue(state: State, netuid: number, block: number): boolean {
  const tempo = state.get("SubtensorModule.Tempo", [netuid]);
  if (tempo === 0) return false;
  const pending = state.get("SubtensorModule.PendingEpochAt", [netuid]);
  if (pending > 0n && BigInt(block) >= pending) return true;
  if (state.get("SubtensorModule.BlocksSinceLastStep", [netuid]) > MAX_TEMPO) return true;
  return BigInt(block) - state.get("SubtensorModule.LastEpochBlock", [netuid]) >= BigInt(tempo);
}

/**
 * The epoch to which what happens in `block` belongs: counted on already when the block's own epoch has not run yet, so
 * that the answer is the same before and after.
 */
export function epochOf(state: State, netuid: number, block: number): bigint {
  const index = state.get("SubtensorModule.SubnetEpochIndex", [netuid]);
  return isEpochDue(state, netuid, block) ? index + 1n : index;
}

export function isCommitExpired(
  state: State,
  netuid: number,
  block: number,
  commitEpoch: bigint,
): boolean {
  const period = state.get("SubtensorModule.RevealPeriodEpochs", [netuid]);
  return epochOf(state, netuid, block) > commitEpoch + period;
}

/** A commit may be revealed in one epoch only. */
export function isRevealEpoch(
  state: State,
  netuid: number,
  block: number,
  commitEpoch: bigint,
): boolean {
  const period = state.get("SubtensorModule.RevealPeriodEpochs", [netuid]);
  return epochOf(state, netuid, block) === commitEpoch + period;
}

/** Subnets whose epoch has to wait for the next block, for only MaxEpochsPerBlock may run in one. */
export function deferredEpochs(
  state: State,
  netuids: readonly number[],
  block: number,
): ReadonlySet<number> {
  const due = netuids.filter((netuid) => isEpochDue(state, netuid, block));
  return new Set(due.slice(state.get("SubtensorModule.MaxEpochsPerBlock", [])));
}

/** Zero when it is due; undefined for a subnet without a tempo. */
export function blocksUntilAutoEpoch(
  state: State,
  netuid: number,
  block: number,
): bigint | undefined {
  const tempo = state.get("SubtensorModule.Tempo", [netuid]);
  if (tempo === 0) return undefined;
  const left =
    state.get("SubtensorModule.LastEpochBlock", [netuid]) + BigInt(tempo) - BigInt(block);
  return left > 0n ? left : 0n;
}

export function nextEpochStartBlock(state: State, netuid: number): bigint | undefined {
  const tempo = state.get("SubtensorModule.Tempo", [netuid]);
  if (tempo === 0) return undefined;
  const auto = state.get("SubtensorModule.LastEpochBlock", [netuid]) + BigInt(tempo);
  const pending = state.get("SubtensorModule.PendingEpochAt", [netuid]);
  return pending > 0n && pending < auto ? pending : auto;
}

/** The owner may change nothing shortly before an epoch. */
export function isInFreezeWindow(state: State, netuid: number, block: number): boolean {
  const left = blocksUntilAutoEpoch(state, netuid, block);
  if (left === undefined) return false;
  if (state.get("SubtensorModule.PendingEpochAt", [netuid]) > BigInt(block)) return true;
  return left < BigInt(state.get("SubtensorModule.AdminFreezeWindow", []));
}

/** How long a neuron counts as active after its last weights: in tempos, but one block at least. */
export function activityCutoff(state: State, netuid: number): bigint {
  const factor = BigInt(state.get("SubtensorModule.ActivityCutoffFactorMilli", [netuid]));
  const blocks = (factor * BigInt(state.get("SubtensorModule.Tempo", [netuid]))) / 1000n;
  return blocks > 1n ? blocks : 1n;
}
