import { pino } from "pino";
import { expect, onTestFinished, test } from "vitest";
import { newFolder } from "../../store/testing.ts";
import { connectSubtensor, type SubtensorChain } from "../subtensor/connect.ts";
import { devSigner, keyOfSeed } from "../wallet/key.ts";
import { APIS } from "./apis/apis.ts";
import { startLocalChain } from "./local-chain.ts";
import { startNode } from "./node/start-node.ts";
import { onboard } from "./onboard.ts";
import { PARTS } from "./pallets/parts.ts";
import { composeRuntime } from "./runtime/executive.ts";
import type { PalletPart } from "./runtime/pallet.ts";

const TOKEN = 1_000_000_000n;
const coldkey = devSigner("//Coldkey");
const [first, second] = [devSigner("//First").hotkey, devSigner("//Second").hotkey];

async function newChain(): Promise<SubtensorChain> {
  const dir = await newFolder(onTestFinished);
  const chain = await startLocalChain({ dir, blockMs: 50, subnets: [{ tempo: 50 }] });
  onTestFinished(() => chain.close());
  return connected(chain.url);
}

/** A chain with one more key in its genesis, which makes it somebody's own. */
async function strangeChain(): Promise<SubtensorChain> {
  const dir = await newFolder(onTestFinished);
  const more: PalletPart = {
    pallet: "System",
    genesis: (state) => state.put("SubtensorModule.TxRateLimit", [], 7n),
  };
  const node = await startNode(
    { dir, host: "127.0.0.1", port: 0, blockMs: 50, finalityLag: 0 },
    {
      runtime: composeRuntime([...PARTS, more], APIS),
      log: pino({ level: "silent" }),
      founding: undefined,
    },
  );
  onTestFinished(() => node.close());
  return connected(node.url);
}

async function connected(url: string): Promise<SubtensorChain> {
  const client = await connectSubtensor(url);
  onTestFinished(() => client.close());
  return client;
}

test("from nothing to a seat, with stake when it is asked for", async () => {
  const chain = await newChain();
  expect(await onboard(chain, { netuid: 1, coldkey, hotkey: first })).toBe(1);
  const stakeRao = 2_000n * TOKEN;
  expect(await onboard(chain, { netuid: 1, coldkey, hotkey: second, stakeRao })).toBe(2);
  const { neurons } = await chain.metagraph(1);
  // Uid 0 is the owner's.
  expect(neurons.slice(1)).toMatchObject([
    { uid: 1, hotkey: first, coldkey: coldkey.hotkey, stake: 0n },
    { uid: 2, hotkey: second, coldkey: coldkey.hotkey, stake: stakeRao },
  ]);
});

test("a second call pays nothing twice, and tops up what is missing of the stake", async () => {
  const chain = await newChain();
  const seat = { netuid: 1, coldkey, hotkey: first };
  await onboard(chain, { ...seat, stakeRao: 10n * TOKEN });
  const paid = await chain.account(coldkey.hotkey);
  expect(await onboard(chain, { ...seat, stakeRao: 10n * TOKEN })).toBe(1);
  expect(await chain.account(coldkey.hotkey)).toEqual(paid);

  await onboard(chain, { ...seat, stakeRao: 25n * TOKEN });
  expect((await chain.metagraph(1)).neurons[1]?.stake).toBe(25n * TOKEN);
});

test("hotkeys of one coldkey come in at the same time", async () => {
  const chain = await newChain();
  const uids = await Promise.all(
    [first, second].map((hotkey) =>
      onboard(chain, { netuid: 1, coldkey, hotkey, stakeRao: TOKEN }),
    ),
  );
  expect(uids.sort()).toEqual([1, 2]);
});

test("an ed25519 coldkey signs as well as any", async () => {
  const chain = await newChain();
  const ed25519 = keyOfSeed(new Uint8Array(32).fill(7), "ed25519");
  await onboard(chain, { netuid: 1, coldkey: ed25519, hotkey: first, stakeRao: TOKEN });
  expect((await chain.metagraph(1)).neurons[1]?.coldkey).toBe(ed25519.hotkey);
});

test("refuses a subnet that the chain does not have", async () => {
  const chain = await newChain();
  await expect(onboard(chain, { netuid: 2, coldkey, hotkey: first })).rejects.toThrow(
    expect.objectContaining({ code: "SubnetNotExists" }),
  );
});

test("refuses the hotkey of another coldkey", async () => {
  const chain = await newChain();
  await onboard(chain, { netuid: 1, coldkey, hotkey: first });
  const thief = devSigner("//Thief");
  await expect(
    onboard(chain, { netuid: 1, coldkey: thief, hotkey: first, stakeRao: TOKEN }),
  ).rejects.toThrow(expect.objectContaining({ code: "NonAssociatedColdKey" }));
});

test("touches nothing on a chain that is not local", async () => {
  const chain = await strangeChain();
  await expect(onboard(chain, { netuid: 1, coldkey, hotkey: first })).rejects.toThrow(
    expect.objectContaining({ code: "NOT_LOCAL", hint: expect.stringContaining("btcli") }),
  );
  expect((await chain.account(coldkey.hotkey)).balance).toBe(0n);
  expect((await chain.account(devSigner("//Alice").hotkey)).nonce).toBe(0);
});
