/**
 * The hyperparameters that AdminUtils sets, as a table: the call, its argument, where it is stored,
 * the event that tells of it, who may set it and within which bounds. Rows that only store stand
 * here; what does more is in admin-utils.ts.
 * @module
 */
import type { Items } from "../runtime/items.ts";
import {
  type Check,
  checkBondsMovingAverage,
  checkChildkeyTake,
  checkCutoff,
  checkHalfLife,
  checkImmuneNeurons,
  checkMaxBurn,
  checkMaxUids,
  checkMaxValidators,
  checkMinBurn,
  checkMinUids,
  checkMultiplier,
  checkRevealPeriod,
  checkSteepness,
} from "./hyperparameter-bounds.ts";
import type { AccountRate } from "./rate-limits.ts";
import type { Use } from "./subnet-authority.ts";

type SubnetItem = {
  [I in keyof Items]: [Items[I]["keys"], [number]] extends [[number], Items[I]["keys"]] ? I : never;
}[keyof Items];

/** One hyperparameter of each subnet. */
export interface SubnetRow {
  readonly argument: string;
  readonly item: SubnetItem;
  /** Of SubtensorModule, with netuid and value; and of AdminUtils, with the same by name. */
  readonly event?: string;
  readonly adminEvent?: string;
  /** What the owner's change counts as. Absent where only root may. */
  readonly owner?: Use | undefined;
  /** May not be changed shortly before an epoch. */
  readonly freezes: boolean;
  /** The subnet must exist, and `notRoot`: be another than the root network. */
  readonly exists: boolean;
  readonly notRoot?: boolean;
  readonly check?: Check<never>;
}

/** An owner may set the version key once in this many epochs: WeightsVersionKeyRateLimit. */
const VERSION_KEY: AccountRate = {
  transaction: 4,
  blocks: (state, netuid) =>
    BigInt(state.get("SubtensorModule.Tempo", [netuid])) *
    state.get("SubtensorModule.WeightsVersionKeyRateLimit", []),
};

/** The owner may as often as it likes. */
const UNLIMITED: AccountRate = { transaction: 2, blocks: () => 0n };

function root(
  argument: string,
  item: SubnetRow["item"],
  event?: string,
  more?: Partial<SubnetRow>,
): SubnetRow {
  const told = event === undefined ? {} : { event };
  return { argument, item, ...told, freezes: false, exists: true, ...more };
}

function owner(
  use: Use,
  argument: string,
  item: SubnetRow["item"],
  event?: string,
  more?: Partial<SubnetRow>,
): SubnetRow {
  return root(argument, item, event, { owner: use, freezes: true, ...more });
}

const FREEZES = { freezes: true };
const ANY_NETUID = { exists: false };
const ADMIN_EVENT = (adminEvent: string): Partial<SubnetRow> => ({ adminEvent, notRoot: true });

export const SUBNET_ROWS: Readonly<Record<string, SubnetRow>> = {
  sudo_set_serving_rate_limit: owner(
    "ServingRateLimit",
    "serving_rate_limit",
    "SubtensorModule.ServingRateLimit",
    "ServingRateLimitSet",
    ANY_NETUID,
  ),
  sudo_set_min_difficulty: root(
    "min_difficulty",
    "SubtensorModule.MinDifficulty",
    "MinDifficultySet",
    FREEZES,
  ),
  sudo_set_max_difficulty: owner(
    "MaxDifficulty",
    "max_difficulty",
    "SubtensorModule.MaxDifficulty",
    "MaxDifficultySet",
  ),
  sudo_set_difficulty: root("difficulty", "SubtensorModule.Difficulty", "DifficultySet", FREEZES),
  sudo_set_weights_version_key: owner(
    VERSION_KEY,
    "weights_version_key",
    "SubtensorModule.WeightsVersionKey",
    "WeightsVersionKeySet",
  ),
  sudo_set_weights_set_rate_limit: root(
    "weights_set_rate_limit",
    "SubtensorModule.WeightsSetRateLimit",
    "WeightsSetRateLimitSet",
  ),
  sudo_set_adjustment_interval: root(
    "adjustment_interval",
    "SubtensorModule.AdjustmentInterval",
    "AdjustmentIntervalSet",
  ),
  sudo_set_adjustment_alpha: owner(
    "AdjustmentAlpha",
    "adjustment_alpha",
    "SubtensorModule.AdjustmentAlpha",
    "AdjustmentAlphaSet",
  ),
  sudo_set_immunity_period: owner(
    "ImmunityPeriod",
    "immunity_period",
    "SubtensorModule.ImmunityPeriod",
    "ImmunityPeriodSet",
  ),
  sudo_set_min_allowed_weights: owner(
    "MinAllowedWeights",
    "min_allowed_weights",
    "SubtensorModule.MinAllowedWeights",
    "MinAllowedWeightSet",
  ),
  sudo_set_max_allowed_uids: owner(
    "MaxAllowedUids",
    "max_allowed_uids",
    "SubtensorModule.MaxAllowedUids",
    "MaxAllowedUidsSet",
    { check: checkMaxUids },
  ),
  sudo_set_min_allowed_uids: root(
    "min_allowed_uids",
    "SubtensorModule.MinAllowedUids",
    "MinAllowedUidsSet",
    { ...FREEZES, check: checkMinUids },
  ),
  sudo_set_max_allowed_validators: root(
    "max_allowed_validators",
    "SubtensorModule.MaxAllowedValidators",
    "MaxAllowedValidatorsSet",
    { ...FREEZES, check: checkMaxValidators },
  ),
  sudo_set_min_non_immune_uids: root(
    "min",
    "SubtensorModule.MinNonImmuneUids",
    "MinNonImmuneUidsSet",
    ANY_NETUID,
  ),
  sudo_set_kappa: root("kappa", "SubtensorModule.Kappa", "KappaSet"),
  sudo_set_rho: owner("Rho", "rho", "SubtensorModule.Rho"),
  sudo_set_activity_cutoff: owner(
    "ActivityCutoff",
    "activity_cutoff",
    "SubtensorModule.ActivityCutoff",
    "ActivityCutoffSet",
    { check: checkCutoff },
  ),
  sudo_set_network_registration_allowed: root(
    "registration_allowed",
    "SubtensorModule.NetworkRegistrationAllowed",
    "RegistrationAllowed",
    ANY_NETUID,
  ),
  sudo_set_target_registrations_per_interval: root(
    "target_registrations_per_interval",
    "SubtensorModule.TargetRegistrationsPerInterval",
    "RegistrationPerIntervalSet",
    FREEZES,
  ),
  sudo_set_max_registrations_per_block: root(
    "max_registrations_per_block",
    "SubtensorModule.MaxRegistrationsPerBlock",
    "MaxRegistrationsPerBlockSet",
    FREEZES,
  ),
  sudo_set_min_burn: owner("MinBurn", "min_burn", "SubtensorModule.MinBurn", "MinBurnSet", {
    check: checkMinBurn,
  }),
  sudo_set_max_burn: owner("MaxBurn", "max_burn", "SubtensorModule.MaxBurn", "MaxBurnSet", {
    check: checkMaxBurn,
  }),
  sudo_set_burn_half_life: owner(
    "BurnHalfLife",
    "burn_half_life",
    "SubtensorModule.BurnHalfLife",
    undefined,
    { ...ADMIN_EVENT("BurnHalfLifeSet"), check: checkHalfLife },
  ),
  sudo_set_burn_increase_mult: owner(
    "BurnIncreaseMult",
    "burn_increase_mult",
    "SubtensorModule.BurnIncreaseMult",
    undefined,
    { ...ADMIN_EVENT("BurnIncreaseMultSet"), check: checkMultiplier },
  ),
  sudo_set_bonds_moving_average: owner(
    "BondsMovingAverage",
    "bonds_moving_average",
    "SubtensorModule.BondsMovingAverage",
    "BondsMovingAverageSet",
    { check: checkBondsMovingAverage },
  ),
  sudo_set_bonds_penalty: owner(
    "BondsPenalty",
    "bonds_penalty",
    "SubtensorModule.BondsPenalty",
    "BondsPenaltySet",
  ),
  sudo_set_bonds_reset_enabled: owner(
    "BondsResetEnabled",
    "enabled",
    "SubtensorModule.BondsResetOn",
    "BondsResetOnSet",
    { ...ANY_NETUID, adminEvent: "BondsResetToggled" },
  ),
  sudo_set_commit_reveal_weights_enabled: owner(
    "CommitRevealEnabled",
    "enabled",
    "SubtensorModule.CommitRevealWeightsEnabled",
    "CommitRevealEnabled",
  ),
  sudo_set_commit_reveal_weights_interval: owner(
    "WeightCommitInterval",
    "interval",
    "SubtensorModule.RevealPeriodEpochs",
    "CommitRevealPeriodsSet",
    { check: checkRevealPeriod },
  ),
  sudo_set_liquid_alpha_enabled: owner(
    "LiquidAlphaEnabled",
    "enabled",
    "SubtensorModule.LiquidAlphaOn",
    undefined,
    ANY_NETUID,
  ),
  sudo_set_alpha_sigmoid_steepness: owner(
    "AlphaSigmoidSteepness",
    "steepness",
    "SubtensorModule.AlphaSigmoidSteepness",
    undefined,
    { check: checkSteepness },
  ),
  sudo_set_yuma3_enabled: owner("Yuma3Enabled", "enabled", "SubtensorModule.Yuma3On", undefined, {
    ...ANY_NETUID,
    adminEvent: "Yuma3EnableToggled",
  }),
  sudo_set_toggle_transfer: owner(
    "TransferEnabled",
    "toggle",
    "SubtensorModule.TransferToggle",
    "TransferToggle",
    ANY_NETUID,
  ),
  sudo_set_recycle_or_burn: owner(
    "RecycleOrBurn",
    "recycle_or_burn",
    "SubtensorModule.RecycleOrBurn",
    undefined,
    ANY_NETUID,
  ),
  sudo_set_subtoken_enabled: root(
    "subtoken_enabled",
    "SubtensorModule.SubtokenEnabled",
    undefined,
    { ...FREEZES, ...ANY_NETUID },
  ),
  sudo_set_owner_immune_neuron_limit: owner(
    "ImmuneNeuronLimit",
    "immune_neurons",
    "SubtensorModule.ImmuneOwnerUidsLimit",
    undefined,
    { ...ANY_NETUID, check: checkImmuneNeurons },
  ),
  sudo_set_min_childkey_take_per_subnet: owner(
    "MinChildkeyTake",
    "take",
    "SubtensorModule.MinChildkeyTakePerSubnet",
    "MinChildKeyTakePerSubnetSet",
    { check: checkChildkeyTake },
  ),
  sudo_set_ema_price_halving_period: root(
    "ema_halving",
    "SubtensorModule.EMAPriceHalvingBlocks",
    undefined,
    ANY_NETUID,
  ),
  sudo_set_owner_cut_enabled: owner(
    UNLIMITED,
    "enabled",
    "SubtensorModule.OwnerCutEnabled",
    undefined,
    { notRoot: true },
  ),
  sudo_set_owner_cut_auto_lock_enabled: owner(
    UNLIMITED,
    "enabled",
    "SubtensorModule.OwnerCutAutoLockEnabled",
    undefined,
    { notRoot: true },
  ),
  sudo_set_subnet_emission_enabled: root(
    "enabled",
    "SubtensorModule.SubnetEmissionEnabled",
    undefined,
    ADMIN_EVENT("SubnetEmissionEnabledSet"),
  ),
};
