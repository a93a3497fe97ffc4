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

/**
 * Ids kept of one validator. A job each second that expires after an hour is 3,600; one that sends expiries without
 * end fills its own share, some 1 MB, and then waits until they pass.
 */
export const MAX_IDS_OF_ONE = 10_000;

/** `full`: its validator has as many ids here as one may have. */
export type Keeping = "kept" | "known" | "full";

export class SeenJobs {
  readonly #database: Database.Database;
  readonly #insert: Database.Statement<[string, string, number]>;
  readonly #find: Database.Statement<[string]>;
  readonly #forget: Database.Statement<[number]>;
  readonly #count: Database.Statement<[]>;
  /** Ids kept, by validator; so that taking a job counts no rows. */
  #kept: Map<string, number>;

  constructor(database: Database.Database) {
    this.#database = database;
    database.pragma("journal_mode = WAL");
    // In WAL mode the default would lose the last ids with the machine's power.
    database.pragma("synchronous = FULL");
    database.exec(
      "CREATE TABLE IF NOT EXISTS seen (id TEXT PRIMARY KEY, validator TEXT NOT NULL, expiry INTEGER NOT NULL) STRICT, WITHOUT ROWID;" +
        "CREATE INDEX IF NOT EXISTS seen_expiry ON seen (expiry)",
    );
    this.#insert = database.prepare("INSERT OR IGNORE INTO seen VALUES (?, ?, ?)");
    this.#find = database.prepare("SELECT 1 FROM seen WHERE id = ?");
    this.#forget = database.prepare("DELETE FROM seen WHERE expiry < ?");
    this.#count = database.prepare("SELECT validator, count(*) FROM seen GROUP BY validator").raw();
    this.#kept = this.#countKept();
  }

  /** When this returns `kept`, the id is on the disk. @throws SqliteError when the disk is full */
  add({ id, validator, expiryBlock }: Job): Keeping {
    const kept = this.#kept.get(validator) ?? 0;
    if (kept >= MAX_IDS_OF_ONE) return "full";
    if (this.#insert.run(id, validator, expiryBlock).changes === 0) return "known";
    this.#kept.set(validator, kept + 1);
    return "kept";
  }

  has({ id }: Job): boolean {
    return this.#find.get(id) !== undefined;
  }

  /** Forgets what nobody can send any more. @throws SqliteError when the disk is full */
  forgetBefore(block: number): void {
    if (this.#forget.run(block).changes > 0) this.#kept = this.#countKept();
  }

  close(): void {
    this.#database.close();
  }

  #countKept(): Map<string, number> {
    return new Map(this.#count.all() as [string, number][]);
  }
}

/** @throws MinerError `SEEN_JOBS_UNUSABLE` */
export function openSeenJobs(dir: string): SeenJobs {
  const path = join(dir, "seen-jobs.sqlite");
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    return new SeenJobs(new Database(path));
  } catch (cause) {
    throw new MinerError(
      "SEEN_JOBS_UNUSABLE",
      `cannot keep job ids in ${path}: ${(cause as Error).message}`,
      "Give a folder on a disk with room, or delete the file if it is damaged.",
      { cause },
    );
  }
}
