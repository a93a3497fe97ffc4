/**
 * What a person reads while a ceremony's step runs.
 * @module
 */
import { expect, it } from "vitest";
import { duration, inStages, watched } from "./eta.ts";

it("says what is done, how much, and how long the rest takes", () => {
  const lines: string[] = [];
  let nowMs = 5_000;
  const stop = new AbortController();
  const { onProgress, signal } = watched(
    {
      progress: { stage: () => {}, update: (line) => lines.push(line), end: () => {} },
      stop: { signal: stop.signal, exit: undefined, requested: Promise.resolve() },
    },
    () => nowMs,
  );
  onProgress("tau in G1", 0);
  nowMs += 500;
  onProgress("tau in G1", 0.5);
  nowMs += 19_500;
  onProgress("tau in G2", 0.25);
  onProgress("snarkjs says something");
  expect(lines).toEqual([
    "tau in G1: 0 % in 0 s",
    "tau in G1: 50 % in 1 s",
    "tau in G2: 25 % in 20 s, 1 min 0 s left",
    "snarkjs says something, 20 s",
  ]);
  stop.abort();
  expect(signal.aborted).toBe(true);
});

it("tells of each stage in lines of its own, from its own beginning", () => {
  const lines: string[] = [];
  let nowMs = 0;
  const told = inStages(
    {
      stage: (line) => lines.push(`stage ${line}`),
      update: (line) => lines.push(line),
      end: () => {},
    },
    () => nowMs,
  );
  told("making the key");
  nowMs = 10_000;
  told("summing", 0.5);
  told("checking the key");
  told("comparing", 0);
  expect(lines).toEqual([
    "stage making the key",
    "summing: 50 % in 10 s, 10 s left",
    "stage checking the key",
    "comparing: 0 % in 0 s",
  ]);
});

it.each([
  [0, "0 s"],
  [59_400, "59 s"],
  [59_600, "1 min 0 s"],
  [3_599_000, "59 min 59 s"],
  [7_260_000, "2 h 1 min"],
])("%d ms are %s", (ms, text) => {
  expect(duration(ms)).toBe(text);
});
