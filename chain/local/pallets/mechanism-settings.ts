/**
 * How many mechanisms a subnet has, and how they share its emission.
 * @module
 */
import { type CallHandler, type Context, fail } from "../runtime/pallet.ts";
import type { State } from "../runtime/state.ts";
import { MAX_MECHANISMS, MAX_UIDS } from "./hyperparameter-bounds.ts";
import { storageIndex } from "./mechanism.ts";
import type { AccountRate } from "./rate-limits.ts";
import {
  ensureOwnerOrRoot,
  ensureUseAllowed,
  ensureWindowOpen,
  recordOwnerUse,
} from "./subnet-authority.ts";

/** A day of twelve-second blocks. */
const MECHANISM_RATE_BLOCKS = 7_200n;
const COUNT_UPDATE: AccountRate = { transaction: 7, blocks: () => MECHANISM_RATE_BLOCKS };
const SPLIT_UPDATE: AccountRate = { transaction: 8, blocks: () => MECHANISM_RATE_BLOCKS };

/** Shares of the emission add up to this. */
const WHOLE = 65_535;

export const setMechanismCount: CallHandler = (
  context,
  origin,
  { netuid, mechanism_count }: { readonly netuid: number; readonly mechanism_count: number },
) => {
  const { state } = context;
  const owner = ensureOwnerOrRoot(context, origin, netuid);
  ensureUseAllowed(context, owner, netuid, COUNT_UPDATE);
  ensureWindowOpen(context, netuid);
  ensureSubnet(context, netuid);
  const most = Math.min(state.get("SubtensorModule.MaxMechanismCount", []), MAX_MECHANISMS);
  if (mechanism_count === 0 || mechanism_count > most) fail("SubtensorModule", "InvalidValue");
  const uids = state.get("SubtensorModule.MaxAllowedUids", [netuid]);
  if (uids * mechanism_count > MAX_UIDS) fail("SubtensorModule", "TooManyUIDsPerMechanism");

  const before = state.get("SubtensorModule.MechanismCountCurrent", [netuid]);
  if (before !== mechanism_count) {
    for (let mecid = mechanism_count; mecid < before; mecid++) {
      forgetMechanism(state, storageIndex(netuid, mecid));
    }
    state.put("SubtensorModule.MechanismCountCurrent", [netuid], mechanism_count);
    state.remove("SubtensorModule.MechanismEmissionSplit", [netuid]);
  }
  recordOwnerUse(context, owner, netuid, COUNT_UPDATE);
};

export const setEmissionSplit: CallHandler = (
  context,
  origin,
  args: { readonly netuid: number; readonly maybe_split?: readonly number[] | undefined },
) => {
  const { state } = context;
  const { netuid, maybe_split: split } = args;
  const owner = ensureOwnerOrRoot(context, origin, netuid);
  ensureUseAllowed(context, owner, netuid, SPLIT_UPDATE);
  ensureWindowOpen(context, netuid);
  ensureSubnet(context, netuid);
  if (split === undefined) state.remove("SubtensorModule.MechanismEmissionSplit", [netuid]);
  else {
    const count = state.get("SubtensorModule.MechanismCountCurrent", [netuid]);
    const sum = split.reduce((total, share) => total + share, 0);
    if (split.length === 0 || split.length > count || sum !== WHOLE) {
      fail("SubtensorModule", "InvalidValue");
    }
    state.put("SubtensorModule.MechanismEmissionSplit", [netuid], [...split]);
  }
  recordOwnerUse(context, owner, netuid, SPLIT_UPDATE);
};

function ensureSubnet({ state }: Context, netuid: number): void {
  if (!state.get("SubtensorModule.NetworksAdded", [netuid])) {
    fail("SubtensorModule", "MechanismDoesNotExist");
  }
}

function forgetMechanism(state: State, index: number): void {
  state.remove("SubtensorModule.Incentive", [index]);
  state.remove("SubtensorModule.LastUpdate", [index]);
  for (const item of [
    "SubtensorModule.Weights",
    "SubtensorModule.Bonds",
    "SubtensorModule.WeightCommits",
    "SubtensorModule.TimelockedWeightCommits",
  ] as const) {
    for (const [keys] of state.entries(item, [index])) state.remove(item, keys as never);
  }
}
