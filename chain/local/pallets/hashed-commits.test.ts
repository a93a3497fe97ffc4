/** Commit-reveal by hashes, driven over epochs. */
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { publicKeyOf } from "../../account.ts";
import { commitHash } from "../../timelock/commit-hash.ts";
import { accountOf, NETUID, TestSubnet, TOKEN } from "./testing-subnet.ts";

const VALIDATOR = accountOf("validator");
const TEMPO = 10;

let subnet: TestSubnet;
let validator: number;

beforeEach(() => {
  subnet = new TestSubnet();
  validator = subnet.join("validator", 100n * TOKEN);
  for (const name of ["first", "second"]) subnet.join(name, 0n);
  const { state } = subnet;
  state.put("SubtensorModule.CommitRevealWeightsEnabled", [NETUID], true);
  state.put("SubtensorModule.Tempo", [NETUID], TEMPO);
  state.put("SubtensorModule.ValidatorPermit", [NETUID], [false, true, false, false]);
  subnet.next();
});

function revealOf(values: readonly number[], salt: readonly number[] = [1, 2, 3]): object {
  return { netuid: NETUID, uids: [2, 3], values, salt, version_key: 0n };
}

function hashOf(
  values: readonly number[],
  salt: readonly number[] = [1, 2, 3],
  versionKey = 0n,
): string {
  const hash = commitHash({
    hotkey: publicKeyOf(VALIDATOR),
    netuidIndex: NETUID,
    uids: [2, 3],
    values,
    salt,
    versionKey,
  });
  return `0x${Buffer.from(hash).toString("hex")}`;
}

function commit(hash: string): string {
  return subnet.outcome(VALIDATOR, "commit_weights", { netuid: NETUID, commit_hash: hash });
}

/** Goes to the first block of the next epoch. */
function nextEpoch(): void {
  const index = subnet.state.get("SubtensorModule.SubnetEpochIndex", [NETUID]);
  while (subnet.state.get("SubtensorModule.SubnetEpochIndex", [NETUID]) === index) subnet.next();
}

describe("commit and reveal", () => {
  test("stores what was committed an epoch before, and moves LastUpdate by the commit alone", () => {
    expect(commit(hashOf([1, 2]))).toBe("ok");
    const committed = BigInt(subnet.block);
    nextEpoch();
    expect(subnet.screen(VALIDATOR, "reveal_weights", revealOf([1, 2]))).toBeUndefined();
    expect(subnet.outcome(VALIDATOR, "reveal_weights", revealOf([1, 2]))).toBe("ok");
    expect(subnet.eventsOf("SubtensorModule.WeightsRevealed")).toEqual([
      [VALIDATOR, NETUID, hashOf([1, 2])],
    ]);
    const { state } = subnet;
    expect(state.get("SubtensorModule.Weights", [NETUID, validator])).toHaveLength(2);
    expect(state.get("SubtensorModule.LastUpdate", [NETUID])[validator]).toBe(committed);
    expect(state.get("SubtensorModule.WeightCommits", [NETUID, VALIDATOR])).toBeUndefined();
    subnet.next();
  });

  test("knows again whatever was committed", () => {
    const u16 = fc.integer({ min: 0, max: 65_535 });
    const salts = fc.array(u16, { maxLength: 40 });
    const anyValues = fc.tuple(u16, u16);
    const keys = fc.bigInt(0n, 2n ** 64n - 1n);
    fc.assert(
      fc.property(anyValues, salts, keys, (values, salt, versionKey) => {
        subnet = new TestSubnet();
        subnet.join("validator", 100n * TOKEN);
        for (const name of ["first", "second"]) subnet.join(name, 0n);
        const { state } = subnet;
        state.put("SubtensorModule.CommitRevealWeightsEnabled", [NETUID], true);
        state.put("SubtensorModule.ValidatorPermit", [NETUID], [false, true, false, false]);
        subnet.next();
        expect(commit(hashOf(values, salt, versionKey))).toBe("ok");
        state.put("SubtensorModule.SubnetEpochIndex", [NETUID], 1n);
        const reveal = { ...revealOf(values, salt), version_key: versionKey };
        expect(subnet.outcome(VALIDATOR, "reveal_weights", reveal)).toBe("ok");
      }),
      { numRuns: 20 },
    );
  });

  test("refuses a reveal in the epoch of its commit and accepts it in the first block of the next", () => {
    commit(hashOf([1, 2]));
    const reveal = (): string => subnet.outcome(VALIDATOR, "reveal_weights", revealOf([1, 2]));
    const screen = (): unknown => subnet.screen(VALIDATOR, "reveal_weights", revealOf([1, 2]));
    expect([reveal(), screen()]).toEqual(["RevealTooEarly", "CommitBlockNotInRevealRange"]);
    subnet.next();
    expect(reveal()).toBe("RevealTooEarly");
    nextEpoch();
    expect(reveal()).toBe("ok");
  });

  test("refuses a reveal in the epoch after, for its commit has expired", () => {
    commit(hashOf([1, 2]));
    nextEpoch();
    nextEpoch();
    const reveal = revealOf([1, 2]);
    expect(subnet.screen(VALIDATOR, "reveal_weights", reveal)).toBe("CommitBlockNotInRevealRange");
    expect(subnet.outcome(VALIDATOR, "reveal_weights", reveal)).toBe("ExpiredWeightCommit");
    commit(hashOf([5, 5]));
    expect(subnet.outcome(VALIDATOR, "reveal_weights", reveal)).toBe(
      "InvalidRevealCommitHashNotMatch",
    );
  });

  test("waits for as many epochs as the subnet says", () => {
    subnet.state.put("SubtensorModule.RevealPeriodEpochs", [NETUID], 2n);
    commit(hashOf([1, 2]));
    nextEpoch();
    const reveal = (): string => subnet.outcome(VALIDATOR, "reveal_weights", revealOf([1, 2]));
    expect(reveal()).toBe("RevealTooEarly");
    nextEpoch();
    expect(reveal()).toBe("ok");
  });

  test.each([
    ["other weights", [2, 1], [1, 2, 3]],
    ["another salt", [1, 2], [1, 2, 4]],
  ])("refuses %s than were committed", (_, values, salt) => {
    commit(hashOf([1, 2]));
    nextEpoch();
    const reveal = revealOf(values, salt);
    expect(subnet.screen(VALIDATOR, "reveal_weights", reveal)).toBe("CommitNotFound");
    expect(subnet.outcome(VALIDATOR, "reveal_weights", reveal)).toBe(
      "InvalidRevealCommitHashNotMatch",
    );
  });

  test("refuses a reveal without any commit", () => {
    const outcome = subnet.outcome(VALIDATOR, "reveal_weights", revealOf([1, 2]));
    expect(outcome).toBe("NoWeightsCommitFound");
  });

  test("gives up commits older than the one revealed", () => {
    commit(hashOf([1, 2]));
    commit(hashOf([3, 4]));
    nextEpoch();
    expect(subnet.outcome(VALIDATOR, "reveal_weights", revealOf([3, 4]))).toBe("ok");
    expect(subnet.outcome(VALIDATOR, "reveal_weights", revealOf([1, 2]))).toBe(
      "NoWeightsCommitFound",
    );
  });

  test("takes ten commits that wait and refuses the eleventh", () => {
    const outcomes = Array.from({ length: 11 }, (_, i) => commit(hashOf([1, i + 1])));
    expect(outcomes).toEqual([...Array(10).fill("ok"), "TooManyUnrevealedCommits"]);
    nextEpoch();
    nextEpoch();
    expect(commit(hashOf([9, 9]))).toBe("ok");
  });

  test("refuses a commit before the rate limit has passed, in the pool already", () => {
    subnet.state.put("SubtensorModule.WeightsSetRateLimit", [NETUID], 3n);
    subnet.next(3);
    expect(commit(hashOf([1, 2]))).toBe("ok");
    const again = { netuid: NETUID, commit_hash: hashOf([3, 4]) };
    expect(subnet.screen(VALIDATOR, "commit_weights", again)).toBe("RateLimitExceeded");
    expect(subnet.outcome(VALIDATOR, "commit_weights", again)).toBe("CommittingWeightsTooFast");
    subnet.next(3);
    expect(subnet.outcome(VALIDATOR, "commit_weights", again)).toBe("ok");
  });

  test("refuses commits and reveals where commit-reveal is off, and of who has no uid", () => {
    const stranger = accountOf("stranger");
    const args = { netuid: NETUID, commit_hash: hashOf([1, 2]) };
    expect(subnet.outcome(stranger, "commit_weights", args)).toBe("HotKeyNotRegisteredInSubNet");
    subnet.state.put("SubtensorModule.CommitRevealWeightsEnabled", [NETUID], false);
    expect(commit(hashOf([1, 2]))).toBe("CommitRevealDisabled");
    const reveal = subnet.outcome(VALIDATOR, "reveal_weights", revealOf([1, 2]));
    expect(reveal).toBe("CommitRevealDisabled");
  });

  test("keeps a commit that cannot be revealed for want of a permit", () => {
    commit(hashOf([1, 2]));
    nextEpoch();
    subnet.state.put("SubtensorModule.ValidatorPermit", [NETUID], [false, false, false, false]);
    const outcome = subnet.outcome(VALIDATOR, "reveal_weights", revealOf([1, 2]));
    expect(outcome).toBe("NeuronNoValidatorPermit");
    expect(subnet.state.get("SubtensorModule.WeightCommits", [NETUID, VALIDATOR])).toHaveLength(1);
  });
});

describe("batches", () => {
  test("commit for several subnets, and name the one that fails", () => {
    const args = { netuids: [NETUID, 5], commit_hashes: [hashOf([1, 2]), hashOf([1, 2])] };
    expect(subnet.outcome(VALIDATOR, "batch_commit_weights", args)).toBe("ok");
    expect(subnet.eventsOf("SubtensorModule.WeightsCommitted")).toHaveLength(1);
    expect(subnet.eventsOf("SubtensorModule.BatchWeightItemFailed")).toHaveLength(1);
    subnet.next();
  });

  test("reveal several commits at once, or none when one is wrong", () => {
    commit(hashOf([1, 2]));
    commit(hashOf([3, 4]));
    nextEpoch();
    const batch = (second: readonly number[]): object => ({
      netuid: NETUID,
      uids_list: [
        [2, 3],
        [2, 3],
      ],
      values_list: [[1, 2], second],
      salts_list: [
        [1, 2, 3],
        [1, 2, 3],
      ],
      version_keys: [0n, 0n],
    });
    expect(subnet.screen(VALIDATOR, "batch_reveal_weights", batch([4, 4]))).toBe("CommitNotFound");
    expect(subnet.outcome(VALIDATOR, "batch_reveal_weights", batch([4, 4]))).toBe(
      "InvalidRevealCommitHashNotMatch",
    );
    expect(subnet.outcome(VALIDATOR, "batch_reveal_weights", batch([3, 4]))).toBe("ok");
    expect(subnet.eventsOf("SubtensorModule.WeightsBatchRevealed")).toHaveLength(1);
    subnet.next();
  });
});
