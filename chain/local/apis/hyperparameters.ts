/**
 * Hyperparameters of a subnet, in the three forms that Subtensor's runtime has gathered.
 * @module
 */
import type { ApiMethod } from "../runtime/pallet.ts";
import type { State } from "../runtime/state.ts";
import { exists, hyperparameters } from "./subnet-facts.ts";

/** The steepness is stored as an integer and told as an I32F32. */
const FRACTION_BITS = 32n;

function extended(state: State, netuid: number) {
  const steepness = state.get("SubtensorModule.AlphaSigmoidSteepness", [netuid]);
  return {
    ...hyperparameters(state, netuid),
    alpha_sigmoid_steepness: BigInt(steepness) << FRACTION_BITS,
    yuma_version: state.get("SubtensorModule.Yuma3On", [netuid]) ? 3 : 2,
    subnet_is_active: state.get("SubtensorModule.SubtokenEnabled", [netuid]),
    transfers_enabled: state.get("SubtensorModule.TransferToggle", [netuid]),
    bonds_reset_enabled: state.get("SubtensorModule.BondsResetOn", [netuid]),
    user_liquidity_enabled: false,
  };
}

type Kind = "Bool" | "U16" | "U32" | "U64" | "TaoBalance" | "I32F32" | "U64F64";

/** By name, so that new ones do not change the form; in the order of the real runtime. */
function entries(state: State, netuid: number): object[] {
  const known = extended(state, netuid);
  const entry = (name: string, type: Kind, value: number | bigint | boolean): object => ({
    name: new TextEncoder().encode(name),
    value: { type, value },
  });
  const of = (name: keyof typeof known, type: Kind): object => entry(name, type, known[name]);
  const global = state.get("SubtensorModule.MinChildkeyTake", []);
  const local = state.get("SubtensorModule.MinChildkeyTakePerSubnet", [netuid]);
  const factor = state.get("SubtensorModule.ActivityCutoffFactorMilli", [netuid]);
  return [
    of("kappa", "U16"),
    of("immunity_period", "U16"),
    of("min_allowed_weights", "U16"),
    of("max_weights_limit", "U16"),
    of("tempo", "U16"),
    of("weights_version", "U64"),
    of("weights_rate_limit", "U64"),
    of("activity_cutoff", "U64"),
    entry("activity_cutoff_factor", "U32", factor),
    of("registration_allowed", "Bool"),
    of("target_regs_per_interval", "U16"),
    of("min_burn", "TaoBalance"),
    of("max_burn", "TaoBalance"),
    entry("burn_half_life", "U16", state.get("SubtensorModule.BurnHalfLife", [netuid])),
    entry("burn_increase_mult", "U64F64", state.get("SubtensorModule.BurnIncreaseMult", [netuid])),
    of("bonds_moving_avg", "U64"),
    of("max_regs_per_block", "U16"),
    of("serving_rate_limit", "U64"),
    of("max_validators", "U16"),
    of("commit_reveal_period", "U64"),
    of("commit_reveal_weights_enabled", "Bool"),
    of("alpha_high", "U16"),
    of("alpha_low", "U16"),
    of("liquid_alpha_enabled", "Bool"),
    of("alpha_sigmoid_steepness", "I32F32"),
    of("yuma_version", "U16"),
    of("subnet_is_active", "Bool"),
    of("transfers_enabled", "Bool"),
    of("bonds_reset_enabled", "Bool"),
    of("user_liquidity_enabled", "Bool"),
    entry("owner_cut_enabled", "Bool", state.get("SubtensorModule.OwnerCutEnabled", [netuid])),
    entry(
      "owner_cut_auto_lock_enabled",
      "Bool",
      state.get("SubtensorModule.OwnerCutAutoLockEnabled", [netuid]),
    ),
    entry("min_childkey_take", "U16", Math.max(global, local)),
  ];
}

export const HYPERPARAMETER_APIS: Readonly<Record<string, ApiMethod>> = {
  SubnetInfoRuntimeApi_get_subnet_hyperparams: ({ state }, [netuid]: readonly [number]) =>
    exists(state, netuid) ? hyperparameters(state, netuid) : undefined,
  SubnetInfoRuntimeApi_get_subnet_hyperparams_v2: ({ state }, [netuid]: readonly [number]) =>
    exists(state, netuid) ? extended(state, netuid) : undefined,
  SubnetInfoRuntimeApi_get_subnet_hyperparams_v3: ({ state }, [netuid]: readonly [number]) =>
    exists(state, netuid) ? entries(state, netuid) : undefined,
};
