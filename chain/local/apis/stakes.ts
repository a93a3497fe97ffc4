/**
 * StakeInfoRuntimeApi: what a coldkey has staked, where, and what it may take away.
 * @module
 */
import type { Hotkey } from "../../chain.ts";
import { stakeOfColdkey } from "../pallets/stake.ts";
import type { ApiMethod } from "../runtime/pallet.ts";
import type { State } from "../runtime/state.ts";
import { netuids } from "./subnet-facts.ts";

function stakeInfo(state: State, hotkey: Hotkey, coldkey: Hotkey, netuid: number) {
  return {
    hotkey,
    coldkey,
    netuid,
    stake: stakeOfColdkey(state, hotkey, coldkey, netuid),
    locked: 0n,
    emission: state.get("SubtensorModule.AlphaDividendsPerSubnet", [netuid, hotkey]),
    tao_emission: 0n,
    drain: 0n,
    is_registered: state.get("SubtensorModule.IsNetworkMember", [hotkey, netuid]),
  };
}

function stakesOf(state: State, coldkey: Hotkey): ReturnType<typeof stakeInfo>[] {
  const hotkeys = state.get("SubtensorModule.StakingHotkeys", [coldkey]);
  return netuids(state).flatMap((netuid) =>
    hotkeys
      .map((hotkey) => stakeInfo(state, hotkey, coldkey, netuid))
      .filter(({ stake }) => stake > 0n),
  );
}

interface Availability {
  readonly total: bigint;
  readonly locked: bigint;
  readonly available: bigint;
}

/** By netuid; nothing is ever locked on the local chain. */
function availability(
  state: State,
  coldkey: Hotkey,
  asked: readonly number[] | undefined,
): [netuid: number, Availability][] {
  const stakes = stakesOf(state, coldkey);
  const among = asked === undefined ? netuids(state) : [...new Set(asked)].sort((a, b) => a - b);
  return among.flatMap((netuid): [number, Availability][] => {
    const total = stakes
      .filter((one) => one.netuid === netuid)
      .reduce((sum, { stake }) => sum + stake, 0n);
    return total === 0n ? [] : [[netuid, { total, locked: 0n, available: total }]];
  });
}

type OfColdkeys = readonly [coldkeys: readonly Hotkey[]];

export const STAKE_APIS: Readonly<Record<string, ApiMethod>> = {
  StakeInfoRuntimeApi_get_stake_info_for_coldkey: ({ state }, [coldkey]: readonly [Hotkey]) =>
    stakesOf(state, coldkey),
  StakeInfoRuntimeApi_get_stake_info_for_coldkeys: ({ state }, [coldkeys]: OfColdkeys) =>
    coldkeys.map((coldkey) => [coldkey, stakesOf(state, coldkey)]),
  StakeInfoRuntimeApi_get_stake_info_for_hotkey_coldkey_netuid: (
    { state },
    [hotkey, coldkey, netuid]: readonly [Hotkey, Hotkey, number],
  ) => stakeInfo(state, hotkey, coldkey, netuid),
  StakeInfoRuntimeApi_get_stake_availability_for_coldkeys: (
    { state },
    [coldkeys, asked]: readonly [readonly Hotkey[], readonly number[] | undefined],
  ) => coldkeys.map((coldkey) => [coldkey, availability(state, coldkey, asked)]),
  // Alpha that is stable changes without a fee.
  StakeInfoRuntimeApi_get_stake_fee: () => 0n,
  // Stake cannot be locked: the local chain has not the calls for it.
  StakeInfoRuntimeApi_get_coldkey_lock: () => undefined,
  StakeInfoRuntimeApi_get_hotkey_conviction: () => 0n,
  StakeInfoRuntimeApi_get_most_convicted_hotkey_on_subnet: () => undefined,
};
