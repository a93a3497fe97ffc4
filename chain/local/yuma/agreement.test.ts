import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Agree } from "./agreement.ts";
import { denseAgreement } from "./dense.ts";
import type { SparseRow, YumaInput, YumaNeuron, YumaParameters } from "./input.ts";
import { referenceAgreement } from "./reference.ts";
import { runYuma } from "./yuma.ts";

const BLOCK = 100;

/** Few different values tie at the border of the median, where the order of the search decides. */
const anyU16 = fc.oneof(fc.nat(65_535), fc.constantFrom(0, 1, 2, 32_767, 65_534, 65_535));
const anyRow = (n: number): fc.Arbitrary<SparseRow> =>
  fc
    .uniqueArray(fc.tuple(fc.nat(n - 1), anyU16), { selector: ([j]) => j, maxLength: n })
    .map((row) => row.toSorted(([a], [b]) => a - b));

const anyNeuron = (n: number): fc.Arbitrary<YumaNeuron> =>
  fc
    .record({
      stake: fc.oneof(
        fc.bigInt({ min: 0n, max: 21n * 10n ** 15n }),
        fc.constantFrom(0n, 10n ** 12n),
      ),
      // Most may speak; else there is little to compare.
      validatorPermit: fc.integer({ min: 0, max: 3 }).map((x) => x > 0),
      lastUpdate: fc.integer({ min: 60, max: BLOCK }),
      blockAtRegistration: fc.oneof(fc.nat(65), fc.nat(BLOCK)),
      committed: fc.option(fc.integer({ min: 50, max: BLOCK }), { nil: undefined }),
      weights: anyRow(n),
      bonds: anyRow(n),
    })
    .map(({ committed, ...rest }) =>
      committed === undefined ? rest : { ...rest, earliestCommitBlock: committed },
    );

const anyInput: fc.Arbitrary<YumaInput> = fc
  .integer({ min: 1, max: 20 })
  .chain((n) =>
    fc.record({
      block: fc.constant(BLOCK),
      lastEpochBlock: fc.constantFrom(0, 90),
      ownerUid: fc.option(fc.nat(n - 1), { nil: undefined }),
      emission: fc.bigInt({ min: 0n, max: 10n ** 13n }),
      neurons: fc.array(anyNeuron(n), { minLength: n, maxLength: n }),
    }),
  )
  .map(({ ownerUid, ...rest }) => (ownerUid === undefined ? rest : { ...rest, ownerUid }));

const anyParameters: fc.Arbitrary<YumaParameters> = fc.record({
  tempo: fc.nat(60),
  activityCutoff: fc.constantFrom(30, 5_000),
  stakeThreshold: fc.constantFrom(0n, 10n ** 12n),
  maxAllowedValidators: fc.integer({ min: 1, max: 24 }),
  kappa: fc.oneof(fc.constant(32_767), fc.nat(65_535)),
  bondsMovingAverage: fc.oneof(fc.constantFrom(0, 900_000, 1_000_000, 1_100_000), fc.nat(975_000)),
  bondsPenalty: fc.oneof(fc.constantFrom(0, 65_535), fc.nat(65_535)),
  yuma3On: fc.boolean(),
  liquidAlphaOn: fc.boolean(),
  alphaValues: fc
    .tuple(fc.integer({ min: 1_638, max: 65_535 }), fc.integer({ min: 1_638, max: 65_535 }))
    .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const),
  // 200 meets the exponent of exactly one; above 1000 exponents are those that doubles do not hold.
  alphaSigmoidSteepness: fc.oneof(
    fc.constantFrom(1_000, 200, -1_000, -200, 0, 32_767),
    fc.integer({ min: -32_768, max: 32_767 }),
    fc.integer({ min: -1_000, max: 1_000 }),
  ),
});

/** Runs both, and compares them to the last of 32 bits, where outcomes in u16 would hide much. */
const bothAgree: Agree = (parameters, input, voices) => {
  const expected = referenceAgreement(parameters, input, voices);
  const ours = denseAgreement(parameters, input, voices);
  expect({ ...ours, bondsOf: undefined }).toEqual({ ...expected, bondsOf: undefined });
  for (const uid of input.neurons.keys()) expect(ours.bondsOf(uid)).toEqual(expected.bondsOf(uid));
  return ours;
};

describe("the fast agreement", () => {
  test("equals the reference in every bit, over any subnet", () => {
    let spoken = 0;
    fc.assert(
      fc.property(anyParameters, anyInput, (parameters, input) => {
        const outcome = runYuma(parameters, input, bothAgree);
        if (outcome.some(({ incentive }) => incentive > 0)) spoken += 1;
      }),
      { numRuns: 1_500 },
    );
    expect(spoken).toBeGreaterThan(500);
  });

  test("equals it where every exponent of liquid alpha is exactly one, or minus one", () => {
    // Weights that are the consensus: the difference is 0, the exponent -200/100 · (0 - 1/2).
    const weights: SparseRow = [
      [2, 65_535],
      [3, 65_535],
    ];
    const neuron: YumaNeuron = {
      stake: 10n ** 12n,
      validatorPermit: true,
      lastUpdate: 90,
      blockAtRegistration: 1,
      weights,
      bonds: [],
    };
    const parameters: YumaParameters = {
      tempo: 10,
      activityCutoff: 5_000,
      stakeThreshold: 0n,
      maxAllowedValidators: 4,
      kappa: 32_767,
      bondsMovingAverage: 900_000,
      bondsPenalty: 65_535,
      yuma3On: true,
      liquidAlphaOn: true,
      alphaValues: [0, 65_535],
      alphaSigmoidSteepness: 200,
    };
    const none = { ...neuron, stake: 0n, validatorPermit: false, weights: [] };
    const input = { block: BLOCK, lastEpochBlock: 90, emission: 1_000n };
    const neurons = [neuron, neuron, none, none];
    const bonds = (alphaSigmoidSteepness: number): SparseRow | undefined =>
      runYuma({ ...parameters, alphaSigmoidSteepness }, { ...input, neurons }, bothAgree)[0]?.bonds;
    // Half a weight, 32767 and a half, of which sigmoid(-1) = 0.2689 and sigmoid(1) = 0.7311 are taken.
    expect(bonds(200)).toEqual([
      [2, 8_812],
      [3, 8_812],
    ]);
    expect(bonds(-200)).toEqual([
      [2, 23_954],
      [3, 23_954],
    ]);
  });

  test("comes to nothing over an empty subnet", () => {
    const empty = { block: 1, lastEpochBlock: 0, emission: 5n, neurons: [] };
    fc.assert(
      fc.property(anyParameters, (parameters) => {
        expect(runYuma(parameters, empty)).toEqual([]);
      }),
    );
  });
});
