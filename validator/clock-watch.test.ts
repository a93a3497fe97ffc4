/** @module A clock is off when several miners in a row say so, and is not when one does. */
import { expect, test } from "vitest";
import { ClockWatch } from "./clock-watch.ts";
import type { Reply } from "./exchange.ts";

const stale: Reply = { kind: "refused", reason: "STALE_REQUEST" };
const future: Reply = { kind: "refused", reason: "FUTURE_REQUEST" };
const answered: Reply = { kind: "answered", body: new Uint8Array(), latencyUs: 1 };

test("seems off after three refusals for its time, whatever else comes between", () => {
  const clock = new ClockWatch();
  expect([clock.observe(stale), clock.observe(future)]).toEqual([undefined, undefined]);
  expect(clock.observe({ kind: "late" })).toBeUndefined();
  expect(clock.observe({ kind: "refused", reason: "STAKE_TOO_LOW" })).toBeUndefined();
  expect(clock.observe(stale)).toBe(true);
  expect(clock.observe(answered)).toBe(false);
});

test("seems right while others answer, however often one miner refuses", () => {
  const clock = new ClockWatch();
  const seen = Array.from({ length: 20 }, () => [
    ...[clock.observe(stale), clock.observe(stale)],
    clock.observe(answered),
  ]);
  expect(seen.flat()).not.toContain(true);
});
