/** What tests do to a local chain: halting it, turning it back, freezing it, filling its disk, killing it. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  killHard,
  mountSmallDisk,
  newFolder,
  nextOutput,
  runProcess,
  unmount,
} from "../../../store/testing.ts";
import { type LocalChain, type LocalChainOptions, startLocalChain } from "../local-chain.ts";
import { localRuntime } from "../local-runtime.ts";
import { signExtrinsic } from "../runtime/extrinsic.ts";
import { hexOf } from "./hex.ts";
import { genesisOf } from "./ledger.ts";
import { RawClient } from "./rpc/testing-client.ts";
import { alice, bob, transfer } from "./testing.ts";

const GENESIS = genesisOf(localRuntime()).block.hash;

async function start(options: Partial<LocalChainOptions> = {}): Promise<LocalChain> {
  const dir = options.dir ?? (await newFolder(onTestFinished));
  const chain = await startLocalChain({ blockMs: 50, ...options, dir });
  onTestFinished(() => chain.close());
  return chain;
}

const connect = ({ url }: { url: string }): Promise<RawClient> =>
  RawClient.connect(url, onTestFinished);

function payment(nonce: number, rao = 1_000_000n): string {
  const signing = { specVersion: 424, transactionVersion: 1 };
  return hexOf(
    signExtrinsic(
      transfer(bob, rao),
      alice,
      { nonce },
      {
        ...signing,
        genesisHash: GENESIS,
        birthHash: GENESIS,
      },
    ),
  );
}

const refusal = (code: string): unknown =>
  expect.objectContaining({ code, hint: expect.stringMatching(/^[A-Z].{10,}/) });

async function bestOf(client: RawClient): Promise<number> {
  return Number((await client.result<{ number: string }>("chain_getHeader")).number);
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe("a chain at rest", () => {
  test("makes no block by itself, and as many as it is told to, each a block time later", async () => {
    const chain = await start({ blockMs: 60_000 });
    chain.control.pause();
    const client = await connect(chain);
    expect(await bestOf(client)).toBe(0);
    const timeAt = async (): Promise<bigint> => {
      // Timestamp.Now: twox128 of both words.
      const key = "0xf0c365c3cf59d671eb72da0e7a4113c49f1f0515f462cdcf84e0f1d6045dfcbb";
      const value = await client.result<string>("state_getStorage", key);
      return Buffer.from(value.slice(2), "hex").readBigUInt64LE();
    };
    const head = await chain.control.step(1);
    const first = await timeAt();
    expect(Math.abs(Number(first) - Date.now())).toBeLessThan(120_000);
    await chain.control.step(3);
    expect((await timeAt()) - first).toBe(180_000n);
    expect(await client.result("chain_getBlockHash", 1)).toBe(`0x${head.hash}`);
    expect(await client.result("localnet_step", 2)).toMatchObject({ number: 6 });
    await expect(chain.control.step(-1)).rejects.toThrow(refusal("MALFORMED_STEP"));
  });

  test("pauses and goes on", async () => {
    const chain = await start();
    const client = await connect(chain);
    await client.result("localnet_pause");
    const best = await bestOf(client);
    await sleep(200);
    expect(await bestOf(client)).toBe(best);
    const heads = await client.result<string>("chain_subscribeNewHeads");
    await client.told(heads);
    chain.control.resume();
    const next = await client.told<{ number: string }>(heads);
    expect(Number(next.number)).toBe(best + 1);
  });
});

describe("a reorganisation", () => {
  test("rolls storage back, tells who watches, and brings the transaction into another block", async () => {
    const chain = await start({ blockMs: 60_000, finalityLag: 4 });
    const client = await connect(chain);
    await chain.control.step(2);
    const nonce = (): Promise<number> =>
      client.result<number>("system_accountNextIndex", alice.hotkey);
    const watch = await client.result<string>("author_submitAndWatchExtrinsic", payment(0));
    expect(await client.told(watch)).toBe("ready");
    expect(await nonce()).toBe(1);
    await chain.control.step(1);
    const gone = await client.result("chain_getBlockHash", 3);
    expect(await client.told(watch)).toEqual({ inBlock: gone });
    const heads = await client.result<string>("chain_subscribeAllHeads");
    await client.told(heads);

    await client.result("localnet_retract", 2);
    expect(Number((await client.told<{ number: string }>(heads)).number)).toBe(1);
    expect(await client.told(watch)).toEqual({ retracted: gone });
    expect(await client.told(watch)).toBe("ready");
    expect(await client.result("chain_getHeader", gone)).toBeNull();
    expect(await client.result("author_pendingExtrinsics")).toEqual(
      [payment(0)].map(() => expect.any(String)),
    );

    await chain.control.step(5);
    const hash = await client.result("chain_getBlockHash", 2);
    expect(hash).not.toBe(gone);
    expect(await client.told(watch)).toEqual({ inBlock: hash });
    expect(await client.told(watch)).toEqual({ finalized: hash });
    expect(await client.result("author_unwatchExtrinsic", watch)).toBe(false);
    await expect(chain.control.retract(5)).rejects.toThrow(refusal("FINALISED"));
  });
});

describe("a frozen chain", () => {
  test("keeps connections and says nothing until it thaws, then tells all in order", async () => {
    const chain = await start();
    const [client, operator] = [await connect(chain), await connect(chain)];
    const heads = await client.result<string>("chain_subscribeFinalizedHeads");
    await client.told(heads);
    await operator.result("localnet_freeze");
    const late = await connect(chain);
    let heard = 0;
    for (const one of [client, late]) one.socket.on("message", () => heard++);
    const asked = [client.result<string>("system_name"), late.result<string>("system_name")];
    await sleep(300);
    expect(heard).toBe(0);
    await operator.result("localnet_thaw");
    expect(await Promise.all(asked)).toEqual(["assay-local", "assay-local"]);
    const numbers: number[] = [];
    for (let i = 0; i < 5; i++) {
      numbers.push(Number((await client.told<{ number: string }>(heads)).number));
    }
    expect(numbers).toEqual(numbers.map((_, i) => (numbers[0] ?? 0) + i));
  });

  test("breaks all connections when told to, but for the one that tells", async () => {
    const chain = await start();
    const [client, operator] = [await connect(chain), await connect(chain)];
    await operator.result("localnet_dropConnections");
    expect(await client.closed()).toBe(true);
    expect(await operator.result("system_name")).toBe("assay-local");
    chain.control.dropConnections();
    expect(await operator.closed()).toBe(true);
  });
});

describe("a folder", () => {
  test("holds one chain, which goes on where it stood", async () => {
    const dir = await newFolder(onTestFinished);
    const first = await start({ dir, subnets: [{ tempo: 12 }] });
    await expect(start({ dir })).rejects.toThrow(refusal("LOCKED"));
    const { number, hash } = await first.control.step(5);
    await first.close();
    await expect(start({ dir, subnets: [{ tempo: 13 }] })).rejects.toThrow(
      refusal("CHAIN_SETTLED"),
    );
    const client = await connect(await start({ dir, subnets: [{ tempo: 12 }] }));
    expect(await client.result("chain_getBlockHash", number)).toBe(`0x${hash}`);
    expect(await bestOf(client)).toBeGreaterThanOrEqual(number);
  });

  test("of something else is refused and left alone", async () => {
    const dir = await newFolder(onTestFinished);
    await writeFile(
      join(dir, "chain.sqlite"),
      "no database, but of some length, so that it is looked at",
    );
    await expect(start({ dir })).rejects.toThrow(refusal("CHAIN_DAMAGED"));
    const other = await newFolder(onTestFinished);
    await (await start({ dir: other })).close();
    const db = new Database(join(other, "chain.sqlite"));
    db.exec("UPDATE blocks SET hash = zeroblob(32) WHERE number = 0");
    db.close();
    await expect(start({ dir: other })).rejects.toThrow(refusal("CHAIN_GENESIS"));
    const old = new Database(join(other, "chain.sqlite"));
    old.pragma("user_version = 99");
    old.close();
    await expect(start({ dir: other })).rejects.toThrow(refusal("CHAIN_FORMAT"));
  });

  test("is left as it was when there is no port, or when the settings are wrong", async () => {
    const first = await start();
    const dir = await newFolder(onTestFinished);
    const port = Number(new URL(first.url).port);
    await expect(start({ dir, port })).rejects.toThrow(refusal("PORT_IN_USE"));
    await expect(start({ dir, host: "0.0.0.0" })).rejects.toThrow(refusal("NOT_LOOPBACK"));
    await expect(start({ dir, blockMs: 49 })).rejects.toThrow(refusal("MALFORMED_SETTINGS"));
    await expect(start({ dir, finalityLag: -1 })).rejects.toThrow(refusal("MALFORMED_SETTINGS"));
    const none = [{ tempo: 0 }];
    await expect(start({ dir, subnets: none })).rejects.toThrow(refusal("MALFORMED_SETTINGS"));
    await start({ dir, subnets: [{ tempo: 7 }] });
  });
});

test("a full disk: no block, nothing lost, and blocks again when there is room", async (context) => {
  const dir = await newFolder(onTestFinished);
  const disk = join(dir, "small");
  const why = await mountSmallDisk(disk, 1024 * 1024);
  if (why !== undefined) return context.skip(why);
  onTestFinished(() => unmount(disk));
  const chain = await start({ dir: disk });
  const client = await connect(chain);
  const ballast = join(disk, "ballast");
  const isFull = await writeFile(ballast, new Uint8Array(2 * 1024 * 1024)).then(
    () => false,
    () => true,
  );
  expect(isFull).toBe(true);
  await expect(chain.control.step(500)).rejects.toThrow(refusal("BLOCK_NOT_WRITTEN"));
  const stuck = await bestOf(client);
  const watch = await client.result<string>("author_submitAndWatchExtrinsic", payment(0));
  expect(await client.told(watch)).toBe("ready");
  await sleep(200);
  expect(await bestOf(client)).toBe(stuck);
  await writeFile(ballast, "");
  expect(await client.told(watch)).toEqual({ inBlock: expect.any(String) });
  expect(await client.told(watch)).toEqual({ finalized: expect.any(String) });
});

describe("a chain in its own process", () => {
  const module = JSON.stringify(new URL("../local-chain.ts", import.meta.url).href);

  test("that is killed again and again keeps what it announced", async () => {
    const dir = await newFolder(onTestFinished);
    let announced = { number: 0, hash: GENESIS };
    let paid = 0;
    for (let round = 0; round < 3; round++) {
      const child = runProcess(`
        const { startLocalChain } = await import(${module});
        const { url } = await startLocalChain(${JSON.stringify({ dir, blockMs: 50 })});
        console.log(url);`);
      onTestFinished(() => killHard(child));
      const client = await connect({ url: await nextOutput(child) });
      expect(await client.result("chain_getBlockHash", announced.number)).toBe(announced.hash);
      expect(await client.result("system_accountNextIndex", alice.hotkey)).toBe(paid);
      const watch = await client.result<string>("author_submitAndWatchExtrinsic", payment(paid));
      for (let status: unknown; ; ) {
        status = await client.told(watch);
        if (typeof status !== "object" || status === null || !("finalized" in status)) continue;
        const hash = String(status.finalized);
        const header = await client.result<{ number: string }>("chain_getHeader", hash);
        announced = { number: Number(header.number), hash };
        break;
      }
      paid++;
      // At another moment of the block in each round.
      await sleep(13 * round);
      await killHard(child);
    }
    expect(announced.number).toBeGreaterThanOrEqual(3);
  });
});
