/**
 * Staking: TAO becomes a subnet's alpha on a hotkey, and alpha becomes TAO again. Anybody may stake
 * on any hotkey that is somebody's. The price is one, so that a limit is kept or broken before
 * anything moves.
 * @module
 */
import type { Hotkey } from "../../chain.ts";
import {
  type Context,
  ensureSigned,
  fail,
  type Origin,
  type PalletPart,
} from "../runtime/pallet.ts";
import { balanceOf } from "./ledger.ts";
import { ownerOf } from "./ownership.ts";
import { decreaseStake, increaseStake, stakeOfColdkey } from "./stake.ts";
import { issueAlpha, payIntoSubnet, redeemAlpha } from "./subnet-pool.ts";

/** The least that is worth to be moved, in rao; the runtime's InitialMinStake. */
const MIN_STAKE = 2_000_000n;

/** Rao for one alpha. */
const PRICE = 1_000_000_000n;

/** Rao of fee on a change: none at mechanism 0. */
const NO_FEE = 0n;

interface AddStake {
  readonly hotkey: Hotkey;
  readonly netuid: number;
  readonly amount_staked: bigint;
}

interface RemoveStake {
  readonly hotkey: Hotkey;
  readonly netuid: number;
  readonly amount_unstaked: bigint;
}

interface Limit {
  readonly limit_price: bigint;
  readonly allow_partial: boolean;
}

const NO_LIMIT = { isMet: true, allowPartial: false };

function addStake(
  context: Context,
  origin: Origin,
  { hotkey, netuid, amount_staked }: AddStake,
  { isMet, allowPartial } = NO_LIMIT,
): void {
  const { state } = context;
  const coldkey = ensureSigned(origin);
  ensureSubnet(context, netuid);
  ensureSubtoken(context, netuid);
  if (amount_staked < MIN_STAKE) fail("SubtensorModule", "AmountTooLow");
  if (!isMet && !allowPartial) fail("SubtensorModule", "SlippageTooHigh");
  const amount = isMet ? amount_staked : 0n;
  if (balanceOf(state, coldkey) < amount) fail("SubtensorModule", "NotEnoughBalanceToStake");
  if (ownerOf(state, hotkey) === undefined) fail("SubtensorModule", "HotKeyAccountNotExists");
  if (amount < MIN_STAKE) fail("SubtensorModule", "AmountTooLow");

  const tao = payIntoSubnet(context, coldkey, netuid, amount);
  const alpha = issueAlpha(state, netuid, tao);
  increaseStake(state, hotkey, coldkey, netuid, alpha);
  noteStakeBlock(context, coldkey, hotkey);
  const event = [coldkey, hotkey, tao, alpha, netuid, NO_FEE];
  context.emit("SubtensorModule", "StakeAdded", event);
}

function addStakeLimit(context: Context, origin: Origin, args: AddStake & Limit): void {
  const isMet = args.limit_price >= PRICE;
  addStake(context, origin, args, { isMet, allowPartial: args.allow_partial });
}

function removeStake(
  context: Context,
  origin: Origin,
  { hotkey, netuid, amount_unstaked }: RemoveStake,
): void {
  const coldkey = ensureSigned(origin);
  ensureSubtoken(context, netuid);
  // What is asked beyond the stake is not missed: fees may have been paid from it meanwhile.
  const held = stakeOfColdkey(context.state, hotkey, coldkey, netuid);
  const alpha = amount_unstaked < held ? amount_unstaked : held;
  checkRemoval(context, coldkey, hotkey, netuid, alpha);
  unstake(context, coldkey, hotkey, netuid, alpha);
}

function removeStakeLimit(
  context: Context,
  origin: Origin,
  { hotkey, netuid, amount_unstaked, limit_price, allow_partial }: RemoveStake & Limit,
): void {
  const coldkey = ensureSigned(origin);
  const isMet = limit_price <= PRICE;
  checkRemoval(context, coldkey, hotkey, netuid, amount_unstaked, isMet || allow_partial);
  unstake(context, coldkey, hotkey, netuid, isMet ? amount_unstaked : 0n);
}

/** From every subnet; where the stake is too little to be moved, it stays. */
function unstakeAll(
  context: Context,
  origin: Origin,
  { hotkey }: { readonly hotkey: Hotkey },
): void {
  const { state } = context;
  const coldkey = ensureSigned(origin);
  if (ownerOf(state, hotkey) === undefined) fail("SubtensorModule", "HotKeyAccountNotExists");
  for (const [[netuid]] of state.entries("SubtensorModule.NetworksAdded")) {
    const alpha = stakeOfColdkey(state, hotkey, coldkey, netuid);
    if (alpha === 0n || !state.get("SubtensorModule.SubtokenEnabled", [netuid])) continue;
    unstake(context, coldkey, hotkey, netuid, alpha);
  }
}

function checkRemoval(
  context: Context,
  coldkey: Hotkey,
  hotkey: Hotkey,
  netuid: number,
  alpha: bigint,
  isPriceRight = true,
): void {
  ensureSubnet(context, netuid);
  if (alpha === 0n) fail("SubtensorModule", "AmountTooLow");
  const held = stakeOfColdkey(context.state, hotkey, coldkey, netuid);
  if (alpha > held) fail("SubtensorModule", "NotEnoughStakeToWithdraw");
  if (alpha < held && alpha < MIN_STAKE) fail("SubtensorModule", "AmountTooLow");
  if (!isPriceRight) fail("SubtensorModule", "SlippageTooHigh");
}

function unstake(
  context: Context,
  coldkey: Hotkey,
  hotkey: Hotkey,
  netuid: number,
  alpha: bigint,
): void {
  decreaseStake(context.state, hotkey, coldkey, netuid, alpha);
  redeemAlpha(context, netuid, coldkey, alpha);
  noteStakeBlock(context, coldkey, hotkey);
  const event = [coldkey, hotkey, alpha, alpha, netuid, NO_FEE];
  context.emit("SubtensorModule", "StakeRemoved", event);
}

function noteStakeBlock({ state, block }: Context, coldkey: Hotkey, hotkey: Hotkey): void {
  state.put("SubtensorModule.LastColdkeyHotkeyStakeBlock", [coldkey, hotkey], BigInt(block));
}

function ensureSubnet({ state }: Context, netuid: number): void {
  if (!state.get("SubtensorModule.NetworksAdded", [netuid])) {
    fail("SubtensorModule", "SubnetNotExists");
  }
}

function ensureSubtoken({ state }: Context, netuid: number): void {
  if (!state.get("SubtensorModule.SubtokenEnabled", [netuid])) {
    fail("SubtensorModule", "SubtokenDisabled");
  }
}

export const STAKING: PalletPart = {
  pallet: "SubtensorModule",
  calls: {
    add_stake: (context, origin, args: AddStake) => addStake(context, origin, args),
    add_stake_limit: addStakeLimit,
    remove_stake: removeStake,
    remove_stake_limit: removeStakeLimit,
    unstake_all: unstakeAll,
  },
};
