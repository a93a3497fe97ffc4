/**
 * How the first subnets of a local chain come to be: extrinsics of block 1, signed by //Alice, who
 * owns them. They are what anybody could send by hand: register_network, start_call, and
 * hyperparameters by Sudo and AdminUtils.
 *
 * With them go the brakes that the chain puts on people and that only hinder a chain at home: one
 * subnet in a day, no changes shortly before an epoch, one change of a hyperparameter in two
 * epochs.
 * @module
 */
import type { Hotkey, Signer } from "../chain.ts";
import { type Signing, signExtrinsic } from "./runtime/extrinsic.ts";
import type { RuntimeCall } from "./runtime/pallet.ts";
import type { SubnetSettings } from "./subnet-settings.ts";

/**
 * The highest price of a seat that the chain lets an owner choose as upper bound is above this; in
 * rao.
 */
const LEAST_MAX_BURN = 100_000_001n;
const ONE_U64F64 = 1n << 64n;

/**
 * One extrinsic for the whole chain and one for each subnet, in the order in which block 1 must
 * have them. They leave out no failure: a subnet whose extrinsic fails does not exist at all, and a
 * refused hyperparameter shows in `Sudid`.
 * @param settings of netuid 1, 2, …
 * @param signer holder of Sudo's key, whose nonce is 0
 * @param ownerHotkey the hotkey of uid 0 in each subnet
 */
export function foundingExtrinsics(
  settings: readonly SubnetSettings[],
  signer: Signer,
  signing: Signing,
  ownerHotkey: Hotkey = signer.hotkey,
): Uint8Array[] {
  if (settings.length === 0) return [];
  const calls = [
    sudo(batchAll(WITHOUT_BRAKES)),
    ...settings.map((subnet, index) => foundSubnet(index + 1, subnet, ownerHotkey)),
  ];
  return calls.map((call, nonce) => signExtrinsic(call, signer, { nonce }, signing));
}

const WITHOUT_BRAKES: readonly RuntimeCall[] = [
  admin("sudo_set_network_rate_limit", { rate_limit: 0n }),
  admin("sudo_set_admin_freeze_window", { window: 0 }),
  admin("sudo_set_owner_hparam_rate_limit", { epochs: 0 }),
];

function foundSubnet(netuid: number, settings: SubnetSettings, hotkey: Hotkey): RuntimeCall {
  return batchAll([
    call("SubtensorModule", "register_network", { hotkey }),
    call("SubtensorModule", "start_call", { netuid }),
    sudo(batchAll(hyperparameters(netuid, settings))),
  ]);
}

function hyperparameters(netuid: number, settings: SubnetSettings): RuntimeCall[] {
  const calls: RuntimeCall[] = [
    admin("sudo_set_subnet_emission_enabled", { netuid, enabled: true }),
    admin("sudo_set_commit_reveal_weights_enabled", {
      netuid,
      enabled: settings.commitReveal ?? false,
    }),
  ];
  const set = <V>(value: V | undefined, name: string, argument: string): void => {
    if (value !== undefined) calls.push(admin(name, { netuid, [argument]: value }));
  };
  const { burnRao, maxAllowedUids, alphaValues, activityCutoffFactorMilli } = settings;
  set(settings.tempo, "sudo_set_tempo", "tempo");
  set(big(settings.weightsRateLimit), "sudo_set_weights_set_rate_limit", "weights_set_rate_limit");
  set(big(settings.servingRateLimit), "sudo_set_serving_rate_limit", "serving_rate_limit");
  // The subnet's uids may not be fewer than the least that may be allowed, 64 in the beginning.
  set(maxAllowedUids && 0, "sudo_set_min_allowed_uids", "min_allowed_uids");
  set(maxAllowedUids, "sudo_set_max_allowed_uids", "max_allowed_uids");
  const validators = settings.maxAllowedValidators;
  set(validators, "sudo_set_max_allowed_validators", "max_allowed_validators");
  set(settings.minAllowedWeights, "sudo_set_min_allowed_weights", "min_allowed_weights");
  set(settings.weightsVersionKey, "sudo_set_weights_version_key", "weights_version_key");
  set(settings.immunityPeriod, "sudo_set_immunity_period", "immunity_period");
  set(settings.minNonImmuneUids, "sudo_set_min_non_immune_uids", "min");
  set(big(settings.revealPeriodEpochs), "sudo_set_commit_reveal_weights_interval", "interval");
  set(settings.kappa, "sudo_set_kappa", "kappa");
  const moving = big(settings.bondsMovingAverage);
  set(moving, "sudo_set_bonds_moving_average", "bonds_moving_average");
  set(settings.bondsPenalty, "sudo_set_bonds_penalty", "bonds_penalty");
  set(settings.yuma3, "sudo_set_yuma3_enabled", "enabled");
  set(settings.liquidAlpha, "sudo_set_liquid_alpha_enabled", "enabled");
  if (alphaValues !== undefined) {
    const [alpha_low, alpha_high] = alphaValues;
    calls.push(admin("sudo_set_alpha_values", { netuid, alpha_low, alpha_high }));
  }
  set(settings.alphaSigmoidSteepness, "sudo_set_alpha_sigmoid_steepness", "steepness");
  set(settings.mechanismCount, "sudo_set_mechanism_count", "mechanism_count");
  const allowed = settings.registrationAllowed;
  set(allowed, "sudo_set_network_registration_allowed", "registration_allowed");
  if (settings.stakeThresholdRao !== undefined) {
    calls.push(admin("sudo_set_stake_threshold", { min_stake: settings.stakeThresholdRao }));
  }
  if (activityCutoffFactorMilli !== undefined) {
    const factor = { netuid, factor_milli: activityCutoffFactorMilli };
    calls.push(call("SubtensorModule", "set_activity_cutoff_factor", factor));
  }
  return burnRao === undefined ? calls : [...calls, ...fixedBurn(netuid, burnRao)];
}

/**
 * No call sets the price itself: it falls to its lower bound, by half in each block, and
 * registrations leave it there.
 */
function fixedBurn(netuid: number, burnRao: bigint): RuntimeCall[] {
  const max_burn = burnRao < LEAST_MAX_BURN ? LEAST_MAX_BURN : burnRao + 1n;
  return [
    admin("sudo_set_min_burn", { netuid, min_burn: burnRao }),
    admin("sudo_set_max_burn", { netuid, max_burn }),
    admin("sudo_set_burn_half_life", { netuid, burn_half_life: 1 }),
    admin("sudo_set_burn_increase_mult", { netuid, burn_increase_mult: ONE_U64F64 }),
  ];
}

function big(value: number | undefined): bigint | undefined {
  return value === undefined ? undefined : BigInt(value);
}

function call(pallet: string, name: string, args: unknown): RuntimeCall {
  return { type: pallet, value: { type: name, value: args } };
}

function admin(name: string, args: unknown): RuntimeCall {
  return call("AdminUtils", name, args);
}

function sudo(inner: RuntimeCall): RuntimeCall {
  return call("Sudo", "sudo", { call: inner });
}

function batchAll(calls: readonly RuntimeCall[]): RuntimeCall {
  return call("Utility", "batch_all", { calls });
}
