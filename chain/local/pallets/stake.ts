/**
 * Stake, counted in a subnet's alpha. A hotkey's stake is one number; coldkeys hold shares of it,
 * so that what the hotkey earns is everybody's in proportion (Subtensor's share pools).
 *
 *   stake of a coldkey = TotalHotkeyAlpha · AlphaV2 / TotalHotkeySharesV2, rounded down
 *
 * The older items Alpha and TotalHotkeyShares stay empty, as for all stake that began on spec 424.
 * @module
 */
import type { Hotkey } from "../../chain.ts";
import { fail } from "../runtime/pallet.ts";
import type { State } from "../runtime/state.ts";
import {
  add,
  multiplyDivide,
  normalised,
  type SafeFloat,
  subtract,
  toInteger,
} from "./safe-float.ts";

/** @returns rao of the subnet's alpha on a hotkey, whosever they are */
export function stakeOf(state: State, hotkey: Hotkey, netuid: number): bigint {
  return state.get("SubtensorModule.TotalHotkeyAlpha", [hotkey, netuid]);
}

/** @returns rao of the subnet's alpha on a hotkey that a coldkey may take away */
export function stakeOfColdkey(
  state: State,
  hotkey: Hotkey,
  coldkey: Hotkey,
  netuid: number,
): bigint {
  const { share, shares } = sharesOf(state, hotkey, coldkey, netuid);
  if (shares.mantissa === 0n) return 0n;
  return toInteger(multiplyDivide(normalised(stakeOf(state, hotkey, netuid)), share, shares));
}

/** Adds alpha to the part of one coldkey. */
export function increaseStake(
  state: State,
  hotkey: Hotkey,
  coldkey: Hotkey,
  netuid: number,
  alpha: bigint,
): void {
  if (alpha === 0n) return;
  const total = stakeOf(state, hotkey, netuid);
  const { share, shares } = sharesOf(state, hotkey, coldkey, netuid);
  const amount = normalised(alpha);
  const bought =
    shares.mantissa === 0n || total === 0n
      ? amount
      : multiplyDivide(amount, shares, normalised(total));
  state.put("SubtensorModule.AlphaV2", [hotkey, coldkey, netuid], add(share, bought));
  state.put("SubtensorModule.TotalHotkeySharesV2", [hotkey, netuid], add(shares, bought));
  state.put("SubtensorModule.TotalHotkeyAlpha", [hotkey, netuid], total + alpha);
  const staking = state.get("SubtensorModule.StakingHotkeys", [coldkey]);
  if (!staking.includes(hotkey)) {
    state.put("SubtensorModule.StakingHotkeys", [coldkey], [...staking, hotkey]);
  }
}

/** Takes alpha from the part of one coldkey. @throws DispatchFailure `NotEnoughStakeToWithdraw` */
export function decreaseStake(
  state: State,
  hotkey: Hotkey,
  coldkey: Hotkey,
  netuid: number,
  alpha: bigint,
): void {
  const own = stakeOfColdkey(state, hotkey, coldkey, netuid);
  if (alpha > own) fail("SubtensorModule", "NotEnoughStakeToWithdraw");
  const total = stakeOf(state, hotkey, netuid);
  const { share, shares } = sharesOf(state, hotkey, coldkey, netuid);
  // Who takes everything leaves no crumb of a share behind, which would be counted as a staker for
  // ever.
  const sold = alpha === own ? share : multiplyDivide(normalised(alpha), shares, normalised(total));
  const left = subtract(share, sold);
  if (left.mantissa === 0n) state.remove("SubtensorModule.AlphaV2", [hotkey, coldkey, netuid]);
  else state.put("SubtensorModule.AlphaV2", [hotkey, coldkey, netuid], left);
  state.put("SubtensorModule.TotalHotkeySharesV2", [hotkey, netuid], subtract(shares, sold));
  state.put("SubtensorModule.TotalHotkeyAlpha", [hotkey, netuid], total - alpha);
}

/** What a hotkey earned for all who stake on it; its owner's while nobody does. */
export function increaseHotkeyStake(
  state: State,
  hotkey: Hotkey,
  netuid: number,
  alpha: bigint,
): void {
  const shares = state.get("SubtensorModule.TotalHotkeySharesV2", [hotkey, netuid]);
  if (shares.mantissa === 0n) {
    increaseStake(state, hotkey, state.get("SubtensorModule.Owner", [hotkey]), netuid, alpha);
    return;
  }
  const total = stakeOf(state, hotkey, netuid);
  state.put("SubtensorModule.TotalHotkeyAlpha", [hotkey, netuid], total + alpha);
}

function sharesOf(
  state: State,
  hotkey: Hotkey,
  coldkey: Hotkey,
  netuid: number,
): { readonly share: SafeFloat; readonly shares: SafeFloat } {
  return {
    share: state.get("SubtensorModule.AlphaV2", [hotkey, coldkey, netuid]),
    shares: state.get("SubtensorModule.TotalHotkeySharesV2", [hotkey, netuid]),
  };
}
