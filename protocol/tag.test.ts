import fc from "fast-check";
import { expect, test } from "vitest";
import { tagOf } from "./tag.ts";
import { anyChange, anyJob } from "./testing.ts";

/** Order of BN254's scalar field: a public signal is canonical below it. */
const R = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;

test("the tag fits 248 bits, below the order of the field", () => {
  fc.assert(
    fc.property(anyJob, (job) => {
      expect(tagOf(job)).toBeGreaterThanOrEqual(0n);
      expect(tagOf(job)).toBeLessThan(2n ** 248n);
    }),
  );
  expect(2n ** 248n).toBeLessThan(R);
});

test("the tag of a job is always the same", () => {
  fc.assert(
    fc.property(anyJob, (job) => {
      expect(tagOf(structuredClone(job))).toBe(tagOf(job));
    }),
  );
});

test("the tag changes when any one field changes, one element of the input included", () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(anyChange, ({ job, changed, field }) => {
      seen.add(field.replace(/\d+/, "i"));
      expect(tagOf(changed), field).not.toBe(tagOf(job));
    }),
    { numRuns: 1_000 },
  );
  expect([...seen].sort()).toEqual(
    [
      "block",
      "block.hash",
      "block.number",
      "budgetMs",
      "circuit",
      "expiryBlock",
      "id",
      "input",
      "input.length",
      "input[i]",
      "miner",
      "netuid",
      "validator",
    ].sort(),
  );
});
