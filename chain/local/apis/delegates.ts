/**
 * DelegateInfoRuntimeApi. Every hotkey with stake on it is a delegate, with the take that Delegates says or its default.
 * Returns count root stake, and are zero while there is none.
 * @module
 */
import type { Hotkey } from "../../chain.ts";
import { ROOT_NETUID } from "../pallets/mechanism.ts";
import { stakeOf, stakeOfColdkey } from "../pallets/stake.ts";
import type { ApiMethod } from "../runtime/pallet.ts";
import type { State } from "../runtime/state.ts";
import { netuids } from "./subnet-facts.ts";

const U16_ONE = 65_535n;
/** Of twelve seconds. */
const BLOCKS_PER_DAY = 7_200n;
const THOUSAND_TOKENS = 1_000_000_000_000n;

function delegateInfo(state: State, hotkey: Hotkey, withNominators: boolean): object {
  const registrations = netuids(state).flatMap((netuid) => {
    const uid = state.get("SubtensorModule.Uids", [netuid, hotkey]);
    return uid === undefined ? [] : [{ netuid, uid }];
  });
  const take = state.get("SubtensorModule.Delegates", [hotkey]);
  const daily = registrations.reduce((sum, { netuid, uid }) => {
    const emission = state.get("SubtensorModule.Emission", [netuid])[uid] ?? 0n;
    const tempo = BigInt(state.get("SubtensorModule.Tempo", [netuid]));
    return tempo === 0n ? sum : sum + (emission * BLOCKS_PER_DAY) / tempo;
  }, 0n);
  const root = stakeOf(state, hotkey, ROOT_NETUID);
  const withoutTake = (daily * (U16_ONE - BigInt(take))) / U16_ONE;
  return {
    delegate_ss58: hotkey,
    take,
    nominators: withNominators ? nominatorsOf(state, hotkey) : [],
    owner_ss58: state.get("SubtensorModule.Owner", [hotkey]),
    registrations: registrations.map(({ netuid }) => netuid),
    validator_permits: registrations
      .filter(({ netuid, uid }) => state.get("SubtensorModule.ValidatorPermit", [netuid])[uid])
      .map(({ netuid }) => netuid),
    return_per_1000: root === 0n ? 0n : (withoutTake * THOUSAND_TOKENS) / root,
    total_daily_return: daily,
  };
}

function nominatorsOf(state: State, hotkey: Hotkey): [Hotkey, [number, bigint][]][] {
  const stakes = new Map<Hotkey, [number, bigint][]>();
  for (const [[, coldkey, netuid]] of state.entries("SubtensorModule.AlphaV2", [hotkey])) {
    const stake = stakeOfColdkey(state, hotkey, coldkey, netuid);
    stakes.set(coldkey, [...(stakes.get(coldkey) ?? []), [netuid, stake]]);
  }
  return [...stakes];
}

function delegates(state: State): Hotkey[] {
  const staked = state
    .entries("SubtensorModule.TotalHotkeyAlpha")
    .filter(([, alpha]) => alpha > 0n)
    .map(([[hotkey]]) => hotkey);
  return [...new Set(staked)];
}

function delegated(state: State, coldkey: Hotkey): unknown[] {
  return delegates(state).flatMap((hotkey) =>
    state
      .entries("SubtensorModule.AlphaV2", [hotkey, coldkey])
      .map(([[, , netuid]]) => [
        delegateInfo(state, hotkey, false),
        [netuid, stakeOfColdkey(state, hotkey, coldkey, netuid)],
      ]),
  );
}

export const DELEGATE_APIS: Readonly<Record<string, ApiMethod>> = {
  DelegateInfoRuntimeApi_get_delegates: ({ state }) =>
    delegates(state).map((hotkey) => delegateInfo(state, hotkey, true)),
  DelegateInfoRuntimeApi_get_delegate: ({ state }, [hotkey]: readonly [Hotkey]) =>
    delegates(state).includes(hotkey) ? delegateInfo(state, hotkey, true) : undefined,
  DelegateInfoRuntimeApi_get_delegated: ({ state }, [coldkey]: readonly [Hotkey]) =>
    delegated(state, coldkey),
};
