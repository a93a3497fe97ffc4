import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { QUICKNET, timeOfRoundMs } from "./beacon.ts";
import { revealRound } from "./reveal-round.ts";

const now = { head: 100, blockMs: 12_000, nowMs: 1_692_803_367_000 };

describe("revealRound", () => {
  test("is as computed by hand for quicknet and blocks of 12 s", () => {
    // 60 + 3 blocks are 756 s, 252 periods.
    expect(revealRound(QUICKNET, { ...now, firstRevealBlock: 160 })).toBe(252);
    expect(revealRound(QUICKNET, { ...now, firstRevealBlock: 160, blockMs: 11_999 })).toBe(251);
  });

  test("is as computed by hand for a local beacon and blocks of a quarter second", () => {
    const local = { ...QUICKNET, genesisSeconds: 1_692_803_300, periodSeconds: 1 };
    // 67 s since genesis, and 13 blocks are 3.25 s.
    expect(revealRound(local, { ...now, firstRevealBlock: 110, blockMs: 250 })).toBe(70);
  });

  test("is never before round 1, nor for blocks that have passed before now", () => {
    expect(revealRound(QUICKNET, { ...now, nowMs: 0, firstRevealBlock: 101 })).toBe(1);
    const later = { ...now, nowMs: now.nowMs + 300_000, firstRevealBlock: 1 };
    expect(revealRound(QUICKNET, later)).toBe(100);
  });

  test("is out by the third block after the first that reveals, by one to two periods", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5_000 }),
        fc.integer({ min: 250, max: 12_000 }),
        fc.nat(1e9),
        fc.integer({ min: 1, max: 30 }),
        (blocks, blockMs, elapsedMs, periodSeconds) => {
          const beacon = { ...QUICKNET, periodSeconds };
          const nowMs = now.nowMs + periodSeconds * 1_000 + elapsedMs;
          const moment = { head: 100, blockMs, nowMs, firstRevealBlock: 100 + blocks };
          const outMs = timeOfRoundMs(beacon, revealRound(beacon, moment));
          const early = nowMs + (blocks + 3) * blockMs - outMs;
          expect(early).toBeGreaterThanOrEqual(periodSeconds * 1_000);
          expect(early).toBeLessThan(2 * periodSeconds * 1_000);
        },
      ),
    );
  });
});
