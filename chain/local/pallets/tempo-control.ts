/**
 * What a subnet's owner says about the time of its epochs: how long a tempo is, when a validator counts as inactive, and
 * that an epoch shall run soon.
 * @module
 */
import {
  type Context,
  ensureSigned,
  fail,
  type Origin,
  type PalletPart,
} from "../runtime/pallet.ts";
import type { AccountRate } from "./rate-limits.ts";
import { blocksUntilAutoEpoch } from "./schedule.ts";
import {
  ensureOwner,
  ensureOwnerOrRoot,
  ensureUseAllowed,
  ensureWindowOpen,
  recordOwnerUse,
} from "./subnet-authority.ts";

/** Constants of the runtime. Root may set other tempos. */
const MIN_TEMPO = 360;
const MAX_TEMPO = 50_400;
const MIN_CUTOFF_FACTOR = 1_000;
const MAX_CUTOFF_FACTOR = 50_000;

const TEMPO_UPDATE: AccountRate = { transaction: 11, blocks: () => BigInt(MIN_TEMPO) };

export function applyTempo({ state, block, emit }: Context, netuid: number, tempo: number): void {
  state.put("SubtensorModule.Tempo", [netuid], tempo);
  emit("SubtensorModule", "TempoSet", [netuid, tempo]);
  state.put("SubtensorModule.LastEpochBlock", [netuid], BigInt(block));
}

function setTempo(
  context: Context,
  origin: Origin,
  { netuid, tempo }: { readonly netuid: number; readonly tempo: number },
): void {
  ensureSigned(origin);
  const owner = ensureOwner(context, origin, netuid);
  if (tempo < MIN_TEMPO || tempo > MAX_TEMPO) fail("SubtensorModule", "TempoOutOfBounds");
  ensureWindowOpen(context, netuid);
  ensureUseAllowed(context, owner, netuid, TEMPO_UPDATE);
  applyTempo(context, netuid, tempo);
  recordOwnerUse(context, owner, netuid, TEMPO_UPDATE);
}

function setActivityCutoffFactor(
  context: Context,
  origin: Origin,
  { netuid, factor_milli }: { readonly netuid: number; readonly factor_milli: number },
): void {
  const owner = ensureOwnerOrRoot(context, origin, netuid);
  if (factor_milli < MIN_CUTOFF_FACTOR || factor_milli > MAX_CUTOFF_FACTOR) {
    fail("SubtensorModule", "ActivityCutoffFactorMilliOutOfBounds");
  }
  // Root is not bound by the window here, other than in AdminUtils.
  if (owner !== undefined) ensureWindowOpen(context, netuid);
  ensureUseAllowed(context, owner, netuid, "ActivityCutoffFactorMilli");
  context.state.put("SubtensorModule.ActivityCutoffFactorMilli", [netuid], factor_milli);
  context.emit("SubtensorModule", "ActivityCutoffFactorMilliSet", { netuid, factor_milli });
  recordOwnerUse(context, owner, netuid, "ActivityCutoffFactorMilli");
}

/** The epoch runs as soon as the freeze window has passed, so that nobody is taken by surprise. */
function triggerEpoch(
  context: Context,
  origin: Origin,
  { netuid }: { readonly netuid: number },
): void {
  const { state, block } = context;
  const owner = ensureOwner(context, origin, netuid);
  if (state.get("SubtensorModule.CommitRevealWeightsEnabled", [netuid])) {
    fail("SubtensorModule", "DynamicTempoBlockedByCommitReveal");
  }
  if (state.get("SubtensorModule.PendingEpochAt", [netuid]) !== 0n) {
    fail("SubtensorModule", "EpochTriggerAlreadyPending");
  }
  const window = BigInt(state.get("SubtensorModule.AdminFreezeWindow", []));
  const left = blocksUntilAutoEpoch(state, netuid, block);
  if (left !== undefined && left < window) fail("SubtensorModule", "AutoEpochAlreadyImminent");
  ensureUseAllowed(context, owner, netuid, "TriggerEpoch");
  const firesAt = BigInt(block) + window;
  state.put("SubtensorModule.PendingEpochAt", [netuid], firesAt);
  recordOwnerUse(context, owner, netuid, "TriggerEpoch");
  context.emit("SubtensorModule", "EpochTriggered", { netuid, by: owner, fires_at: firesAt });
}

export const TEMPO_CONTROL: PalletPart = {
  pallet: "SubtensorModule",
  calls: {
    set_tempo: setTempo,
    set_activity_cutoff_factor: setActivityCutoffFactor,
    trigger_epoch: triggerEpoch,
  },
};
