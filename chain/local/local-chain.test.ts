/**
 * The local chain as it is used: a process of its own, spoken to over its socket, killed and started again.
 */
import type { ChildProcess } from "node:child_process";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { killHard, newFolder, nextOutput, runProcess } from "../../store/testing.ts";
import type { Head, Metagraph, Signer } from "../chain.ts";
import { devSigner } from "../wallet/key.ts";
import { connectLocalChain, type LocalChainClient } from "./client.ts";
import { openConnection } from "./connection.ts";
import { LOCAL_GENESIS_HASH, TOKEN } from "./genesis.ts";
import { onboard } from "./onboard.ts";
import { HeadResult, METHODS } from "./rpc.ts";
import { type Call, signTransaction, type Transaction } from "./transaction.ts";

const SERVER = JSON.stringify(new URL("./server.ts", import.meta.url).href);
const BLOCK_MS = 50;
const TEMPO = 6;
const LISTENING = { ip: "127.0.0.1", port: 8091 };

const alice = devSigner("//Alice");
const bob = devSigner("//Bob").hotkey;
const coldkey = devSigner("//Coldkey");
const validator = devSigner("//Validator");
const miner = devSigner("//Miner");
const stranger = devSigner("//Stranger");

interface ChainProcess {
  readonly child: ChildProcess;
  readonly url: string;
}

async function startProcess(dir: string, port = 0): Promise<ChainProcess> {
  const options = JSON.stringify({ dir, port, blockMs: BLOCK_MS, tempo: TEMPO });
  const child = runProcess(`
    const { startLocalChain } = await import(${SERVER});
    const { url } = await startLocalChain(${options});
    console.log(url);`);
  return { child, url: await nextOutput(child) };
}

/** The first metagraph of which `is` holds, looked at once per block. */
async function metagraphWhen(
  chain: LocalChainClient,
  is: (metagraph: Metagraph) => boolean,
): Promise<Metagraph> {
  for (;;) {
    const head = new Promise<Head>((resolve) => {
      const leave = chain.onHead((next) => {
        leave();
        resolve(next);
      });
    });
    const metagraph = await chain.metagraph(1);
    if (is(metagraph)) return metagraph;
    await head;
  }
}

interface RawSender {
  /** Signs as asked, right or wrong, and sends. */
  send(
    over: Partial<Transaction>,
    parts?: { signer?: Signer; birthHash?: Head["hash"] },
  ): Promise<Head>;
  sendBytes(wire: Uint8Array): Promise<Head>;
  sign(over: Partial<Transaction>): Promise<Uint8Array>;
}

/** Below the client, which would mend the nonce: transactions of Alice exactly as given. */
async function openSender(chain: LocalChainClient, url: string): Promise<RawSender> {
  const connection = await openConnection(
    { url, connectMs: 5_000 },
    {
      greet: async () => ({ silenceMs: 60_000 }),
      onNotification: () => {},
      isFatal: () => false,
    },
    undefined,
  );
  onTestFinished(() => connection.close());
  const pay: Call = { call: "transfer", to: bob, amount: TOKEN };
  const sign: (...given: Parameters<RawSender["send"]>) => Promise<Uint8Array> = async (
    over,
    { signer = alice, birthHash } = {},
  ) => {
    const [head, account] = await Promise.all([chain.finalisedHead(), chain.account(alice.hotkey)]);
    const transaction = {
      signer: alice.hotkey,
      nonce: account.nonce,
      birth: head.number,
      call: pay,
      ...over,
    };
    return signTransaction(transaction, LOCAL_GENESIS_HASH, birthHash ?? head.hash, signer).wire;
  };
  const sendBytes: RawSender["sendBytes"] = (wire) =>
    connection.ask(METHODS.submit, [`0x${Buffer.from(wire).toString("hex")}`], HeadResult, 20_000);
  return {
    sign,
    sendBytes,
    send: async (over, parts) => sendBytes(await sign(over, parts)),
  };
}

const refusedAs = (code: string) => expect.objectContaining({ code });

describe("a local chain in its own process", () => {
  let server: ChainProcess;
  let chain: LocalChainClient;
  let removeFolder = async (): Promise<void> => {};
  beforeAll(async () => {
    const dir = await newFolder((remove) => {
      removeFolder = remove;
    });
    server = await startProcess(dir);
    chain = await connectLocalChain(server.url);
  });
  afterAll(async () => {
    await chain.close();
    await killHard(server.child);
    await removeFolder();
  });

  test("pays for one whole round: register, stake, serve, weigh, epoch", async () => {
    const stakeRao = 2_000n * TOKEN;
    const validatorUid = await onboard(chain, {
      netuid: 1,
      coldkey,
      hotkey: validator.hotkey,
      stakeRao,
    });
    const minerUid = await onboard(chain, { netuid: 1, coldkey, hotkey: miner.hotkey });
    await chain.publishEndpoint(1, LISTENING, miner);
    await metagraphWhen(chain, ({ neurons }) => neurons[validatorUid]?.validatorPermit === true);

    const { block } = await chain.setWeights(1, [[minerUid, 0.25]], validator);
    expect(await chain.blockHash(block.number)).toBe(block.hash);
    const { nextEpochBlock } = await chain.epochInfo(1);
    const weighed = await chain.metagraph(1);
    expect(weighed.neurons[validatorUid]?.weights).toEqual([[minerUid, 65_535]]);

    const { neurons } = await metagraphWhen(chain, (seen) => seen.block >= nextEpochBlock);
    const paid = neurons[minerUid];
    expect(paid).toMatchObject({ endpoint: LISTENING, incentive: 65_535, consensus: 65_535 });
    expect(paid?.emission).toBe((BigInt(TEMPO) * TOKEN * 41n) / 100n);
    expect(paid?.stake).toBeGreaterThanOrEqual(paid?.emission ?? 0n);
    expect(neurons[validatorUid]).toMatchObject({ dividends: 65_535, validatorTrust: 65_535 });
  });

  test("refuses whoever is not registered", async () => {
    await expect(chain.publishEndpoint(1, LISTENING, stranger)).rejects.toThrow(
      refusedAs("HotKeyNotRegisteredInNetwork"),
    );
    await expect(chain.setWeights(1, [[0, 1]], stranger)).rejects.toThrow(
      refusedAs("HotKeyNotRegisteredInSubNet"),
    );
    expect((await chain.account(stranger.hotkey)).nonce).toBe(0);
  });

  test("takes the right nonce, and refuses a used and a later one", async () => {
    const sender = await openSender(chain, server.url);
    await sender.send({});
    const account = await chain.account(alice.hotkey);
    await expect(sender.send({ nonce: account.nonce - 1 })).rejects.toThrow(refusedAs("Stale"));
    await expect(sender.send({ nonce: account.nonce + 1 })).rejects.toThrow(refusedAs("Future"));
    expect(await chain.account(alice.hotkey)).toEqual(account);
  });

  test("refuses another's signature and one over another block or of the future", async () => {
    const sender = await openSender(chain, server.url);
    const account = await chain.account(alice.hotkey);
    await expect(sender.send({}, { signer: stranger })).rejects.toThrow(refusedAs("BadProof"));
    await expect(sender.send({}, { birthHash: LOCAL_GENESIS_HASH })).rejects.toThrow(
      refusedAs("BadProof"),
    );
    await expect(sender.send({ birth: 1_000_000 })).rejects.toThrow(refusedAs("AncientBirthBlock"));
    const changed = await sender.sign({});
    // The last byte of the amount, so that it is still a transfer.
    changed[changed.length - 65] = (changed[changed.length - 65] ?? 0) ^ 1;
    await expect(sender.sendBytes(changed)).rejects.toThrow(refusedAs("BadProof"));
    expect(await chain.account(alice.hotkey)).toEqual(account);
  });

  test("answers a replay with the first inclusion, and pays once", async () => {
    const sender = await openSender(chain, server.url);
    const { balance } = await chain.account(bob);
    const wire = await sender.sign({});
    const [first, atOnce] = await Promise.all([sender.sendBytes(wire), sender.sendBytes(wire)]);
    expect(atOnce).toEqual(first);
    expect(await sender.sendBytes(wire)).toEqual(first);
    expect((await chain.account(bob)).balance).toBe(balance + TOKEN);
  });
});

describe("a local chain that is killed with kill -9", () => {
  test("goes on from the last block it told, for the clients that it had", async () => {
    const dir = await newFolder(onTestFinished);
    const first = await startProcess(dir);
    onTestFinished(() => killHard(first.child));
    const chain = await connectLocalChain(first.url, { requestMs: 30_000 });
    onTestFinished(() => chain.close());
    await onboard(chain, { netuid: 1, coldkey, hotkey: miner.hotkey, stakeRao: TOKEN });
    await chain.publishEndpoint(1, LISTENING, miner);
    const sender = await openSender(chain, first.url);
    const wire = await sender.sign({});
    const included = await sender.sendBytes(wire);
    const told = await chain.finalisedHead();
    await killHard(first.child);

    const second = await startProcess(dir, Number(new URL(first.url).port));
    onTestFinished(() => killHard(second.child));
    expect(second.url).toBe(first.url);
    expect(await chain.blockHash(told.number)).toBe(told.hash);
    const { neurons } = await chain.metagraph(1);
    expect(neurons).toMatchObject([{ hotkey: miner.hotkey, endpoint: LISTENING }]);
    expect(neurons[0]?.stake).toBeGreaterThanOrEqual(TOKEN);
    expect(await sender.sendBytes(wire)).toEqual(included);

    const grown = await metagraphWhen(chain, ({ block }) => block > told.number + TEMPO);
    expect(grown.neurons[0]?.hotkey).toBe(miner.hotkey);
    await chain.transfer(bob, TOKEN, alice);
    expect((await chain.account(bob)).balance).toBe(2n * TOKEN);
  });

  test("loses no transaction and counts none twice, whenever it dies", async () => {
    const dir = await newFolder(onTestFinished);
    let server = await startProcess(dir);
    onTestFinished(() => killHard(server.child));
    const chain = await connectLocalChain(server.url, { requestMs: 30_000 });
    onTestFinished(() => chain.close());

    let isOver = false;
    const sending = (async () => {
      let sent = 0n;
      while (!isOver) {
        await chain.transfer(bob, TOKEN, alice);
        sent += 1n;
      }
      return sent;
    })();
    for (let kill = 0; kill < 2; kill++) {
      await metagraphWhen(chain, ({ block }) => block > 5 * (kill + 1));
      await killHard(server.child);
      server = await startProcess(dir, Number(new URL(server.url).port));
    }
    await chain.transfer(bob, TOKEN, alice);
    isOver = true;
    const sent = (await sending) + 1n;
    expect((await chain.account(bob)).balance).toBe(sent * TOKEN);
    expect((await chain.account(alice.hotkey)).nonce).toBe(Number(sent));
  });
});
