import { afterAll, beforeAll, expect, test } from "vitest";
import { newFolder } from "../../store/testing.ts";
import type { Signer } from "../chain.ts";
import { connectSubtensor, type SubtensorChain } from "../subtensor/connect.ts";
import { devSigner } from "../wallet/key.ts";
import { startLocalChain } from "./local-chain.ts";
import { faucet, onboard } from "./onboard.ts";

const TOKEN = 1_000_000_000n;
const NETUID = 1;

let chain: SubtensorChain;
const closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  const dir = await newFolder((close) => closing.push(async () => close()));
  // Without a fixed price of seats: each registration makes the next one dearer.
  const local = await startLocalChain({ dir, blockMs: 50, subnets: [{ tempo: 1_000 }] });
  closing.push(() => local.close());
  chain = await connectSubtensor(local.url);
  closing.push(() => chain.close());
});
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

/** Of its own for each test, so that they share a chain. */
function newParty(name: string): { coldkey: Signer; first: Signer; second: Signer } {
  return {
    coldkey: devSigner(`//${name}//cold`),
    first: devSigner(`//${name}//first`),
    second: devSigner(`//${name}//second`),
  };
}

const seatOf = async ({ hotkey }: Signer) =>
  (await chain.metagraph(NETUID)).neurons.find((neuron) => neuron.hotkey === hotkey);

test("from nothing to a seat, with stake when it is asked for", async () => {
  const { coldkey, first, second } = newParty("Nothing");
  const uid = await onboard(chain, { netuid: NETUID, coldkey, hotkey: first.hotkey });
  expect(await seatOf(first)).toMatchObject({ uid, coldkey: coldkey.hotkey, stake: 0n });
  const stakeRao = 2_000n * TOKEN;
  await onboard(chain, { netuid: NETUID, coldkey, hotkey: second.hotkey, stakeRao });
  expect((await seatOf(second))?.stake).toBe(stakeRao);
});

test("a second call pays nothing twice, and tops up what is missing of the stake", async () => {
  const { coldkey, first } = newParty("Twice");
  const seat = { netuid: NETUID, coldkey, hotkey: first.hotkey };
  const uid = await onboard(chain, { ...seat, stakeRao: 10n * TOKEN });
  const paid = await chain.account(coldkey.hotkey);
  expect(await onboard(chain, { ...seat, stakeRao: 10n * TOKEN })).toBe(uid);
  expect(await chain.account(coldkey.hotkey)).toEqual(paid);

  await onboard(chain, { ...seat, stakeRao: 25n * TOKEN });
  expect((await seatOf(first))?.stake).toBe(25n * TOKEN);
});

test("many hotkeys come in at the same time, of one coldkey and of several", async () => {
  const { coldkey, first, second } = newParty("Crowd");
  const others = Array.from({ length: 6 }, (_, i) => newParty(`Crowd${i}`));
  const seats = [
    ...[first, second].map((hotkey) => ({ coldkey, hotkey, stakeRao: TOKEN })),
    ...others.map((party) => ({ coldkey: party.coldkey, hotkey: party.first, stakeRao: 0n })),
  ];
  const uids = await Promise.all(
    seats.map((seat) => onboard(chain, { netuid: NETUID, ...seat, hotkey: seat.hotkey.hotkey })),
  );
  expect(new Set(uids).size).toBe(seats.length);
  for (const { hotkey, stakeRao } of seats) expect((await seatOf(hotkey))?.stake).toBe(stakeRao);
});

test("refuses a subnet that the chain does not have", async () => {
  const { coldkey, first } = newParty("Nowhere");
  await expect(onboard(chain, { netuid: 2, coldkey, hotkey: first.hotkey })).rejects.toThrow(
    expect.objectContaining({ code: "SubnetNotExists" }),
  );
});

test("touches nothing on a chain that is not local, whatever it is called with", async () => {
  const { coldkey, first } = newParty("Abroad");
  const alice = await chain.account(devSigner("//Alice").hotkey);
  // As a public network is: its genesis hash is another, and all the rest is the same.
  const abroad = Object.defineProperty(Object.create(chain), "isLocal", { value: false });
  await expect(onboard(abroad, { netuid: NETUID, coldkey, hotkey: first.hotkey })).rejects.toThrow(
    expect.objectContaining({ code: "NOT_LOCAL", hint: expect.stringContaining("assay chain") }),
  );
  await expect(faucet(abroad, coldkey.hotkey, TOKEN)).rejects.toThrow(
    expect.objectContaining({ code: "NOT_LOCAL" }),
  );
  expect(await chain.account(devSigner("//Alice").hotkey)).toEqual(alice);
});
