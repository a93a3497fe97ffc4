/**
 * Journal first, then the rest: a job exists once it is on disk, a verdict counts and is told once it is on disk.
 * When the disk is full nothing is handed out any more, and the verdicts under way wait in memory until they can be
 * written; there are never more of them than jobs were in flight.
 * @module
 */
import type { JobId, SignedJob } from "../protocol/job.ts";
import { ValidatorError } from "./error.ts";
import type { ValidatorEvent } from "./event.ts";
import type { Conclusion, Journal, PlacedOutcome } from "./journal.ts";
import { Scoreboard, type Scores } from "./score.ts";

export class Ledger {
  readonly #journal: Journal;
  readonly #emit: (event: ValidatorEvent) => void;
  readonly #scoreboard = new Scoreboard();
  readonly #waiting = new Map<JobId, Conclusion>();
  #place = 0;
  #isWritable = true;

  /** Reads the whole journal. */
  constructor(journal: Journal, emit: (event: ValidatorEvent) => void) {
    this.#journal = journal;
    this.#emit = emit;
    for (const outcome of journal.outcomesAfter()) this.#score(outcome);
  }

  /** False from a write that failed to the next that succeeds. */
  get isWritable(): boolean {
    return this.#isWritable;
  }

  /** Of the last verdict that is in the scores. */
  get place(): number {
    return this.#place;
  }

  scores(): Scores {
    return this.#scoreboard.scores();
  }

  /** @returns false when the job is not on disk, and so must not be sent */
  addJob(signed: SignedJob, neurons: number): boolean {
    return this.flush() && this.write(() => this.#journal.addJob(signed, neurons));
  }

  /** Writes the verdict now, or as soon as the disk takes it. */
  addVerdict(job: JobId, conclusion: Conclusion): void {
    this.#waiting.set(job, conclusion);
    this.flush();
  }

  /** Writes what waits. @returns true when nothing waits any more */
  flush(): boolean {
    for (const [job, conclusion] of this.#waiting) {
      if (!this.write(() => this.#journal.addVerdict(job, conclusion))) return false;
      this.#waiting.delete(job);
      // Read back, not taken from memory: what is scored and told is what a replay will find.
      for (const outcome of this.#journal.outcomesAfter(this.#place)) {
        this.#score(outcome);
        this.#tell(outcome);
      }
    }
    return true;
  }

  /** Runs one write of the journal. @returns false when the disk refused it, which raises the alarm */
  write(action: () => void): boolean {
    try {
      action();
    } catch (error) {
      if (!(error instanceof ValidatorError) || error.code !== "JOURNAL_UNWRITABLE") throw error;
      if (this.#isWritable) {
        const { message, hint } = error;
        this.#emit({ type: "alarm", code: "JOURNAL_UNWRITABLE", message, hint });
      }
      this.#isWritable = false;
      return false;
    }
    if (!this.#isWritable) this.#emit({ type: "recovered", code: "JOURNAL_UNWRITABLE" });
    this.#isWritable = true;
    return true;
  }

  /** Tries a last time; what cannot be written now is lost, and said to be. */
  close(): void {
    if (this.flush()) return;
    const jobs = [...this.#waiting.keys()];
    this.#emit({
      type: "alarm",
      code: "VERDICTS_LOST",
      message: `${jobs.length} verdicts could not be written, of the jobs ${jobs.join(", ")}`,
      hint: "Free space on the journal's disk. The next start cancels these jobs, which scores nothing.",
    });
  }

  #score(outcome: PlacedOutcome): void {
    this.#scoreboard.add(outcome);
    this.#place = outcome.seq;
  }

  #tell(outcome: PlacedOutcome): void {
    const { job, miner, circuit, verdict, detail, latencyUs, verifyUs } = outcome;
    const score = this.#scoreboard.scoreOf(miner);
    const facts = { job, miner, circuit, verdict, detail, latencyUs, verifyUs, score };
    this.#emit({ type: "verdict", ...facts });
  }
}
