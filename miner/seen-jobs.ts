/**
 * The ids of jobs this miner has taken, kept on disk until they expire: a job that comes twice is refused, also by the
 * miner that was killed and started again in between.
 * @module
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import type { Job } from "../protocol/job.ts";
import { MinerError } from "./error.ts";

export interface SeenJobs {
  /** @returns false when the id was there already. When this returns true, the id is on the disk. */
  add(job: Job): boolean;
  has(job: Job): boolean;
  /** Forgets what nobody can send any more. */
  forgetBefore(block: number): void;
  close(): void;
}

/** @throws MinerError `SEEN_JOBS_UNUSABLE` */
export function openSeenJobs(dir: string): SeenJobs {
  const path = join(dir, "seen-jobs.sqlite");
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const database = new Database(path);
    database.pragma("journal_mode = WAL");
    database.pragma("synchronous = FULL");
    database.exec(
      "CREATE TABLE IF NOT EXISTS seen (id TEXT PRIMARY KEY, expiry INTEGER NOT NULL) STRICT, WITHOUT ROWID;" +
        "CREATE INDEX IF NOT EXISTS seen_expiry ON seen (expiry)",
    );
    const insert = database.prepare<[string, number]>("INSERT OR IGNORE INTO seen VALUES (?, ?)");
    const find = database.prepare<[string]>("SELECT 1 FROM seen WHERE id = ?");
    const forget = database.prepare<[number]>("DELETE FROM seen WHERE expiry < ?");
    return {
      add: ({ id, expiryBlock }) => insert.run(id, expiryBlock).changes === 1,
      has: ({ id }) => find.get(id) !== undefined,
      forgetBefore: (block) => void forget.run(block),
      close: () => void database.close(),
    };
  } catch (cause) {
    throw new MinerError(
      "SEEN_JOBS_UNUSABLE",
      `cannot keep job ids in ${path}: ${(cause as Error).message}`,
      "Give a folder on a disk with room, or delete the file if it is damaged.",
      { cause },
    );
  }
}
