/**
 * How often something may be done: Subtensor remembers the block in which it was done last, under a
 * key that says what and where. What was never done may be done at once.
 * @module
 */
import type { Hotkey } from "../../chain.ts";
import { type Context, fail } from "../runtime/pallet.ts";
import type { State } from "../runtime/state.ts";

/** Key of LastRateLimitedBlock. */
interface RateLimitKey {
  readonly type: string;
  readonly value: unknown;
}

export interface Rate {
  readonly key: RateLimitKey;
  /** @returns blocks that have to lie between two uses */
  blocks(state: State): bigint;
}

export const NETWORK_REGISTRATION: Rate = {
  key: { type: "NetworkLastRegistered", value: undefined },
  blocks: (state) => state.get("SubtensorModule.NetworkRateLimit", []),
};

/** An owner changes a hyperparameter once in OwnerHyperparamRateLimit epochs. */
export function hyperparameterRate(netuid: number, hyperparameter: string): Rate {
  return {
    key: {
      type: "OwnerHyperparamUpdate",
      value: [netuid, { type: hyperparameter, value: undefined }],
    },
    blocks: (state) => {
      const epochs = BigInt(state.get("SubtensorModule.OwnerHyperparamRateLimit", []));
      return epochs * BigInt(state.get("SubtensorModule.Tempo", [netuid]));
    },
  };
}

/** A week of twelve-second blocks. */
const OWNER_HOTKEY_BLOCKS = 50_400n;

export function ownerHotkeyRate(netuid: number): Rate {
  return { key: { type: "SetSNOwnerHotkey", value: netuid }, blocks: () => OWNER_HOTKEY_BLOCKS };
}

export function isRatePassed({ state, block }: Context, rate: Rate): boolean {
  const last = state.get("SubtensorModule.LastRateLimitedBlock", [rate.key]);
  return last === 0n || BigInt(block) - last >= rate.blocks(state);
}

/** @throws DispatchFailure with `error` of SubtensorModule */
export function ensureRatePassed(context: Context, rate: Rate, error: string): void {
  if (!isRatePassed(context, rate)) fail("SubtensorModule", error);
}

export function recordUse({ state, block }: Context, rate: Rate): void {
  state.put("SubtensorModule.LastRateLimitedBlock", [rate.key], BigInt(block));
}

/** Of what Subtensor remembers by account instead, with its number there. */
export interface AccountRate {
  readonly transaction: number;
  blocks(state: State, netuid: number): bigint;
}

export function ensureAccountRatePassed(
  { state, block }: Context,
  who: Hotkey,
  netuid: number,
  rate: AccountRate,
): void {
  const key: [Hotkey, number, number] = [who, netuid, rate.transaction];
  const last = state.get("SubtensorModule.TransactionKeyLastBlock", key);
  if (last !== 0n && BigInt(block) - last < rate.blocks(state, netuid)) {
    fail("SubtensorModule", "TxRateLimitExceeded");
  }
}

export function recordAccountUse(
  { state, block }: Context,
  who: Hotkey,
  netuid: number,
  rate: AccountRate,
): void {
  const key: [Hotkey, number, number] = [who, netuid, rate.transaction];
  state.put("SubtensorModule.TransactionKeyLastBlock", key, BigInt(block));
}
