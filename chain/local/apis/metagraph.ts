/**
 * The metagraph: everything about a subnet in one answer, or a choice of its fields by number.
 * @module
 */
import type { Hotkey } from "../../chain.ts";
import { hasMechanism, MAIN_MECHANISM, storageIndex } from "../pallets/mechanism.ts";
import { stakeWeight } from "../pallets/stake-weight.ts";
import type { ApiMethod, Context } from "../runtime/pallet.ts";
import { SPEC } from "../runtime/spec.ts";
import type { State } from "../runtime/state.ts";
import { storageCodec } from "../runtime/storage-codec.ts";
import { axonOf } from "./neurons.ts";
import {
  exists,
  hotkeysOf,
  hyperparameters,
  nameOf,
  netuids,
  poolFacts,
  seatFacts,
  symbolOf,
} from "./subnet-facts.ts";

/** SelectiveMetagraph in the spec: a field's position in it is the number by which it is asked for. */
const SELECTIVE_TYPE = "SelectiveMetagraph";
const SELECTABLE: readonly string[] =
  Object.values(SPEC.types)
    .find(({ path }) => path?.split("::").at(-1) === SELECTIVE_TYPE)
    ?.composite?.map(({ name = "" }) => name) ?? [];

function metagraph(context: Context, netuid: number, mecid: number): Record<string, unknown> {
  const { state, block } = context;
  const index = storageIndex(netuid, mecid);
  const { hotkeys, ...seats } = seatFacts(state, netuid, index);
  return {
    ...hyperparameters(state, netuid),
    ...poolFacts(context, netuid),
    ...seats,
    netuid: index,
    name: nameOf(state, netuid),
    symbol: symbolOf(state, netuid),
    identity: state.get("SubtensorModule.SubnetIdentitiesV3", [netuid]),
    owner_hotkey: state.get("SubtensorModule.SubnetOwnerHotkey", [netuid]),
    owner_coldkey: state.get("SubtensorModule.SubnetOwner", [netuid]),
    block: BigInt(block),
    // Deprecated, and zero there too.
    subnet_emission: 0n,
    num_uids: state.get("SubtensorModule.SubnetworkN", [netuid]),
    max_uids: state.get("SubtensorModule.MaxAllowedUids", [netuid]),
    burn: state.get("SubtensorModule.Burn", [netuid]),
    pow_registration_allowed: state.get("SubtensorModule.NetworkPowRegistrationAllowed", [netuid]),
    hotkeys,
    identities: seats.coldkeys.map((coldkey) => {
      return state.get("SubtensorModule.IdentitiesV2", [coldkey]);
    }),
    axons: hotkeys.map((hotkey) => axonOf(state, netuid, hotkey)),
    tao_dividends_per_hotkey: hotkeys.map((hotkey) => [hotkey, 0n]),
    alpha_dividends_per_hotkey: hotkeys.map((hotkey) => [
      hotkey,
      state.get("SubtensorModule.AlphaDividendsPerSubnet", [netuid, hotkey]),
    ]),
  };
}

/** Fields that were not asked for are absent, netuid is zero; numbers that mean nothing are passed over. */
function selectiveMetagraph(
  context: Context,
  netuid: number,
  mecid: number,
  indexes: readonly number[],
): Record<string, unknown> {
  const { state } = context;
  const asked = new Set(indexes.map((index) => SELECTABLE[index]));
  const all: Record<string, unknown> = {
    ...metagraph(context, netuid, mecid),
    validators: validatorsOf(state, netuid),
    commitments: commitmentsOf(state, netuid),
  };
  return Object.fromEntries(
    SELECTABLE.map((name) => {
      const absent = name === "netuid" ? 0 : undefined;
      return [name, asked.has(name) ? all[name] : absent];
    }),
  );
}

/** Uids with a permit and more stake than the threshold, the smallest stake first. */
function validatorsOf(state: State, netuid: number): number[] {
  const permits = state.get("SubtensorModule.ValidatorPermit", [netuid]);
  const threshold = state.get("SubtensorModule.StakeThreshold", []);
  return hotkeysOf(state, netuid)
    .map((hotkey, uid) => ({ uid, stake: stakeWeight(state, hotkey, netuid) }))
    .filter(({ uid, stake }) => permits[uid] === true && stake > threshold)
    .sort((a, b) => (a.stake === b.stake ? a.uid - b.uid : a.stake < b.stake ? -1 : 1))
    .map(({ uid }) => uid);
}

/** By hotkey, as they are stored. */
function commitmentsOf(state: State, netuid: number): [Hotkey, number[]][] {
  const codec = storageCodec("Commitments.CommitmentOf");
  return state.entries("Commitments.CommitmentOf", [netuid]).map(([keys]) => {
    return [keys[1], [...(state.raw(codec.key(keys)) ?? [])]];
  });
}

function mechagraphs(context: Context): unknown[] {
  const { state } = context;
  return netuids(state).flatMap((netuid) => {
    const count = state.get("SubtensorModule.MechanismCountCurrent", [netuid]);
    return Array.from({ length: count }, (_, mecid) => metagraph(context, netuid, mecid));
  });
}

type Selected = readonly [netuid: number, indexes: readonly number[]];
type SelectedOfMechanism = readonly [netuid: number, mecid: number, indexes: readonly number[]];

export const METAGRAPH_APIS: Readonly<Record<string, ApiMethod>> = {
  SubnetInfoRuntimeApi_get_metagraph: (context, [netuid]: readonly [number]) =>
    exists(context.state, netuid) ? metagraph(context, netuid, MAIN_MECHANISM) : undefined,
  SubnetInfoRuntimeApi_get_mechagraph: (context, [netuid, mecid]: readonly [number, number]) =>
    hasMechanism(context.state, netuid, mecid) ? metagraph(context, netuid, mecid) : undefined,
  SubnetInfoRuntimeApi_get_all_metagraphs: (context) =>
    netuids(context.state).map((netuid) => metagraph(context, netuid, MAIN_MECHANISM)),
  SubnetInfoRuntimeApi_get_all_mechagraphs: mechagraphs,
  SubnetInfoRuntimeApi_get_selective_metagraph: (context, [netuid, indexes]: Selected) =>
    exists(context.state, netuid)
      ? selectiveMetagraph(context, netuid, MAIN_MECHANISM, indexes)
      : undefined,
  SubnetInfoRuntimeApi_get_selective_mechagraph: (
    context,
    [netuid, mecid, indexes]: SelectedOfMechanism,
  ) =>
    exists(context.state, netuid) ? selectiveMetagraph(context, netuid, mecid, indexes) : undefined,
};
