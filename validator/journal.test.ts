import { copyFile, mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { devSigner } from "../chain/wallet/key.ts";
import { answerToJson, signAnswer } from "../protocol/answer.ts";
import { canonicalJson } from "../protocol/canonical-json.ts";
import { type Digest, digest } from "../protocol/digest.ts";
import { newJobId, type SignedJob, signJob } from "../protocol/job.ts";
import { receiptFault } from "../protocol/receipt.ts";
import { IGNORE_CODES, REJECT_CODES, type Verdict } from "../protocol/verdict.ts";
import { type Conclusion, type Journal, type Owner, openJournal } from "./journal.ts";

const validator = devSigner("//Alice");
const miner = devSigner("//Bob");
const ZEROS = digest("00".repeat(32));
const OWNER: Owner = { genesis: ZEROS, netuid: 1, validator: validator.hotkey };
const ACCEPTED: Verdict = { kind: "accepted" };

function newJob(): SignedJob {
  const names = { id: newJobId(), netuid: 1, circuit: ZEROS };
  const parties = { validator: validator.hotkey, miner: miner.hotkey };
  const times = { block: { number: 7, hash: ZEROS }, expiryBlock: 9, budgetMs: 5_000 };
  return signJob({ ...names, ...parties, ...times, input: Int32Array.of(1, -2, 3) }, validator);
}

const accepted = (answer: Uint8Array): Conclusion => ({
  ...{ verdict: ACCEPTED, latencyUs: 1_234_567, verifyUs: 15_000, answer },
});

let dir: string;
let path: string;
let journal: Journal;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "assay-journal-"));
  path = join(dir, "journal.sqlite");
  journal = await openJournal(path);
});
afterEach(async () => {
  await journal.close();
  await rm(dir, { recursive: true });
});

async function reopen(): Promise<void> {
  await journal.close();
  journal = await openJournal(path);
}

describe("a journal", () => {
  test("gives back every verdict in order, as it was written, after it was closed", async () => {
    const anyVerdict = fc.oneof(
      fc.constant(ACCEPTED),
      fc.record({
        kind: fc.constant("rejected" as const),
        code: fc.constantFrom(...REJECT_CODES),
        at: fc.string({ maxLength: 30 }),
      }),
      fc.record({ kind: fc.constant("ignored" as const), code: fc.constantFrom(...IGNORE_CODES) }),
    );
    const anyConclusion = fc
      .record({ verdict: anyVerdict, latencyUs: fc.nat(), detail: fc.string({ maxLength: 64 }) })
      .map((made): Conclusion => ({ ...made, answer: new Uint8Array(3) }));
    await fc.assert(
      fc.asyncProperty(fc.array(anyConclusion, { maxLength: 12 }), async (conclusions) => {
        const before = [...journal.outcomesAfter()].length;
        const jobs = conclusions.map(() => newJob());
        for (const job of jobs) journal.addJob(job, 5);
        conclusions.forEach((conclusion, i) => {
          journal.addVerdict((jobs[i] ?? newJob()).job.id, conclusion);
        });
        await reopen();
        const read = [...journal.outcomesAfter()].slice(before);
        expect(read.map(({ seq, ...rest }) => rest)).toEqual(
          conclusions.map(({ verdict, latencyUs, detail }, i) => ({
            ...{ job: jobs[i]?.job.id, miner: miner.hotkey, circuit: ZEROS, block: 7 },
            ...{ budgetMs: 5_000, neurons: 5, verdict, detail, latencyUs, verifyUs: undefined },
          })),
        );
      }),
      { numRuns: 20 },
    );
  });

  test("is read from any place on, across pages", () => {
    const count = 2_003;
    const { job, signature } = newJob();
    for (let i = 0; i < count; i++) {
      const id = newJobId();
      journal.addJob({ job: { ...job, id }, signature }, 5);
      journal.addVerdict(id, { verdict: { kind: "ignored", code: "LATE" } });
    }
    const places = Array.from(journal.outcomesAfter(), ({ seq }) => seq);
    expect(places).toEqual(Array.from({ length: count }, (_, i) => i + 1));
    expect([...journal.outcomesAfter(2_001)].map(({ seq }) => seq)).toEqual([2_002, 2_003]);
    expect([...journal.outcomesAfter(count)]).toEqual([]);
  });

  test("can be written while it is read", () => {
    for (let i = 0; i < 3; i++) journal.addJob(newJob(), 5);
    journal.cancelUnanswered();
    for (const _ of journal.outcomesAfter()) journal.addJob(newJob(), 5);
    expect(journal.cancelUnanswered()).toBe(3);
  });
});

describe("a job", () => {
  test("gets one verdict, and no second", () => {
    const { job, signature } = newJob();
    journal.addJob({ job, signature }, 5);
    journal.addVerdict(job.id, { verdict: { kind: "ignored", code: "LATE" } });
    expect(() => journal.addVerdict(job.id, accepted(new Uint8Array(1)))).toThrow(
      expect.objectContaining({ code: "JOB_SETTLED" }),
    );
    expect([...journal.outcomesAfter()]).toHaveLength(1);
  });

  test("that was never made gets none", () => {
    expect(() => journal.addVerdict(newJobId(), accepted(new Uint8Array(1)))).toThrow(
      expect.objectContaining({ code: "JOB_SETTLED" }),
    );
  });

  test("of an id that was used is refused, also after a restart", async () => {
    const job = newJob();
    journal.addJob(job, 5);
    await reopen();
    expect(() => journal.addJob(job, 5)).toThrow(expect.objectContaining({ code: "JOB_REUSED" }));
  });

  test("left without a verdict is cancelled once, and those with one are not", async () => {
    const [settled, open] = [newJob(), newJob()];
    journal.addJob(settled, 5);
    journal.addJob(open, 5);
    journal.addVerdict(settled.job.id, accepted(new Uint8Array(1)));
    await reopen();
    expect(journal.cancelUnanswered()).toBe(1);
    expect(journal.cancelUnanswered()).toBe(0);
    expect([...journal.outcomesAfter(1)]).toMatchObject([
      { job: open.job.id, verdict: { kind: "ignored", code: "CANCELLED" }, detail: "RESTARTED" },
    ]);
  });

  test("and its verdict are never changed or removed, whoever asks", async () => {
    const { job, signature } = newJob();
    journal.addJob({ job, signature }, 5);
    journal.addVerdict(job.id, accepted(new Uint8Array(1)));
    const other = new Database(path);
    for (const statement of [
      "UPDATE verdicts SET kind = 'ignored'",
      "DELETE FROM verdicts",
      "UPDATE jobs SET miner = 'me'",
      "DELETE FROM jobs",
    ]) {
      expect(() => other.exec(statement)).toThrow(/never/);
    }
    other.close();
  });
});

describe("a receipt", () => {
  test("is the job and the accepted answer, and holds together", () => {
    const signed = newJob();
    const answer = signAnswer(
      signed.job,
      { outputs: Int32Array.of(-5, 5), proof: new Uint8Array(128).fill(7) },
      miner,
    );
    journal.addJob(signed, 5);
    journal.addVerdict(signed.job.id, accepted(canonicalJson(answerToJson(answer))));
    const receipt = journal.receipt(signed.job.id);
    expect(receipt).toEqual({ job: signed, answer });
    expect(receipt && receiptFault(receipt)).toBe(undefined);
  });

  test("is not given for a rejected answer, or for a job that was never made", () => {
    const signed = newJob();
    journal.addJob(signed, 5);
    const verdict: Verdict = { kind: "rejected", code: "PROOF_INVALID", at: "proof" };
    journal.addVerdict(signed.job.id, { verdict, answer: new Uint8Array(1) });
    expect(journal.receipt(signed.job.id)).toBe(undefined);
    expect(journal.receipt(newJobId())).toBe(undefined);
  });
});

describe("weights", () => {
  const attempt = { epoch: 3, verdicts: 12, head: 90, weights: [[1, 65_535] as const] };

  const block = { number: 91, hash: ZEROS };

  test("are recorded before they are set, then what became of them, then that they show", async () => {
    const seq = journal.addWeights(attempt);
    const open = { ...attempt, seq, placement: undefined, shownAt: undefined };
    expect(journal.latestWeights(2)).toEqual([open]);
    const placement = { block, way: "timelocked", revealEpoch: 4, round: 1_000 } as const;
    journal.placeWeights(seq, placement);
    await reopen();
    expect(journal.latestWeights(2)).toEqual([{ ...open, placement }]);
    journal.confirmWeights(seq, 97);
    await reopen();
    expect(journal.latestWeights(2)).toEqual([{ ...open, placement, shownAt: 97 }]);
    const next = journal.addWeights({ ...attempt, epoch: 4 });
    expect(journal.latestWeights(2).map((record) => record.seq)).toEqual([next, seq]);
    expect(journal.latestWeights(1)).toHaveLength(1);
  });

  test("are not moved to another block, nor shown twice or before they are placed", () => {
    const seq = journal.addWeights(attempt);
    expect(() => journal.confirmWeights(seq, 92)).toThrow(/after they were placed/);
    journal.placeWeights(seq, { block, way: "set" });
    const elsewhere = { block: { number: 92, hash: ZEROS }, way: "set" } as const;
    expect(() => journal.placeWeights(seq, elsewhere)).toThrow(/never changed/);
    journal.confirmWeights(seq, 92);
    expect(() => journal.confirmWeights(seq, 93)).toThrow(/shown once/);
  });
});

describe("an owner", () => {
  test("claims a journal once and for all", async () => {
    expect(journal.owner()).toBe(undefined);
    journal.claim(OWNER);
    await reopen();
    journal.claim(OWNER);
    expect(journal.owner()).toEqual(OWNER);
  });

  test.each<[string, Partial<Owner>]>([
    ["hotkey", { validator: miner.hotkey }],
    ["subnet", { netuid: 2 }],
    ["chain", { genesis: "11".repeat(32) as Digest }],
  ])("of another %s is refused", (_, other) => {
    journal.claim(OWNER);
    expect(() => journal.claim({ ...OWNER, ...other })).toThrow(
      expect.objectContaining({ code: "JOURNAL_OWNER" }),
    );
  });
});

describe("opening", () => {
  test("is refused while somebody else writes the journal", async () => {
    await expect(openJournal(path)).rejects.toMatchObject({ code: "LOCKED" });
  });

  test("to read is possible all the same, and writes nothing", async () => {
    journal.addJob(newJob(), 5);
    const reader = await openJournal(path, { readOnly: true });
    journal.cancelUnanswered();
    expect([...reader.outcomesAfter()]).toHaveLength(1);
    expect(() => reader.addJob(newJob(), 5)).toThrow(
      expect.objectContaining({ code: "JOURNAL_UNWRITABLE" }),
    );
    await reader.close();
  });

  test("to read what is not there is refused", async () => {
    await expect(openJournal(join(dir, "none"), { readOnly: true })).rejects.toMatchObject({
      code: "JOURNAL_UNWRITABLE",
    });
  });

  test("a journal of version 1 is brought up to date, and loses nothing", async () => {
    const attempt = { epoch: 3, verdicts: 12, head: 90, weights: [[1, 65_535] as const] };
    journal.addJob(newJob(), 5);
    journal.addWeights(attempt);
    journal.addWeights({ ...attempt, epoch: 4 });
    await journal.close();
    const raw = new Database(path);
    raw.exec(`
      DROP TRIGGER weights_are_placed_once; DROP TRIGGER weights_are_whole; DROP TRIGGER weights_are_shown_once;
      ALTER TABLE weights DROP COLUMN way; ALTER TABLE weights DROP COLUMN reveal_epoch;
      ALTER TABLE weights DROP COLUMN round; ALTER TABLE weights DROP COLUMN shown_at;
      UPDATE weights SET block = 91, hash = '${ZEROS}' WHERE epoch = 3;
      CREATE TRIGGER weights_are_placed_once BEFORE UPDATE ON weights WHEN OLD.block IS NOT NULL
        BEGIN SELECT RAISE(ABORT, 'the block of weights is never changed'); END;
      PRAGMA user_version = 1`);
    raw.close();
    await expect(openJournal(path, { readOnly: true })).rejects.toMatchObject({
      code: "JOURNAL_VERSION",
      hint: expect.stringContaining("Start the validator"),
    });
    await reopen();
    expect(journal.latestWeights(9)).toMatchObject([
      { epoch: 4, placement: undefined, shownAt: undefined },
      { epoch: 3, placement: { block: { number: 91, hash: ZEROS }, way: "set" }, shownAt: 91 },
    ]);
    expect(journal.cancelUnanswered()).toBe(1);
    expect(() =>
      journal.placeWeights(1, { block: { number: 9, hash: ZEROS }, way: "set" }),
    ).toThrow(/never changed/);
  });

  test("a journal of another version is refused, and says which", async () => {
    await journal.close();
    const raw = new Database(path);
    raw.pragma("user_version = 99");
    raw.close();
    await expect(openJournal(path)).rejects.toMatchObject({
      code: "JOURNAL_VERSION",
      message: expect.stringContaining("version 99"),
    });
    await rm(path);
    journal = await openJournal(path);
  });

  test("a database of another program is refused", async () => {
    const other = join(dir, "other.sqlite");
    const raw = new Database(other);
    raw.exec("CREATE TABLE cats (name TEXT)");
    raw.close();
    await expect(openJournal(other)).rejects.toMatchObject({ code: "JOURNAL_FOREIGN" });
  });

  test("what is no database, or a damaged one, is refused, and the lock is let go", async () => {
    const other = join(dir, "other.sqlite");
    await writeFile(other, "To be, or not to be, that is the question".repeat(30));
    await expect(openJournal(other)).rejects.toMatchObject({ code: "JOURNAL_CORRUPT" });
    await expect(openJournal(other)).rejects.toMatchObject({ code: "JOURNAL_CORRUPT" });
    for (let i = 0; i < 50; i++) journal.addJob(newJob(), 5);
    await reopen();
    const half = join(dir, "half.sqlite");
    await copyFile(path, half);
    await truncate(half, 9_000);
    await expect(openJournal(half)).rejects.toMatchObject({ code: "JOURNAL_CORRUPT" });
  });
});
