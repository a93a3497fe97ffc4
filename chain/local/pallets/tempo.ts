/**
 * An owner's say over epochs: how long they last, and one out of turn.
 * @module
 */
import type { Hotkey } from "../../chain.ts";
import { constant } from "../runtime/codecs.ts";
import {
  type CallHandler,
  type Context,
  DispatchFailure,
  ensureSigned,
  type Origin,
  type PalletPart,
} from "../runtime/pallet.ts";
import { SPEC } from "../runtime/spec.ts";
import {
  type AccountRate,
  ensureAccountRatePassed,
  ensureRatePassed,
  hyperparameterRate,
  recordAccountUse,
  recordUse,
} from "./rate-limits.ts";
import { refuse } from "./refusal.ts";
import { blocksUntilAutoEpoch, isInFreezeWindow } from "./schedule.ts";

const MIN_TEMPO = u16Constant("MinTempo");
const MAX_TEMPO = u16Constant("MaxTempo");

/** TransactionType::TempoUpdate. */
const TEMPO_RATE: AccountRate = { transaction: 11, blocks: () => BigInt(MIN_TEMPO) };

function u16Constant(name: string): number {
  const { value = "" } = SPEC.pallets["SubtensorModule"]?.constants[name] ?? {};
  return constant("SubtensorModule", name, value) as number;
}

/** Root may set any tempo by AdminUtils; an owner only within the runtime's bounds. */
const setTempo: CallHandler = (
  context,
  origin,
  { netuid, tempo }: { netuid: number; tempo: number },
) => {
  const { state, block } = context;
  const who = ensureOwner(context, origin, netuid);
  if (tempo < MIN_TEMPO || tempo > MAX_TEMPO) refuse("TempoOutOfBounds");
  if (isInFreezeWindow(state, netuid, block)) refuse("AdminActionProhibitedDuringWeightsWindow");
  ensureAccountRatePassed(context, who, netuid, TEMPO_RATE);
  applyTempo(context, netuid, tempo);
  recordAccountUse(context, who, netuid, TEMPO_RATE);
};

/** The new tempo counts from now. */
export function applyTempo({ state, block, emit }: Context, netuid: number, tempo: number): void {
  state.put("SubtensorModule.Tempo", [netuid], tempo);
  state.put("SubtensorModule.LastEpochBlock", [netuid], BigInt(block));
  emit("SubtensorModule", "TempoSet", [netuid, tempo]);
}

/** Not with commit-reveal: an epoch out of turn would shift the rounds to which commits are sealed. */
const triggerEpoch: CallHandler = (context, origin, { netuid }: { netuid: number }) => {
  const { state, block } = context;
  const by = ensureOwner(context, origin, netuid);
  if (state.get("SubtensorModule.CommitRevealWeightsEnabled", [netuid])) {
    refuse("DynamicTempoBlockedByCommitReveal");
  }
  if (state.get("SubtensorModule.PendingEpochAt", [netuid]) !== 0n) {
    refuse("EpochTriggerAlreadyPending");
  }
  const window = BigInt(state.get("SubtensorModule.AdminFreezeWindow", []));
  const left = blocksUntilAutoEpoch(state, netuid, block);
  if (left !== undefined && left < window) refuse("AutoEpochAlreadyImminent");
  const rate = hyperparameterRate(netuid, "TriggerEpoch");
  ensureRatePassed(context, rate, "TxRateLimitExceeded");

  const firesAt = BigInt(block) + window;
  state.put("SubtensorModule.PendingEpochAt", [netuid], firesAt);
  recordUse(context, rate);
  context.emit("SubtensorModule", "EpochTriggered", { netuid, by, fires_at: firesAt });
};

function ensureOwner({ state }: Context, origin: Origin, netuid: number): Hotkey {
  const who = ensureSigned(origin);
  if (who === state.get("SubtensorModule.SubnetOwner", [netuid])) return who;
  throw new DispatchFailure({ type: "BadOrigin" });
}

export const TEMPO: PalletPart = {
  pallet: "SubtensorModule",
  calls: { set_tempo: setTempo, trigger_epoch: triggerEpoch },
};
