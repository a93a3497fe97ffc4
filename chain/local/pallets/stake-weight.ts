/**
 * The stake that counts for consensus: a hotkey's own in the subnet, and a part of what it holds on the root network.
 * Subtensor adds what parents lend it; the local chain has no child hotkeys.
 * @module
 */
import type { Hotkey } from "../../chain.ts";
import type { State } from "../runtime/state.ts";
import { ROOT_NETUID } from "./mechanism.ts";
import { stakeOf } from "./stake.ts";

/** TaoWeight is a fraction of 2^64. */
const TAO_WEIGHT_BITS = 64n;

/** Rao. */
export function stakeWeight(state: State, hotkey: Hotkey, netuid: number): bigint {
  return stakeOf(state, hotkey, netuid) + weighedTao(state, hotkey);
}

/** Rao of root stake as they count beside a subnet's alpha. */
export function weighedTao(state: State, hotkey: Hotkey): bigint {
  const tao = stakeOf(state, hotkey, ROOT_NETUID);
  return (tao * state.get("SubtensorModule.TaoWeight", [])) >> TAO_WEIGHT_BITS;
}
