/**
 * The parameters of the whole chain that AdminUtils sets, as a table; all are root's only.
 * @module
 */
import type { Items } from "../runtime/items.ts";
import { MAX_MECHANISMS } from "./hyperparameter-bounds.ts";

type PlainItem = {
  [I in keyof Items]: Items[I]["keys"] extends [] ? I : never;
}[keyof Items];

/** One parameter of the whole chain; root's only. */
export interface GlobalRow {
  readonly argument: string;
  readonly item: PlainItem;
  readonly event?: string;
  readonly check?: (value: never) => string | undefined;
}

const checkMaxMechanisms = (value: number): string | undefined => {
  return value >= 1 && value <= MAX_MECHANISMS ? undefined : "SubtensorModule.InvalidValue";
};

const checkMaxEpochs = (value: number): string | undefined => {
  return value >= 1 ? undefined : "AdminUtils.ValueNotInBounds";
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
