/**
 * What a validator did, on disk before it counts: every job before it is sent, every verdict with the answer it is
 * about before it is told to anybody, every setting of weights before it is made. Scores, weights and receipts are
 * read back from here and from nowhere else, so whoever holds the file can compute them again.
 *
 * SQLite in WAL mode with synchronous = FULL: what a method of this file returned from survives kill -9 and power
 * loss. One process writes; others may read at the same time.
 * @module
 */
import type Database from "better-sqlite3";
import type { WeightsSet } from "../chain/chain.ts";
import { answerFromJson } from "../protocol/answer.ts";
import { parseCanonicalJson } from "../protocol/canonical-json.ts";
import type { Digest } from "../protocol/digest.ts";
import type { Hotkey } from "../protocol/hotkey.ts";
import { decodeJob, encodeJob, type JobId, type SignedJob } from "../protocol/job.ts";
import type { Receipt } from "../protocol/receipt.ts";
import type { IgnoreCode, RejectCode, Verdict } from "../protocol/verdict.ts";
import { MAX_ANSWER_BYTES } from "../protocol/wire.ts";
import { acquireLock, type Lock } from "../store/lock.ts";
import { ValidatorError } from "./error.ts";
import { openDatabase } from "./journal-database.ts";
import { guarded, settled } from "./journal-error.ts";
import type { Outcome } from "./score.ts";

/** One journal belongs to one hotkey on one subnet of one chain. */
export interface Owner {
  readonly genesis: Digest;
  readonly netuid: number;
  readonly validator: Hotkey;
}

/** A verdict and what it rests on. */
export interface Conclusion {
  readonly verdict: Verdict;
  /** More about an ignored answer: the miner's reason, the code of the failure. At most 64 characters. */
  readonly detail?: string | undefined;
  readonly latencyUs?: number | undefined;
  readonly verifyUs?: number | undefined;
  /** The body as it came, whenever one came whole. */
  readonly answer?: Uint8Array | undefined;
}

/** An outcome and its place: the journal up to a place never changes. */
export interface PlacedOutcome extends Outcome {
  readonly seq: number;
  readonly job: JobId;
  readonly detail: string | undefined;
  readonly verifyUs: number | undefined;
}

export type Weights = readonly (readonly [uid: number, weight: number])[];

export interface WeightsAttempt {
  readonly epoch: number;
  /** Place of the last verdict they rest on. */
  readonly verdicts: number;
  readonly weights: Weights;
  /** The head when they were made. */
  readonly head: number;
}

/** What the chain made of an attempt: the block that holds the weights, or the commit to them. */
export type Placement = WeightsSet;

export interface WeightsRecord extends WeightsAttempt {
  readonly seq: number;
  /** undefined until it is known. */
  readonly placement: Placement | undefined;
  /** The block at which the chain was first seen to show them. */
  readonly shownAt: number | undefined;
}

/** Rows read at a time: SQLite does not write while a query is open, and a journal may be larger than memory. */
const PAGE = 1_000;

/**
 * Opens the journal at `path`, making it if there is none.
 * @param options.readOnly takes no lock and refuses to write: for looking on while a validator runs
 * @throws StoreError `LOCKED` when another process writes it
 * @throws ValidatorError `JOURNAL_FOREIGN`, `JOURNAL_VERSION`, `JOURNAL_CORRUPT` or `JOURNAL_UNWRITABLE`
 */
export async function openJournal(
  path: string,
  options: { readonly readOnly?: boolean } = {},
): Promise<Journal> {
  const readOnly = options.readOnly === true;
  const lock = readOnly ? undefined : await acquireLock(`${path}.lock`);
  try {
    return new Journal(
      path,
      guarded(path, () => openDatabase(path, readOnly)),
      lock,
    );
  } catch (error) {
    await lock?.release();
    throw error;
  }
}

export class Journal {
  readonly path: string;
  readonly #database: Database.Database;
  readonly #lock: Lock | undefined;
  readonly #insertJob: Database.Statement;
  readonly #insertVerdict: Database.Statement;
  readonly #selectOutcomes: Database.Statement<[number], OutcomeRow>;

  constructor(path: string, database: Database.Database, lock: Lock | undefined) {
    this.path = path;
    this.#database = database;
    this.#lock = lock;
    this.#insertJob = database.prepare(
      `INSERT INTO jobs (id, miner, circuit, block, budget_ms, neurons, bytes, signature, made_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#insertVerdict = database.prepare(
      `INSERT INTO verdicts (job, kind, code, at, detail, latency_us, verify_us, answer, given_at)
       SELECT seq, ?, ?, ?, ?, ?, ?, ?, ? FROM jobs WHERE id = ?`,
    );
    this.#selectOutcomes = database.prepare(
      `SELECT verdicts.seq, id, miner, circuit, block, budget_ms, neurons,
              kind, code, at, detail, latency_us, verify_us
       FROM verdicts JOIN jobs ON jobs.seq = verdicts.job
       WHERE verdicts.seq > ? ORDER BY verdicts.seq LIMIT ${PAGE}`,
    );
  }

  /** Makes the journal `owner`'s, once and for all. @throws ValidatorError `JOURNAL_OWNER` when it is another's */
  claim(owner: Owner): void {
    const claimed = guarded(this.path, () => {
      this.#database
        .prepare(
          "INSERT OR IGNORE INTO owner (only, genesis, netuid, validator) VALUES (1, ?, ?, ?)",
        )
        .run(owner.genesis, owner.netuid, owner.validator);
      return this.owner();
    });
    if (
      claimed?.genesis === owner.genesis &&
      claimed.netuid === owner.netuid &&
      claimed.validator === owner.validator
    ) {
      return;
    }
    throw new ValidatorError(
      "JOURNAL_OWNER",
      `${this.path} is of ${claimed?.validator} on subnet ${claimed?.netuid} of chain ${claimed?.genesis}, ` +
        `not of ${owner.validator} on subnet ${owner.netuid} of chain ${owner.genesis}`,
      "Keep one journal for each hotkey and chain: name another file.",
    );
  }

  /** Undefined until somebody claimed the journal. */
  owner(): Owner | undefined {
    return this.#database.prepare<[], Owner>("SELECT genesis, netuid, validator FROM owner").get();
  }

  /**
   * @param neurons of the subnet now: the share that one miner's score can reach
   * @throws ValidatorError `JOURNAL_UNWRITABLE`; `JOB_REUSED` when a job of this id was ever made
   */
  addJob({ job, signature }: SignedJob, neurons: number): void {
    guarded(this.path, () =>
      this.#insertJob.run(
        ...[job.id, job.miner, job.circuit, job.block.number, job.budgetMs, neurons],
        ...[encodeJob(job), signature, now()],
      ),
    );
  }

  /** @throws ValidatorError `JOURNAL_UNWRITABLE`; `JOB_SETTLED` when the job has a verdict, or was never made */
  addVerdict(job: JobId, conclusion: Conclusion): void {
    const { verdict, detail = null, latencyUs = null, verifyUs = null, answer = null } = conclusion;
    const code = verdict.kind === "accepted" ? null : verdict.code;
    const at = verdict.kind === "rejected" ? verdict.at : null;
    const result = guarded(this.path, () =>
      this.#insertVerdict.run(
        ...[verdict.kind, code, at, detail, latencyUs, verifyUs, answer, now(), job],
      ),
    );
    if (result.changes !== 1) throw settled(`there is no job ${job}`);
  }

  /**
   * Ends what a validator that was killed had left open: its jobs without a verdict are cancelled, by its own fault.
   * @returns how many there were
   */
  cancelUnanswered(): number {
    return guarded(
      this.path,
      () =>
        this.#database
          .prepare(
            `INSERT INTO verdicts (job, kind, code, detail, given_at)
             SELECT seq, 'ignored', 'CANCELLED', 'RESTARTED', ? FROM jobs
             WHERE seq NOT IN (SELECT job FROM verdicts) ORDER BY seq`,
          )
          .run(now()).changes,
    );
  }

  /** Every verdict after a place, in the order they were given. */
  *outcomesAfter(place = 0): Generator<PlacedOutcome> {
    for (let last = place; ; ) {
      const rows = this.#selectOutcomes.all(last);
      for (const row of rows) {
        last = row.seq;
        yield outcomeOf(row);
      }
      if (rows.length < PAGE) return;
    }
  }

  /** Records what is about to be set. @returns its place, for `placeWeights` */
  addWeights({ epoch, verdicts, weights, head }: WeightsAttempt): number {
    const result = guarded(this.path, () =>
      this.#database
        .prepare(
          "INSERT INTO weights (epoch, verdicts, weights, head, made_at) VALUES (?, ?, ?, ?, ?)",
        )
        .run(epoch, verdicts, JSON.stringify(weights), head, now()),
    );
    return Number(result.lastInsertRowid);
  }

  /** Records, once, what became of the weights at a place. */
  placeWeights(seq: number, { block, way, revealEpoch, round }: Placement): void {
    guarded(this.path, () =>
      this.#database
        .prepare(
          "UPDATE weights SET block = ?, hash = ?, way = ?, reveal_epoch = ?, round = ? WHERE seq = ?",
        )
        .run(block.number, block.hash, way, revealEpoch ?? null, round ?? null, seq),
    );
  }

  /** Records, once, the block at which the chain shows the weights at a place. */
  confirmWeights(seq: number, block: number): void {
    guarded(this.path, () =>
      this.#database.prepare("UPDATE weights SET shown_at = ? WHERE seq = ?").run(block, seq),
    );
  }

  /** The newest attempts to set weights, newest first. */
  latestWeights(count: number): readonly WeightsRecord[] {
    return this.#database
      .prepare<[number], WeightsRow>("SELECT * FROM weights ORDER BY seq DESC LIMIT ?")
      .all(count)
      .map(weightsOf);
  }

  /** The job and its accepted answer, for anybody to check offline; undefined when it has none. */
  receipt(id: JobId): Receipt | undefined {
    const row = this.#database
      .prepare<[string], ReceiptRow>(
        `SELECT bytes, signature, answer FROM verdicts JOIN jobs ON jobs.seq = verdicts.job
         WHERE id = ? AND kind = 'accepted'`,
      )
      .get(id);
    if (row === undefined) return undefined;
    return {
      job: { job: decodeJob(row.bytes), signature: new Uint8Array(row.signature) },
      answer: answerFromJson(parseCanonicalJson(row.answer, MAX_ANSWER_BYTES)),
    };
  }

  async close(): Promise<void> {
    this.#database.close();
    await this.#lock?.release();
  }
}

// Rows carry the branded types that the methods above were given: only this file writes them.

interface OutcomeRow {
  readonly seq: number;
  readonly id: JobId;
  readonly miner: Hotkey;
  readonly circuit: Digest;
  readonly block: number;
  readonly budget_ms: number;
  readonly neurons: number;
  readonly kind: Verdict["kind"];
  readonly code: string | null;
  readonly at: string | null;
  readonly detail: string | null;
  readonly latency_us: number | null;
  readonly verify_us: number | null;
}

interface WeightsRow {
  readonly seq: number;
  readonly epoch: number;
  readonly verdicts: number;
  readonly weights: string;
  readonly head: number;
  readonly block: number | null;
  readonly hash: Digest | null;
  readonly way: Placement["way"] | null;
  readonly reveal_epoch: number | null;
  readonly round: number | null;
  readonly shown_at: number | null;
}

interface ReceiptRow {
  readonly bytes: Buffer;
  readonly signature: Buffer;
  readonly answer: Buffer;
}

function outcomeOf(row: OutcomeRow): PlacedOutcome {
  return {
    seq: row.seq,
    job: row.id,
    miner: row.miner,
    circuit: row.circuit,
    block: row.block,
    budgetMs: row.budget_ms,
    neurons: row.neurons,
    verdict: verdictOf(row),
    detail: row.detail ?? undefined,
    latencyUs: row.latency_us ?? undefined,
    verifyUs: row.verify_us ?? undefined,
  };
}

function weightsOf(row: WeightsRow): WeightsRecord {
  return {
    ...{ seq: row.seq, epoch: row.epoch, verdicts: row.verdicts, head: row.head },
    weights: JSON.parse(row.weights) as Weights,
    placement: placementOf(row),
    shownAt: row.shown_at ?? undefined,
  };
}

/** The schema's checks hold block, hash and way together. */
function placementOf({ block, hash, way, reveal_epoch, round }: WeightsRow): Placement | undefined {
  if (block === null || hash === null || way === null) return undefined;
  return {
    ...{ block: { number: block, hash }, way },
    ...(reveal_epoch === null ? {} : { revealEpoch: reveal_epoch }),
    ...(round === null ? {} : { round }),
  };
}

/** The schema's checks hold kind, code and place together. */
function verdictOf({ kind, code, at }: OutcomeRow): Verdict {
  switch (kind) {
    case "accepted":
      return { kind };
    case "rejected":
      return { kind, code: code as RejectCode, at: at ?? "" };
    case "ignored":
      return { kind, code: code as IgnoreCode };
  }
}

/** Wall-clock time is for people who read the journal; nothing is computed from it. */
function now(): string {
  return new Date().toISOString();
}
