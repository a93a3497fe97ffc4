import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  modularEpochOf,
  modularFirstRevealBlock,
  modularNextEpochBlock,
} from "./modular-schedule.ts";

describe("the schedule of epochs before the chain kept a state", () => {
  const subnet = { netuid: 1, tempo: 360 };

  test("is as computed by hand for subnet 1 of tempo 360", () => {
    // 359 + 2 = 361: the first epoch.
    expect(modularEpochOf(subnet, 358)).toBe(0);
    expect(modularEpochOf(subnet, 359)).toBe(1);
    expect(modularNextEpochBlock(subnet, 0)).toBe(359);
    expect(modularNextEpochBlock(subnet, 359)).toBe(720);
    expect(modularFirstRevealBlock(subnet, 100, 1)).toBe(359);
    expect(modularFirstRevealBlock(subnet, 357, 1)).toBe(359);
    expect(modularFirstRevealBlock(subnet, 358, 1)).toBe(720);
    expect(modularFirstRevealBlock(subnet, 100, 3)).toBe(359 + 2 * 361);
  });

  test("has no epochs and no reveals without a tempo", () => {
    expect(modularNextEpochBlock({ netuid: 1, tempo: 0 }, 5)).toBeUndefined();
    expect(modularFirstRevealBlock({ netuid: 1, tempo: 0 }, 5, 1)).toBeUndefined();
  });

  test("is what trying block after block finds", () => {
    fc.assert(
      fc.property(
        fc.record({ netuid: fc.nat(200), tempo: fc.integer({ min: 1, max: 50 }) }),
        fc.nat(1_000),
        fc.integer({ min: 1, max: 4 }),
        (schedule, head, period) => {
          const { netuid, tempo } = schedule;
          let block = head + 1;
          while ((block + netuid + 1) % (tempo + 1) !== 0) block += 1;
          expect(modularNextEpochBlock(schedule, head)).toBe(block);

          const committed = Math.floor((head + 1 + netuid + 1) / (tempo + 1));
          let reveal = head + 1;
          while (Math.floor((reveal + netuid + 1) / (tempo + 1)) !== committed + period) reveal++;
          expect(modularFirstRevealBlock(schedule, head, period)).toBe(reveal);
        },
      ),
    );
  });
});
