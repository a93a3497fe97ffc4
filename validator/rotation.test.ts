import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Hotkey } from "../protocol/hotkey.ts";
import { Rotation } from "./rotation.ts";

const minersOf = (count: number): Hotkey[] =>
  Array.from({ length: count }, (_, i) => `miner ${i}` as Hotkey);
const [ALICE = "" as Hotkey, BOB = "" as Hotkey] = minersOf(2);

describe("a round", () => {
  test("asks every miner once before it asks one twice", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 4 }),
        (count, rounds) => {
          const rotation = new Rotation();
          const miners = minersOf(count);
          for (let round = 0; round < rounds; round++) {
            const asked = miners.map(() => {
              const miner = rotation.take(miners, 0);
              if (miner !== undefined) rotation.done(miner);
              return miner;
            });
            expect([...asked].sort()).toEqual([...miners].sort());
          }
        },
      ),
    );
  });

  test("has an order of its own each time", () => {
    const rotation = new Rotation();
    const miners = minersOf(30);
    const orders = [1, 2].map(() =>
      miners.map(() => {
        const miner = rotation.take(miners, 0) ?? ALICE;
        rotation.done(miner);
        return miner;
      }),
    );
    // Equal by chance once in 30! ≈ 10^32.
    expect(orders[0]).not.toEqual(orders[1]);
  });

  test("does not wait for a slow miner, and asks it again when it is done", () => {
    const rotation = new Rotation();
    expect(rotation.take([ALICE], 0)).toBe(ALICE);
    for (let i = 0; i < 3; i++) {
      expect(rotation.take([ALICE, BOB], 0)).toBe(BOB);
      rotation.done(BOB);
    }
    rotation.done(ALICE);
    const next = [rotation.take([ALICE, BOB], 0), rotation.take([ALICE, BOB], 0)];
    expect(next.sort()).toEqual([ALICE, BOB]);
  });
});

describe("a miner", () => {
  test("never has two jobs at once", () => {
    const rotation = new Rotation();
    expect(rotation.take([ALICE], 0)).toBe(ALICE);
    expect(rotation.take([ALICE], 0)).toBe(undefined);
    rotation.done(ALICE);
    expect(rotation.take([ALICE], 0)).toBe(ALICE);
  });

  test("that is full is left alone as long as it asks, but not longer than a minute", () => {
    const rotation = new Rotation();
    for (const [restMs, expectedMs] of [
      [5_000, 5_000],
      [3_600_000, 60_000],
      [undefined, 2_000],
    ] as const) {
      rotation.take([ALICE], 1e9);
      rotation.doneBusy(ALICE, 0, restMs);
      expect(rotation.take([ALICE], expectedMs - 1)).toBe(undefined);
      expect(rotation.take([ALICE], expectedMs)).toBe(ALICE);
      rotation.done(ALICE);
    }
  });

  test("that cannot be reached is left alone longer each time, until it answers", () => {
    const rotation = new Rotation();
    const unreachedFor = (expectedMs: number): void => {
      rotation.take([ALICE], 1e9);
      rotation.doneUnreached(ALICE, 0);
      expect(rotation.take([ALICE], expectedMs - 1)).toBe(undefined);
      expect(rotation.take([ALICE], expectedMs)).toBe(ALICE);
    };
    for (const ms of [2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]) unreachedFor(ms);
    rotation.done(ALICE);
    unreachedFor(2_000);
  });
});
