/**
 * The hyperparameters that AdminUtils sets, as a table: the call, its argument, where it is stored, the event that tells
 * of it, who may set it and within which bounds. Rows that only store stand here; what does more is in admin-utils.ts.
 * @module
 */
import type { Items } from "../runtime/items.ts";
import type { State } from "../runtime/state.ts";
import type { AccountRate } from "./rate-limits.ts";
import type { Use } from "./subnet-authority.ts";

type ItemWithKeys<K> = {
  [I in keyof Items]: [Items[I]["keys"], K] extends [K, Items[I]["keys"]] ? I : never;
}[keyof Items];

/** "Pallet.Error", or undefined when the value may be set. */
type Check<V> = (state: State, netuid: number, value: V, isOwner: boolean) => string | undefined;

/** One hyperparameter of each subnet. */
export interface SubnetRow {
  readonly argument: string;
  readonly item: ItemWithKeys<[number]>;
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

/** One parameter of the whole chain; root's only. */
export interface GlobalRow {
  readonly argument: string;
  readonly item: ItemWithKeys<[]>;
  readonly event?: string;
  readonly check?: (value: never) => string | undefined;
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

/** For owners: a bond must be able to move. */
const OWNER_MAX_BONDS_MOVING_AVERAGE = 975_000n;

/** The runtime's constants MinBurnUpperBound and MaxBurnLowerBound, in rao. */
const MIN_BURN_UPPER_BOUND = 1_000_000_000n;
const MAX_BURN_LOWER_BOUND = 100_000_000n;

const MAX_BURN_HALF_LIFE = 36_100;
const ONE_U64F64 = 1n << 64n;

const MAX_REVEAL_PERIOD = 100n;

/** Neurons of an owner that cannot be replaced. */
const MAX_IMMUNE_NEURONS = 10;

/** No subnet has more seats; counted over all its mechanisms. */
export const MAX_UIDS = 256;

/** As many as storage indices leave room for. */
export const MAX_MECHANISMS = 16;

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

const checkMaxUids: Check<number> = (state, netuid, value) => {
  if (value < state.get("SubtensorModule.MinAllowedUids", [netuid])) {
    return "AdminUtils.MaxAllowedUidsLessThanMinAllowedUids";
  }
  if (value < state.get("SubtensorModule.SubnetworkN", [netuid])) {
    return "AdminUtils.MaxAllowedUIdsLessThanCurrentUIds";
  }
  if (value > MAX_UIDS) return "AdminUtils.MaxAllowedUidsGreaterThanDefaultMaxAllowedUids";
  const mechanisms = state.get("SubtensorModule.MechanismCountCurrent", [netuid]);
  return value * mechanisms > MAX_UIDS ? "SubtensorModule.TooManyUIDsPerMechanism" : undefined;
};

const checkMinUids: Check<number> = (state, netuid, value) => {
  if (value >= state.get("SubtensorModule.MaxAllowedUids", [netuid])) {
    return "AdminUtils.MinAllowedUidsGreaterThanMaxAllowedUids";
  }
  return value >= state.get("SubtensorModule.SubnetworkN", [netuid])
    ? "AdminUtils.MinAllowedUidsGreaterThanCurrentUids"
    : undefined;
};

const checkMaxValidators: Check<number> = (state, netuid, value) => {
  return value > state.get("SubtensorModule.MaxAllowedUids", [netuid])
    ? "AdminUtils.MaxValidatorsLargerThanMaxUIds"
    : undefined;
};

const checkMinBurn: Check<bigint> = (state, netuid, value) => {
  const most = state.get("SubtensorModule.MaxBurn", [netuid]);
  return value < MIN_BURN_UPPER_BOUND && value < most ? undefined : "AdminUtils.ValueNotInBounds";
};

const checkMaxBurn: Check<bigint> = (state, netuid, value) => {
  const least = state.get("SubtensorModule.MinBurn", [netuid]);
  return value > MAX_BURN_LOWER_BOUND && value > least ? undefined : "AdminUtils.ValueNotInBounds";
};

const checkCutoff: Check<number> = (state, _, value) => {
  return value < state.get("SubtensorModule.MinActivityCutoff", [])
    ? "SubtensorModule.ActivityCutoffTooLow"
    : undefined;
};

const checkRevealPeriod: Check<bigint> = (_, __, value) => {
  if (value > MAX_REVEAL_PERIOD) return "SubtensorModule.RevealPeriodTooLarge";
  return value < 1n ? "SubtensorModule.RevealPeriodTooSmall" : undefined;
};

const checkBondsMovingAverage: Check<bigint> = (_, __, value, isOwner) => {
  return isOwner && value > OWNER_MAX_BONDS_MOVING_AVERAGE
    ? "AdminUtils.BondsMovingAverageMaxReached"
    : undefined;
};

const checkSteepness: Check<number> = (_, __, value, isOwner) => {
  return isOwner && value < 0 ? "AdminUtils.NegativeSigmoidSteepness" : undefined;
};

const checkImmuneNeurons: Check<number> = (_, __, value) => {
  return value >= 1 && value <= MAX_IMMUNE_NEURONS ? undefined : "SubtensorModule.InvalidValue";
};

const checkHalfLife: Check<number> = (_, __, value) => {
  return value > 0 && value <= MAX_BURN_HALF_LIFE ? undefined : "AdminUtils.InvalidValue";
};

const checkMultiplier: Check<bigint> = (_, __, value) => {
  const isWithin = value >= ONE_U64F64 && value <= 3n * ONE_U64F64;
  return isWithin ? undefined : "AdminUtils.InvalidValue";
};

const checkChildkeyTake: Check<number> = (state, _, value) => {
  const least = state.get("SubtensorModule.MinChildkeyTake", []);
  const most = state.get("SubtensorModule.MaxChildkeyTake", []);
  return value >= least && value <= most ? undefined : "AdminUtils.InvalidValue";
};

const checkMaxMechanisms = (value: number): string | undefined => {
  return value >= 1 && value <= MAX_MECHANISMS ? undefined : "SubtensorModule.InvalidValue";
};

const checkMaxEpochs = (value: number): string | undefined => {
  return value >= 1 ? undefined : "AdminUtils.ValueNotInBounds";
};

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

export const GLOBAL_ROWS: Readonly<Record<string, GlobalRow>> = {
  sudo_set_default_take: {
    argument: "default_take",
    item: "SubtensorModule.MaxDelegateTake",
    event: "MaxDelegateTakeSet",
  },
  sudo_set_tx_rate_limit: {
    argument: "tx_rate_limit",
    item: "SubtensorModule.TxRateLimit",
    event: "TxRateLimitSet",
  },
  sudo_set_subnet_owner_cut: {
    argument: "subnet_owner_cut",
    item: "SubtensorModule.SubnetOwnerCut",
    event: "SubnetOwnerCutSet",
  },
  sudo_set_network_rate_limit: {
    argument: "rate_limit",
    item: "SubtensorModule.NetworkRateLimit",
    event: "NetworkRateLimitSet",
  },
  sudo_set_network_immunity_period: {
    argument: "immunity_period",
    item: "SubtensorModule.NetworkImmunityPeriod",
    event: "NetworkImmunityPeriodSet",
  },
  sudo_set_network_min_lock_cost: {
    argument: "lock_cost",
    item: "SubtensorModule.NetworkMinLockCost",
    event: "NetworkMinLockCostSet",
  },
  sudo_set_subnet_limit: {
    argument: "max_subnets",
    item: "SubtensorModule.SubnetLimit",
    event: "SubnetLimitSet",
  },
  sudo_set_lock_reduction_interval: {
    argument: "interval",
    item: "SubtensorModule.NetworkLockReductionInterval",
    event: "NetworkLockCostReductionIntervalSet",
  },
  sudo_set_stake_threshold: {
    argument: "min_stake",
    item: "SubtensorModule.StakeThreshold",
    event: "StakeThresholdSet",
  },
  sudo_set_nominator_min_required_stake: {
    argument: "min_stake",
    item: "SubtensorModule.NominatorMinRequiredStake",
  },
  sudo_set_tx_delegate_take_rate_limit: {
    argument: "tx_rate_limit",
    item: "SubtensorModule.TxDelegateTakeRateLimit",
    event: "TxDelegateTakeRateLimitSet",
  },
  sudo_set_min_delegate_take: {
    argument: "take",
    item: "SubtensorModule.MinDelegateTake",
    event: "MinDelegateTakeSet",
  },
  sudo_set_dissolve_network_schedule_duration: {
    argument: "duration",
    item: "SubtensorModule.DissolveNetworkScheduleDuration",
    event: "DissolveNetworkScheduleDurationSet",
  },
  sudo_set_commit_reveal_version: {
    argument: "version",
    item: "SubtensorModule.CommitRevealWeightsVersion",
    event: "CommitRevealVersionSet",
  },
  sudo_set_ck_burn: { argument: "burn", item: "SubtensorModule.CKBurn" },
  sudo_set_admin_freeze_window: {
    argument: "window",
    item: "SubtensorModule.AdminFreezeWindow",
    event: "AdminFreezeWindowSet",
  },
  sudo_set_owner_hparam_rate_limit: {
    argument: "epochs",
    item: "SubtensorModule.OwnerHyperparamRateLimit",
    event: "OwnerHyperparamRateLimitSet",
  },
  sudo_set_start_call_delay: {
    argument: "delay",
    item: "SubtensorModule.StartCallDelay",
    event: "StartCallDelaySet",
  },
  sudo_set_coldkey_swap_announcement_delay: {
    argument: "duration",
    item: "SubtensorModule.ColdkeySwapAnnouncementDelay",
    event: "ColdkeySwapAnnouncementDelaySet",
  },
  sudo_set_coldkey_swap_reannouncement_delay: {
    argument: "duration",
    item: "SubtensorModule.ColdkeySwapReannouncementDelay",
    event: "ColdkeySwapReannouncementDelaySet",
  },
  sudo_set_max_mechanism_count: {
    argument: "max_mechanism_count",
    item: "SubtensorModule.MaxMechanismCount",
    check: checkMaxMechanisms,
  },
  sudo_set_max_epochs_per_block: {
    argument: "max_epochs_per_block",
    item: "SubtensorModule.MaxEpochsPerBlock",
    event: "MaxEpochsPerBlockSet",
    check: checkMaxEpochs,
  },
};
