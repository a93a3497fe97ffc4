/**
 * The nonces of requests this miner has taken, on disk for as long as a request could come again: one that comes twice
 * is refused, also by the miner that was killed and started again in between.
 *
 * A nonce is a time by the sender's clock and fresh by ours. Ours may be set back; so what is forgotten leaves a mark,
 * and nothing at or before the mark is ever new again.
 * @module
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import type { Hotkey } from "../protocol/hotkey.ts";
import {
  type DendriteStore,
  type Keeping,
  RETENTION_NS,
  type ReplayStore,
} from "../protocol/replay.ts";
import { nowNs } from "../protocol/request-auth.ts";
import { MinerError } from "./error.ts";

/** Nonces kept of one hotkey: 33 requests in each second of the retention, some 200 KB. A miner proves far fewer. */
export const MAX_NONCES_OF_ONE = 2_000;

/** `uuid` is empty for requests that no Dendrite sent. The one row of `mark` is the last nonce forgotten. */
const TABLES = `
  CREATE TABLE IF NOT EXISTS nonces (sender TEXT NOT NULL, uuid TEXT NOT NULL, nonce INTEGER NOT NULL,
    PRIMARY KEY (sender, uuid, nonce)) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS nonces_nonce ON nonces (nonce);
  CREATE TABLE IF NOT EXISTS mark (id INTEGER PRIMARY KEY CHECK (id = 1), nonce INTEGER NOT NULL) STRICT;
  INSERT OR IGNORE INTO mark VALUES (1, 0);`;

type Key = [sender: string, uuid: string, nonce: bigint];

export class SeenRequests implements ReplayStore, DendriteStore {
  readonly #database: Database.Database;
  readonly #isMarked: Database.Statement<[bigint], number>;
  readonly #has: Database.Statement<Key, number>;
  readonly #hasAtLeast: Database.Statement<Key, number>;
  readonly #count: Database.Statement<[string], number>;
  readonly #insert: Database.Statement<Key>;
  readonly #mark: Database.Statement<[bigint]>;
  readonly #forget: Database.Statement<[bigint]>;

  constructor(database: Database.Database) {
    this.#database = database;
    database.pragma("journal_mode = WAL");
    // In WAL mode the default would lose the last nonces with the machine's power.
    database.pragma("synchronous = FULL");
    database.exec(TABLES);
    const of = "FROM nonces WHERE sender = ? AND uuid = ?";
    this.#isMarked = database.prepare<[bigint], number>("SELECT 1 FROM mark WHERE nonce >= ?");
    this.#has = database.prepare<Key, number>(`SELECT 1 ${of} AND nonce = ?`);
    this.#hasAtLeast = database.prepare<Key, number>(`SELECT 1 ${of} AND nonce >= ?`);
    this.#count = database
      .prepare<[string], number>("SELECT count(*) FROM nonces WHERE sender = ?")
      .pluck();
    this.#insert = database.prepare("INSERT INTO nonces VALUES (?, ?, ?)");
    this.#mark = database.prepare(
      "UPDATE mark SET nonce = old.nonce FROM (SELECT max(nonce) AS nonce FROM nonces WHERE nonce < ?) AS old WHERE old.nonce IS NOT NULL",
    );
    this.#forget = database.prepare("DELETE FROM nonces WHERE nonce < ?");
  }

  /** @throws SqliteError when the disk is full */
  add(sender: Hotkey, nonce: bigint): Keeping {
    return this.#keep([sender, "", nonce], this.#has);
  }

  /** @throws SqliteError when the disk is full */
  advance(sender: Hotkey, uuid: string, nonce: bigint): Keeping {
    return this.#keep([sender, uuid, nonce], this.#hasAtLeast);
  }

  close(): void {
    this.#database.close();
  }

  /** When this returns `kept`, the nonce is on the disk. */
  #keep(key: Key, find: Database.Statement<Key, number>): Keeping {
    return this.#database.transaction((): Keeping => {
      const [sender, , nonce] = key;
      if (this.#isMarked.get(nonce) !== undefined || find.get(...key) !== undefined) return "known";
      // Only now, so that a request that is refused writes nothing.
      const horizon = nowNs() - RETENTION_NS;
      if (this.#mark.run(horizon).changes > 0) this.#forget.run(horizon);
      if ((this.#count.get(sender) ?? 0) >= MAX_NONCES_OF_ONE) return "full";
      this.#insert.run(...key);
      return "kept";
    })();
  }
}

/** @throws MinerError `SEEN_REQUESTS_UNUSABLE` */
export function openSeenRequests(dir: string): SeenRequests {
  const path = join(dir, "seen-requests.sqlite");
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    return new SeenRequests(new Database(path));
  } catch (cause) {
    throw new MinerError(
      "SEEN_REQUESTS_UNUSABLE",
      `cannot keep nonces in ${path}: ${(cause as Error).message}`,
      "Give a folder on a disk with room, or delete the file if it is damaged.",
      { cause },
    );
  }
}
