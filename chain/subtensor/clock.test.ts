import { describe, expect, test } from "vitest";
import { clockObstacle, openClock } from "./clock.ts";

const BLOCK_MS = 20;

describe("the clock", () => {
  test("is off by the least difference of the blocks that came", () => {
    let now = 1_000_000;
    const clock = openClock(
      () => BLOCK_MS,
      () => now,
    );
    clock.hear(990_000);
    for (const [at, chainMs] of [
      [1_000_900, 1_000_000],
      [1_012_300, 1_012_000],
      [1_025_000, 1_024_000],
    ] as const) {
      now = at;
      clock.hear(chainMs);
    }
    expect(clock.offsetMs()).toBe(300);
  });

  test("learns nothing of the block that was there before, nor of one that it heard", () => {
    const clock = openClock(
      () => BLOCK_MS,
      () => 5_000,
    );
    clock.hear(1_000);
    clock.hear(1_000);
    expect(clock.offsetMs()).toBeUndefined();
  });

  test("waits for a block, but not for ever", async () => {
    const clock = openClock(
      () => BLOCK_MS,
      () => 7_000,
    );
    clock.hear(1_000);
    await clock.ready();
    expect(clock.offsetMs()).toBeUndefined();
    clock.hear(7_000);
    await clock.ready();
    expect(clock.offsetMs()).toBe(0);
  });

  test.each([0, 2_500, -2_500, 6_000])("%d ms are no obstacle", (offsetMs) => {
    expect(clockObstacle(offsetMs)).toBeUndefined();
  });

  test.each([
    [10_000, /10\.0 s ahead/],
    [-10_000, /10\.0 s behind/],
    [6_001, /ahead/],
    [undefined, /no block came/],
  ] as const)("%s ms are CLOCK_OFF", (offsetMs, message) => {
    expect(clockObstacle(offsetMs)).toMatchObject({
      code: "CLOCK_OFF",
      message: expect.stringMatching(message),
      hint: expect.stringContaining("NTP"),
    });
  });
});
