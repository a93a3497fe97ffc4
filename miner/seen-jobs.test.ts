/** @module The ids a miner has taken: kept, refused twice, forgotten in time, and never too many. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { devSigner } from "../chain/wallet/key.ts";
import { type Job, newJobId } from "../protocol/job.ts";
import type { Signer } from "../protocol/signature.ts";
import { anyJob } from "../protocol/testing.ts";
import { MAX_IDS_OF_ONE, openSeenJobs, SeenJobs } from "./seen-jobs.ts";

let dir = "";
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "assay-seen-"));
});
afterEach(() => rm(dir, { recursive: true }));

const [first, second] = [devSigner("//First"), devSigner("//Second")];
const [drawn] = fc.sample(anyJob, { seed: 3, numRuns: 1 });
if (drawn === undefined) throw new Error("no job was drawn");
const jobBy = ({ hotkey }: Signer, expiryBlock: number): Job => ({
  ...drawn,
  ...{ id: newJobId(), validator: hotkey, expiryBlock },
});

describe("seen jobs", () => {
  it("keep an id once, also over a start, until its last block has passed", () => {
    const job = jobBy(first, 10);
    const before = openSeenJobs(dir);
    expect(before.has(job)).toBe(false);
    expect([before.add(job), before.add(job)]).toEqual(["kept", "known"]);
    before.close();
    const after = openSeenJobs(dir);
    expect([after.has(job), after.add(job)]).toEqual([true, "known"]);
    after.forgetBefore(10);
    expect(after.has(job)).toBe(true);
    after.forgetBefore(11);
    expect(after.has(job)).toBe(false);
    after.close();
  });

  it("of one validator are bounded, of others are not touched, and the bound moves on as they expire", () => {
    const database = new Database(join(dir, "crowded.sqlite"));
    new SeenJobs(database);
    database
      .prepare(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)" +
          " INSERT INTO seen SELECT printf('%032x', i), ?, iif(i > 2, 4294967295, 5) FROM n",
      )
      .run(MAX_IDS_OF_ONE - 1, first.hotkey);
    const seen = new SeenJobs(database);
    const last = jobBy(first, 20);
    expect(seen.add(last)).toBe("kept");
    expect(seen.add(jobBy(first, 20))).toBe("full");
    expect(seen.add(jobBy(second, 20))).toBe("kept");
    seen.forgetBefore(6);
    expect(seen.add(jobBy(first, 20))).toBe("kept");
    expect(seen.add(jobBy(first, 20))).toBe("kept");
    expect(seen.add(jobBy(first, 20))).toBe("full");
    seen.close();
  });

  it("refuse a file that is damaged, and say which and what to do", async () => {
    await writeFile(join(dir, "seen-jobs.sqlite"), "no database".repeat(100));
    expect(() => openSeenJobs(dir)).toThrow(
      expect.objectContaining({
        code: "SEEN_JOBS_UNUSABLE",
        message: expect.stringContaining("seen-jobs.sqlite"),
      }),
    );
  });
});
