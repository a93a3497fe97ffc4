/**
 * What several runtime APIs tell of a subnet alike: its name, its pool, its hyperparameters, the seats' stake.
 * @module
 */
import type { Hotkey } from "../../chain.ts";
import { ROOT_NETUID } from "../pallets/mechanism.ts";
import { activityCutoff } from "../pallets/schedule.ts";
import { stakeOf } from "../pallets/stake.ts";
import { stakeWeight } from "../pallets/stake-weight.ts";
import type { Items } from "../runtime/items.ts";
import type { Context } from "../runtime/pallet.ts";
import type { State } from "../runtime/state.ts";

export function exists(state: State, netuid: number): boolean {
  return state.get("SubtensorModule.NetworksAdded", [netuid]);
}

/** Ascending, with the root network. */
export function netuids(state: State): number[] {
  return state
    .entries("SubtensorModule.NetworksAdded")
    .filter(([, isAdded]) => isAdded)
    .map(([[netuid]]) => netuid)
    .sort((a, b) => a - b);
}

/** UTF-8 bytes. The real chain has a list of names for subnets that call themselves nothing; here it is the number. */
export function nameOf(state: State, netuid: number): number[] {
  const identity = state.get("SubtensorModule.SubnetIdentitiesV3", [netuid]);
  if (identity !== undefined && identity.subnet_name.length > 0) return [...identity.subnet_name];
  const name = netuid === ROOT_NETUID ? "root" : `subnet ${netuid}`;
  return [...new TextEncoder().encode(name)];
}

export function symbolOf(state: State, netuid: number): number[] {
  return [...state.get("SubtensorModule.TokenSymbol", [netuid])];
}

export function hotkeysOf(state: State, netuid: number): Hotkey[] {
  const count = state.get("SubtensorModule.SubnetworkN", [netuid]);
  return Array.from({ length: count }, (_, uid) =>
    state.get("SubtensorModule.Keys", [netuid, uid]),
  );
}

const POOL = {
  tempo: "SubtensorModule.Tempo",
  last_step: "SubtensorModule.LastMechansimStepBlock",
  alpha_in: "SubtensorModule.SubnetAlphaIn",
  alpha_out: "SubtensorModule.SubnetAlphaOut",
  tao_in: "SubtensorModule.SubnetTAO",
  alpha_out_emission: "SubtensorModule.SubnetAlphaOutEmission",
  alpha_in_emission: "SubtensorModule.SubnetAlphaInEmission",
  tao_in_emission: "SubtensorModule.SubnetTaoInEmission",
  subnet_volume: "SubtensorModule.SubnetVolume",
  network_registered_at: "SubtensorModule.NetworkRegisteredAt",
  moving_price: "SubtensorModule.SubnetMovingPrice",
} as const;

type PoolFacts = Readonly<
  Record<
    | keyof typeof POOL
    | "blocks_since_last_step"
    | "pending_alpha_emission"
    | "pending_root_emission",
    number | bigint
  >
>;

/** The subnet's pool and its emission, as metagraph and dynamic info have them. */
export function poolFacts({ state, block }: Context, netuid: number): PoolFacts {
  const lastStep = state.get("SubtensorModule.LastMechansimStepBlock", [netuid]);
  return {
    ...readAll(state, netuid, POOL),
    blocks_since_last_step: BigInt(block) - lastStep,
    pending_alpha_emission:
      state.get("SubtensorModule.PendingValidatorEmission", [netuid]) +
      state.get("SubtensorModule.PendingServerEmission", [netuid]),
    pending_root_emission: 0n,
  };
}

const TERMS = {
  rho: "SubtensorModule.Rho",
  kappa: "SubtensorModule.Kappa",
  immunity_period: "SubtensorModule.ImmunityPeriod",
  min_allowed_weights: "SubtensorModule.MinAllowedWeights",
  max_weights_limit: "SubtensorModule.MaxWeightsLimit",
  tempo: "SubtensorModule.Tempo",
  min_difficulty: "SubtensorModule.MinDifficulty",
  max_difficulty: "SubtensorModule.MaxDifficulty",
  weights_version: "SubtensorModule.WeightsVersionKey",
  weights_rate_limit: "SubtensorModule.WeightsSetRateLimit",
  adjustment_interval: "SubtensorModule.AdjustmentInterval",
  registration_allowed: "SubtensorModule.NetworkRegistrationAllowed",
  target_regs_per_interval: "SubtensorModule.TargetRegistrationsPerInterval",
  min_burn: "SubtensorModule.MinBurn",
  max_burn: "SubtensorModule.MaxBurn",
  bonds_moving_avg: "SubtensorModule.BondsMovingAverage",
  max_regs_per_block: "SubtensorModule.MaxRegistrationsPerBlock",
  serving_rate_limit: "SubtensorModule.ServingRateLimit",
  max_validators: "SubtensorModule.MaxAllowedValidators",
  adjustment_alpha: "SubtensorModule.AdjustmentAlpha",
  difficulty: "SubtensorModule.Difficulty",
  commit_reveal_period: "SubtensorModule.RevealPeriodEpochs",
  commit_reveal_weights_enabled: "SubtensorModule.CommitRevealWeightsEnabled",
  liquid_alpha_enabled: "SubtensorModule.LiquidAlphaOn",
} as const;

export type Terms = Readonly<
  Record<
    keyof typeof TERMS | "activity_cutoff" | "alpha_high" | "alpha_low",
    number | bigint | boolean
  >
>;

/** Hyperparameters under the names of get_subnet_hyperparams, which the metagraph has too. */
export function hyperparameters(state: State, netuid: number): Terms {
  const [alphaLow, alphaHigh] = state.get("SubtensorModule.AlphaValues", [netuid]);
  return {
    ...readAll(state, netuid, TERMS),
    activity_cutoff: activityCutoff(state, netuid),
    alpha_high: alphaHigh,
    alpha_low: alphaLow,
  };
}

/** Values of a subnet's items under other names. */
function readAll<N extends string, I extends SubnetItem>(
  state: State,
  netuid: number,
  items: Readonly<Record<N, I>>,
): Record<N, Items[I]["value"]> {
  const names = Object.keys(items) as N[];
  const values = names.map((name) => [name, state.get<SubnetItem>(items[name], [netuid])]);
  return Object.fromEntries(values);
}

type SubnetItem = (typeof POOL)[keyof typeof POOL] | (typeof TERMS)[keyof typeof TERMS];

/** By uid. */
export interface SeatFacts {
  readonly hotkeys: readonly Hotkey[];
  readonly coldkeys: readonly Hotkey[];
  readonly active: readonly boolean[];
  readonly validator_permit: readonly boolean[];
  /** No longer computed, and empty on the real chain too. */
  readonly pruning_score: readonly number[];
  readonly trust: readonly number[];
  readonly rank: readonly number[];
  readonly last_update: readonly bigint[];
  readonly emission: readonly bigint[];
  readonly dividends: readonly number[];
  readonly incentives: readonly number[];
  readonly consensus: readonly number[];
  readonly block_at_registration: readonly bigint[];
  readonly alpha_stake: readonly bigint[];
  readonly tao_stake: readonly bigint[];
  readonly total_stake: readonly bigint[];
}

/** What the metagraph and the subnet's state tell of seats alike. @param index storage index of a mechanism */
export function seatFacts(state: State, netuid: number, index: number = netuid): SeatFacts {
  const hotkeys = hotkeysOf(state, netuid);
  return {
    hotkeys,
    coldkeys: hotkeys.map((hotkey) => state.get("SubtensorModule.Owner", [hotkey])),
    active: state.get("SubtensorModule.Active", [netuid]),
    validator_permit: state.get("SubtensorModule.ValidatorPermit", [netuid]),
    pruning_score: [],
    trust: [],
    rank: [],
    last_update: state.get("SubtensorModule.LastUpdate", [index]),
    emission: state.get("SubtensorModule.Emission", [netuid]),
    dividends: state.get("SubtensorModule.Dividends", [netuid]),
    incentives: state.get("SubtensorModule.Incentive", [index]),
    consensus: state.get("SubtensorModule.Consensus", [netuid]),
    block_at_registration: hotkeys.map((_, uid) =>
      state.get("SubtensorModule.BlockAtRegistration", [netuid, uid]),
    ),
    alpha_stake: hotkeys.map((hotkey) => stakeOf(state, hotkey, netuid)),
    tao_stake: hotkeys.map((hotkey) => stakeOf(state, hotkey, ROOT_NETUID)),
    total_stake: hotkeys.map((hotkey) => stakeWeight(state, hotkey, netuid)),
  };
}
