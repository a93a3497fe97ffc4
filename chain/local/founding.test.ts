/** Founding of subnets, through the whole runtime: real extrinsics in block 1. */
import { beforeAll, describe, expect, test } from "vitest";
import { devSigner } from "../wallet/key.ts";
import { foundingExtrinsics } from "./founding.ts";
import { ALICE } from "./pallets/balances.ts";
import { PARTS } from "./pallets/parts.ts";
import { composeRuntime } from "./runtime/executive.ts";
import { State } from "./runtime/state.ts";
import { type SubnetSettings, subnetSettings } from "./subnet-settings.ts";

const GENESIS = `0x${"44".repeat(32)}`;
const SIGNING = {
  specVersion: 424,
  transactionVersion: 1,
  genesisHash: GENESIS,
  birthHash: GENESIS,
};
const alice = devSigner("//Alice");

interface EventRecord {
  readonly event: { readonly type: string; readonly value: { type: string; value: unknown } };
}

/** State after block 1, and what happened in it. */
function found(
  settings: readonly SubnetSettings[],
  blocks = 1,
): { state: State; events: string[] } {
  const runtime = composeRuntime(PARTS, {});
  const values = new Map<string, Uint8Array>();
  const state = new State({
    get: (key) => values.get(key),
    keys: (prefix) => [...values.keys()].filter((key) => key.startsWith(prefix)),
  });
  const commit = (): void => {
    for (const [key, bytes] of state.takeChanges()) {
      if (bytes === undefined) values.delete(key);
      else values.set(key, bytes);
    }
  };
  runtime.genesis(state);
  commit();
  const candidates = foundingExtrinsics(settings, alice, SIGNING);
  let events: string[] = [];
  for (let number = 1; number <= blocks; number++) {
    const parentHash = number === 1 ? GENESIS : `0x${String(number).padStart(64, "0")}`;
    const timestampMs = 1_760_000_000_000 + number * 1_000;
    const isFirst = number === 1;
    const block = { number, parentHash, timestampMs, candidates: isFirst ? candidates : [] };
    const { included, refused } = runtime.execute(state, block);
    commit();
    if (!isFirst) continue;
    expect(refused).toEqual([]);
    expect(included).toHaveLength(candidates.length);
    events = (state.get("System.Events", []) as unknown as EventRecord[]).map(({ event }) => {
      const { type, value } = event;
      const result = (value.value as { sudo_result?: { success: boolean } } | undefined)
        ?.sudo_result;
      return `${type}.${value.type}${result === undefined ? "" : ` ${result.success}`}`;
    });
  }
  return { state, events };
}

const FULL: Required<SubnetSettings> = {
  tempo: 10,
  weightsRateLimit: 3,
  servingRateLimit: 0,
  maxAllowedValidators: 2,
  maxAllowedUids: 5,
  minAllowedWeights: 2,
  weightsVersionKey: 7n,
  immunityPeriod: 20,
  minNonImmuneUids: 0,
  commitReveal: true,
  revealPeriodEpochs: 2,
  burnRao: 5_000_000n,
  stakeThresholdRao: 1_000n,
  activityCutoffFactorMilli: 2_000,
  kappa: 30_000,
  bondsMovingAverage: 990_000,
  bondsPenalty: 1_000,
  yuma3: true,
  liquidAlpha: true,
  alphaValues: [2_000, 60_000],
  alphaSigmoidSteepness: 500,
  mechanismCount: 2,
  registrationAllowed: true,
};

describe("block 1", () => {
  let first: ReturnType<typeof found>;
  beforeAll(() => {
    first = found([FULL, {}], 12);
  });

  test("founds the subnets, each with every hyperparameter that was asked for", () => {
    const { state } = first;
    expect(state.get("SubtensorModule.NetworksAdded", [1])).toBe(true);
    expect(state.get("SubtensorModule.NetworksAdded", [2])).toBe(true);
    expect(state.get("SubtensorModule.NetworksAdded", [3])).toBe(false);
    expect({
      tempo: state.get("SubtensorModule.Tempo", [1]),
      weightsRateLimit: Number(state.get("SubtensorModule.WeightsSetRateLimit", [1])),
      servingRateLimit: Number(state.get("SubtensorModule.ServingRateLimit", [1])),
      maxAllowedValidators: state.get("SubtensorModule.MaxAllowedValidators", [1]),
      maxAllowedUids: state.get("SubtensorModule.MaxAllowedUids", [1]),
      minAllowedWeights: state.get("SubtensorModule.MinAllowedWeights", [1]),
      weightsVersionKey: state.get("SubtensorModule.WeightsVersionKey", [1]),
      immunityPeriod: state.get("SubtensorModule.ImmunityPeriod", [1]),
      minNonImmuneUids: state.get("SubtensorModule.MinNonImmuneUids", [1]),
      commitReveal: state.get("SubtensorModule.CommitRevealWeightsEnabled", [1]),
      revealPeriodEpochs: Number(state.get("SubtensorModule.RevealPeriodEpochs", [1])),
      burnRao: state.get("SubtensorModule.Burn", [1]),
      stakeThresholdRao: state.get("SubtensorModule.StakeThreshold", []),
      activityCutoffFactorMilli: state.get("SubtensorModule.ActivityCutoffFactorMilli", [1]),
      kappa: state.get("SubtensorModule.Kappa", [1]),
      bondsMovingAverage: Number(state.get("SubtensorModule.BondsMovingAverage", [1])),
      bondsPenalty: state.get("SubtensorModule.BondsPenalty", [1]),
      yuma3: state.get("SubtensorModule.Yuma3On", [1]),
      liquidAlpha: state.get("SubtensorModule.LiquidAlphaOn", [1]),
      alphaValues: state.get("SubtensorModule.AlphaValues", [1]),
      alphaSigmoidSteepness: state.get("SubtensorModule.AlphaSigmoidSteepness", [1]),
      mechanismCount: state.get("SubtensorModule.MechanismCountCurrent", [1]),
      registrationAllowed: state.get("SubtensorModule.NetworkRegistrationAllowed", [1]),
    }).toEqual(FULL);
  });

  test("leaves no call of root refused", () => {
    const { events } = first;
    expect(events.filter((event) => event.startsWith("Sudo.Sudid"))).toEqual(
      Array.from({ length: 3 }, () => "Sudo.Sudid true"),
    );
    expect(events.filter((event) => event === "System.ExtrinsicFailed")).toEqual([]);
  });

  test("makes //Alice the owner, with uid 0, and lets alpha be emitted and traded", () => {
    const { state } = first;
    expect(state.get("SubtensorModule.SubnetOwner", [2])).toBe(ALICE);
    expect(state.get("SubtensorModule.Keys", [2, 0])).toBe(ALICE);
    expect(state.get("SubtensorModule.SubtokenEnabled", [2])).toBe(true);
    expect(state.get("SubtensorModule.FirstEmissionBlockNumber", [2])).toBe(2n);
    expect(state.get("SubtensorModule.SubnetEmissionEnabled", [2])).toBe(true);
  });

  test("turns commit-reveal off where nobody asks for it, and leaves all else as the chain has it", () => {
    const { state } = first;
    expect(state.get("SubtensorModule.CommitRevealWeightsEnabled", [2])).toBe(false);
    expect(state.get("SubtensorModule.Tempo", [2])).toBe(360);
    expect(state.get("SubtensorModule.MaxAllowedUids", [2])).toBe(256);
    expect(state.get("SubtensorModule.MinAllowedWeights", [2])).toBe(1);
    expect(state.get("SubtensorModule.ImmunityPeriod", [2])).toBe(5_000);
  });

  test("has nothing to do where no subnet is wished", () => {
    expect(foundingExtrinsics([], alice, SIGNING)).toEqual([]);
  });
});

describe("settings", () => {
  test("accepts what the chain takes", () => {
    expect(subnetSettings([FULL, {}])).toEqual([FULL, {}]);
  });

  test.each([
    ["a tempo of no blocks", { tempo: 0 }],
    ["a word it does not know", { temp: 10 }],
    ["more uids than a subnet has", { maxAllowedUids: 257 }],
    ["more validators than uids", { maxAllowedUids: 4, maxAllowedValidators: 5 }],
    ["more than 256 uids over all mechanisms", { maxAllowedUids: 200, mechanismCount: 2 }],
    ["two mechanisms in a full subnet", { mechanismCount: 2 }],
    ["alpha values without liquid alpha", { alphaValues: [2_000, 3_000] }],
    ["alpha values upside down", { liquidAlpha: true, alphaValues: [3_000, 2_000] }],
    ["a seat for a whole TAO", { burnRao: 1_000_000_000n }],
    ["a reveal in the epoch of its commit", { revealPeriodEpochs: 0 }],
    ["a number where rao are counted", { burnRao: 5 }],
  ])("refuses %s", (_, settings) => {
    expect(() => subnetSettings([settings])).toThrow("no settings of a local chain's subnets");
  });
});
