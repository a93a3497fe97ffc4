/**
 * NeuronInfoRuntimeApi: one neuron or all of a subnet, with or without weights and bonds.
 * @module
 */
import type { Hotkey } from "../../chain.ts";
import { stakeOf } from "../pallets/stake.ts";
import type { Items } from "../runtime/items.ts";
import type { ApiMethod } from "../runtime/pallet.ts";
import type { State } from "../runtime/state.ts";

const U16_ONE = 65_535;

/** Of a hotkey that has published none. */
const NO_AXON = {
  block: 0n,
  version: 0,
  ip: 0n,
  port: 0,
  ip_type: 0,
  protocol: 0,
  placeholder1: 0,
  placeholder2: 0,
} as const;
const NO_PROMETHEUS = { block: 0n, version: 0, ip: 0n, port: 0, ip_type: 0 } as const;

type Axon = NonNullable<Items["SubtensorModule.Axons"]["value"]>;

export function axonOf(state: State, netuid: number, hotkey: Hotkey): Axon {
  return state.get("SubtensorModule.Axons", [netuid, hotkey]) ?? NO_AXON;
}

function uidsOf(state: State, netuid: number): number[] {
  const count = state.get("SubtensorModule.SubnetworkN", [netuid]);
  return Array.from({ length: count }, (_, uid) => uid);
}

function isNeuron(state: State, netuid: number, uid: number): boolean {
  return uid < state.get("SubtensorModule.SubnetworkN", [netuid]);
}

/** Rank, trust and pruning score are no longer computed: there as here they are constants. */
function neuronLite(state: State, netuid: number, uid: number): object {
  const hotkey = state.get("SubtensorModule.Keys", [netuid, uid]);
  const coldkey = state.get("SubtensorModule.Owner", [hotkey]);
  return {
    hotkey,
    coldkey,
    uid,
    netuid,
    active: state.get("SubtensorModule.Active", [netuid])[uid] ?? false,
    axon_info: axonOf(state, netuid, hotkey),
    prometheus_info: state.get("SubtensorModule.Prometheus", [netuid, hotkey]) ?? NO_PROMETHEUS,
    stake: [[coldkey, stakeOf(state, hotkey, netuid)]],
    rank: 0,
    emission: state.get("SubtensorModule.Emission", [netuid])[uid] ?? 0n,
    incentive: state.get("SubtensorModule.Incentive", [netuid])[uid] ?? 0,
    consensus: state.get("SubtensorModule.Consensus", [netuid])[uid] ?? 0,
    trust: 0,
    validator_trust: state.get("SubtensorModule.ValidatorTrust", [netuid])[uid] ?? 0,
    dividends: state.get("SubtensorModule.Dividends", [netuid])[uid] ?? 0,
    last_update: state.get("SubtensorModule.LastUpdate", [netuid])[uid] ?? 0n,
    validator_permit: state.get("SubtensorModule.ValidatorPermit", [netuid])[uid] ?? false,
    pruning_score: U16_ONE,
  };
}

function neuron(state: State, netuid: number, uid: number): object {
  const nonZero = (row: readonly [number, number][]): [number, number][] =>
    row.filter(([, value]) => value > 0);
  return {
    ...neuronLite(state, netuid, uid),
    weights: nonZero(state.get("SubtensorModule.Weights", [netuid, uid])),
    bonds: nonZero(state.get("SubtensorModule.Bonds", [netuid, uid])),
  };
}

export const NEURON_APIS: Readonly<Record<string, ApiMethod>> = {
  NeuronInfoRuntimeApi_get_neurons: ({ state }, [netuid]: readonly [number]) =>
    uidsOf(state, netuid).map((uid) => neuron(state, netuid, uid)),
  NeuronInfoRuntimeApi_get_neuron: ({ state }, [netuid, uid]: readonly [number, number]) =>
    isNeuron(state, netuid, uid) ? neuron(state, netuid, uid) : undefined,
  NeuronInfoRuntimeApi_get_neurons_lite: ({ state }, [netuid]: readonly [number]) =>
    uidsOf(state, netuid).map((uid) => neuronLite(state, netuid, uid)),
  NeuronInfoRuntimeApi_get_neuron_lite: ({ state }, [netuid, uid]: readonly [number, number]) =>
    isNeuron(state, netuid, uid) ? neuronLite(state, netuid, uid) : undefined,
};
