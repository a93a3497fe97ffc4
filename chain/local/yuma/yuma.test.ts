import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Agree } from "./agreement.ts";
import { denseAgreement } from "./dense.ts";
import type { SparseRow, YumaInput, YumaNeuron, YumaParameters } from "./input.ts";
import { referenceAgreement } from "./reference.ts";
import { EMISSION, scenarios, type VectorRow } from "./testing-vectors.ts";
import { runYuma, type YumaOutcome } from "./yuma.ts";

const cases = scenarios.flatMap(({ params, epochs }, s) =>
  epochs.map((epoch, e) => ({ name: `subnet ${s}, epoch ${e}`, params, epoch })),
);

function rowOf(rows: readonly VectorRow[], uid: number): SparseRow {
  return rows.find(([i]) => i === uid)?.[1] ?? [];
}

const agreements = [
  ["the reference", referenceAgreement],
  ["the fast one", denseAgreement],
] as const;

function replay({ params, epoch }: (typeof cases)[number], agree: Agree): YumaOutcome[] {
  const { input } = epoch;
  const parameters: YumaParameters = {
    tempo: params.tempo,
    activityCutoff: params.activityCutoff,
    stakeThreshold: BigInt(params.stakeThreshold),
    maxAllowedValidators: params.maxAllowedValidators,
    kappa: params.kappa,
    bondsMovingAverage: Number(params.bondsMovingAverage),
    bondsPenalty: params.bondsPenalty,
    yuma3On: params.yuma3,
    liquidAlphaOn: params.liquidAlpha,
    alphaValues: params.alphaValues,
    alphaSigmoidSteepness: params.alphaSigmoidSteepness,
  };
  const before: YumaInput = {
    block: epoch.epochBlock,
    lastEpochBlock: epoch.lastMechanismStepBlock,
    ownerUid: params.ownerUid,
    emission: EMISSION,
    neurons: input.totalStake.map((stake, uid) => ({
      stake: BigInt(stake),
      validatorPermit: input.validatorPermit[uid] ?? false,
      lastUpdate: input.lastUpdate[uid] ?? 0,
      blockAtRegistration: input.blockAtRegistration[uid] ?? 0,
      weights: rowOf(input.weights, uid),
      bonds: rowOf(input.bonds, uid),
    })),
  };
  return runYuma(parameters, before, agree);
}

describe("the vectors of the real runtime", () => {
  test("cover Yuma 2 and 3, liquid alpha and the bonds penalty", () => {
    expect(cases).toHaveLength(35);
    const kinds = scenarios.map(({ params: p }) => `${p.yuma3} ${p.liquidAlpha}`);
    expect(new Set(kinds)).toEqual(new Set(["false false", "true false", "true true"]));
    expect(scenarios.some(({ params }) => params.bondsPenalty > 0)).toBe(true);
  });
});

describe.each(agreements)("Yuma by %s, against the real runtime", (_, agree) => {
  test.each(cases)("$name: equal in every bit and rao", (vector) => {
    const outcome = replay(vector, agree);
    const { output } = vector.epoch;
    expect(outcome.map((x) => x.consensus)).toEqual(output.consensus);
    expect(outcome.map((x) => x.incentive)).toEqual(output.incentive);
    expect(outcome.map((x) => x.dividends)).toEqual(output.dividends);
    expect(outcome.map((x) => x.validatorTrust)).toEqual(output.validatorTrust);
    expect(outcome.map((x) => x.validatorPermit)).toEqual(output.validatorPermit);
    expect(outcome.map((x) => Number(x.emission))).toEqual(output.emission);
    expect(outcome.map((x) => x.bonds)).toEqual(outcome.map((_, uid) => rowOf(output.bonds, uid)));
  });

  test("pays in two parts what it shows as one, to the rao that is cut off twice", () => {
    for (const x of cases.flatMap((vector) => replay(vector, agree))) {
      const cutOff = x.emission - x.serverEmission - x.validatorEmission;
      expect(cutOff === 0n || cutOff === 1n).toBe(true);
    }
  });

  test("notices a single weight that is one less", () => {
    const honest = cases[1];
    if (honest === undefined) throw new Error("the vectors are empty");
    const forged = structuredClone(honest);
    const weight = forged.epoch.input.weights[0]?.[1][0];
    if (weight === undefined) throw new Error("the first validator set no weights");
    weight[1] -= 1;
    expect(replay(forged, agree)).not.toEqual(replay(honest, agree));
  });
});

// Subtensor's defaults, but for tempo and threshold.
const parameters: YumaParameters = {
  tempo: 10,
  activityCutoff: 5_000,
  stakeThreshold: 100n,
  maxAllowedValidators: 64,
  kappa: 32_767,
  bondsMovingAverage: 900_000,
  bondsPenalty: 65_535,
  yuma3On: false,
  liquidAlphaOn: false,
  alphaValues: [45_875, 58_982],
  alphaSigmoidSteepness: 1_000,
};

describe.each(agreements)("Yuma by %s", (_, agree) => {
  const validator = (
    stake: bigint,
    weights: SparseRow,
    over: Partial<YumaNeuron> = {},
  ): YumaNeuron => ({
    stake,
    validatorPermit: true,
    lastUpdate: 15,
    blockAtRegistration: 1,
    weights,
    bonds: [],
    ...over,
  });
  const miner: YumaNeuron = validator(0n, [], { validatorPermit: false, lastUpdate: 2 });
  const run = (
    neurons: readonly YumaNeuron[],
    over: Partial<YumaParameters> = {},
    before: Partial<YumaInput> = {},
  ): YumaOutcome[] =>
    runYuma(
      { ...parameters, ...over },
      { block: 20, lastEpochBlock: 10, emission: 1_000n, neurons, ...before },
      agree,
    );

  test("pays half to the miners by weight, half to the validator", () => {
    const paid = run([
      validator(1_000n, [
        [1, 65_535],
        [2, 21_845],
      ]),
      miner,
      miner,
    ]);
    expect(paid.map((x) => x.serverEmission)).toEqual([0n, 375n, 125n]);
    expect(paid.map((x) => x.validatorEmission)).toEqual([500n, 0n, 0n]);
  });

  test.each([
    ["has no permit", { validatorPermit: false }],
    ["is inactive", { lastUpdate: 15 - 5_001 }],
    ["set its weights before the miner came", { lastUpdate: 1 }],
    ["committed to its weights before the miner came", { earliestCommitBlock: 0 }],
    ["holds less than the threshold", { stake: 99n }],
  ])("does not follow a validator that %s", (_, over) => {
    const honest = run([validator(1_000n, [[1, 65_535]]), miner]);
    const other = run([validator(1_000n, [[1, 65_535]], over), miner]);
    expect(honest[1]?.incentive).toBe(65_535);
    expect(other[1]?.incentive).toBe(0);
  });

  test("follows a validator whose commit is younger than the miner", () => {
    const weights: SparseRow = [[1, 65_535]];
    const outcome = run([validator(1_000n, weights, { earliestCommitBlock: 1 }), miner]);
    expect(outcome[1]?.incentive).toBe(65_535);
  });

  test("asks of the subnet's owner neither a threshold nor a permit", () => {
    const owner = validator(99n, [[1, 65_535]], { validatorPermit: false });
    expect(run([owner, miner], {}, { ownerUid: 0 })[1]?.incentive).toBe(65_535);
    expect(run([owner, miner])[1]?.incentive).toBe(0);
  });

  test("does not count what a validator says of itself, unless it is the owner", () => {
    const [self, other] = run([
      validator(1_000n, [
        [0, 65_535],
        [1, 1],
      ]),
      miner,
    ]);
    expect(self?.incentive).toBe(0);
    expect(other?.incentive).toBe(65_535);
    const owned = run([validator(1_000n, [[0, 65_535]]), miner], {}, { ownerUid: 0 });
    expect(owned[0]?.incentive).toBe(65_535);
  });

  test("clips a minority that praises its own miner", () => {
    const outcome = run([
      validator(600n, [[2, 65_535]]),
      validator(400n, [[3, 65_535]]),
      miner,
      miner,
    ]);
    expect(outcome.map((x) => x.incentive)).toEqual([0, 0, 65_535, 0]);
    expect(outcome[1]?.validatorTrust).toBe(0);
    expect(outcome[1]?.dividends).toBe(0);
  });

  test("gives permits to the largest stakes only, and to nobody without stake", () => {
    const neurons = [10n, 500n, 0n, 300n, 400n].map((stake) => ({ ...miner, stake }));
    const permits = run(neurons, { maxAllowedValidators: 2 }).map((x) => x.validatorPermit);
    expect(permits).toEqual([false, true, false, false, true]);
    const all = run(neurons, { maxAllowedValidators: 64 }).map((x) => x.validatorPermit);
    expect(all).toEqual([false, true, false, true, true]);
  });

  test("forgets bonds in a uid that has changed hands, and bonds of who loses its permit", () => {
    const bonds: SparseRow = [
      [1, 65_535],
      [2, 65_535],
    ];
    const keeper = validator(1_000n, [[1, 65_535]], { bonds });
    const newcomer = { ...miner, blockAtRegistration: 12, lastUpdate: 12 };
    const [kept] = run([keeper, miner, newcomer]);
    expect(kept?.bonds.map(([j]) => j)).toEqual([1]);
    const [lost] = run([{ ...keeper, stake: 1n }, miner, miner]);
    expect(lost?.bonds).toEqual([]);
  });

  test("shares out by stake while nobody has set weights, and never more than there is", () => {
    const outcome = run([validator(300n, []), validator(100n, []), miner]);
    expect(outcome.map((x) => x.validatorEmission)).toEqual([750n, 250n, 0n]);
    const anyNeurons = fc.array(
      fc.record({
        stake: fc.bigInt({ min: 0n, max: 10n ** 16n }),
        validatorPermit: fc.boolean(),
        lastUpdate: fc.nat(20),
        blockAtRegistration: fc.nat(20),
        weights: fc.uniqueArray(fc.tuple(fc.nat(11), fc.nat(65_535)), { selector: ([j]) => j }),
        bonds: fc.uniqueArray(fc.tuple(fc.nat(11), fc.nat(65_535)), { selector: ([j]) => j }),
      }),
      { minLength: 12, maxLength: 12 },
    );
    const ascending = (row: SparseRow): SparseRow => [...row].sort(([a], [b]) => a - b);
    fc.assert(
      fc.property(anyNeurons, fc.boolean(), fc.boolean(), (neurons, yuma3On, liquidAlphaOn) => {
        const sorted = neurons.map((x) => ({
          ...x,
          weights: ascending(x.weights),
          bonds: ascending(x.bonds),
        }));
        const paid = run(sorted, { yuma3On, liquidAlphaOn });
        const total = paid.reduce((t, x) => t + x.serverEmission + x.validatorEmission, 0n);
        expect(total).toBeLessThanOrEqual(1_000n);
        for (const { incentive, dividends, consensus, validatorTrust, bonds } of paid) {
          for (const value of [
            incentive,
            dividends,
            consensus,
            validatorTrust,
            ...bonds.map(([, b]) => b),
          ]) {
            expect(Number.isInteger(value) && value >= 0 && value <= 65_535).toBe(true);
          }
        }
      }),
    );
  });

  test("comes to nothing over an empty subnet", () => {
    expect(run([])).toEqual([]);
  });
});
