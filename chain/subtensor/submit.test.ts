import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { openTap, type Rewrite } from "../compliance/tap.ts";
import { freshKey } from "../compliance/world.ts";
import { type LocalChain, startLocalChain } from "../local/local-chain.ts";
import { devSigner } from "../wallet/key.ts";
import { connectSubtensor, type SubtensorChain, type SubtensorOptions } from "./connect.ts";
import { ERA_BLOCKS } from "./sign.ts";

const ALICE = devSigner("//Alice");
const AMOUNT = 1_000_000n;
const BLOCK_MS = 100;

let folder: string;
let local: LocalChain;
let honest: SubtensorChain;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "assay-submit-"));
  local = await startLocalChain({ dir: folder, blockMs: BLOCK_MS });
  honest = await connectSubtensor(local.url);
});
afterAll(async () => {
  await honest.close();
  await local.close();
  await rm(folder, { recursive: true, force: true });
});

/** A connection over a wire that does `rewrite`. */
async function over(
  fromNode: Rewrite,
  fromClient?: Rewrite,
  options: SubtensorOptions = {},
): Promise<SubtensorChain> {
  const tap = await openTap(local.url, fromNode, fromClient);
  onTestFinished(() => tap.close());
  const chain = await connectSubtensor(tap.url, options);
  onTestFinished(() => chain.close());
  return chain;
}

const asIs: Rewrite = (message) => message;
const isStatus = (message: string): boolean => message.includes("author_extrinsicUpdate");
const isSubmission = (message: string): boolean => message.includes('"author_submit');

describe("a transaction is finalised once, whatever the node says of it:", () => {
  const saying =
    (status: string): Rewrite =>
    (message) => {
      if (!isStatus(message)) return message;
      const notice = JSON.parse(message);
      return JSON.stringify({ ...notice, params: { ...notice.params, result: status } });
    };

  test.each<[string, Rewrite]>([
    ["dropped", saying("dropped")],
    ["invalid", saying("invalid")],
    ["usurped", saying("usurped")],
    ["future", saying("future")],
    ["a status of no name that is known", saying("mislaid")],
    ["nothing at all", (message) => (isStatus(message) ? undefined : message)],
  ])("%s", async (_, rewrite) => {
    const chain = await over(rewrite);
    const payee = freshKey().hotkey;
    const before = (await honest.account(ALICE.hotkey)).nonce;
    const { block } = await chain.transfer(payee, AMOUNT, ALICE);
    expect(await honest.blockHash(block.number)).toBe(block.hash);
    expect((await honest.account(payee)).balance).toBe(AMOUNT);
    expect((await honest.account(ALICE.hotkey)).nonce).toBe(before + 1);
  });
});

test("the same bytes are given again when a node took them and never answered", async () => {
  const submissions: string[] = [];
  let lostId: number | undefined;
  const chain = await over(
    (message) => (lostId !== undefined && JSON.parse(message).id === lostId ? undefined : message),
    (message) => {
      if (!isSubmission(message)) return message;
      const { id, params } = JSON.parse(message);
      submissions.push(params[0]);
      lostId ??= id;
      return message;
    },
    { requestMs: 600 },
  );
  const payee = freshKey().hotkey;
  await chain.transfer(payee, AMOUNT, ALICE);
  expect((await honest.account(payee)).balance).toBe(AMOUNT);
  expect(new Set(submissions).size).toBe(1);
});

test("it is signed again, with the same nonce, when its mortality ends and no block has it", async () => {
  const submissions: string[] = [];
  let firstHead = 0;
  const chain = await over(
    asIs,
    (message) => {
      if (!isSubmission(message)) return message;
      submissions.push(JSON.parse(message).params[0]);
      // Until the first one is dead, none reaches the node.
      const isFirst = new Set(submissions).size === 1;
      return isFirst ? undefined : message;
    },
    { requestMs: 500 },
  );
  const payer = freshKey();
  await honest.transfer(payer.hotkey, 100n * AMOUNT, ALICE);
  const payee = freshKey().hotkey;
  firstHead = (await honest.finalisedHead()).number;
  const sent = chain.transfer(payee, AMOUNT, payer);
  await new Promise((resolve) => setTimeout(resolve, 700));
  await local.control.step(ERA_BLOCKS + 4);
  const { block } = await sent;
  expect(block.number).toBeGreaterThan(firstHead + ERA_BLOCKS);
  expect((await honest.account(payee)).balance).toBe(AMOUNT);
  expect((await honest.account(payer.hotkey)).nonce).toBe(1);
  expect(new Set(submissions).size).toBe(2);
});

test("NOT_FINALISED tells that it may still come, when time is over before it came", async () => {
  const chain = await over(asIs, undefined, { submitMs: 400 });
  local.control.pause();
  onTestFinished(() => local.control.resume());
  const sent = chain.submit({ pallet: "System", call: "remark", args: { remark: "0x00" } }, ALICE);
  await expect(sent).rejects.toMatchObject({
    code: "NOT_FINALISED",
    hint: expect.stringContaining("may still be included"),
  });
});

test("a refusal by the pool uses up no nonce", async () => {
  const payer = freshKey();
  await honest.transfer(payer.hotkey, 100n * AMOUNT, ALICE);
  const serve = {
    netuid: 1,
    version: 1,
    ip: 7n,
    port: 1,
    ip_type: 4,
    protocol: 4,
    placeholder1: 0,
    placeholder2: 0,
  };
  const refused = honest.submit(
    { pallet: "SubtensorModule", call: "serve_axon", args: serve },
    payer,
  );
  await expect(refused).rejects.toMatchObject({ hint: expect.stringMatching(/./) });
  const payee = freshKey().hotkey;
  await honest.transfer(payee, AMOUNT, payer);
  expect((await honest.account(payer.hotkey)).nonce).toBe(1);
});

test("the failure of a call that Sudo makes is a failure, though Sudo's own succeeds", async () => {
  const call = {
    pallet: "AdminUtils",
    call: "sudo_set_tempo",
    args: { netuid: 4_000, tempo: 10 },
  };
  await expect(honest.sudo(call, ALICE)).rejects.toMatchObject({
    code: expect.stringMatching(/^Subnet(DoesNotExist|NotExists)$/),
  });
  await expect(honest.sudo(call, freshKey())).rejects.toMatchObject({
    code: expect.stringMatching(/^(Payment|RequireSudo|BadOrigin)$/),
  });
});
