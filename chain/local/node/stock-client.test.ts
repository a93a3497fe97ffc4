/** The local chain as a program that knows nothing of Assay sees it: @polkadot/api, as it comes. */
import { ApiPromise, WsProvider } from "@polkadot/api";
import type { ApiOptions } from "@polkadot/api/types";
import { Keyring } from "@polkadot/keyring";
import type { ISubmittableResult } from "@polkadot/types/types";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { newFolder } from "../../../store/testing.ts";
import { LOCAL_GENESIS_HASH } from "../genesis.ts";
import { type LocalChain, startLocalChain } from "../local-chain.ts";

const TOKEN = 1_000_000_000n;
const BLOCK_MS = 100;

const keyring = new Keyring({ type: "sr25519", ss58Format: 42 });
const alice = keyring.addFromUri("//Alice");
const bob = keyring.addFromUri("//Bob");

let chain: LocalChain;
let api: ApiPromise;
let removeFolder = async (): Promise<void> => {};

beforeAll(async () => {
  const dir = await newFolder((remove) => {
    removeFolder = remove;
  });
  chain = await startLocalChain({
    dir,
    blockMs: BLOCK_MS,
    finalityLag: 2,
    subnets: [{ tempo: 10 }],
  });
  api = await connect();
});
afterAll(async () => {
  await api.disconnect();
  await chain.close();
  await removeFolder();
});

function connect(): Promise<ApiPromise> {
  // The provider's own type lacks "undefined" where the interface that it is for has it.
  const provider = new WsProvider(chain.url, 100);
  return ApiPromise.create({ provider, noInitWarn: true } as ApiOptions);
}

type Transaction = ReturnType<ApiPromise["tx"]["system"]["remark"]>;

/** All that the client hears of a transaction until it is final. */
function untilFinal(transaction: Transaction, nonce = -1): Promise<ISubmittableResult[]> {
  return new Promise((resolve, reject) => {
    const heard: ISubmittableResult[] = [];
    transaction
      .signAndSend(alice, { nonce }, (result) => {
        heard.push(result);
        if (result.isFinalized) resolve(heard);
        if (result.isError) reject(new Error(result.status.type));
      })
      .catch(reject);
  });
}

async function freeOf(address: string): Promise<bigint> {
  const account = await api.query["system"]?.["account"]?.(address);
  return (account as unknown as { data: { free: { toBigInt(): bigint } } }).data.free.toBigInt();
}

const tx = (pallet: string, call: string, ...args: unknown[]): Transaction =>
  api.tx[pallet]?.[call]?.(...args) as Transaction;

describe("a stock client", () => {
  test("connects, and finds the chain, its name and its version", () => {
    expect(api.genesisHash.toHex()).toBe(`0x${LOCAL_GENESIS_HASH}`);
    expect(api.runtimeChain.toString()).toBe("Assay Local");
    expect(api.runtimeVersion.specName.toString()).toBe("node-subtensor");
    expect(api.registry.chainSS58).toBe(42);
  });

  test("sees a transfer go from ready to final, with its events", async () => {
    const before = await freeOf(bob.address);
    const heard = await untilFinal(tx("balances", "transferKeepAlive", bob.address, TOKEN));
    expect(heard.map(({ status }) => status.type)).toEqual(["Ready", "InBlock", "Finalized"]);
    const events = heard.at(-1)?.events.map(({ event }) => `${event.section}.${event.method}`);
    expect(events).toEqual(
      expect.arrayContaining(["balances.Transfer", "system.ExtrinsicSuccess"]),
    );
    expect((await freeOf(bob.address)) - before).toBe(TOKEN);
  });

  test("sends many remarks at once and finds each in its block", async () => {
    const texts = ["one", "two", "three"];
    const next = (await api.rpc.system.accountNextIndex(alice.address)).toNumber();
    const results = await Promise.all(
      texts.map((text, i) => untilFinal(tx("system", "remark", text), next + i)),
    );
    for (const [i, heard] of results.entries()) {
      const { block } = await api.rpc.chain.getBlock(heard.at(-1)?.status.asFinalized);
      const remarks = block.extrinsics
        .filter(({ method }) => method.method === "remark")
        .map(({ method }) => new TextDecoder().decode(method.args[0]?.toU8a(true)));
      expect(remarks).toContain(texts[i]);
    }
  });

  test("is told by the pool's own number why a transaction is refused", async () => {
    const stale = tx("system", "remark", "late").signAndSend(alice, { nonce: 0 });
    await expect(stale).rejects.toThrow("1010: Invalid Transaction: Transaction is outdated");
    const poor = keyring.addFromUri("//Nobody");
    const unpaid = tx("balances", "transferKeepAlive", bob.address, 1n).signAndSend(poor);
    await expect(unpaid).rejects.toThrow("1010: Invalid Transaction: Inability to pay some fees");
  });

  test("follows the heads, each the child of the one before, final ones behind", async () => {
    const heads: { number: number; parent: string; hash: string }[] = [];
    const finals: number[] = [];
    const stopFinals = await api.rpc.chain.subscribeFinalizedHeads(({ number }) => {
      finals.push(number.toNumber());
    });
    await new Promise<void>((resolve) => {
      const stop = api.rpc.chain.subscribeNewHeads(({ number, parentHash, hash }) => {
        heads.push({ number: number.toNumber(), parent: parentHash.toHex(), hash: hash.toHex() });
        if (heads.length === 6) stop.then((end) => end()).then(resolve);
      });
    });
    stopFinals();
    const first = heads[0]?.number ?? 0;
    expect(heads.map(({ number }) => number)).toEqual([0, 1, 2, 3, 4, 5].map((i) => first + i));
    expect(heads.slice(1).map(({ parent }) => parent)).toEqual(
      heads.slice(0, -1).map(({ hash }) => hash),
    );
    expect(finals).toEqual(finals.map((_, i) => (finals[0] ?? 0) + i));
    expect(finals.at(-1)).toBeLessThan(heads.at(-1)?.number ?? 0);
  });

  test("subscribes to storage and hears of changed values only", async () => {
    const told: bigint[] = [];
    const stop = await api.query["system"]?.["account"]?.(bob.address, (account: unknown) => {
      told.push((account as { data: { free: { toBigInt(): bigint } } }).data.free.toBigInt());
    });
    await untilFinal(tx("balances", "transferKeepAlive", bob.address, TOKEN));
    await untilFinal(tx("system", "remark", "of no account"));
    (stop as unknown as () => void)();
    expect(told).toEqual([told[0], (told[0] ?? 0n) + TOKEN]);
  });

  test("reads the past: storage, keys, changes and runtime calls at an old block", async () => {
    const from = await api.rpc.chain.getBlockHash();
    const before = await freeOf(bob.address);
    const heard = await untilFinal(tx("balances", "transferKeepAlive", bob.address, 2n * TOKEN));
    const paid = heard.at(-1)?.status.asFinalized.toHex() ?? "";
    const then = await api.at(from);
    const account = await then.query["system"]?.["account"]?.(bob.address);
    expect(account?.toJSON()).toMatchObject({ data: { free: Number(before) } });
    const key = api.query["system"]?.["account"]?.key(bob.address) ?? "";
    const changes = await api.rpc.state.queryStorage([key], from, paid);
    expect(changes.length).toBe(2);
    const nonceThen = await then.call["accountNonceApi"]?.["accountNonce"]?.(alice.address);
    const nonceNow = await api.call["accountNonceApi"]?.["accountNonce"]?.(alice.address);
    expect(Number(nonceNow?.toString()) - Number(nonceThen?.toString())).toBe(1);
    const keys = await api.rpc.state.getKeysPaged(key.slice(0, 66), 100, undefined, from);
    expect(keys.map((one) => one.toHex())).toContain(key);
  });

  test("is told what a transaction costs before it is sent, and pays just that", async () => {
    const payment = tx("balances", "transferKeepAlive", bob.address, TOKEN);
    const { partialFee } = await payment.paymentInfo(alice);
    const before = await freeOf(alice.address);
    await untilFinal(payment);
    expect(before - (await freeOf(alice.address))).toBe(TOKEN + partialFee.toBigInt());
    const info = await api.rpc.payment.queryInfo(payment.toHex());
    expect(info.partialFee.toBigInt()).toBe(partialFee.toBigInt());
    const details = await api.rpc.payment.queryFeeDetails(payment.toHex());
    const { baseFee, lenFee, adjustedWeightFee } = details.inclusionFee.unwrap();
    const sum = [baseFee, lenFee, adjustedWeightFee].reduce(
      (all, part) => all + part.toBigInt(),
      0n,
    );
    expect(sum).toBe(partialFee.toBigInt());
  });

  test("finds the subnet that block 1 founded", async () => {
    const { block } = await api.rpc.chain.getBlock(await api.rpc.chain.getBlockHash(1));
    expect(block.extrinsics.some(({ signer }) => signer.toString() === alice.address)).toBe(true);
    const tempo = await api.query["subtensorModule"]?.["tempo"]?.(1);
    expect(tempo?.toString()).toBe("10");
  });

  test("loses its connection and comes back by itself", async () => {
    const back = new Promise((resolve) => api.once("connected", () => resolve(true)));
    chain.control.dropConnections();
    expect(await back).toBe(true);
    await api.isReady;
    expect(await freeOf(alice.address)).toBeGreaterThan(0n);
  });

  test("learns of an upgrade, after which old signatures are worth nothing", async () => {
    const old = api.runtimeVersion.specVersion.toNumber();
    const signed = await tx("system", "remark", "old").signAsync(alice, { nonce: -1 });
    const other = await connect();
    onTestFinished(() => other.disconnect());
    const learnt = new Promise<number>((resolve) => {
      other.rpc.state.subscribeRuntimeVersion(({ specVersion }) => {
        if (specVersion.toNumber() !== old) resolve(specVersion.toNumber());
      });
    });
    chain.control.announceUpgrade();
    expect(await learnt).toBe(old + 1);
    const last = await api.query["system"]?.["lastRuntimeUpgrade"]?.();
    expect(last?.toJSON()).toMatchObject({ specVersion: old + 1 });
    await expect(api.rpc.author.submitExtrinsic(signed)).rejects.toThrow(
      "1010: Invalid Transaction",
    );
    await untilFinal(other.tx["system"]?.["remark"]?.("new") as Transaction);
  });
});
