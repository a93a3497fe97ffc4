/** Epochs through storage: what the real runtime made of seven subnets, and what mechanisms and commits add to it. */
import { describe, expect, test } from "vitest";
import type { Context } from "../runtime/pallet.ts";
import { State } from "../runtime/state.ts";
import { EMISSION, type Scenario, scenarios, type VectorRow } from "../yuma/testing-vectors.ts";
import { type Earnings, runEpoch } from "./epoch.ts";
import { accountOf } from "./testing-subnet.ts";

type Epoch = Scenario["epochs"][number];

function emptyState(): State {
  return new State({ get: () => undefined, keys: () => [] });
}

function contextAt(state: State, block: number): Context {
  return {
    ...{ state, block, timestampMs: 0 },
    emit: () => undefined,
    dispatch: () => undefined,
  };
}

function found(state: State, params: Scenario["params"], neurons: number): void {
  const { netuid } = params;
  const hotkeys = Array.from({ length: neurons }, (_, uid) => accountOf(`neuron ${uid}`));
  state.put("SubtensorModule.SubnetworkN", [netuid], neurons);
  for (const [uid, hotkey] of hotkeys.entries()) {
    state.put("SubtensorModule.Keys", [netuid, uid], hotkey);
    state.put("SubtensorModule.Uids", [netuid, hotkey], uid);
  }
  const owner = hotkeys[params.ownerUid];
  if (owner !== undefined) state.put("SubtensorModule.SubnetOwnerHotkey", [netuid], owner);
  state.put("SubtensorModule.CommitRevealWeightsEnabled", [netuid], false);
  state.put("SubtensorModule.Tempo", [netuid], params.tempo);
  const factor = (params.activityCutoff * 1_000) / params.tempo;
  state.put("SubtensorModule.ActivityCutoffFactorMilli", [netuid], factor);
  state.put("SubtensorModule.Kappa", [netuid], params.kappa);
  const average = BigInt(params.bondsMovingAverage);
  state.put("SubtensorModule.BondsMovingAverage", [netuid], average);
  state.put("SubtensorModule.BondsPenalty", [netuid], params.bondsPenalty);
  state.put("SubtensorModule.Yuma3On", [netuid], params.yuma3);
  state.put("SubtensorModule.LiquidAlphaOn", [netuid], params.liquidAlpha);
  state.put("SubtensorModule.AlphaValues", [netuid], params.alphaValues);
  const steepness = params.alphaSigmoidSteepness;
  state.put("SubtensorModule.AlphaSigmoidSteepness", [netuid], steepness);
  state.put("SubtensorModule.MaxAllowedValidators", [netuid], params.maxAllowedValidators);
}

/** Everything of the epoch's input but bonds and permits, which the epoch before has left. */
function enter(state: State, netuid: number, { input, lastMechanismStepBlock }: Epoch): void {
  for (const [uid, stake] of input.totalStake.entries()) {
    const hotkey = state.get("SubtensorModule.Keys", [netuid, uid]);
    state.put("SubtensorModule.TotalHotkeyAlpha", [hotkey, netuid], BigInt(stake));
    const since = BigInt(input.blockAtRegistration[uid] ?? 0);
    state.put("SubtensorModule.BlockAtRegistration", [netuid, uid], since);
  }
  for (const [uid, row] of input.weights) state.put("SubtensorModule.Weights", [netuid, uid], row);
  state.put("SubtensorModule.LastUpdate", [netuid], input.lastUpdate.map(BigInt));
  const last = BigInt(lastMechanismStepBlock);
  state.put("SubtensorModule.LastMechansimStepBlock", [netuid], last);
}

function bondsOf(rows: readonly VectorRow[], uid: number): (readonly [number, number])[] {
  return rows.find(([i]) => i === uid)?.[1] ?? [];
}

describe("epochs of the real runtime, one after the other through storage", () => {
  test.each(scenarios.map((scenario, i) => ({ ...scenario, name: `subnet ${i}` })))(
    "$name: equal in every bit",
    ({ params, epochs }) => {
      const { netuid } = params;
      const state = emptyState();
      const first = epochs[0]?.input;
      found(state, params, first?.totalStake.length ?? 0);
      state.put("SubtensorModule.ValidatorPermit", [netuid], first?.validatorPermit ?? []);
      for (const [uid, row] of first?.bonds ?? []) {
        state.put("SubtensorModule.Bonds", [netuid, uid], row);
      }
      for (const epoch of epochs) {
        enter(state, netuid, epoch);
        runEpoch(contextAt(state, epoch.epochBlock), netuid, EMISSION);
        const { output } = epoch;
        expect(state.get("SubtensorModule.Consensus", [netuid])).toEqual(output.consensus);
        expect(state.get("SubtensorModule.Incentive", [netuid])).toEqual(output.incentive);
        expect(state.get("SubtensorModule.Dividends", [netuid])).toEqual(output.dividends);
        expect(state.get("SubtensorModule.ValidatorTrust", [netuid])).toEqual(
          output.validatorTrust,
        );
        expect(state.get("SubtensorModule.ValidatorPermit", [netuid])).toEqual(
          output.validatorPermit,
        );
        for (const uid of output.consensus.keys()) {
          const bonds = state.get("SubtensorModule.Bonds", [netuid, uid]);
          expect(bonds).toEqual(bondsOf(output.bonds, uid));
        }
        const emission = state.get("SubtensorModule.Emission", [netuid]);
        expect(emission.map(Number)).toEqual(output.emission);
      }
    },
  );
});

const params: Scenario["params"] = {
  ...{ netuid: 1, tempo: 10, kappa: 32_767, bondsMovingAverage: "900000", bondsPenalty: 65_535 },
  ...{ yuma3: true, liquidAlpha: false, alphaValues: [45_875, 58_982], stakeThreshold: "0" },
  ...{ alphaSigmoidSteepness: 1_000, maxAllowedValidators: 64, activityCutoff: 5_000, ownerUid: 9 },
};

/** Uid 0 validates, uids 1 and 2 serve. */
function small(): State {
  const state = emptyState();
  found(state, params, 3);
  enter(state, 1, {
    lastMechanismStepBlock: 10,
    epochBlock: 20,
    input: {
      ...{ totalStake: ["1000", "0", "0"], validatorPermit: [], bonds: [] },
      ...{ lastUpdate: [15, 2, 2], blockAtRegistration: [1, 1, 1], weights: [[0, [[1, 65_535]]]] },
    },
    output: {} as Epoch["output"],
  });
  state.put("SubtensorModule.ValidatorPermit", [1], [true, false, false]);
  return state;
}

describe("an epoch", () => {
  test("pays nobody below the threshold of stake, but the owner", () => {
    const state = small();
    state.put("SubtensorModule.StakeThreshold", [], 1_001n);
    const validating = (): bigint | undefined =>
      runEpoch(contextAt(state, 20), 1, 1_000_000n)[0]?.validating;
    expect(validating()).toBe(0n);
    state.put("SubtensorModule.SubnetOwnerHotkey", [1], accountOf("neuron 0"));
    expect(validating()).toBeGreaterThan(0n);
  });

  test("counts root stake by TaoWeight", () => {
    const state = small();
    state.put("SubtensorModule.TotalHotkeyAlpha", [accountOf("neuron 0"), 1], 0n);
    state.put("SubtensorModule.TotalHotkeyAlpha", [accountOf("neuron 0"), 0], 1_000n);
    runEpoch(contextAt(state, 20), 1, 1_000_000n);
    expect(state.get("SubtensorModule.StakeWeight", [1])).toEqual([65_535, 0, 0]);
    state.put("SubtensorModule.TaoWeight", [], 0n);
    runEpoch(contextAt(state, 20), 1, 1_000_000n);
    expect(state.get("SubtensorModule.StakeWeight", [1])).toEqual([0, 0, 0]);
  });

  test("takes weights in whatever order the validator named them", () => {
    const [one, other] = [small(), small()];
    one.put(
      "SubtensorModule.Weights",
      [1, 0],
      [
        [1, 40_000],
        [2, 65_535],
      ],
    );
    other.put(
      "SubtensorModule.Weights",
      [1, 0],
      [
        [2, 65_535],
        [1, 40_000],
      ],
    );
    const [a, b] = [one, other].map((state) => runEpoch(contextAt(state, 20), 1, 1_000_000n));
    expect(a).toEqual(b);
    expect(a?.[2]?.serving).toBeGreaterThan(a?.[1]?.serving ?? 0n);
  });

  test("shares emission between mechanisms, each with its own weights and incentive", () => {
    const state = small();
    state.put("SubtensorModule.MechanismCountCurrent", [1], 2);
    state.put("SubtensorModule.LastUpdate", [4_097], [15n, 2n, 2n]);
    state.put("SubtensorModule.Weights", [4_097, 0], [[2, 65_535]]);
    const serving = (earnings: Earnings[]): bigint[] => earnings.map((one) => one.serving);
    expect(serving(runEpoch(contextAt(state, 20), 1, 1_000_001n))).toEqual([
      0n,
      250_000n,
      250_000n,
    ]);
    expect(state.get("SubtensorModule.Incentive", [1])).toEqual([0, 65_535, 0]);
    expect(state.get("SubtensorModule.Incentive", [4_097])).toEqual([0, 0, 65_535]);
    state.put("SubtensorModule.MechanismEmissionSplit", [1], [13_107, 52_428]);
    expect(serving(runEpoch(contextAt(state, 20), 1, 1_000_000n))).toEqual([
      0n,
      100_000n,
      400_000n,
    ]);
  });

  test("does not take old weights for an opinion of who came since, though a commit is newer", () => {
    const state = small();
    state.put("SubtensorModule.BlockAtRegistration", [1, 1], 12n);
    const serving = (): bigint | undefined =>
      runEpoch(contextAt(state, 20), 1, 1_000_000n)[1]?.serving;
    expect(serving()).toBe(500_000n);
    state.put("SubtensorModule.CommitRevealWeightsEnabled", [1], true);
    const hash = `0x${"00".repeat(32)}`;
    state.put("SubtensorModule.WeightCommits", [1, accountOf("neuron 0")], [[hash, 0n, 11n, 0n]]);
    expect(serving()).toBe(0n);
    state.put("SubtensorModule.WeightCommits", [1, accountOf("neuron 0")], [[hash, 0n, 15n, 0n]]);
    expect(serving()).toBe(500_000n);
    const sealed: [ReturnType<typeof accountOf>, bigint, Uint8Array, bigint][] = [
      [accountOf("neuron 0"), 11n, new Uint8Array(), 1n],
    ];
    state.put("SubtensorModule.TimelockedWeightCommits", [1, 0n], sealed);
    expect(serving()).toBe(0n);
  });
});
