/** Hyperparameters: every row of the table, who may set it, when, and within which bounds. */
import { beforeEach, describe, expect, test } from "vitest";
import type { Origin } from "../runtime/pallet.ts";
import { SPEC } from "../runtime/spec.ts";
import { ADMIN_UTILS } from "./admin-utils.ts";
import { ALICE } from "./balances.ts";
import { GLOBAL_ROWS } from "./chain-parameters.ts";
import { SUBNET_ROWS } from "./hyperparameters.ts";
import { storageIndex } from "./mechanism.ts";
import { account, ROOT, TestPallets } from "./testing.ts";

const NETUID = 1;
const OWNER: Origin = { kind: "signed", who: ALICE };
const STRANGER: Origin = { kind: "signed", who: account("Bob") };
let pallets: TestPallets;

beforeEach(() => {
  pallets = new TestPallets();
  pallets.call("SubtensorModule.register_network", { hotkey: ALICE }, ALICE);
});

function set(name: string, args: object, origin: Origin = ROOT): string {
  return pallets.call(`AdminUtils.${name}`, { netuid: NETUID, ...args }, origin);
}

/** A value that every row takes: of the type of the argument, and within its bounds. */
const SAMPLES: Readonly<Record<string, unknown>> = {
  sudo_set_max_allowed_uids: 100,
  sudo_set_min_allowed_uids: 0,
  sudo_set_max_allowed_validators: 32,
  sudo_set_activity_cutoff: 400,
  sudo_set_min_burn: 1_000n,
  sudo_set_max_burn: 200_000_000n,
  sudo_set_burn_half_life: 5,
  sudo_set_burn_increase_mult: 2n << 64n,
  sudo_set_bonds_moving_average: 900_001n,
  sudo_set_commit_reveal_weights_interval: 3n,
  sudo_set_owner_immune_neuron_limit: 2,
  sudo_set_min_childkey_take_per_subnet: 100,
  sudo_set_recycle_or_burn: { type: "Recycle", value: undefined },
  sudo_set_max_mechanism_count: 4,
  sudo_set_max_epochs_per_block: 3,
};

/** Fields of a call by the metadata, with the names of their primitive types. */
function fieldsOf(call: string): Map<string, string | undefined> {
  const { calls } = SPEC.pallets["AdminUtils"] ?? {};
  const variant = SPEC.types[String(calls)]?.variant?.find(({ name }) => name === call);
  return new Map(
    variant?.fields?.map(({ name = "", type }) => [name, SPEC.types[String(type)]?.primitive]),
  );
}

function sampleOf(call: string, argument: string): unknown {
  const sample = SAMPLES[call];
  if (sample !== undefined) return sample;
  switch (fieldsOf(call).get(argument)) {
    case "Bool":
      return true;
    case "U64":
      return 77n;
    default:
      return 77;
  }
}

describe("the table", () => {
  test.each(Object.entries(SUBNET_ROWS))("%s stores its argument and tells of it", (name, row) => {
    expect([...fieldsOf(name).keys()]).toEqual(["netuid", row.argument]);
    const value = sampleOf(name, row.argument);
    expect(set(name, { [row.argument]: value })).toBe("ok");
    expect(pallets.state.get(row.item, [NETUID])).toEqual(value);
    if (row.event !== undefined) expect(pallets.last(row.event)).toEqual([NETUID, value]);
    if (row.adminEvent !== undefined) {
      expect(pallets.last(row.adminEvent)).toEqual({ netuid: NETUID, [row.argument]: value });
    }
  });

  test.each(Object.entries(GLOBAL_ROWS))("%s stores its argument and tells of it", (name, row) => {
    expect([...fieldsOf(name).keys()]).toEqual([row.argument]);
    const value = sampleOf(name, row.argument);
    expect(pallets.call(`AdminUtils.${name}`, { [row.argument]: value }, ROOT)).toBe("ok");
    expect(pallets.state.get(row.item, [])).toEqual(value);
    if (row.event !== undefined) expect(pallets.last(row.event)).toEqual(value);
  });

  test.each(Object.entries(SUBNET_ROWS))("%s refuses a stranger", (name, row) => {
    const args = { [row.argument]: sampleOf(name, row.argument) };
    const before = pallets.state.get(row.item, [NETUID]);
    expect(set(name, args, STRANGER)).toBe("BadOrigin");
    expect(pallets.state.get(row.item, [NETUID])).toEqual(before);
  });

  test.each(Object.entries(SUBNET_ROWS))("%s knows whether the owner may", (name, row) => {
    // Subtensor's rates count blocks from the first change; block 0 would count as never.
    const args = { [row.argument]: sampleOf(name, row.argument) };
    expect(set(name, args, OWNER)).toBe(row.owner === undefined ? "BadOrigin" : "ok");
  });

  test.each(Object.entries(GLOBAL_ROWS))("%s is root's alone", (name, row) => {
    const args = { [row.argument]: sampleOf(name, row.argument) };
    expect(pallets.call(`AdminUtils.${name}`, args, OWNER)).toBe("BadOrigin");
  });

  test("has only calls of the metadata", () => {
    for (const name of Object.keys(ADMIN_UTILS.calls ?? {})) {
      expect(fieldsOf(name).size).toBeGreaterThan(0);
    }
  });
});

describe("bounds", () => {
  test.each([
    ["sudo_set_max_allowed_uids", { max_allowed_uids: 63 }, "MaxAllowedUidsLessThanMinAllowedUids"],
    [
      "sudo_set_max_allowed_uids",
      { max_allowed_uids: 257 },
      "MaxAllowedUidsGreaterThanDefaultMaxAllowedUids",
    ],
    [
      "sudo_set_min_allowed_uids",
      { min_allowed_uids: 256 },
      "MinAllowedUidsGreaterThanMaxAllowedUids",
    ],
    ["sudo_set_min_allowed_uids", { min_allowed_uids: 1 }, "MinAllowedUidsGreaterThanCurrentUids"],
    [
      "sudo_set_max_allowed_validators",
      { max_allowed_validators: 257 },
      "MaxValidatorsLargerThanMaxUIds",
    ],
    ["sudo_set_activity_cutoff", { activity_cutoff: 359 }, "ActivityCutoffTooLow"],
    ["sudo_set_min_burn", { min_burn: 1_000_000_000n }, "ValueNotInBounds"],
    ["sudo_set_max_burn", { max_burn: 100_000_000n }, "ValueNotInBounds"],
    ["sudo_set_burn_half_life", { burn_half_life: 0 }, "InvalidValue"],
    ["sudo_set_burn_half_life", { burn_half_life: 36_101 }, "InvalidValue"],
    ["sudo_set_burn_increase_mult", { burn_increase_mult: (1n << 64n) - 1n }, "InvalidValue"],
    ["sudo_set_burn_increase_mult", { burn_increase_mult: (3n << 64n) + 1n }, "InvalidValue"],
    ["sudo_set_commit_reveal_weights_interval", { interval: 0n }, "RevealPeriodTooSmall"],
    ["sudo_set_commit_reveal_weights_interval", { interval: 101n }, "RevealPeriodTooLarge"],
    ["sudo_set_owner_immune_neuron_limit", { immune_neurons: 0 }, "InvalidValue"],
    ["sudo_set_owner_immune_neuron_limit", { immune_neurons: 11 }, "InvalidValue"],
    ["sudo_set_tempo", { netuid: 9, tempo: 10 }, "SubnetDoesNotExist"],
    ["sudo_set_kappa", { netuid: 9, kappa: 1 }, "SubnetDoesNotExist"],
    ["sudo_set_subnet_emission_enabled", { netuid: 0, enabled: true }, "NotPermittedOnRootSubnet"],
    ["sudo_set_mechanism_count", { mechanism_count: 0 }, "InvalidValue"],
    ["sudo_set_mechanism_count", { mechanism_count: 3 }, "InvalidValue"],
    ["sudo_set_mechanism_count", { mechanism_count: 2 }, "TooManyUIDsPerMechanism"],
    ["sudo_set_alpha_values", { alpha_low: 2_000, alpha_high: 3_000 }, "LiquidAlphaDisabled"],
  ])("%s refuses %o", (name, args, error) => {
    expect(set(name, args)).toBe(error);
  });

  test("hold for owners only, where root may do more", () => {
    expect(set("sudo_set_bonds_moving_average", { bonds_moving_average: 975_001n }, OWNER)).toBe(
      "BondsMovingAverageMaxReached",
    );
    expect(set("sudo_set_bonds_moving_average", { bonds_moving_average: 975_001n })).toBe("ok");
    expect(set("sudo_set_alpha_sigmoid_steepness", { steepness: -1 }, OWNER)).toBe(
      "NegativeSigmoidSteepness",
    );
    expect(set("sudo_set_alpha_sigmoid_steepness", { steepness: -1 })).toBe("ok");
  });

  test("of alpha values: a fortieth at least, low below high", () => {
    set("sudo_set_liquid_alpha_enabled", { enabled: true });
    expect(set("sudo_set_alpha_values", { alpha_low: 1_637, alpha_high: 3_000 })).toBe(
      "AlphaLowOutOfRange",
    );
    expect(set("sudo_set_alpha_values", { alpha_low: 1_638, alpha_high: 1_637 })).toBe(
      "AlphaHighTooLow",
    );
    expect(set("sudo_set_alpha_values", { alpha_low: 3_001, alpha_high: 3_000 })).toBe(
      "AlphaLowOutOfRange",
    );
    expect(set("sudo_set_alpha_values", { alpha_low: 1_638, alpha_high: 3_000 })).toBe("ok");
    expect(pallets.state.get("SubtensorModule.AlphaValues", [NETUID])).toEqual([1_638, 3_000]);
  });
});

describe("an owner's changes", () => {
  test("may come once in two epochs for each hyperparameter", () => {
    expect(set("sudo_set_rho", { rho: 11 }, OWNER)).toBe("ok");
    expect(set("sudo_set_immunity_period", { immunity_period: 9 }, OWNER)).toBe("ok");
    pallets.block += 719;
    pallets.state.put("SubtensorModule.LastEpochBlock", [NETUID], BigInt(pallets.block));
    expect(set("sudo_set_rho", { rho: 12 }, OWNER)).toBe("TxRateLimitExceeded");
    expect(set("sudo_set_rho", { rho: 12 })).toBe("ok");
    pallets.block += 1;
    expect(set("sudo_set_rho", { rho: 13 }, OWNER)).toBe("ok");
  });

  test("of the version key may come once in five epochs", () => {
    expect(set("sudo_set_weights_version_key", { weights_version_key: 1n }, OWNER)).toBe("ok");
    pallets.block += 5 * 360 - 1;
    pallets.state.put("SubtensorModule.LastEpochBlock", [NETUID], BigInt(pallets.block));
    expect(set("sudo_set_weights_version_key", { weights_version_key: 2n }, OWNER)).toBe(
      "TxRateLimitExceeded",
    );
    pallets.block += 1;
    expect(set("sudo_set_weights_version_key", { weights_version_key: 2n }, OWNER)).toBe("ok");
  });

  test("and root's wait while an epoch is near, unless there is no window", () => {
    pallets.state.put("SubtensorModule.LastEpochBlock", [NETUID], 0n);
    pallets.block = 351;
    const error = "AdminActionProhibitedDuringWeightsWindow";
    expect(set("sudo_set_rho", { rho: 1 }, OWNER)).toBe(error);
    expect(set("sudo_set_tempo", { tempo: 20 })).toBe(error);
    expect(set("sudo_set_kappa", { kappa: 20 })).toBe("ok");
    pallets.call("AdminUtils.sudo_set_admin_freeze_window", { window: 0 }, ROOT);
    expect(set("sudo_set_tempo", { tempo: 20 })).toBe("ok");
  });
});

test("sudo_set_tempo begins the cycle anew", () => {
  pallets.block = 100;
  expect(set("sudo_set_tempo", { tempo: 20 })).toBe("ok");
  expect(pallets.state.get("SubtensorModule.Tempo", [NETUID])).toBe(20);
  expect(pallets.state.get("SubtensorModule.LastEpochBlock", [NETUID])).toBe(100n);
});

describe("mechanisms", () => {
  beforeEach(() => {
    expect(set("sudo_set_max_allowed_uids", { max_allowed_uids: 128 })).toBe("ok");
  });

  test("two share the uids; what the second said is forgotten when it goes", () => {
    const { state } = pallets;
    expect(set("sudo_set_mechanism_count", { mechanism_count: 2 })).toBe("ok");
    const second = storageIndex(NETUID, 1);
    const register = { netuid: NETUID, hotkey: account("Bob") };
    expect(pallets.call("SubtensorModule.burned_register", register, ALICE)).toBe("ok");
    expect(state.get("SubtensorModule.Incentive", [second])).toEqual([0, 0]);
    state.put("SubtensorModule.Weights", [second, 0], [[1, 9]]);
    state.put("SubtensorModule.Weights", [NETUID, 0], [[1, 9]]);
    expect(set("sudo_set_mechanism_count", { mechanism_count: 1 })).toBe("ok");
    expect(state.has("SubtensorModule.Incentive", [second])).toBe(false);
    expect(state.has("SubtensorModule.Weights", [second, 0])).toBe(false);
    expect(state.has("SubtensorModule.Weights", [NETUID, 0])).toBe(true);
  });

  test("split the emission by shares of 65535", () => {
    const split = (maybe_split: readonly number[] | undefined): string => {
      return set("sudo_set_mechanism_emission_split", { maybe_split });
    };
    expect(split([60_000, 5_535])).toBe("InvalidValue");
    expect(set("sudo_set_mechanism_count", { mechanism_count: 2 })).toBe("ok");
    expect(split([60_000, 5_534])).toBe("InvalidValue");
    expect(split([60_000, 5_535])).toBe("ok");
    expect(pallets.state.get("SubtensorModule.MechanismEmissionSplit", [NETUID])).toEqual([
      60_000, 5_535,
    ]);
    expect(split(undefined)).toBe("ok");
    expect(pallets.state.get("SubtensorModule.MechanismEmissionSplit", [NETUID])).toBeUndefined();
  });
});

describe("the activity cutoff factor", () => {
  const setFactor = (factor_milli: number, origin: Origin): string => {
    const args = { netuid: NETUID, factor_milli };
    return pallets.call("SubtensorModule.set_activity_cutoff_factor", args, origin);
  };

  test("is between one tempo and fifty, and the owner's or root's", () => {
    expect(setFactor(999, ROOT)).toBe("ActivityCutoffFactorMilliOutOfBounds");
    expect(setFactor(50_001, ROOT)).toBe("ActivityCutoffFactorMilliOutOfBounds");
    expect(setFactor(2_000, STRANGER)).toBe("BadOrigin");
    expect(setFactor(2_000, OWNER)).toBe("ok");
    expect(setFactor(3_000, OWNER)).toBe("TxRateLimitExceeded");
    expect(setFactor(4_000, ROOT)).toBe("ok");
  });
});

test("another hotkey may become the subnet's, once a week", () => {
  const setHotkey = (hotkey: string): string => {
    return set("sudo_set_sn_owner_hotkey", { hotkey: account(hotkey) }, OWNER);
  };
  expect(setHotkey("Bob")).toBe("ok");
  expect(pallets.state.get("SubtensorModule.SubnetOwnerHotkey", [NETUID])).toBe(account("Bob"));
  expect(setHotkey("Charlie")).toBe("TxRateLimitExceeded");
});

test("work is no way to register any more", () => {
  const args = { registration_allowed: true };
  expect(set("sudo_set_network_pow_registration_allowed", args)).toBe("POWRegistrationDisabled");
});
