/** Plain weights: every rule, and what they leave behind. */
import { beforeEach, describe, expect, test } from "vitest";
import { accountOf, NETUID, OWNER_HOTKEY, TestSubnet, TOKEN } from "./testing-subnet.ts";

const VALIDATOR = accountOf("validator");

let subnet: TestSubnet;
let validator: number;
let miners: number[];

beforeEach(() => {
  subnet = new TestSubnet();
  validator = subnet.join("validator", 100n * TOKEN);
  miners = ["first", "second"].map((name) => subnet.join(name, 0n));
  const permits = [false, true, false, false];
  subnet.state.put("SubtensorModule.ValidatorPermit", [NETUID], permits);
  subnet.next();
});

function weights(uids: readonly number[], values: readonly number[], versionKey = 0n): object {
  return { netuid: NETUID, dests: uids, weights: values, version_key: versionKey };
}

describe("set_weights", () => {
  test("stores the largest as 65535 and tells of it", () => {
    subnet.call(VALIDATOR, "set_weights", weights([3, 2], [2, 1]));
    expect(subnet.state.get("SubtensorModule.Weights", [NETUID, validator])).toEqual([
      [3, 65_535],
      [2, 32_768],
    ]);
    expect(subnet.state.get("SubtensorModule.LastUpdate", [NETUID])[validator]).toBe(2n);
    expect(subnet.eventsOf("SubtensorModule.WeightsSet")).toEqual([[NETUID, validator]]);
    subnet.next();
  });

  test.each<[string, Partial<Record<string, unknown>>]>([
    ["WeightVecNotEqualSize", { weights: [1] }],
    ["UidsLengthExceedUidsInSubNet", { dests: [1, 2, 3, 4, 5], weights: [1, 1, 1, 1, 1] }],
    ["DuplicateUids", { dests: [2, 2] }],
    ["UidVecContainInvalidOne", { dests: [2, 4] }],
    ["MechanismDoesNotExist", { netuid: 7 }],
  ])("refuses what is not well formed: %s", (error, change) => {
    const args = { ...weights([2, 3], [1, 1]), ...change };
    if (change["netuid"] !== undefined) {
      subnet.state.put("SubtensorModule.CommitRevealWeightsEnabled", [7], false);
    }
    expect(subnet.outcome(VALIDATOR, "set_weights", args)).toBe(error);
    expect(subnet.state.get("SubtensorModule.Weights", [NETUID, validator])).toEqual([]);
  });

  test("refuses a hotkey that is not registered", () => {
    const args = weights([2, 3], [1, 1]);
    expect(subnet.outcome(accountOf("nobody"), "set_weights", args)).toBe(
      "HotKeyNotRegisteredInSubNet",
    );
  });

  test("refuses a stake below the threshold, in the pool already, but never the owner", () => {
    const args = weights([2, 3], [1, 1]);
    subnet.state.put("SubtensorModule.StakeThreshold", [], 101n * TOKEN);
    expect(subnet.screen(VALIDATOR, "set_weights", args)).toBe("StakeAmountTooLow");
    expect(subnet.outcome(VALIDATOR, "set_weights", args)).toBe("NotEnoughStakeToSetWeights");
    expect(subnet.screen(OWNER_HOTKEY, "set_weights", args)).toBeUndefined();
    expect(subnet.outcome(OWNER_HOTKEY, "set_weights", args)).toBe("ok");
  });

  test("refuses an older version key and accepts a newer one", () => {
    subnet.state.put("SubtensorModule.WeightsVersionKey", [NETUID], 5n);
    const set = (key: bigint): string =>
      subnet.outcome(VALIDATOR, "set_weights", weights([2, 3], [1, 1], key));
    expect(set(4n)).toBe("IncorrectWeightVersionKey");
    expect(set(6n)).toBe("ok");
  });

  test("refuses weights before the rate limit has passed, in the pool already", () => {
    subnet.state.put("SubtensorModule.WeightsSetRateLimit", [NETUID], 3n);
    subnet.next(3);
    const args = weights([2, 3], [1, 1]);
    expect(subnet.screen(VALIDATOR, "set_weights", args)).toBeUndefined();
    subnet.call(VALIDATOR, "set_weights", args);
    subnet.next(2);
    expect(subnet.screen(VALIDATOR, "set_weights", args)).toBe("RateLimitExceeded");
    expect(subnet.outcome(VALIDATOR, "set_weights", args)).toBe("SettingWeightsTooFast");
    subnet.next();
    expect(subnet.outcome(VALIDATOR, "set_weights", args)).toBe("ok");
  });

  test("refuses who has no permit, unless it weighs itself alone", () => {
    const miner = accountOf("first");
    expect(subnet.outcome(miner, "set_weights", weights([3], [1]))).toBe("NeuronNoValidatorPermit");
    expect(subnet.outcome(miner, "set_weights", weights([2], [1]))).toBe("ok");
  });

  test("refuses fewer weights than the least, which a small subnet cannot reach", () => {
    subnet.state.put("SubtensorModule.MinAllowedWeights", [NETUID], 3);
    const set = (uids: number[]): string =>
      subnet.outcome(
        VALIDATOR,
        "set_weights",
        weights(
          uids,
          uids.map(() => 1),
        ),
      );
    expect(set([2, 3])).toBe("WeightVecLengthIsLow");
    expect(set([0, 2, 3])).toBe("ok");
    subnet.state.put("SubtensorModule.MinAllowedWeights", [NETUID], 1_024);
    expect(set([0, 1, 2, 3])).toBe("ok");
  });

  test("refuses a weight above the limit and accepts one at it", () => {
    subnet.state.put("SubtensorModule.MaxWeightsLimit", [NETUID], 32_768);
    const set = (values: number[]): string =>
      subnet.outcome(VALIDATOR, "set_weights", weights(miners, values));
    expect(set([2, 1])).toBe("MaxWeightExceeded");
    expect(set([1, 1])).toBe("ok");
  });

  test("refuses plain weights where commit-reveal is on", () => {
    subnet.state.put("SubtensorModule.CommitRevealWeightsEnabled", [NETUID], true);
    const args = weights([2, 3], [1, 1]);
    expect(subnet.outcome(VALIDATOR, "set_weights", args)).toBe("CommitRevealEnabled");
  });
});

describe("set_mechanism_weights", () => {
  test("keeps weights and patience of each mechanism apart", () => {
    subnet.state.put("SubtensorModule.MechanismCountCurrent", [NETUID], 2);
    subnet.state.put("SubtensorModule.WeightsSetRateLimit", [NETUID], 100n);
    const args = { ...weights([2, 3], [1, 2]), mecid: 1 };
    expect(subnet.outcome(VALIDATOR, "set_mechanism_weights", args)).toBe("ok");
    expect(subnet.state.get("SubtensorModule.Weights", [4096 + NETUID, validator])).toEqual([
      [2, 32_768],
      [3, 65_535],
    ]);
    expect(subnet.state.get("SubtensorModule.Weights", [NETUID, validator])).toEqual([]);
    expect(subnet.screen(VALIDATOR, "set_mechanism_weights", args)).toBe("RateLimitExceeded");
  });

  test("refuses a mechanism that the subnet has not", () => {
    const args = { ...weights([2, 3], [1, 2]), mecid: 1 };
    expect(subnet.outcome(VALIDATOR, "set_mechanism_weights", args)).toBe("MechanismDoesNotExist");
  });
});

describe("batch_set_weights", () => {
  const rows = [
    [
      [2, 1],
      [3, 1],
    ],
    [[2, 1]],
  ];

  test("sets what it can and names what it cannot", () => {
    subnet.state.put("SubtensorModule.CommitRevealWeightsEnabled", [9], false);
    const args = { netuids: [NETUID, 9], weights: rows, version_keys: [0, 0n] };
    expect(subnet.outcome(VALIDATOR, "batch_set_weights", args)).toBe("ok");
    expect(subnet.state.get("SubtensorModule.Weights", [NETUID, validator])).toHaveLength(2);
    expect(subnet.events.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        "SubtensorModule.WeightsSet",
        "SubtensorModule.BatchCompletedWithErrors",
        "SubtensorModule.BatchWeightItemFailed",
        "SubtensorModule.BatchWeightsCompleted",
      ]),
    );
    subnet.next();
  });

  test("refuses lists of different lengths, in the pool already", () => {
    const args = { netuids: [NETUID, 9], weights: rows, version_keys: [0] };
    expect(subnet.screen(VALIDATOR, "batch_set_weights", args)).toBe("InputLengthsUnequal");
    expect(subnet.outcome(VALIDATOR, "batch_set_weights", args)).toBe("InputLengthsUnequal");
  });
});
