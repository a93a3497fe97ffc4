/**
 * SubnetInfoRuntimeApi, as far as it is about the subnet itself: its terms, its pool, its seats, its schedule.
 * @module
 */
import { nextEpochStartBlock } from "../pallets/schedule.ts";
import { subnetAccount } from "../pallets/subnet-pool.ts";
import type { ApiMethod, Context } from "../runtime/pallet.ts";
import type { State } from "../runtime/state.ts";
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

type OfSubnet = readonly [netuid: number];

/** Of the older form; emission and modality are constants there too. */
function subnetInfo(state: State, netuid: number): object {
  const terms = hyperparameters(state, netuid);
  return {
    netuid,
    rho: terms.rho,
    kappa: terms.kappa,
    difficulty: terms.difficulty,
    immunity_period: terms.immunity_period,
    max_allowed_validators: terms.max_validators,
    min_allowed_weights: terms.min_allowed_weights,
    max_weights_limit: terms.max_weights_limit,
    scaling_law_power: state.get("SubtensorModule.ScalingLawPower", [netuid]),
    subnetwork_n: state.get("SubtensorModule.SubnetworkN", [netuid]),
    max_allowed_uids: state.get("SubtensorModule.MaxAllowedUids", [netuid]),
    blocks_since_last_step: state.get("SubtensorModule.BlocksSinceLastStep", [netuid]),
    tempo: terms.tempo,
    network_modality: 0,
    network_connect: [],
    emission_values: 0n,
    burn: state.get("SubtensorModule.Burn", [netuid]),
    owner: state.get("SubtensorModule.SubnetOwner", [netuid]),
  };
}

function subnetInfoV2(state: State, netuid: number): object {
  return {
    ...subnetInfo(state, netuid),
    emission_value: 0n,
    identity: state.get("SubtensorModule.SubnetIdentitiesV3", [netuid]),
  };
}

function dynamicInfo(context: Context, netuid: number): object {
  const { state } = context;
  return {
    ...poolFacts(context, netuid),
    netuid,
    owner_hotkey: state.get("SubtensorModule.SubnetOwnerHotkey", [netuid]),
    owner_coldkey: state.get("SubtensorModule.SubnetOwner", [netuid]),
    subnet_name: nameOf(state, netuid),
    token_symbol: symbolOf(state, netuid),
    emission: 0n,
    subnet_identity: state.get("SubtensorModule.SubnetIdentitiesV3", [netuid]),
  };
}

function subnetState(state: State, netuid: number): object {
  const hotkeys = hotkeysOf(state, netuid);
  return {
    ...seatFacts(state, netuid),
    netuid,
    emission_history: netuids(state).map((other) =>
      hotkeys.map((hotkey) =>
        state.get("SubtensorModule.LastHotkeyEmissionOnNetuid", [hotkey, other]),
      ),
    ),
  };
}

export const SUBNET_APIS: Readonly<Record<string, ApiMethod>> = {
  SubnetInfoRuntimeApi_get_subnet_info: ({ state }, [netuid]: OfSubnet) =>
    exists(state, netuid) ? subnetInfo(state, netuid) : undefined,
  SubnetInfoRuntimeApi_get_subnets_info: ({ state }) =>
    netuids(state).map((netuid) => subnetInfo(state, netuid)),
  SubnetInfoRuntimeApi_get_subnet_info_v2: ({ state }, [netuid]: OfSubnet) =>
    exists(state, netuid) ? subnetInfoV2(state, netuid) : undefined,
  SubnetInfoRuntimeApi_get_subnets_info_v2: ({ state }) =>
    netuids(state).map((netuid) => subnetInfoV2(state, netuid)),
  SubnetInfoRuntimeApi_get_dynamic_info: (context, [netuid]: OfSubnet) =>
    exists(context.state, netuid) ? dynamicInfo(context, netuid) : undefined,
  SubnetInfoRuntimeApi_get_all_dynamic_info: (context) =>
    netuids(context.state).map((netuid) => dynamicInfo(context, netuid)),
  SubnetInfoRuntimeApi_get_subnet_state: ({ state }, [netuid]: OfSubnet) =>
    exists(state, netuid) ? subnetState(state, netuid) : undefined,
  SubnetInfoRuntimeApi_get_next_epoch_start_block: ({ state }, [netuid]: OfSubnet) =>
    nextEpochStartBlock(state, netuid),
  SubnetInfoRuntimeApi_get_subnet_account_id: ({ state }, [netuid]: OfSubnet) =>
    exists(state, netuid) ? subnetAccount(netuid) : undefined,
  // No subnet makes room for another, and no coldkey stakes by itself: the local chain has not the calls for it.
  SubnetInfoRuntimeApi_get_subnet_to_prune: () => undefined,
  SubnetInfoRuntimeApi_get_coldkey_auto_stake_hotkey: () => undefined,
};
