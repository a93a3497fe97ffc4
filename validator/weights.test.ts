import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Endpoint, Hotkey, Metagraph, Neuron } from "../chain/chain.ts";
import { weightsOf } from "./weights.ts";

const VALIDATOR = "validator" as Hotkey;
const ENDPOINT: Endpoint = { ip: "127.0.0.1", port: 8091 };

function neuron(uid: number, hotkey: Hotkey, endpoint: Endpoint | undefined = ENDPOINT): Neuron {
  return {
    ...{ uid, hotkey, coldkey: hotkey, endpoint, stake: 0n, validatorPermit: false, active: true },
    ...{ lastUpdate: 0, registeredAt: 0, incentive: 0, consensus: 0, dividends: 0 },
    ...{ validatorTrust: 0, emission: 0n, weights: [] },
  };
}

function metagraphOf(neurons: readonly Neuron[]): Metagraph {
  return { netuid: 1, block: 1, neurons };
}

const miners = (count: number): readonly Neuron[] =>
  Array.from({ length: count }, (_, uid) => neuron(uid, `miner ${uid}` as Hotkey));

const anyScores = fc.array(fc.bigInt({ min: 0n, max: 1n << 32n }), { minLength: 1, maxLength: 50 });

describe("weights", () => {
  test("are the scores, with the best at 65535 and each within half a step of its share", () => {
    fc.assert(
      fc.property(anyScores, (scores) => {
        fc.pre(scores.some((score) => score > 0n));
        const neurons = miners(scores.length);
        const byHotkey = new Map(neurons.map(({ hotkey, uid }) => [hotkey, scores[uid] ?? 0n]));
        const weights = new Map(weightsOf(byHotkey, metagraphOf(neurons), VALIDATOR, true));
        const best = scores.reduce((a, b) => (a > b ? a : b));
        expect(Math.max(...weights.values())).toBe(65_535);
        scores.forEach((score, uid) => {
          const exact = (Number(score) / Number(best)) * 65_535;
          expect(Math.abs((weights.get(uid) ?? 0) - exact)).toBeLessThanOrEqual(0.500001);
        });
      }),
    );
  });

  test("never rank a lower score above a higher one, and leave out zeros", () => {
    fc.assert(
      fc.property(anyScores, (scores) => {
        const neurons = miners(scores.length);
        const byHotkey = new Map(neurons.map(({ hotkey, uid }) => [hotkey, scores[uid] ?? 0n]));
        const weights = weightsOf(byHotkey, metagraphOf(neurons), VALIDATOR, true);
        for (const [a, weightA] of weights) {
          expect(weightA).toBeGreaterThan(0);
          for (const [b, weightB] of weights) {
            if (weightA > weightB) expect((scores[a] ?? 0n) > (scores[b] ?? 0n)).toBe(true);
          }
        }
      }),
    );
  });

  test("are none when nobody earned anything", () => {
    expect(weightsOf(new Map(), metagraphOf(miners(3)), VALIDATOR, true)).toEqual([]);
    const zeros = new Map(miners(3).map(({ hotkey }) => [hotkey, 0n]));
    expect(weightsOf(zeros, metagraphOf(miners(3)), VALIDATOR, true)).toEqual([]);
  });

  test("name uids in ascending order, whatever the order of the metagraph", () => {
    const neurons = [...miners(4)].reverse();
    const scores = new Map(neurons.map(({ hotkey, uid }) => [hotkey, BigInt(uid + 1)]));
    const uids = weightsOf(scores, metagraphOf(neurons), VALIDATOR, true).map(([uid]) => uid);
    expect(uids).toEqual([0, 1, 2, 3]);
  });
});

describe("a neuron gets no weight", () => {
  const [other = neuron(0, VALIDATOR)] = miners(1);
  const weightsWith = (one: Neuron, isLocal = true): unknown =>
    weightsOf(
      new Map([
        [one.hotkey, 10n],
        [other.hotkey, 5n],
      ]),
      metagraphOf([other, one]),
      VALIDATOR,
      isLocal,
    );
  const ofOtherAlone = [[0, 65_535]];

  test("but when it earned some", () => {
    expect(weightsWith(neuron(7, "miner" as Hotkey))).toEqual([
      [0, 32_768],
      [7, 65_535],
    ]);
  });
  test("from itself", () => {
    expect(weightsWith(neuron(7, VALIDATOR))).toEqual(ofOtherAlone);
  });
  test("without an endpoint", () => {
    expect(weightsWith({ ...neuron(7, "miner" as Hotkey), endpoint: undefined })).toEqual(
      ofOtherAlone,
    );
  });
  test("at an address where no validator may connect", () => {
    const privately = neuron(7, "miner" as Hotkey, { ip: "10.0.0.1", port: 8091 });
    expect(weightsWith(privately, false)).toEqual([]);
    expect(weightsWith(neuron(7, "miner" as Hotkey, { ip: "10.0.0.1", port: 80 }))).toEqual(
      ofOtherAlone,
    );
  });
  test("when its hotkey has left the subnet", () => {
    const scores = new Map([
      ["gone" as Hotkey, 10n],
      [other.hotkey, 5n],
    ]);
    expect(weightsOf(scores, metagraphOf([other]), VALIDATOR, true)).toEqual(ofOtherAlone);
  });
});
