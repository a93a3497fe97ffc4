/**
 * A miner: takes jobs over HTTP, solves them in turn, signs the answers. What it has taken it answers within the budget,
 * or says why not.
 * @module
 */

import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Logger } from "pino";
import type { Chain, Endpoint, Neuron, Signer } from "../chain/chain.ts";
import { answerToJson, signAnswer } from "../protocol/answer.ts";
import { parseCanonicalJson } from "../protocol/canonical-json.ts";
import { ProtocolError } from "../protocol/error.ts";
import { type Job, jobFromJson, type SignedJob } from "../protocol/job.ts";
import { MAX_JOB_BYTES } from "../protocol/wire.ts";
import { acquireLock } from "../store/lock.ts";
import { admit, type Desk } from "./admission.ts";
import { Metrics } from "./metrics.ts";
import { type Peers, watchPeers } from "./peers.ts";
import { JobQueue } from "./queue.ts";
import { openSeenJobs, type SeenJobs } from "./seen-jobs.ts";
import { type Reply, startServer } from "./server.ts";
import type { Solver } from "./solver.ts";

export interface MinerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly netuid: number;
  /** Jobs that may wait; one more is refused with 429. */
  readonly queueLimit: number;
  /** Proofs made side by side. */
  readonly concurrency: number;
  /** Stake below which a validator is not served. */
  readonly minStakeRao: bigint;
  /** What was seen is kept here; one miner at a time. */
  readonly dir: string;
  /** As in package.json; shown in /v1/info. */
  readonly version: string;
}

export interface MinerParts {
  readonly chain: Chain;
  readonly signer: Signer;
  readonly solvers: readonly Solver[];
  readonly log: Logger;
}

export interface Miner {
  /** As it stands on the chain. */
  readonly endpoint: Endpoint;
  /** Takes no more jobs, ends those it has, and lets go of port and folder. The solvers are the caller's. */
  close(): Promise<void>;
}

const RAO_PER_TAO = 1e9;

/** @throws MinerError `PORT_IN_USE` | `SEEN_JOBS_UNUSABLE`; StoreError `LOCKED`; ChainError */
export async function startMiner(options: MinerOptions, parts: MinerParts): Promise<Miner> {
  const closing: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const step of closing.splice(0).reverse()) await step();
  };
  try {
    const lock = await acquireLock(join(options.dir, "lock"));
    closing.push(() => lock.release());
    const seen = openSeenJobs(options.dir);
    closing.push(async () => seen.close());
    const peers = await watchPeers(options.netuid, parts);
    closing.push(async () => peers.close());
    peers.onHead((block) => seen.forgetBefore(block));

    const desk = new WorkingDesk(options, { ...parts, seen, peers });
    closing.push(() => desk.close());
    const server = await startServer(options, {
      desk: (body, signal) => desk.answer(body, signal),
      info: {
        version: options.version,
        hotkey: parts.signer.hotkey,
        circuits: parts.solvers.map((solver) => solver.circuit),
      },
      obstacle: () => desk.obstacle(),
      metrics: { contentType: desk.metrics.contentType, render: () => desk.renderMetrics() },
      onRefused: (code) => desk.metrics.refused(code),
    });
    closing.push(async () => {
      desk.stop();
      await server.close();
    });
    const endpoint = endpointOf(server.server.address(), options);
    await parts.chain.publishEndpoint(options.netuid, endpoint, parts.signer);
    return { endpoint, close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface DeskParts extends MinerParts {
  readonly seen: SeenJobs;
  readonly peers: Peers;
}

class WorkingDesk {
  readonly metrics = new Metrics();
  readonly #parts: DeskParts;
  readonly #desk: Desk;
  readonly #queue: JobQueue;
  readonly #stopping = new AbortController();
  readonly #working = new Set<Promise<unknown>>();

  constructor(options: MinerOptions, parts: DeskParts) {
    this.#parts = parts;
    this.#queue = new JobQueue({ limit: options.queueLimit, concurrency: options.concurrency });
    this.#desk = {
      hotkey: parts.signer.hotkey,
      netuid: options.netuid,
      minStakeRao: options.minStakeRao,
      inputCounts: new Map(parts.solvers.map((solver) => [solver.circuit, solver.inputCount])),
      hasSeen: (job) => parts.seen.has(job),
    };
  }

  obstacle(): string | undefined {
    if (this.#stopping.signal.aborted) return "shutting down";
    if (this.#parts.peers.current() === undefined) return "the chain is silent";
    return this.#queue.isFull ? "the queue is full" : undefined;
  }

  renderMetrics(): Promise<string> {
    return this.metrics.render(this.#queue);
  }

  async answer(body: Uint8Array, gone: AbortSignal): Promise<Reply> {
    const receivedMs = performance.now();
    if (this.#stopping.signal.aborted) return { refusal: "STOPPING" };
    const signed = readJob(body);
    if (signed === undefined) return { refusal: "MALFORMED_JOB" };
    const admitted = admit(signed, this.#desk, this.#parts.peers.current());
    if (typeof admitted === "string") return { refusal: admitted };
    if (this.#queue.isFull) {
      return { refusal: "QUEUE_FULL", retryAfterSeconds: this.#queue.retryAfterSeconds };
    }
    if (!this.#parts.seen.add(signed.job)) return { refusal: "DUPLICATE_JOB" };
    const work = this.#solve(signed.job, admitted, receivedMs, gone);
    this.#working.add(work);
    try {
      return await work;
    } finally {
      this.#working.delete(work);
    }
  }

  /** Every job that runs is told to end. */
  stop(): void {
    this.#stopping.abort(new Error("the miner is shutting down"));
  }

  async close(): Promise<void> {
    this.stop();
    await Promise.allSettled([...this.#working]);
  }

  async #solve(job: Job, asking: Neuron, receivedMs: number, gone: AbortSignal): Promise<Reply> {
    const { signer, solvers, log } = this.#parts;
    const solver = solvers.find((candidate) => candidate.circuit === job.circuit);
    if (solver === undefined) return { refusal: "UNKNOWN_CIRCUIT" };
    const budget = AbortSignal.timeout(job.budgetMs);
    const signal = AbortSignal.any([budget, gone, this.#stopping.signal]);
    const ticket = {
      owner: job.validator,
      stake: Math.max(Number(asking.stake) / RAO_PER_TAO, 1),
      deadlineMs: receivedMs + job.budgetMs,
      signal,
    };
    try {
      const solution = await this.#queue.run(ticket, () => solver.solve(job, signal));
      this.metrics.answered(solution.stages);
      return { answer: answerToJson(signAnswer(job, solution, signer)) };
    } catch (error) {
      if (this.#stopping.signal.aborted) return { refusal: "STOPPING" };
      if (budget.aborted || gone.aborted) return { refusal: "OVER_BUDGET" };
      log.error({ err: error, job: job.id }, "no proof");
      return { refusal: "PROVING_FAILED" };
    }
  }
}

function readJob(body: Uint8Array): SignedJob | undefined {
  try {
    return jobFromJson(parseCanonicalJson(body, MAX_JOB_BYTES));
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

/** What others connect to. */
function endpointOf(address: AddressInfo | string | null, { host, port }: MinerOptions): Endpoint {
  // A server that listens on a port, as this one does, has an address of that form.
  return address === null || typeof address === "string"
    ? { ip: host, port }
    : { ip: address.address, port: address.port };
}
