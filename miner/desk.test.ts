/** @module A desk whose disk is full takes nothing that it could not remember, says so, and recovers. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { pino } from "pino";
import { expect, it } from "vitest";
import type { Hotkey, Neuron } from "../chain/chain.ts";
import { devSigner } from "../chain/wallet/key.ts";
import { canonicalJson } from "../protocol/canonical-json.ts";
import { digest } from "../protocol/digest.ts";
import { type Job, jobToJson, newJobId, signJob } from "../protocol/job.ts";
import { type ReceivedRequest, signRequest } from "../protocol/request-auth.ts";
import { JOB_PATH } from "../protocol/wire.ts";
import { Desk } from "./desk.ts";
import { SeenJobs } from "./seen-jobs.ts";
import { SeenRequests } from "./seen-requests.ts";
import type { Solver } from "./solver.ts";

const CIRCUIT = digest("5c".repeat(32));
const miner = devSigner("//Miner");
const validator = devSigner("//Validator");
const still = new AbortController().signal;

/** Echoes its input: a real solver of the identity. */
const identity: Solver = {
  ...{ circuit: CIRCUIT, inputs: [{ count: 1, min: 0, max: 9 }] },
  close: async () => {},
  solve: async ({ input }) => ({ outputs: input, proof: new Uint8Array(128), stages: {} }),
};

function neuron(hotkey: Hotkey, stake: bigint): [Hotkey, Neuron] {
  return [
    hotkey,
    {
      ...{ uid: 0, hotkey, coldkey: hotkey, stake, validatorPermit: true, active: true },
      ...{ endpoint: undefined, lastUpdate: 0, registeredAt: 0, incentive: 0, consensus: 0 },
      ...{ dividends: 0, validatorTrust: 0, emission: 0n, weights: [] },
    },
  ];
}

function job(): Job {
  return {
    ...{ id: newJobId(), netuid: 1, circuit: CIRCUIT, validator: validator.hotkey },
    ...{ miner: miner.hotkey, block: { number: 1, hash: CIRCUIT }, expiryBlock: 9 },
    ...{ budgetMs: 1_000, input: Int32Array.of(7) },
  };
}

function requestOf(one: Job): ReceivedRequest {
  const body = canonicalJson(jobToJson(signJob(one, validator)));
  const line = { method: "POST", target: JOB_PATH, body };
  const signed = Object.entries(signRequest(line, miner.hotkey, validator));
  const headers = Object.fromEntries(signed.map(([name, value]) => [name.toLowerCase(), value]));
  return { ...line, headers };
}

it("takes no job whose id it cannot keep while the disk is full, and takes it when there is room", async () => {
  const dir = await mkdtemp(join(tmpdir(), "assay-desk-"));
  const database = new Database(join(dir, "seen.sqlite"));
  const seen = new SeenJobs(database);
  const replays = new SeenRequests(new Database(":memory:"));
  const neurons = new Map([neuron(miner.hotkey, 0n), neuron(validator.hotkey, 10n ** 12n)]);
  const desk = new Desk(
    { netuid: 1, minStakeRao: 1n, queue: { limit: 1, concurrency: 1 } },
    {
      ...{ signer: miner, solvers: [identity], seen, replays, log: pino({ level: "silent" }) },
      peers: { current: () => ({ head: 1, neurons }), onHead: () => {}, close: () => {} },
    },
  );
  expect(await desk.answer(requestOf(job()), still)).toHaveProperty("answer");

  const pages = Number(database.pragma("page_count", { simple: true }));
  database.pragma(`max_page_count = ${pages}`);
  let unkept: Job | undefined;
  // The last page has room for a few more.
  for (let tries = 0; unkept === undefined && tries < 200; tries++) {
    const next = job();
    await desk.answer(requestOf(next), still).catch((error: { code: string }) => {
      expect(error.code).toBe("SQLITE_FULL");
      unkept = next;
    });
  }
  if (unkept === undefined) throw new Error("the disk was never full");
  expect(seen.has(unkept)).toBe(false);

  database.pragma("max_page_count = 1073741823");
  expect(await desk.answer(requestOf(unkept), still)).toHaveProperty("answer");
  expect(await desk.answer(requestOf(unkept), still)).toEqual({ refusal: "DUPLICATE_JOB" });
  seen.close();
  replays.close();
  await rm(dir, { recursive: true });
});

it("is not ready while the chain does not know this miner", () => {
  const seen = new SeenJobs(new Database(":memory:"));
  const replays = new SeenRequests(new Database(":memory:"));
  const neurons = new Map<Hotkey, Neuron>();
  const view: { current: { head: number; neurons: Map<Hotkey, Neuron> } | undefined } = {
    current: undefined,
  };
  const desk = new Desk(
    { netuid: 1, minStakeRao: 1n, queue: { limit: 1, concurrency: 1 } },
    {
      ...{ signer: miner, solvers: [identity], seen, replays, log: pino({ level: "silent" }) },
      peers: { current: () => view.current, onHead: () => {}, close: () => {} },
    },
  );
  expect(desk.obstacle()).toBe("the chain is silent");
  view.current = { head: 1, neurons };
  expect(desk.obstacle()).toBe("this miner is not registered");
  neurons.set(...neuron(miner.hotkey, 0n));
  expect(desk.obstacle()).toBeUndefined();
  seen.close();
  replays.close();
});
