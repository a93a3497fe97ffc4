/**
 * A miner's desk without a chain, for tests of what stands before and behind it: two neurons, one circuit whose answer is
 * its input, and everything else as it runs.
 * @module
 */
import Database from "better-sqlite3";
import { pino } from "pino";
import type { Hotkey, Neuron } from "../chain/chain.ts";
import { devSigner } from "../chain/wallet/key.ts";
import { canonicalJson } from "../protocol/canonical-json.ts";
import { type Digest, digest } from "../protocol/digest.ts";
import { type Job, jobToJson, newJobId, signJob } from "../protocol/job.ts";
import { type ReceivedRequest, signRequest } from "../protocol/request-auth.ts";
import type { Signer } from "../protocol/signature.ts";
import { JOB_PATH } from "../protocol/wire.ts";
import { Desk } from "./desk.ts";
import type { Peers } from "./peers.ts";
import { SeenJobs } from "./seen-jobs.ts";
import { SeenRequests } from "./seen-requests.ts";
import type { Solver } from "./solver.ts";

export const CIRCUIT: Digest = digest("5c".repeat(32));
export const miner: Signer = devSigner("//Miner");
export const validator: Signer = devSigner("//Validator");

/** Echoes its input: a real solver of the identity. */
const identity: Solver = {
  ...{ circuit: CIRCUIT, inputs: [{ count: 1, min: 0, max: 9 }] },
  close: async () => {},
  solve: async ({ input }) => ({ outputs: input, proof: new Uint8Array(128), stages: {} }),
};

export function neuron(hotkey: Hotkey, stake: bigint): [Hotkey, Neuron] {
  return [
    hotkey,
    {
      ...{ uid: 0, hotkey, coldkey: hotkey, stake, validatorPermit: true, active: true },
      ...{ endpoint: undefined, lastUpdate: 0, registeredAt: 0, incentive: 0, consensus: 0 },
      ...{ dividends: 0, validatorTrust: 0, emission: 0n, weights: [] },
    },
  ];
}

/** The chain at block 1, where miner and validator are registered, and only the latter holds stake. */
const peersAtOne: Peers = {
  current: () => ({
    head: 1,
    neurons: new Map([neuron(miner.hotkey, 0n), neuron(validator.hotkey, 10n ** 12n)]),
  }),
  onHead: () => {},
  close: () => {},
};

export interface OpenDesk {
  readonly desk: Desk;
  readonly peers: Peers;
  readonly seen: SeenJobs;
  readonly seenRequests: SeenRequests;
  close(): void;
}

/** @param databases of job ids and of nonces; in memory unless given */
export function openDesk({
  jobs = new Database(":memory:"),
  requests = new Database(":memory:"),
  peers = peersAtOne,
}: {
  readonly jobs?: Database.Database;
  readonly requests?: Database.Database;
  readonly peers?: Peers;
} = {}): OpenDesk {
  const [seen, seenRequests] = [new SeenJobs(jobs), new SeenRequests(requests)];
  const log = pino({ level: "silent" });
  const desk = new Desk(
    { netuid: 1, minStakeRao: 1n, queue: { limit: 1, concurrency: 1 } },
    { ...{ signer: miner, solvers: [identity], seen, replays: seenRequests }, peers, log },
  );
  const close = (): void => {
    seen.close();
    seenRequests.close();
  };
  return { desk, peers, seen, seenRequests, close };
}

export function draftJob(changes: Partial<Job> = {}): Job {
  return {
    ...{ id: newJobId(), netuid: 1, circuit: CIRCUIT, validator: validator.hotkey },
    ...{ miner: miner.hotkey, block: { number: 1, hash: CIRCUIT }, expiryBlock: 9 },
    ...{ budgetMs: 1_000, input: Int32Array.of(7) },
    ...changes,
  };
}

/** @param by who signs the job; another than the job names only if the job says so */
export function bodyOf(job: Job, by: Signer = validator): Uint8Array {
  return canonicalJson(jobToJson(signJob(job, by)));
}

/** The request for a body, as Node hands it over. */
export function requestOf(
  body: Uint8Array,
  { by = validator, nonce }: { readonly by?: Signer; readonly nonce?: bigint } = {},
): ReceivedRequest {
  const line = { method: "POST", target: JOB_PATH, body };
  const signed = signRequest(line, miner.hotkey, by, nonce === undefined ? {} : { nonce });
  const headers = Object.entries(signed).map(([name, value]) => [name.toLowerCase(), value]);
  return { ...line, headers: Object.fromEntries(headers) };
}
