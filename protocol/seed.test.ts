import fc from "fast-check";
import { expect, test } from "vitest";
import { freshSeed } from "./seed.ts";
import { anyChange, anyJob } from "./testing.ts";

test("anybody who has the job draws the same seed", () => {
  fc.assert(
    fc.property(anyJob, (job) => {
      const { id, validator, miner, block } = job;
      const origin = { id, validator, miner, block: { hash: block.hash } };
      expect(freshSeed(origin)).toEqual(freshSeed(job));
      expect(freshSeed(job)).toHaveLength(32);
    }),
  );
});

test("the seed is another for another id, validator, miner or block hash, and for nothing else", () => {
  const decisive = ["id", "validator", "miner", "block.hash"];
  fc.assert(
    fc.property(anyChange, ({ job, changed, field }) => {
      fc.pre(field !== "block");
      expect(Buffer.from(freshSeed(job)).equals(freshSeed(changed)), field).toBe(
        !decisive.includes(field),
      );
    }),
    { numRuns: 500 },
  );
});
