import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Turnstile } from "./turnstile.ts";

describe("a turnstile", () => {
  test("lets through as many at once as it is wide, in order, and all in the end", async () => {
    const anyWork = fc.array(fc.record({ ms: fc.nat({ max: 3 }), fails: fc.boolean() }), {
      maxLength: 20,
    });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4 }), anyWork, async (width, work) => {
        const turnstile = new Turnstile(width);
        const begun: number[] = [];
        let inside = 0;
        let most = 0;
        const results = await Promise.allSettled(
          work.map(({ ms, fails }, i) =>
            turnstile.pass(async () => {
              begun.push(i);
              most = Math.max(most, ++inside);
              await sleep(ms);
              inside--;
              if (fails) throw new Error("fails");
              return i;
            }),
          ),
        );
        expect(begun).toEqual(work.map((_, i) => i));
        expect(most).toBe(Math.min(width, work.length));
        expect(results.map(({ status }) => status === "rejected")).toEqual(
          work.map((one) => one.fails),
        );
      }),
      { numRuns: 30 },
    );
  });

  test("of no width is refused", () => {
    expect(() => new Turnstile(0)).toThrow(RangeError);
    expect(() => new Turnstile(1.5)).toThrow(RangeError);
  });
});
