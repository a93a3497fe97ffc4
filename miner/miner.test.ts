/**
 * A miner from outside, over real HTTP and a real local chain: every clause of "The miner's checks" in pairs, and what a
 * stranger may try. The solver is a real one of another circuit: it sums the inputs, which needs no proof system.
 * @module
 */
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Signer } from "../chain/chain.ts";
import { startLocalChain } from "../chain/local/local-chain.ts";
import { onboard } from "../chain/local/onboard.ts";
import { connectSubtensor, type SubtensorChain } from "../chain/subtensor/connect.ts";
import { createHotkeyFile } from "../chain/wallet/stored-key.ts";
import { answerFromJson, answerHasValidSignature } from "../protocol/answer.ts";
import { canonicalJson } from "../protocol/canonical-json.ts";
import { type Digest, digest } from "../protocol/digest.ts";
import { type Job, jobToJson, newJobId, signJob } from "../protocol/job.ts";
import { SYNAPSE_PATH } from "../protocol/legacy-dendrite.ts";
import { nowNs, signRequest } from "../protocol/request-auth.ts";
import { errorFromJson, infoFromJson, JOB_PATH } from "../protocol/wire.ts";
import { type Miner, type MinerOptions, startMiner } from "./miner.ts";
import type { Solver } from "./solver.ts";

const NETUID = 1;
const RAO_PER_TAO = 1_000_000_000n;
const CIRCUIT = digest("5c".repeat(32));
const INPUTS = 3;

let dir = "";
let chain: SubtensorChain;
let miner: Signer;
let rich: Signer;
let poor: Signer;
let stranger: Signer;
const closing: (() => Promise<unknown>)[] = [];
const started: Miner[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "assay-miner-"));
  const local = await startLocalChain({
    ...{ dir: join(dir, "chain"), blockMs: 100 },
    subnets: [{ tempo: 1_000, servingRateLimit: 0, burnRao: 1_000_000n }],
  });
  closing.push(() => local.close());
  chain = await connectSubtensor(local.url);
  closing.push(() => chain.close());
  const seat = async (name: string, stakeRao?: bigint): Promise<Signer> => {
    const hotkey = await createHotkeyFile(join(dir, name, "hotkey"));
    const coldkey = await createHotkeyFile(join(dir, name, "coldkey"));
    const stake = stakeRao === undefined ? {} : { stakeRao };
    await onboard(chain, { netuid: NETUID, coldkey, hotkey: hotkey.hotkey, ...stake });
    return hotkey;
  };
  miner = await seat("miner");
  rich = await seat("rich", 5_000n * RAO_PER_TAO);
  poor = await seat("poor", 1n * RAO_PER_TAO);
  stranger = await createHotkeyFile(join(dir, "stranger", "hotkey"));
});

afterEach(async () => {
  for (const one of started.splice(0)) await one.close();
});

afterAll(async () => {
  for (const close of closing.reverse()) await close();
  await rm(dir, { recursive: true, force: true });
});

/** Sums the inputs; 0 first makes it take as many tenths of a second as the second says (0: 5 s), −1 makes it fail. */
function summing(): Solver & { readonly aborted: string[] } {
  const aborted: string[] = [];
  return {
    circuit: CIRCUIT as Digest,
    inputs: [
      { count: INPUTS - 1, min: -1, max: 15 },
      { count: 1, min: 0, max: 15 },
    ],
    aborted,
    close: async () => {},
    async solve({ id, input }, signal) {
      if (input[0] === -1) throw new Error("no proof");
      if (input[0] === 0) {
        await sleep((input[1] ?? 0) * 100 || 5_000, undefined, { signal }).catch(
          (error: unknown) => {
            aborted.push(id);
            throw error;
          },
        );
      }
      const sum = input.reduce((total, value) => total + value, 0);
      return {
        outputs: Int32Array.of(sum),
        proof: new Uint8Array(128).fill(1),
        stages: { sum: 1 },
      };
    },
  };
}

async function start(
  options: Partial<MinerOptions> = {},
  solver: Solver = summing(),
): Promise<Miner> {
  const one = await startMiner(
    {
      ...{ host: "127.0.0.2", port: 0, netuid: NETUID, queueLimit: 4, concurrency: 1 },
      ...{ minStakeRao: 1_000n * RAO_PER_TAO, version: "1.2.3" },
      dir: await mkdtemp(join(dir, "run-")),
      ...options,
    },
    { chain, signer: miner, solvers: [solver], log: pino({ level: "silent" }) },
  );
  started.push(one);
  return one;
}

async function draft(changes: Partial<Job> = {}): Promise<Job> {
  const { number, hash } = await chain.finalisedHead();
  return {
    ...{ id: newJobId(), netuid: NETUID, circuit: CIRCUIT, validator: rich.hotkey },
    ...{ miner: miner.hotkey, block: { number, hash }, expiryBlock: number + 1_000 },
    ...{ budgetMs: 3_000, input: Int32Array.of(1, 2, 3) },
    ...changes,
  };
}

const urlOf = ({ endpoint }: Miner, path = JOB_PATH): string =>
  `http://${endpoint.ip}:${endpoint.port}${path}`;

/** A request of whoever holds the stake, unless it is said who else signs it, or with which headers. */
function post(
  to: Miner,
  body: Uint8Array,
  {
    by = rich,
    signal,
    ...own
  }: { by?: Signer; signal?: AbortSignal; headers?: Record<string, string> } = {},
): Promise<Response> {
  const line = { method: "POST", target: JOB_PATH, body };
  const headers = {
    "content-type": "application/json",
    ...(own.headers ?? signRequest(line, miner.hotkey, by)),
  };
  return fetch(urlOf(to), { method: "POST", headers, body, ...(signal && { signal }) });
}

async function ask(to: Miner, job: Job, by: Signer = rich): Promise<Response> {
  return post(to, canonicalJson(jobToJson(signJob(job, by))), { by });
}

/** As /metrics says: jobs that wait, jobs that run. */
async function jobsOf(of: Miner): Promise<number[]> {
  const page = await (await fetch(urlOf(of, "/metrics"))).text();
  return ["waiting", "running"].map((state) =>
    Number(new RegExp(`assay_miner_jobs{state="${state}"} (\\d+)`).exec(page)?.[1]),
  );
}

async function refusalOf(response: Response): Promise<[number, string]> {
  return [response.status, errorFromJson(await response.json()).code];
}

describe("a miner", () => {
  it("answers a job that is in order, and signs the answer", async () => {
    const to = await start();
    const job = await draft();
    const response = await ask(to, job);
    expect(response.status).toBe(200);
    const answer = answerFromJson(await response.json());
    expect([...answer.outputs]).toEqual([6]);
    expect(answer.job).toBe(job.id);
    expect(answerHasValidSignature(job, answer)).toBe(true);
  });

  it.each<[string, number, string, () => Partial<Job>]>([
    ["for another subnet", 403, "WRONG_NETUID", () => ({ netuid: 7 })],
    ["for another miner", 403, "WRONG_MINER", () => ({ miner: rich.hotkey })],
    ["of an unknown circuit", 404, "UNKNOWN_CIRCUIT", () => ({ circuit: digest("00".repeat(32)) })],
    ["with too few inputs", 422, "WRONG_INPUT", () => ({ input: Int32Array.of(1) })],
    [
      "with an input below the range",
      422,
      "WRONG_INPUT",
      () => ({ input: Int32Array.of(1, -2, 3) }),
    ],
    [
      "with an input in another tensor's range",
      422,
      "WRONG_INPUT",
      () => ({ input: Int32Array.of(1, 2, -1) }),
    ],
    ["with too many inputs", 422, "WRONG_INPUT", () => ({ input: Int32Array.of(1, 2, 3, 4) })],
    [
      "with an input above the range",
      422,
      "WRONG_INPUT",
      () => ({ input: Int32Array.of(1, 2, 16) }),
    ],
    ["that has expired", 410, "EXPIRED", () => ({ expiryBlock: 0 })],
  ])("refuses a job %s", async (_, status, code, changes) => {
    const to = await start();
    expect(await refusalOf(await ask(to, await draft(changes())))).toEqual([status, code]);
  });

  it("answers inputs at both ends of the range, in the last block before expiry", async () => {
    const to = await start();
    const job = await draft({ input: Int32Array.of(15, -1, 15) });
    expect((await ask(to, job)).status).toBe(200);
    const head = await chain.finalisedHead();
    const last = await draft({ expiryBlock: head.number + 3 });
    expect((await ask(to, last)).status).toBe(200);
    await expect
      .poll(async () => (await chain.finalisedHead()).number)
      .toBeGreaterThan(head.number + 4);
    const late = await draft({ expiryBlock: head.number + 3 });
    expect(await refusalOf(await ask(to, late))).toEqual([410, "EXPIRED"]);
  });

  it("refuses who is not registered, who holds too little, and who signs for another", async () => {
    const to = await start();
    const unknown = await draft({ validator: stranger.hotkey });
    expect(await refusalOf(await ask(to, unknown, stranger))).toEqual([403, "NOT_REGISTERED"]);
    const little = await draft({ validator: poor.hotkey });
    expect(await refusalOf(await ask(to, little, poor))).toEqual([403, "STAKE_TOO_LOW"]);
    const signed = signJob(await draft({ validator: poor.hotkey }), poor);
    const forged = { job: { ...signed.job, validator: rich.hotkey }, signature: signed.signature };
    const response = await post(to, canonicalJson(jobToJson(forged)));
    expect(await refusalOf(response)).toEqual([401, "BAD_SIGNATURE"]);
  });

  it("refuses a request that is not signed, and tells one that is late to set its clock", async () => {
    const to = await start();
    const body = canonicalJson(jobToJson(signJob(await draft(), rich)));
    const line = { method: "POST", target: JOB_PATH, body };
    expect(await refusalOf(await post(to, body, { headers: {} }))).toEqual([401, "MALFORMED_AUTH"]);
    const nonce = nowNs() - 11_000_000_000n;
    const headers = signRequest(line, miner.hotkey, rich, { nonce });
    const late = await post(to, body, { headers });
    const { code, hint } = errorFromJson(await late.json());
    expect([late.status, code, hint]).toEqual([
      ...[401, "STALE_REQUEST", expect.stringContaining("Set your clock")],
    ]);
    expect((await post(to, body)).status).toBe(200);
  });

  it("has a door for Dendrites only when it is told to", async () => {
    const knock = async (to: Miner): Promise<number> => {
      const headers = { "content-type": "application/json" };
      const asked = { method: "POST", headers, body: "{}" };
      return (await fetch(urlOf(to, SYNAPSE_PATH), asked)).status;
    };
    expect(await knock(await start())).toBe(404);
    expect(await knock(await start({ legacyBridge: true }))).toBe(400);
  });

  it("refuses what is no job: other JSON, spaces, no JSON, another type, nothing", async () => {
    const to = await start();
    const text = new TextDecoder().decode(canonicalJson(jobToJson(signJob(await draft(), rich))));
    for (const body of ["{}", "[]", "null", text.replace(":", ": "), text.slice(1), ""]) {
      expect(await refusalOf(await post(to, Buffer.from(body)))).toEqual([400, "MALFORMED_JOB"]);
    }
    const typed = await fetch(urlOf(to), { method: "POST", body: text });
    expect(await refusalOf(typed)).toEqual([415, "WRONG_MEDIA_TYPE"]);
    expect(await refusalOf(await fetch(urlOf(to, "/elsewhere")))).toEqual([404, "NOT_FOUND"]);
  });

  it("refuses a body that is too long before it has read it", async () => {
    const to = await start();
    const response = await post(to, Buffer.alloc(300_000, "1"));
    expect(await refusalOf(response)).toEqual([413, "TOO_LARGE"]);
  });

  it("refuses a job that comes twice, also after it was started again", async () => {
    const options = { dir: await mkdtemp(join(dir, "twice-")) };
    const first = await start(options);
    const job = await draft();
    expect((await ask(first, job)).status).toBe(200);
    expect(await refusalOf(await ask(first, job))).toEqual([409, "DUPLICATE_JOB"]);
    await first.close();
    const second = await start(options);
    expect(await refusalOf(await ask(second, job))).toEqual([409, "DUPLICATE_JOB"]);
    expect((await ask(second, await draft())).status).toBe(200);
  });

  it("does not let others use up an id", async () => {
    const to = await start();
    const job = await draft();
    const forged = { job, signature: new Uint8Array(64) };
    const refused = await post(to, canonicalJson(jobToJson(forged)));
    expect(await refusalOf(refused)).toEqual([401, "BAD_SIGNATURE"]);
    expect((await ask(to, job)).status).toBe(200);
  });

  it("says 429 and when to come again while its queue is full, and takes jobs afterwards", async () => {
    const to = await start({ queueLimit: 1 });
    const slow = (): Promise<Job> => draft({ input: Int32Array.of(0, 0, 1), budgetMs: 900 });
    const taken = await slow();
    const held = [ask(to, taken), ask(to, await slow())];
    await expect.poll(async () => (await fetch(urlOf(to, "/readyz"))).status).toBe(503);
    // Whoever sent it already learns that, and does not wait to send it again.
    expect(await refusalOf(await ask(to, taken))).toEqual([409, "DUPLICATE_JOB"]);
    const response = await ask(to, await draft());
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect(await refusalOf(response)).toEqual([429, "QUEUE_FULL"]);
    for (const one of held) expect(await refusalOf(await one)).toEqual([504, "OVER_BUDGET"]);
    expect((await ask(to, await draft())).status).toBe(200);
  });

  it("says so when no proof can be made", async () => {
    const to = await start();
    const response = await ask(to, await draft({ input: Int32Array.of(-1, 0, 0) }));
    expect(await refusalOf(response)).toEqual([500, "PROVING_FAILED"]);
    expect((await ask(to, await draft())).status).toBe(200);
  });

  it("stops working for who has hung up", async () => {
    const solver = summing();
    const to = await start({ concurrency: 1 }, solver);
    const job = await draft({ input: Int32Array.of(0, 0, 0) });
    const leaving = new AbortController();
    const asking = post(to, canonicalJson(jobToJson(signJob(job, rich))), leaving);
    await sleep(300);
    leaving.abort();
    await expect(asking).rejects.toThrow();
    await expect.poll(() => solver.aborted).toEqual([job.id]);
    const page = await (await fetch(urlOf(to, "/metrics"))).text();
    expect(page).toContain("assay_miner_abandoned_total 1");
    expect(page).toContain('assay_miner_jobs{state="running"} 0');
    expect((await ask(to, await draft())).status).toBe(200);
  });

  it("cuts a request that drips, headers without end, and who says nothing", async () => {
    const to = await start();
    const cut = async (first: string, more: string): Promise<string> => {
      const socket = connect(to.endpoint.port, to.endpoint.ip);
      let heard = "";
      socket.setEncoding("utf8").on("data", (text: string) => {
        heard += text;
      });
      socket.on("error", () => {});
      socket.write(first);
      const drip = setInterval(() => socket.write(more), 200);
      await new Promise<void>((resolve) => socket.once("close", () => resolve()));
      clearInterval(drip);
      return heard;
    };
    const head = `POST ${JOB_PATH} HTTP/1.1\r\nhost: x\r\n`;
    const body = `${head}content-type: application/json\r\ncontent-length: 1000\r\n\r\n`;
    const [byBody, byHeaders] = await Promise.all([
      cut(body, " "),
      cut(head, "a: b\r\n"),
      cut("", ""),
    ]);
    expect(byBody).toContain(" 408 ");
    expect(byHeaders).toContain(" 408 ");
    expect((await ask(to, await draft())).status).toBe(200);
  }, 15_000);

  it("says what it is and how it is", async () => {
    const to = await start();
    const info = infoFromJson(await (await fetch(urlOf(to, "/v1/info"))).json());
    expect(info).toEqual({ version: "1.2.3", hotkey: miner.hotkey, circuits: [CIRCUIT] });
    const healthy = await fetch(urlOf(to, "/healthz"));
    expect([healthy.status, healthy.headers.get("keep-alive")]).toEqual([200, "timeout=5"]);
    expect((await fetch(urlOf(to, "/readyz"))).status).toBe(200);
    await ask(to, await draft());
    await ask(to, await draft({ netuid: 9 }));
    const page = await (await fetch(urlOf(to, "/metrics"))).text();
    expect(page).toContain("assay_miner_answers_total 1");
    expect(page).toContain('assay_miner_refusals_total{code="WRONG_NETUID"} 1');
  });

  it("stands on the chain where it listens", async () => {
    const { endpoint } = await start();
    const { neurons } = await chain.metagraph(NETUID);
    expect(neurons.find(({ hotkey }) => hotkey === miner.hotkey)?.endpoint).toEqual(endpoint);
  });

  it("tells the chain another endpoint where that is how it is reached", async () => {
    const publicEndpoint = { ip: "198.51.100.7", port: 4_321 };
    const { endpoint } = await start({ host: "0.0.0.0", publicEndpoint });
    expect(endpoint).toEqual(publicEndpoint);
    const { neurons } = await chain.metagraph(NETUID);
    expect(neurons.find(({ hotkey }) => hotkey === miner.hotkey)?.endpoint).toEqual(endpoint);
  });

  it("lets go of port and folder when it cannot start", async () => {
    const options = { host: "0.0.0.0", dir: await mkdtemp(join(dir, "wildcard-")) };
    await expect(start(options)).rejects.toMatchObject({ code: "InvalidIpAddress" });
    const to = await start({ ...options, host: "127.0.0.2" });
    expect((await ask(to, await draft())).status).toBe(200);
    const elsewhere = start({ host: "192.0.2.1" });
    await expect(elsewhere).rejects.toMatchObject({ code: "CANNOT_LISTEN" });
  });

  it("refuses a port in use, and a folder in use, with what to do", async () => {
    const to = await start();
    await expect(start({ port: to.endpoint.port })).rejects.toMatchObject({
      code: "PORT_IN_USE",
      message: expect.stringContaining(String(to.endpoint.port)),
    });
    const shared = await mkdtemp(join(dir, "shared-"));
    await start({ dir: shared });
    await expect(start({ dir: shared })).rejects.toMatchObject({ code: "LOCKED" });
  });

  it("answers what runs when it is closed, says so to who waits or comes, and lets go of its port", async () => {
    const to = await start();
    const running = ask(to, await draft({ input: Int32Array.of(0, 6, 0) }));
    await sleep(200);
    const waiting = ask(to, await draft());
    await expect.poll(() => jobsOf(to)).toEqual([1, 1]);
    const closed = to.close();
    expect(await refusalOf(await waiting)).toEqual([503, "STOPPING"]);
    expect(await refusalOf(await ask(to, await draft()))).toEqual([503, "STOPPING"]);
    expect((await fetch(urlOf(to, "/readyz"))).status).toBe(503);
    expect((await running).status).toBe(200);
    await closed;
    await expect(fetch(urlOf(to, "/healthz"))).rejects.toThrow();
    const again = await start({ port: to.endpoint.port });
    expect((await ask(again, await draft())).status).toBe(200);
  });

  it("tells even who runs, when that takes too long", async () => {
    const solver = summing();
    const to = await start({ drainMs: 100 }, solver);
    const job = await draft({ input: Int32Array.of(0, 0, 0) });
    const running = ask(to, job);
    await expect.poll(() => jobsOf(to)).toEqual([0, 1]);
    await to.close();
    expect(await refusalOf(await running)).toEqual([503, "STOPPING"]);
    expect(solver.aborted).toEqual([job.id]);
  });
});
