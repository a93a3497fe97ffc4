/**
 * A validator: hands out jobs, checks every answer, keeps the journal, sets weights. One loop asks whose turn it is,
 * and each job then runs on its own to its verdict.
 *
 *     head ──► view of the chain ──► weights, once an epoch
 *                     │
 *     tick ──► whose turn ──► job ──► journal ──► exchange ──► check ──► journal ──► score, event
 * @module
 */
import { randomInt } from "node:crypto";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import type { Chain, Neuron, Signer } from "../chain/chain.ts";
import { ChainError } from "../chain/error.ts";
import type { Verifier } from "../circuits/verify.ts";
import type { Hotkey } from "../protocol/hotkey.ts";
import { type Job, newJobId, type SignedJob, signJob } from "../protocol/job.ts";
import { freshSeed } from "../protocol/seed.ts";
import { acquireLock } from "../store/lock.ts";
import { Alarms } from "./alarms.ts";
import { ChainView, type View } from "./chain-view.ts";
import { concludeOn } from "./check.ts";
import { ClockWatch } from "./clock-watch.ts";
import type { ValidatorEvent } from "./event.ts";
import { exchange, type Reply } from "./exchange.ts";
import type { Conclusion, Journal } from "./journal.ts";
import { Ledger } from "./ledger.ts";
import { Metrics } from "./metrics.ts";
import { Rotation } from "./rotation.ts";
import { Standing } from "./standing.ts";
import { startStatusServer } from "./status-server.ts";
import { type Target, targetOf } from "./target.ts";
import { Turnstile } from "./turnstile.ts";
import { WeightSetter } from "./weight-setter.ts";

export interface ValidatorOptions {
  readonly netuid: number;
  /** A folder that all validators of this machine share: two with one hotkey find each other there. */
  readonly lockDir: string;
  /** Milliseconds a miner has, from last byte sent to last byte received. Default 20 s. */
  readonly budgetMs?: number;
  /** Milliseconds from one job handed out to the next. Default 1 s. */
  readonly jobIntervalMs?: number;
  /** Jobs without a verdict at once; a miner has one at most. Default 8. */
  readonly maxInFlight?: number;
  /** Proofs verified at once. Default 2. */
  readonly verifyConcurrency?: number;
  /** Blocks after which a miner may no longer take a job. Default 100, above any budget even at four blocks a second. */
  readonly expiryBlocks?: number;
  /** Milliseconds without a new finalised head after which no job is handed out. Default 60 s, five blocks of Subtensor. */
  readonly chainSilenceMs?: number;
  /** Without a seat on the subnet: wait for one, rather than fail. Default false. */
  readonly awaitRegistration?: boolean;
  /** Where /healthz, /readyz and /metrics are served; nowhere by default. */
  readonly status?: { readonly host?: string; readonly port: number };
}

/** A model whose answers are bought, and how fresh inputs of it are drawn. */
export interface OfferedModel {
  readonly verifier: Pick<Verifier, "circuit" | "verify">;
  /** @param seed 32 bytes. @returns every public input integer; the same for the same seed, on every machine */
  freshInput(seed: Uint8Array): Int32Array;
}

export interface ValidatorParts {
  readonly chain: Chain;
  readonly signer: Signer;
  readonly models: readonly [OfferedModel, ...OfferedModel[]];
  readonly journal: Journal;
  readonly log: Logger;
  readonly onEvent?: (event: ValidatorEvent) => void;
}

export interface Validator {
  /** Where health and metrics are; undefined unless asked for. */
  readonly statusUrl: string | undefined;
  /**
   * Rejects when the validator cannot go on; it has then stopped handing out jobs, and wants to be closed. ChainError
   * `NOT_REGISTERED` when it lost its seat and was not told to wait.
   */
  readonly failed: Promise<never>;
  /** Cancels what miners have not answered, concludes what they have. Journal, chain and verifiers stay open. */
  close(): Promise<void>;
}

/** Weights under way when a validator stops are worth this long a wait; after a crash the journal sorts it out too. */
const LAST_WEIGHTS_MS = 5_000;

/**
 * @throws StoreError `LOCKED` when another validator runs with this hotkey
 * @throws ValidatorError `JOURNAL_OWNER`, `JOURNAL_UNWRITABLE`, `PORT_IN_USE`; ChainError when the chain does not answer,
 * `NOT_REGISTERED` unless it is told to wait
 */
export async function startValidator(
  options: ValidatorOptions,
  parts: ValidatorParts,
): Promise<Validator> {
  const { chain, signer } = parts;
  const name = `${chain.genesisHash}-${options.netuid}-${signer.hotkey}.lock`;
  const lock = await acquireLock(join(options.lockDir, name));
  const running = new RunningValidator(options, parts);
  try {
    await running.start();
  } catch (error) {
    await running.close();
    await lock.release();
    throw error;
  }
  return {
    statusUrl: running.statusUrl,
    failed: running.failed,
    async close() {
      await running.close();
      await lock.release();
    },
  };
}

/** How long the loop rests when there is nobody to ask. */
const IDLE_MS = 50;

/** What decides whether a job may be handed out. */
interface HandingOut {
  readonly ledger: Ledger;
  readonly standing: Standing;
}

class RunningValidator {
  readonly #options: Required<Omit<ValidatorOptions, "lockDir" | "status">>;
  readonly #status: ValidatorOptions["status"];
  readonly #parts: ValidatorParts;
  readonly #stop = new AbortController();
  readonly #metrics = new Metrics();
  readonly #rotation = new Rotation();
  readonly #clock = new ClockWatch();
  readonly #verifying: Turnstile;
  readonly #jobs = new Set<Promise<void>>();
  readonly #alarms = new Alarms((event) => this.#emit(event));
  readonly #closing: (() => Promise<void>)[] = [];
  #rejectFailed: (reason: unknown) => void = () => {};
  readonly failed = new Promise<never>((_, reject) => {
    this.#rejectFailed = reject;
  });
  statusUrl: string | undefined;

  constructor(options: ValidatorOptions, parts: ValidatorParts) {
    this.#options = {
      netuid: options.netuid,
      budgetMs: options.budgetMs ?? 20_000,
      jobIntervalMs: options.jobIntervalMs ?? 1_000,
      maxInFlight: options.maxInFlight ?? 8,
      verifyConcurrency: options.verifyConcurrency ?? 2,
      expiryBlocks: options.expiryBlocks ?? 100,
      chainSilenceMs: options.chainSilenceMs ?? 60_000,
      awaitRegistration: options.awaitRegistration ?? false,
    };
    this.#status = options.status;
    this.#parts = parts;
    this.#verifying = new Turnstile(this.#options.verifyConcurrency);
    // A caller that does not look is told by the log.
    this.failed.catch(() => {});
  }

  async start(): Promise<void> {
    const { chain, signer, journal, log } = this.#parts;
    const { netuid, chainSilenceMs } = this.#options;
    const emit = (event: ValidatorEvent): void => this.#emit(event);
    journal.claim({ genesis: chain.genesisHash, netuid, validator: signer.hotkey });
    // Before anything is scored: jobs that a killed run left open count for nobody.
    const cancelled = journal.cancelUnanswered();
    const ledger = new Ledger(journal, emit);
    this.#closing.push(async () => ledger.close());
    const setter = new WeightSetter({ netuid }, { chain, signer, journal, ledger, log, emit });
    this.#closing.push(() => lastWeights(setter));
    // Attempts of a whole epoch's window may have been refused since.
    const hadPermit = journal.latestWeights(16).some(({ placement }) => placement !== undefined);
    const standing = new Standing({ netuid, hotkey: signer.hotkey, hadPermit }, emit);
    const view = await ChainView.open(
      { netuid, silenceMs: chainSilenceMs },
      {
        chain,
        hotkey: signer.hotkey,
        log,
        emit,
        onView: (seen) => {
          ledger.flush();
          standing.notice(seen.self);
          if (!standing.isRegistered && !this.#options.awaitRegistration) {
            this.#fail(notRegistered(signer, netuid));
          }
          setter.onView(seen);
        },
      },
    );
    this.#closing.push(async () => view.close());
    const desk = { ledger, standing };
    if (this.#status !== undefined) {
      const { host = "127.0.0.1", port } = this.#status;
      const obstacle = (): string | undefined => this.#obstacle(view.current(), desk);
      const server = await startStatusServer({ host, port }, { metrics: this.#metrics, obstacle });
      this.#closing.push(() => server.close());
      this.statusUrl = server.url;
    }
    if (this.#stop.signal.aborted) throw this.#stop.signal.reason;
    emit({ type: "started", cancelled });
    const loop = this.#handOut(view, desk).catch((error: unknown) => this.#fail(error));
    this.#closing.push(async () => {
      await loop;
      await Promise.all(this.#jobs);
    });
  }

  /** What no alarm covers, such as a damaged journal: no job is handed out any more, and the caller is told. */
  #fail(error: unknown): void {
    this.#parts.log.fatal({ err: error }, "the validator cannot go on");
    this.#stop.abort(error);
    this.#rejectFailed(error);
  }

  async close(): Promise<void> {
    this.#stop.abort(new Error("the validator is shutting down"));
    for (const step of this.#closing.splice(0).reverse()) await step();
  }

  /** Hands out one job at a time, as long as it is not told to stop. */
  async #handOut(view: ChainView, desk: HandingOut): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const sent = this.#handOutOne(view.current(), desk);
      await sleep(sent ? this.#options.jobIntervalMs : IDLE_MS, undefined, { signal }).catch(
        () => {},
      );
    }
  }

  /** @returns whether a job was handed out */
  #handOutOne(view: View | undefined, desk: HandingOut): boolean {
    if (view === undefined || this.#obstacle(view, desk) !== undefined) return false;
    const { ledger } = desk;
    // Answers that wait for the verifier count: they are held in memory.
    if (this.#jobs.size >= this.#options.maxInFlight) return false;
    const { chain, signer } = this.#parts;
    const targets = new Map<Hotkey, { neuron: Neuron; target: Target }>();
    for (const neuron of view.metagraph.neurons) {
      const target = targetOf(neuron.endpoint, chain.isLocal);
      if (target !== undefined && neuron.hotkey !== signer.hotkey) {
        targets.set(neuron.hotkey, { neuron, target });
      }
    }
    const miner = this.#rotation.take([...targets.keys()], performance.now());
    const chosen = miner === undefined ? undefined : targets.get(miner);
    if (chosen === undefined) return false;
    const { neuron, target } = chosen;
    const model = this.#drawModel();
    const signed = this.#makeJob(view, neuron, model);
    if (!ledger.addJob(signed, view.metagraph.neurons.length)) {
      this.#rotation.done(neuron.hotkey);
      return false;
    }
    const { id, circuit, block } = signed.job;
    this.#emit({
      type: "job",
      job: id,
      miner: neuron.hotkey,
      uid: neuron.uid,
      circuit,
      block: block.number,
    });
    const work = this.#conclude(signed, target, model, ledger)
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#jobs.delete(work);
      });
    this.#jobs.add(work);
    return true;
  }

  #drawModel(): OfferedModel {
    const { models } = this.#parts;
    return models[randomInt(models.length)] ?? models[0];
  }

  #makeJob(view: View, miner: Neuron, { verifier, freshInput }: OfferedModel): SignedJob {
    const { signer } = this.#parts;
    const { netuid, budgetMs, expiryBlocks } = this.#options;
    const origin = {
      id: newJobId(),
      validator: signer.hotkey,
      miner: miner.hotkey,
      block: { number: view.head.number, hash: view.head.hash },
    };
    const job: Job = {
      ...origin,
      netuid,
      circuit: verifier.circuit,
      expiryBlock: view.head.number + expiryBlocks,
      budgetMs,
      input: freshInput(freshSeed(origin)),
    };
    return signJob(job, signer);
  }

  /** One job to its verdict. Whatever happens, the job ends in the journal and the miner is free again. */
  async #conclude(
    signed: SignedJob,
    target: Target,
    { verifier }: OfferedModel,
    ledger: Ledger,
  ): Promise<void> {
    const { job } = signed;
    const reply = await exchange(signed, target, this.#parts.signer, this.#stop.signal);
    this.#release(job.miner, reply);
    this.#watchSockets(reply);
    this.#watchClock(reply);
    ledger.addVerdict(job.id, await this.#judge(job, reply, verifier));
  }

  async #judge(job: Job, reply: Reply, verifier: Pick<Verifier, "verify">): Promise<Conclusion> {
    try {
      const conclusion = await concludeOn(job, reply, (statement, proof) =>
        this.#verifying.pass(() => verifier.verify(statement, proof)),
      );
      if (conclusion.verifyUs !== undefined) this.#alarms.over("VERIFIER_FAILED");
      return conclusion;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#parts.log.error({ err: error, job: job.id }, "no verdict");
      this.#alarms.raise(
        "VERIFIER_FAILED",
        `the answer to job ${job.id} could not be verified: ${message}`,
        "The job is cancelled, which scores nothing. Look at memory and at the circuit package.",
      );
      return { verdict: { kind: "ignored", code: "CANCELLED" }, detail: "VERIFIER_FAILED" };
    }
  }

  #release(miner: Hotkey, reply: Reply): void {
    const nowMs = performance.now();
    if (reply.kind === "busy") {
      const { retryAfterSeconds } = reply;
      const restMs = retryAfterSeconds === undefined ? undefined : retryAfterSeconds * 1_000;
      this.#rotation.doneBusy(miner, nowMs, restMs);
    } else if (reply.kind === "unreachable") {
      this.#rotation.doneUnreached(miner, nowMs);
    } else {
      this.#rotation.done(miner);
    }
  }

  #watchSockets(reply: Reply): void {
    if (reply.kind === "answered") this.#alarms.over("NO_SOCKET");
    if (reply.kind !== "cancelled" || this.#stop.signal.aborted) return;
    this.#alarms.raise(
      "NO_SOCKET",
      `this machine cannot open a connection: ${reply.reason}`,
      "Raise the limit of open files, or look at the network. The job is cancelled.",
    );
  }

  #watchClock(reply: Reply): void {
    const isOff = this.#clock.observe(reply);
    if (isOff === false) this.#alarms.over("CLOCK_OFF");
    if (isOff !== true) return;
    this.#alarms.raise(
      "CLOCK_OFF",
      "miners refuse requests because of their time: it is more than 10 s behind theirs, or 2 s ahead",
      "Set this machine's clock, and keep it set by NTP (timedatectl shows whether it is).",
    );
  }

  /** Why no job can be handed out now; undefined when one can. */
  #obstacle(view: View | undefined, { ledger, standing }: HandingOut): string | undefined {
    if (this.#stop.signal.aborted) return "shutting down";
    if (view === undefined) return "the chain is silent";
    const obstacle = standing.obstacle();
    if (obstacle !== undefined) return obstacle;
    return ledger.isWritable || ledger.flush() ? undefined : "the journal cannot be written";
  }

  #emit(event: ValidatorEvent): void {
    this.#metrics.observe(event);
    this.#parts.onEvent?.(event);
  }
}

function notRegistered({ hotkey }: Signer, netuid: number): ChainError {
  return new ChainError(
    "NOT_REGISTERED",
    `${hotkey} is not registered on subnet ${netuid}: the validator has stopped working`,
    "Register the hotkey: assay chain register. With --await-registration it waits for that.",
  );
}

async function lastWeights(setter: WeightSetter): Promise<void> {
  await Promise.race([setter.idle(), sleep(LAST_WEIGHTS_MS, undefined, { ref: false })]);
}
