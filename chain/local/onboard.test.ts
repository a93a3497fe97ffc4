import { expect, onTestFinished, test } from "vitest";
import { newFolder } from "../../store/testing.ts";
import { devSigner } from "../wallet/key.ts";
import { connectLocalChain, type LocalChainClient } from "./client.ts";
import { type Genesis, LOCAL_GENESIS, TOKEN } from "./genesis.ts";
import { onboard } from "./onboard.ts";
import { startLocalChain } from "./server.ts";

const coldkey = devSigner("//Coldkey");
const [first, second] = [devSigner("//First").hotkey, devSigner("//Second").hotkey];

async function newChain(genesis: Genesis = LOCAL_GENESIS): Promise<LocalChainClient> {
  const dir = await newFolder(onTestFinished);
  const chain = await startLocalChain({ dir, blockMs: 20, tempo: 50 }, { genesis });
  onTestFinished(() => chain.close());
  const client = await connectLocalChain(chain.url);
  onTestFinished(() => client.close());
  return client;
}

test("from nothing to a seat, with stake when it is asked for", async () => {
  const chain = await newChain();
  expect(await onboard(chain, { netuid: 1, coldkey, hotkey: first })).toBe(0);
  const stakeRao = 2_000n * TOKEN;
  expect(await onboard(chain, { netuid: 1, coldkey, hotkey: second, stakeRao })).toBe(1);
  const { neurons } = await chain.metagraph(1);
  expect(neurons).toMatchObject([
    { uid: 0, hotkey: first, coldkey: coldkey.hotkey, stake: 0n },
    { uid: 1, hotkey: second, coldkey: coldkey.hotkey, stake: stakeRao },
  ]);
});

test("a second call pays nothing twice, and tops up what is missing of the stake", async () => {
  const chain = await newChain();
  const seat = { netuid: 1, coldkey, hotkey: first };
  await onboard(chain, { ...seat, stakeRao: 10n * TOKEN });
  const paid = await chain.account(coldkey.hotkey);
  expect(await onboard(chain, { ...seat, stakeRao: 10n * TOKEN })).toBe(0);
  expect(await chain.account(coldkey.hotkey)).toEqual(paid);

  await onboard(chain, { ...seat, stakeRao: 25n * TOKEN });
  expect((await chain.metagraph(1)).neurons[0]?.stake).toBe(25n * TOKEN);
});

test("hotkeys of one coldkey come in at the same time", async () => {
  const chain = await newChain();
  const uids = await Promise.all(
    [first, second].map((hotkey) =>
      onboard(chain, { netuid: 1, coldkey, hotkey, stakeRao: TOKEN }),
    ),
  );
  expect(uids.sort()).toEqual([0, 1]);
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
  const chain = await newChain({ ...LOCAL_GENESIS, name: "somebody's chain" });
  await expect(onboard(chain, { netuid: 1, coldkey, hotkey: first })).rejects.toThrow(
    expect.objectContaining({ code: "NOT_LOCAL", hint: expect.stringContaining("btcli") }),
  );
  expect((await chain.account(coldkey.hotkey)).balance).toBe(0n);
  expect((await chain.account(devSigner("//Alice").hotkey)).nonce).toBe(0);
});
