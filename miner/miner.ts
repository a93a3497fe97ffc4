/**
 * A miner: takes jobs over HTTP, solves them in turn, signs the answers. What it has taken it answers within the budget,
 * or says why not.
 * @module
 */
import { join } from "node:path";
import type { Logger } from "pino";
import type { Chain, Endpoint, Signer } from "../chain/chain.ts";
import type { ChainError } from "../chain/error.ts";
import { acquireLock } from "../store/lock.ts";
import { DendriteBridge } from "./dendrite-bridge.ts";
import { Desk } from "./desk.ts";
import type { MinerEvent } from "./event.ts";
import { watchPeers } from "./peers.ts";
import { Seat } from "./seat.ts";
import { openSeenJobs } from "./seen-jobs.ts";
import { openSeenRequests } from "./seen-requests.ts";
import { startServer } from "./server.ts";
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
  /** What the chain is told, where that is not what is listened on: behind a router, or on every address. */
  readonly publicEndpoint?: Endpoint;
  /** Serves Dendrites of Bittensor 7.2 to 10 too. Off by default: their requests say less of what they mean. */
  readonly legacyBridge?: boolean;
  /** Without a seat on the subnet: wait for one, rather than fail. Default false. */
  readonly awaitRegistration?: boolean;
  /** Milliseconds that running jobs are given when the miner closes. */
  readonly drainMs?: number;
}

export interface MinerParts {
  readonly chain: Chain;
  readonly signer: Signer;
  readonly solvers: readonly Solver[];
  readonly log: Logger;
  readonly onEvent?: (event: MinerEvent) => void;
}

export interface Miner {
  /** As it stands on the chain. */
  readonly endpoint: Endpoint;
  /** Rejects with ChainError `NOT_REGISTERED` when the seat was lost, unless it is told to wait; no job is taken. */
  readonly failed: Promise<never>;
  /** Takes no more jobs, ends those it has, and lets go of port and folder. The solvers are the caller's. */
  close(): Promise<void>;
}

/** A proof or two of a small model, and less than the 5 s after which the demo kills what has not ended. */
const DRAIN_MS = 3_000;

/** @throws MinerError `PORT_IN_USE` | `CANNOT_LISTEN` | `SEEN_JOBS_UNUSABLE` | `SEEN_REQUESTS_UNUSABLE`; StoreError `LOCKED`; ChainError, `NOT_REGISTERED` unless it is told to wait */
export async function startMiner(options: MinerOptions, parts: MinerParts): Promise<Miner> {
  const { netuid, minStakeRao, queueLimit, concurrency, drainMs = DRAIN_MS } = options;
  const { chain, signer, solvers, log } = parts;
  const closing: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const step of closing.splice(0).reverse()) await step();
  };
  try {
    const lock = await acquireLock(join(options.dir, "lock"));
    closing.push(() => lock.release());
    const seen = openSeenJobs(options.dir);
    closing.push(async () => seen.close());
    const replays = openSeenRequests(options.dir);
    closing.push(async () => replays.close());
    const peers = await watchPeers(netuid, parts);
    closing.push(async () => peers.close());
    peers.onHead((block) => seen.forgetBefore(block));

    const queue = { limit: queueLimit, concurrency };
    const desk = new Desk({ netuid, minStakeRao, queue }, { ...parts, seen, replays, peers });
    const bridge = new DendriteBridge({ desk, signer, dendrites: replays, peers });
    const { host, port, legacyBridge = false } = options;
    const server = await startServer(
      { host, port, jobs: queueLimit + concurrency },
      {
        desk: (request, gone) => desk.answer(request, gone),
        ...(legacyBridge && { bridge: (request, gone) => bridge.answer(request, gone) }),
        info: {
          version: options.version,
          hotkey: signer.hotkey,
          circuits: solvers.map((solver) => solver.circuit),
        },
        obstacle: () => desk.obstacle(),
        metrics: { contentType: desk.metrics.contentType, render: () => desk.renderMetrics() },
        onRefused: (code) => desk.metrics.refused(code),
        onFault: (error) => log.error({ err: error }, "a request failed"),
      },
    );
    closing.push(() => server.close());
    // First of all, with the port still open: who asks meanwhile is told, and not met by silence.
    closing.push(() => desk.drain(drainMs));
    const endpoint = options.publicEndpoint ?? server.endpoint;
    const seat = new Seat(
      { netuid, hotkey: signer.hotkey, endpoint },
      {
        peers,
        publish: () => chain.publishEndpoint(netuid, endpoint, signer),
        log,
        onEvent: parts.onEvent ?? (() => {}),
      },
    );
    let lost: ChainError | undefined;
    let rejectFailed: (error: ChainError) => void = () => {};
    const failed = new Promise<never>((_, reject) => {
      rejectFailed = reject;
    });
    // A caller that does not look is told by the event.
    failed.catch(() => {});
    await seat.take((error) => {
      if (options.awaitRegistration === true) return;
      lost = error;
      rejectFailed(error);
    });
    if (lost !== undefined) throw lost;
    return { endpoint, failed, close };
  } catch (error) {
    await close();
    throw error;
  }
}
