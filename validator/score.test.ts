import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Digest } from "../protocol/digest.ts";
import type { Hotkey } from "../protocol/hotkey.ts";
import { effectOf, IGNORE_CODES, REJECT_CODES, type Verdict } from "../protocol/verdict.ts";
import { LATENCY_BITS, latencyFraction } from "./latency-curve.ts";
import { type Outcome, Scoreboard, scoresOf } from "./score.ts";

const MINERS = ["alice", "bob", "carol", "dave"] as unknown as readonly [Hotkey, ...Hotkey[]];
const [ALICE] = MINERS;
const CIRCUITS = ["digits", "words"] as unknown as readonly [Digest, Digest];
const BORIS = "boris" as Hotkey;
/** What one answer earns a miner without a past, of four neurons: a tenth of a quarter of 1 − f(0) and 1 − f(0.99). */
const FASTEST_OF_SOME = (1n << 32n) / 40n;
const SLOWEST = 333527924n / 40n;
const ACCEPTED: Verdict = { kind: "accepted" };
const REJECTED: Verdict = { kind: "rejected", code: "PROOF_INVALID", at: "proof" };

function outcome(miner: Hotkey, latencyMs: number, changed: Partial<Outcome> = {}): Outcome {
  return {
    miner,
    circuit: CIRCUITS[0],
    block: 1,
    budgetMs: 20_000,
    neurons: 4,
    verdict: ACCEPTED,
    latencyUs: latencyMs * 1000,
    ...changed,
  };
}

const anyVerdict: fc.Arbitrary<Verdict> = fc.oneof(
  { weight: 4, arbitrary: fc.constant(ACCEPTED) },
  fc.constantFrom(...REJECT_CODES).map((code): Verdict => ({ kind: "rejected", code, at: "" })),
  fc.constantFrom(...IGNORE_CODES).map((code): Verdict => ({ kind: "ignored", code })),
);
const anyOutcome: fc.Arbitrary<Outcome> = fc.record({
  miner: fc.constantFrom(...MINERS),
  circuit: fc.constantFrom(...CIRCUITS),
  block: fc.integer({ min: 0, max: 20_000 }),
  budgetMs: fc.integer({ min: 1, max: 60_000 }),
  neurons: fc.integer({ min: 1, max: 256 }),
  verdict: anyVerdict,
  latencyUs: fc.integer({ min: 0, max: 60_000_000 }),
});
const anyHistory: fc.Arbitrary<Outcome[]> = fc.array(anyOutcome, { maxLength: 60 });

/** The published formula in floating point, word for word, for one circuit and no ageing. */
function scoresInFloat(outcomes: readonly Outcome[]): Map<Hotkey, number> {
  const scores = new Map<Hotkey, number>();
  const verified = new Map<Hotkey, number>();
  for (const { miner, latencyUs, budgetMs, neurons, verdict } of outcomes) {
    const s = scores.get(miner) ?? 0;
    if (effectOf(verdict) === "unchanged") continue;
    if (effectOf(verdict) === "decays") {
      verified.delete(miner);
      scores.set(miner, s - 0.4 * s);
      continue;
    }
    const rt = (latencyUs ?? 0) / 1e6;
    verified.set(miner, rt);
    const times = [...verified.values()].sort((a, b) => b - a);
    const min = times.length < 2 ? 0 : Math.min(...times);
    let max = Math.min(times[0] ?? 0, budgetMs / 1000);
    if (max - min < 1) max = min + 1;
    const t = Math.min(0.99, Math.max(0, (rt - min) / (max - min)));
    const tan = (x: number): number => Math.tan((x - 0.5) * Math.PI * 0.9);
    const f = (tan(t) - tan(0)) / (tan(1) - tan(0));
    scores.set(miner, s + 0.1 * ((1 - f) / neurons - s));
  }
  return scores;
}

describe("scores", () => {
  test("equal the published formula in floating point", () => {
    const oneCircuit = anyOutcome.map((made) => ({ ...made, circuit: CIRCUITS[0], block: 1 }));
    fc.assert(
      fc.property(fc.array(oneCircuit, { maxLength: 80 }), (history) => {
        const exact = scoresOf(history);
        const float = scoresInFloat(history);
        expect([...exact.keys()].sort()).toEqual([...float.keys()].sort());
        for (const [miner, score] of exact) {
          expect(Number(score) / 2 ** 32).toBeCloseTo(float.get(miner) ?? Number.NaN, 6);
        }
      }),
    );
  });

  test("are the same however the journal is cut into what was read before and after a restart", () => {
    fc.assert(
      fc.property(anyHistory, fc.nat(), (history, at) => {
        const board = new Scoreboard();
        const cut = history.length === 0 ? 0 : at % history.length;
        for (const made of history.slice(0, cut)) board.add(made);
        expect(board.scores()).toEqual(scoresOf(history.slice(0, cut)));
        for (const made of history.slice(cut)) board.add(made);
        expect(board.scores()).toEqual(scoresOf(history));
      }),
    );
  });

  test("never pay a slower answer more, whatever happened before", () => {
    const latency = fc.integer({ min: 0, max: 60_000_000 });
    fc.assert(
      fc.property(anyHistory, anyOutcome, latency, latency, (history, made, a, b) => {
        const scored = (latencyUs: number): bigint =>
          scoresOf([...history, { ...made, verdict: ACCEPTED, latencyUs }]).get(made.miner) ?? -1n;
        expect(scored(Math.min(a, b)) >= scored(Math.max(a, b))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test("end higher for the faster of two miners that keep their pace", () => {
    const latency = fc.integer({ min: 0, max: 60_000_000 });
    fc.assert(
      fc.property(latency, latency, (a, b) => {
        const [first = ALICE, second = ALICE] = MINERS;
        const board = new Scoreboard();
        // 0.9^250 < 2^-32: nothing is left of the first rounds, in which there was nobody to compare with.
        for (let round = 0; round < 250; round++) {
          board.add(outcome(first, 0, { latencyUs: Math.min(a, b) }));
          board.add(outcome(second, 0, { latencyUs: Math.max(a, b) }));
        }
        const scores = board.scores();
        expect((scores.get(first) ?? 0n) >= (scores.get(second) ?? 0n)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  test("never rise by a rejected or failed answer, and keep three fifths", () => {
    fc.assert(
      fc.property(anyHistory, anyOutcome, (history, made) => {
        fc.pre(effectOf(made.verdict) === "decays");
        const before = scoresOf(history).get(made.miner) ?? 0n;
        expect(scoresOf([...history, made]).get(made.miner)).toBe((before * 3n) / 5n);
      }),
    );
  });

  test("do not change by an answer that says nothing about the miner", () => {
    fc.assert(
      fc.property(anyHistory, anyOutcome, (history, made) => {
        fc.pre(effectOf(made.verdict) === "unchanged");
        expect(scoresOf([...history, made])).toEqual(scoresOf(history));
      }),
    );
  });

  test("change only for the miner who answered", () => {
    fc.assert(
      fc.property(anyHistory, anyOutcome, (history, made) => {
        const before = new Map(scoresOf(history));
        const after = new Map(scoresOf([...history, made]));
        before.delete(made.miner);
        after.delete(made.miner);
        expect(after).toEqual(before);
      }),
    );
  });

  test("stay between 0 and the share of one neuron", () => {
    fc.assert(
      fc.property(anyHistory, fc.integer({ min: 1, max: 256 }), (history, neurons) => {
        for (const score of scoresOf(history.map((made) => ({ ...made, neurons }))).values()) {
          expect(score >= 0n).toBe(true);
          expect(score * BigInt(neurons) <= 1n << 32n).toBe(true);
        }
      }),
    );
  });
});

describe("one answer", () => {
  test("earns a tenth of the share of one neuron when it is the fastest of two", () => {
    const [first = ALICE, second = ALICE] = MINERS;
    const scores = scoresOf([outcome(first, 3000), outcome(second, 1000)]);
    expect(scores.get(second)).toBe(FASTEST_OF_SOME);
  });

  test("earns the least the curve pays when it is alone and slower than a second", () => {
    // min is 0 and max its own latency, so t is 0.99.
    expect(scoresOf([outcome(ALICE, 3000)]).get(ALICE)).toBe(SLOWEST);
  });

  test("is compared within its own circuit only", () => {
    const [first = ALICE, second = ALICE] = MINERS;
    const afterSlower = (circuit: Digest): bigint | undefined =>
      scoresOf([outcome(first, 5000, { circuit }), outcome(second, 3000)]).get(second);
    expect(afterSlower(CIRCUITS[0])).toBe(FASTEST_OF_SOME);
    expect(afterSlower(CIRCUITS[1])).toBe(SLOWEST);
  });

  test("is compared with others for a day of blocks, and no longer", () => {
    const [first = ALICE, second = ALICE] = MINERS;
    const at = (block: number): bigint | undefined =>
      scoresOf([outcome(first, 5000, { block: 1 }), outcome(second, 3000, { block })]).get(second);
    expect(at(7201)).toBe(FASTEST_OF_SOME);
    expect(at(7202)).toBe(SLOWEST);
  });

  test("is not compared with a miner whose latest answer failed", () => {
    const [first = ALICE, second = ALICE] = MINERS;
    const lied = outcome(first, 5000, { verdict: REJECTED });
    expect(scoresOf([outcome(first, 5000), lied, outcome(second, 3000)]).get(second)).toBe(SLOWEST);
  });

  test("that is the slowest of forty is measured against the median of the slowest two", () => {
    const many = Array.from({ length: 39 }, (_, i) =>
      outcome(`miner ${i}` as Hotkey, 1000 + i * 100),
    );
    // 1000, 1100 … 4700, then 5000 and 4800: max is the median of 4800 and 5000. So t of 4800 is 3800 / 3900, short of 0.99.
    const board = new Scoreboard();
    for (const made of many) board.add(made);
    board.add(outcome(ALICE, 5000));
    expect(board.scores().get(ALICE)).toBe(SLOWEST);
    board.add(outcome(BORIS, 4800));
    const t = ((3800n << LATENCY_BITS) * 1000n) / 3_900_000n;
    expect(board.scores().get(BORIS)).toBe(latencyFraction(t) / 40n);
  });
});
