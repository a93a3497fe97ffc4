/**
 * What a miner does with a request: sees who sends it, reads it, admits it, lets it wait its turn, has it solved, signs
 * the answer. Every job that was taken ends in one of four ways: answered, refused with the reason, left by who asked, or
 * told that the miner stops.
 * @module
 */
import type { Logger } from "pino";
import type { Hotkey, Neuron, Signer } from "../chain/chain.ts";
import { answerToJson, signAnswer } from "../protocol/answer.ts";
import { parseCanonicalJson } from "../protocol/canonical-json.ts";
import { ProtocolError } from "../protocol/error.ts";
import { type Job, jobFromJson, type SignedJob } from "../protocol/job.ts";
import type { ReplayStore } from "../protocol/replay.ts";
import { authenticateRequest, nowNs, type ReceivedRequest } from "../protocol/request-auth.ts";
import { MAX_JOB_BYTES, MAX_RETRY_AFTER_SECONDS, type RefusalCode } from "../protocol/wire.ts";
import { admit, type Terms } from "./admission.ts";
import { MinerError } from "./error.ts";
import { Metrics } from "./metrics.ts";
import type { Peers } from "./peers.ts";
import { JobQueue, type QueueOptions } from "./queue.ts";
import type { SeenJobs } from "./seen-jobs.ts";
import type { Solver } from "./solver.ts";

export interface DeskOptions {
  readonly netuid: number;
  readonly minStakeRao: bigint;
  readonly queue: QueueOptions;
}

export interface DeskParts {
  readonly signer: Signer;
  readonly solvers: readonly Solver[];
  readonly seen: SeenJobs;
  readonly replays: ReplayStore;
  readonly peers: Peers;
  readonly log: Logger;
}

export type Reply =
  /** The answer's JSON. */
  | { readonly answer: unknown }
  | { readonly refusal: RefusalCode; readonly retryAfterSeconds?: number }
  /** Nobody listens any more. */
  | { readonly abandoned: true };

const RAO_PER_TAO = 1e9;

/** Seconds after which a validator with too many unexpired ids or nonces may ask again: five blocks, in which some expire. */
const FULL_RETRY_SECONDS = 60;

export class Desk {
  readonly metrics: Metrics = new Metrics();
  readonly #parts: DeskParts;
  readonly #terms: Terms;
  readonly #solvers: ReadonlyMap<string, Solver>;
  readonly #queue: JobQueue;
  readonly #taken = new Map<TakenJob, Promise<Reply>>();
  #isStopping = false;

  constructor({ netuid, minStakeRao, queue }: DeskOptions, parts: DeskParts) {
    const circuits = new Map(parts.solvers.map((solver) => [solver.circuit, solver]));
    this.#parts = parts;
    this.#solvers = circuits;
    this.#queue = new JobQueue(queue);
    this.#terms = {
      hotkey: parts.signer.hotkey,
      ...{ netuid, minStakeRao, circuits },
      hasSeen: (job) => parts.seen.has(job),
    };
  }

  /** Why no job can be taken now; undefined when one can. */
  obstacle(): string | undefined {
    if (this.#isStopping) return "shutting down";
    const peers = this.#parts.peers.current();
    if (peers === undefined) return "the chain is silent";
    if (!peers.neurons.has(this.#terms.hotkey)) return "this miner is not registered";
    return this.#queue.isFull ? "the queue is full" : undefined;
  }

  renderMetrics(): Promise<string> {
    return this.metrics.render(this.#queue);
  }

  /** @param gone aborted when whoever asked has hung up */
  async answer(request: ReceivedRequest, gone: AbortSignal): Promise<Reply> {
    const receivedMs = performance.now();
    if (this.#isStopping) return { refusal: "STOPPING" };
    const { peers, replays } = this.#parts;
    const neurons = peers.current()?.neurons;
    if (neurons === undefined) return { refusal: "CHAIN_UNAVAILABLE" };
    const authenticated = authenticateRequest(request, {
      ...{ self: this.#terms.hotkey, nowNs: nowNs(), replays },
      // The chain names accounts, not schemes; all hotkeys of this protocol are sr25519 keys.
      schemeOf: (sender) => (neurons.has(sender) ? "sr25519" : undefined),
    });
    if ("sender" in authenticated) {
      return this.answerSender(authenticated.sender, request.body, gone, receivedMs);
    }
    const { refusal } = authenticated;
    return refusal === "QUEUE_FULL"
      ? { refusal, retryAfterSeconds: FULL_RETRY_SECONDS }
      : { refusal };
  }

  /** @param sender who sent `body`, beyond doubt */
  async answerSender(
    sender: Hotkey,
    body: Uint8Array,
    gone: AbortSignal,
    receivedMs: number = performance.now(),
  ): Promise<Reply> {
    if (this.#isStopping) return { refusal: "STOPPING" };
    const signed = readJob(body);
    if (signed === undefined) return { refusal: "MALFORMED_JOB" };
    if (signed.job.validator !== sender) return { refusal: "WRONG_SENDER" };
    const asking = admit(signed, this.#terms, this.#parts.peers.current());
    if (typeof asking === "string") return { refusal: asking };
    const { job } = signed;
    if (!this.#queue.hasRoomFor(shareOf(job, asking))) return this.#full();
    const keeping = this.#parts.seen.add(job);
    if (keeping === "known") return { refusal: "DUPLICATE_JOB" };
    if (keeping === "full") return { refusal: "QUEUE_FULL", retryAfterSeconds: FULL_RETRY_SECONDS };

    const taken = new TakenJob(job.budgetMs, gone);
    const reply = this.#solve(job, asking, receivedMs, taken);
    this.#taken.set(taken, reply);
    try {
      return await reply;
    } finally {
      taken.close();
      this.#taken.delete(taken);
    }
  }

  /** Takes no more jobs, ends those that wait, and gives those that run `drainMs` to come to an answer. */
  async drain(drainMs: number): Promise<void> {
    this.#isStopping = true;
    const replies = [...this.#taken.values()];
    for (const taken of this.#taken.keys()) if (!taken.isRunning) taken.end("STOPPING");
    const enough = setTimeout(() => {
      for (const taken of this.#taken.keys()) taken.end("STOPPING");
    }, drainMs);
    await Promise.allSettled(replies);
    clearTimeout(enough);
  }

  async #solve(job: Job, asking: Neuron, receivedMs: number, taken: TakenJob): Promise<Reply> {
    const { signer, log } = this.#parts;
    const { signal } = taken;
    const deadlineMs = receivedMs + job.budgetMs;
    try {
      const solver = this.#solvers.get(job.circuit);
      if (solver === undefined) return { refusal: "UNKNOWN_CIRCUIT" };
      const ticket = { ...shareOf(job, asking), deadlineMs, signal };
      const solution = await this.#queue.run(ticket, () => {
        taken.isRunning = true;
        return solver.solve(job, signal);
      });
      const answer = answerToJson(signAnswer(job, solution, signer));
      this.metrics.answered(solution.stages);
      return { answer };
    } catch (error) {
      if (taken.ending === "ABANDONED") {
        this.metrics.abandoned();
        return { abandoned: true };
      }
      if (taken.ending !== undefined) return { refusal: taken.ending };
      if (error instanceof MinerError && error.code === "QUEUE_FULL") return this.#full();
      log.error({ err: error, job: job.id }, "no proof");
      return { refusal: "PROVING_FAILED" };
    }
  }

  #full(): Reply {
    const seconds = Math.min(this.#queue.retryAfterSeconds, MAX_RETRY_AFTER_SECONDS);
    return { refusal: "QUEUE_FULL", retryAfterSeconds: seconds };
  }
}

type Ending = "OVER_BUDGET" | "STOPPING" | "ABANDONED";

/** The one signal of a job's work, and what ended it: the first cause stands. */
class TakenJob {
  isRunning = false;
  readonly #controller = new AbortController();
  readonly #budget: NodeJS.Timeout;
  readonly #gone: AbortSignal;
  #ending: Ending | undefined;

  constructor(budgetMs: number, gone: AbortSignal) {
    this.#budget = setTimeout(() => this.end("OVER_BUDGET"), budgetMs);
    this.#gone = gone;
    if (gone.aborted) this.end("ABANDONED");
    else gone.addEventListener("abort", this.#abandon);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get ending(): Ending | undefined {
    return this.#ending;
  }

  end(cause: Ending): void {
    this.#ending ??= cause;
    this.#controller.abort(new DOMException(`the job has ended: ${cause}`, "AbortError"));
  }

  close(): void {
    clearTimeout(this.#budget);
    this.#gone.removeEventListener("abort", this.#abandon);
  }

  readonly #abandon = (): void => this.end("ABANDONED");
}

function shareOf({ validator }: Job, { stake }: Neuron): { owner: string; stake: number } {
  return { owner: validator, stake: Math.max(Number(stake) / RAO_PER_TAO, 1) };
}

function readJob(body: Uint8Array): SignedJob | undefined {
  try {
    return jobFromJson(parseCanonicalJson(body, MAX_JOB_BYTES));
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}
