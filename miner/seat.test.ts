/** @module A miner without a seat, on a chain with a single one to give beside the subnet owner's. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Signer } from "../chain/chain.ts";
import { startLocalChain } from "../chain/local/local-chain.ts";
import { onboard } from "../chain/local/onboard.ts";
import { connectSubtensor, type SubtensorChain } from "../chain/subtensor/connect.ts";
import { devSigner } from "../chain/wallet/key.ts";
import type { MinerEvent } from "./event.ts";
import { type Miner, type MinerOptions, startMiner } from "./miner.ts";

const NETUID = 1;
const [miner, rival] = [devSigner("//Miner"), devSigner("//Rival")];

let dir = "";
let chain: SubtensorChain;
const closing: (() => Promise<unknown>)[] = [];
const started: Miner[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "assay-seat-"));
  const local = await startLocalChain({
    ...{ dir: join(dir, "chain"), blockMs: 100 },
    subnets: [
      {
        ...{ tempo: 1_000, servingRateLimit: 1_000, burnRao: 1_000_000n },
        ...{ maxAllowedUids: 2, immunityPeriod: 0, minNonImmuneUids: 0 },
      },
    ],
  });
  closing.push(() => local.close());
  chain = await connectSubtensor(local.url);
  closing.push(() => chain.close());
});
afterEach(async () => {
  for (const one of started.splice(0)) await one.close();
});
afterAll(async () => {
  for (const close of closing.reverse()) await close();
  await rm(dir, { recursive: true, force: true });
});

const seat = ({ hotkey }: Signer): Promise<number> =>
  onboard(chain, { netuid: NETUID, coldkey: devSigner(`//${hotkey}//cold`), hotkey });

const published = async () =>
  (await chain.metagraph(NETUID)).neurons.find(({ hotkey }) => hotkey === miner.hotkey)?.endpoint;

async function start(
  options: Partial<MinerOptions> = {},
  onEvent: (event: MinerEvent) => void = () => {},
): Promise<Miner> {
  const one = await startMiner(
    {
      ...{ host: "127.0.0.2", port: 0, netuid: NETUID, queueLimit: 1, concurrency: 1 },
      ...{ minStakeRao: 1n, version: "1.2.3", dir: await mkdtemp(join(dir, "run-")), ...options },
    },
    { chain, signer: miner, solvers: [], log: pino({ level: "silent" }), onEvent },
  );
  started.push(one);
  return one;
}

const readiness = async ({ endpoint: { ip, port } }: Miner): Promise<unknown> =>
  (await fetch(`http://${ip}:${port}/readyz`)).json();

test("a miner without a seat does not start, and says what to do", async () => {
  await expect(start()).rejects.toMatchObject({
    code: "NOT_REGISTERED",
    message: expect.stringContaining(miner.hotkey),
    hint: expect.stringContaining("assay chain register"),
  });
});

test("a miner that loses its seat ends; one that was told to waits, and publishes again with the next seat", async () => {
  await seat(miner);
  const first = await start();
  expect(await published()).toEqual(first.endpoint);
  await seat(rival);
  await expect(first.failed).rejects.toMatchObject({ code: "NOT_REGISTERED" });
  expect(await published()).toBe(undefined);
  await first.close();

  const events: MinerEvent[] = [];
  let recovered = (): void => {};
  const again = new Promise<void>((resolve) => {
    recovered = resolve;
  });
  const second = await start({ awaitRegistration: true }, (event) => {
    events.push(event);
    if (event.type === "recovered") recovered();
  });
  expect(events).toMatchObject([{ type: "alarm", code: "NOT_REGISTERED" }]);
  expect(await readiness(second)).toMatchObject({ reason: "this miner is not registered" });
  await seat(miner);
  await again;
  expect(await published()).toEqual(second.endpoint);
  expect(events.slice(1)).toEqual([{ type: "recovered", code: "NOT_REGISTERED" }]);
});

test("a miner that is started again where it stood publishes nothing; elsewhere it waits its time", async () => {
  await seat(miner);
  const known = await published();
  const { nonce } = await chain.account(miner.hotkey);
  const same = await start({ port: known?.port ?? 0 });
  expect(await chain.account(miner.hotkey)).toMatchObject({ nonce });
  expect(await readiness(same)).toEqual({ status: "ready" });
  // The chain takes another address every thousand blocks only: the miner works all the same.
  const moved = await start();
  expect(moved.endpoint.port).not.toBe(known?.port);
  expect(await published()).toEqual(known);
});
