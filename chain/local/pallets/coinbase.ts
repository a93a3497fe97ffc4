/**
 * What a block brings into the world, and to whom: each emitting subnet gets an equal part of BlockEmission, of which
 * SubnetOwnerCut (18 %) is its owner's and the rest in halves (41 % and 41 %) miners' by incentive and validators' by
 * dividends. It is counted from block to block and paid at the subnet's epoch, as stake.
 *
 * Unlike on the real chain, rao are made when they are paid, so none are made while nobody earns; and all subnets get
 * alike, for on a chain with stable alpha there are no prices to tell one from another.
 * @module
 */
import type { Hotkey } from "../../chain.ts";
import type { Context } from "../runtime/pallet.ts";
import type { State } from "../runtime/state.ts";
import { type Earnings, runEpoch } from "./epoch.ts";
import { deferredEpochs, isEpochDue } from "./schedule.ts";
import { increaseHotkeyStake, increaseStake, stakeOf } from "./stake.ts";
import { weighedTao } from "./stake-weight.ts";
import { burnAlpha, emitAlpha } from "./subnet-pool.ts";

const U16_ONE = 65_535n;

/** Dividends are shared in U96F32. */
const FRACTION_BITS = 32n;

/** MinerBurned is a U96F32. */
const MINER_BURNED_BITS = 32n;

export function runCoinbase(context: Context, netuids: readonly number[]): void {
  emitToSubnets(context.state, netuids);
  const deferred = deferredEpochs(context.state, netuids, context.block);
  const pending = netuids.flatMap((netuid) => drainIfDue(context, netuid, deferred.has(netuid)));
  for (const { netuid, ...amounts } of pending) {
    distribute(context, netuid, amounts);
    context.state.put("SubtensorModule.LastMechansimStepBlock", [netuid], BigInt(context.block));
  }
}

function emitToSubnets(state: State, netuids: readonly number[]): void {
  const emitting = netuids.filter((netuid) => isEmitting(state, netuid));
  if (emitting.length === 0) return;
  const share = state.get("SubtensorModule.BlockEmission", []) / BigInt(emitting.length);
  for (const netuid of emitting) {
    const ownerCut = state.get("SubtensorModule.OwnerCutEnabled", [netuid])
      ? (share * BigInt(state.get("SubtensorModule.SubnetOwnerCut", []))) / U16_ONE
      : 0n;
    const server = (share - ownerCut) / 2n;
    state.put("SubtensorModule.SubnetAlphaOutEmission", [netuid], share);
    increase(state, "SubtensorModule.PendingOwnerCut", netuid, ownerCut);
    increase(state, "SubtensorModule.PendingServerEmission", netuid, server);
    increase(state, "SubtensorModule.PendingValidatorEmission", netuid, share - ownerCut - server);
  }
}

function isEmitting(state: State, netuid: number): boolean {
  return (
    state.get("SubtensorModule.FirstEmissionBlockNumber", [netuid]) !== undefined &&
    state.get("SubtensorModule.SubtokenEnabled", [netuid]) &&
    state.get("SubtensorModule.NetworkRegistrationAllowed", [netuid])
  );
}

type PendingItem =
  | "SubtensorModule.PendingOwnerCut"
  | "SubtensorModule.PendingServerEmission"
  | "SubtensorModule.PendingValidatorEmission";

function increase(state: State, item: PendingItem, netuid: number, amount: bigint): void {
  state.put(item, [netuid], state.get(item, [netuid]) + amount);
}

function take(state: State, item: PendingItem, netuid: number): bigint {
  const amount = state.get(item, [netuid]);
  state.put(item, [netuid], 0n);
  return amount;
}

/** Rao that came together since the last epoch. */
interface Pending {
  readonly ownerCut: bigint;
  readonly server: bigint;
  readonly validator: bigint;
}

function drainIfDue(
  context: Context,
  netuid: number,
  isDeferred: boolean,
): (Pending & { netuid: number })[] {
  const { state } = context;
  const block = BigInt(context.block);
  const since = state.get("SubtensorModule.BlocksSinceLastStep", [netuid]);
  state.put("SubtensorModule.BlocksSinceLastStep", [netuid], since + 1n);
  if (!isEpochDue(state, netuid, context.block)) return [];
  if (isDeferred) {
    state.put("SubtensorModule.PendingEpochAt", [netuid], block + 1n);
    const value = { netuid, from_block: block, to_block: block + 1n };
    context.emit("SubtensorModule", "EpochDeferred", value);
    return [];
  }
  const pending = {
    ownerCut: take(state, "SubtensorModule.PendingOwnerCut", netuid),
    server: take(state, "SubtensorModule.PendingServerEmission", netuid),
    validator: take(state, "SubtensorModule.PendingValidatorEmission", netuid),
  };
  state.put("SubtensorModule.BlocksSinceLastStep", [netuid], 0n);
  state.put("SubtensorModule.LastEpochBlock", [netuid], block);
  state.put("SubtensorModule.PendingEpochAt", [netuid], 0n);
  const index = state.get("SubtensorModule.SubnetEpochIndex", [netuid]);
  state.put("SubtensorModule.SubnetEpochIndex", [netuid], index + 1n);
  return [{ netuid, ...pending }];
}

function distribute(context: Context, netuid: number, pending: Pending): void {
  const { state } = context;
  const earnings = runEpoch(context, netuid, pending.server + pending.validator);
  const served = earnings.reduce((sum, { serving }) => sum + serving, 0n);
  // While no miner is paid, validators get the miners' part too.
  const forValidators = served === 0n ? pending.server + pending.validator : pending.validator;
  const dividends = shareDividends(state, netuid, earnings, forValidators);
  if (served === 0n && dividends.size === 0) return;
  payOwner(context, netuid, pending.ownerCut);
  payMiners(context, netuid, earnings);
  payValidators(context, netuid, dividends);
}

function payOwner(context: Context, netuid: number, cut: bigint): void {
  const { state } = context;
  if (cut === 0n || !state.has("SubtensorModule.SubnetOwnerHotkey", [netuid])) return;
  const hotkey = state.get("SubtensorModule.SubnetOwnerHotkey", [netuid]);
  emitAlpha(context, netuid, cut);
  increaseStake(state, hotkey, state.get("SubtensorModule.SubnetOwner", [netuid]), netuid, cut);
}

/** What an owner's own hotkeys earn by serving is kept from them: an owner shall not mine its subnet. */
function payMiners(context: Context, netuid: number, earnings: readonly Earnings[]): void {
  const { state } = context;
  const owners = ownersHotkeys(state, netuid);
  let paid = 0n;
  let withheld = 0n;
  for (const { hotkey, serving } of earnings) {
    if (owners.has(hotkey)) withheld += serving;
    else {
      paid += serving;
      increaseStake(state, hotkey, state.get("SubtensorModule.Owner", [hotkey]), netuid, serving);
    }
  }
  if (paid > 0n) emitAlpha(context, netuid, paid);
  const { type } = state.get("SubtensorModule.RecycleOrBurn", [netuid]);
  if (withheld > 0n && type === "Burn") {
    emitAlpha(context, netuid, withheld);
    burnAlpha(state, netuid, withheld);
  }
  const total = paid + withheld;
  const burned = total === 0n ? 0n : (withheld << MINER_BURNED_BITS) / total;
  state.put("SubtensorModule.MinerBurned", [netuid], burned);
}

function ownersHotkeys(state: State, netuid: number): ReadonlySet<Hotkey> {
  const coldkey = state.get("SubtensorModule.SubnetOwner", [netuid]);
  const hotkeys = new Set(state.get("SubtensorModule.OwnedHotkeys", [coldkey]));
  if (state.has("SubtensorModule.SubnetOwnerHotkey", [netuid])) {
    hotkeys.add(state.get("SubtensorModule.SubnetOwnerHotkey", [netuid]));
  }
  return hotkeys;
}

/** The hotkey's owner takes its part first; the rest is everybody's who stakes on it. */
function payValidators(
  context: Context,
  netuid: number,
  dividends: ReadonlyMap<Hotkey, bigint>,
): void {
  const { state } = context;
  for (const [[, hotkey]] of state.entries("SubtensorModule.AlphaDividendsPerSubnet", [netuid])) {
    state.remove("SubtensorModule.AlphaDividendsPerSubnet", [netuid, hotkey]);
  }
  let paid = 0n;
  for (const [hotkey, dividend] of dividends) {
    const taken = (dividend * BigInt(state.get("SubtensorModule.Delegates", [hotkey]))) / U16_ONE;
    increaseStake(state, hotkey, state.get("SubtensorModule.Owner", [hotkey]), netuid, taken);
    increaseHotkeyStake(state, hotkey, netuid, dividend - taken);
    state.put("SubtensorModule.AlphaDividendsPerSubnet", [netuid, hotkey], dividend - taken);
    const stake = stakeOf(state, hotkey, netuid);
    state.put("SubtensorModule.TotalHotkeyAlphaLastEpoch", [hotkey, netuid], stake);
    paid += dividend;
  }
  if (paid > 0n) emitAlpha(context, netuid, paid);
}

/**
 * `amount` by dividends, of which the part that root stake brought in counts for nothing: root stakers of the real chain
 * are paid from a pot of their own, which the local chain has not.
 */
function shareDividends(
  state: State,
  netuid: number,
  earnings: readonly Earnings[],
  amount: bigint,
): Map<Hotkey, bigint> {
  const weighed = earnings.map(({ hotkey, validating }): [Hotkey, bigint] => {
    const alpha = stakeOf(state, hotkey, netuid);
    const total = alpha + weighedTao(state, hotkey);
    return [hotkey, total === 0n ? 0n : (validating * alpha) / total];
  });
  const sum = weighed.reduce((total, [, weight]) => total + weight, 0n);
  const shares = new Map<Hotkey, bigint>();
  for (const [hotkey, weight] of weighed) {
    const share = sum === 0n ? 0n : (weight << FRACTION_BITS) / sum;
    const paid = (amount * share) >> FRACTION_BITS;
    if (paid > 0n) shares.set(hotkey, paid);
  }
  return shares;
}
