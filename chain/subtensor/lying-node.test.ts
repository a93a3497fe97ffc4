/**
 * A node that answers wrongly, in every way that JSON-RPC leaves it: each call ends, with a named error or with what the
 * chain really says, and nothing of what the node sends steers a terminal or fills the memory.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { openTap } from "../compliance/tap.ts";
import { freshKey } from "../compliance/world.ts";
import { ChainError } from "../error.ts";
import { type LocalChain, startLocalChain } from "../local/local-chain.ts";
import { devSigner } from "../wallet/key.ts";
import { connectSubtensor, type SubtensorChain } from "./connect.ts";

const ALICE = devSigner("//Alice");
const REQUEST_MS = 1_500;

/** Of an honest answer, what the node says instead; a Lie that throws answers with an error. */
type Lie = (honest: unknown) => unknown;

let folder: string;
let local: LocalChain;
let honest: SubtensorChain;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "assay-lies-"));
  local = await startLocalChain({ dir: folder, blockMs: 100, subnets: [{ tempo: 50 }] });
  honest = await connectSubtensor(local.url);
});
afterAll(async () => {
  await honest.close();
  await local.close();
  await rm(folder, { recursive: true, force: true });
});

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly result: unknown; readonly subscription: unknown };
  readonly result?: unknown;
}

/**
 * Address of a node that lies about some methods, and in some notifications.
 * @param lies by method, or by name of the notification
 */
async function lyingNode(lies: () => Readonly<Record<string, Lie>>): Promise<string> {
  const asked = new Map<unknown, string>();
  const tap = await openTap(
    local.url,
    (text) => {
      const message = JSON.parse(text) as Message;
      const { id, method, params } = message;
      const lie = lies()[method ?? asked.get(id) ?? ""];
      if (lie === undefined) return text;
      if (params !== undefined) {
        return JSON.stringify({ ...message, params: { ...params, result: lie(params.result) } });
      }
      try {
        return JSON.stringify({ ...message, result: lie(message.result) });
      } catch (error) {
        return JSON.stringify({ jsonrpc: "2.0", id, error });
      }
    },
    (text) => {
      const { id, method } = JSON.parse(text) as Message;
      asked.set(id, method ?? "");
      return text;
    },
  );
  onTestFinished(() => tap.close());
  return tap.url;
}

async function over(lies: () => Readonly<Record<string, Lie>>): Promise<SubtensorChain> {
  const chain = await connectSubtensor(await lyingNode(lies), {
    requestMs: REQUEST_MS,
    submitMs: 2_000,
  });
  onTestFinished(() => chain.close());
  return chain;
}

async function refusalOf(run: () => Promise<unknown>): Promise<ChainError> {
  try {
    await run();
  } catch (error) {
    expect(error).toBeInstanceOf(ChainError);
    return error as ChainError;
  }
  throw new Error("it believed the lie");
}

/** Values of another shape than any answer, and bytes that end too early or too late. */
const SHAPES: readonly [string, Lie][] = [
  ["a number", () => 7],
  ["a negative number", () => -1],
  ["a number without end", () => 1e300],
  ["null", () => null],
  ["an object", () => ({ __proto__: null, toString: 1 })],
  ["a list", () => [[], {}, null]],
  ["text", () => "\u001b]0;owned\u0007\u009b31m"],
  ["no bytes", () => "0x"],
  ["half a byte", () => "0x1"],
  ["all ones", () => `0x${"ff".repeat(64)}`],
  ["a length without bytes", () => "0xfeffffff"],
  ["half of it", (whole) => halved(whole)],
  ["one byte more", (whole) => `${String(whole)}00`],
];

function halved(whole: unknown): unknown {
  if (typeof whole === "string") return whole.slice(0, Math.floor(whole.length / 4) * 2);
  return Array.isArray(whole) ? whole.slice(0, whole.length / 2) : whole;
}

describe("a node that answers with", () => {
  test.each(SHAPES)("%s in the place of the metagraph is not believed", async (_, lie) => {
    let lies: Readonly<Record<string, Lie>> = {};
    const chain = await over(() => lies);
    lies = { state_call: lie };
    const { code, message } = await refusalOf(() => chain.metagraph(1));
    // A subnet that is not there is what the chain's own None says: nothing follows from it.
    expect(["UNREADABLE_STATE", "SubnetNotExists"]).toContain(code);
    expect(message).not.toMatch(/(?!\n)\p{Cc}/u);
  });

  test.each(SHAPES)(
    "%s in the place of storage is not believed, and nothing is signed",
    async (_, lie) => {
      let lies: Readonly<Record<string, Lie>> = {};
      const chain = await over(() => lies);
      lies = { state_queryStorageAt: lie };
      expect((await refusalOf(() => chain.account(ALICE.hotkey))).code).toBe("UNREADABLE_STATE");
      expect((await refusalOf(() => chain.epochInfo(1))).code).toBe("UNREADABLE_STATE");
      const { nonce } = await honest.account(ALICE.hotkey);
      const weights = [{ uid: 0, weight: 1 }] as never;
      await refusalOf(() => chain.setWeights(1, weights, ALICE));
      expect((await honest.account(ALICE.hotkey)).nonce).toBe(nonce);
    },
  );

  test.each([
    ["nothing", () => null],
    ["a number", () => 1],
    ["a word", () => "meta"],
    ["its name alone", () => "0x6d657461"],
    ["an unknown version", () => `0x6d657461${"ff".repeat(20)}`],
    ["its first half", (whole: unknown) => halved(whole)],
    ["bits that flipped", (whole: unknown) => String(whole).replaceAll("a", "b")],
    ["forty megabytes", () => `0x6d6574610e${"00".repeat(20 << 20)}`],
  ])("%s in the place of the metadata is left", async (_, lie) => {
    const url = await lyingNode(() => ({ state_getMetadata: lie, state_call: lie }));
    const { code } = await refusalOf(() => connectSubtensor(url, { requestMs: REQUEST_MS }));
    expect(["UNREADABLE_RUNTIME", "CONNECTION_LOST", "CHAIN_TIMEOUT"]).toContain(code);
  });

  test.each([
    "chain_getBlockHash",
    "chain_getFinalizedHead",
    "chain_getHeader",
    "state_getRuntimeVersion",
  ])("%s of no shape at all is left", async (method) => {
    for (const value of [7, null, {}, [], "0x", `0x${"zz".repeat(32)}`]) {
      const url = await lyingNode(() => ({ [method]: () => value }));
      const { code } = await refusalOf(() => connectSubtensor(url, { requestMs: REQUEST_MS }));
      expect(["UNREADABLE_RUNTIME", "CHAIN_TIMEOUT", "WRONG_GENESIS"]).toContain(code);
    }
  });
});

test("what a node says in its errors is one line, without anything that steers a terminal", async () => {
  const chain = await over(() => ({
    state_queryStorageAt: () => {
      throw { code: -32_000, message: "\u001b[2J\u009b1m\nok: you won\u202e", data: "\u0000\r\n" };
    },
  }));
  const { code, message } = await refusalOf(() => chain.account(ALICE.hotkey));
  expect(code).toBe("NODE_FAILED");
  expect(message).toContain("you won");
  expect(message).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
});

describe("what is believed of a transaction", () => {
  const toEverybody = async (lies: Readonly<Record<string, Lie>>): Promise<void> => {
    const chain = await over(() => lies);
    const payee = freshKey().hotkey;
    const { block } = await chain.transfer(payee, 1_000_000n, ALICE);
    expect(await honest.blockHash(block.number)).toBe(block.hash);
    expect((await honest.account(payee)).balance).toBe(1_000_000n);
  };

  test.each<[string, unknown]>([
    ["a block that is none", { finalized: `0x${"12".repeat(32)}` }],
    ["a block of another shape", { inBlock: { toString: 1 } }],
    ["a number", 7],
    ["nothing", null],
    ["a list of lists", [[["dropped"]]]],
  ])("is its block, not a status of %s", async (_, status) => {
    await toEverybody({ author_extrinsicUpdate: () => status });
  });

  test("is not a status of one that never came", async () => {
    const tap = await openTap(
      local.url,
      (text) => text,
      (text) =>
        text.replace(/"author_submit\w+","params":\["0x\w+"\]/, '"system_name","params":[]'),
    );
    onTestFinished(() => tap.close());
    const chain = await connectSubtensor(tap.url, { requestMs: REQUEST_MS, submitMs: 1_500 });
    onTestFinished(() => chain.close());
    const payee = freshKey().hotkey;
    const { code } = await refusalOf(() => chain.transfer(payee, 1_000_000n, ALICE));
    expect(code).toBe("NOT_FINALISED");
    expect((await honest.account(payee)).balance).toBe(0n);
  });
});

test("heads that go backwards, or are none, are told to nobody", async () => {
  let turn = 0;
  const chain = await over(() => ({
    chain_finalizedHead: (head) => {
      turn += 1;
      if (turn % 3 === 0) return { ...(head as object), number: "0x1" };
      return turn % 3 === 1 ? head : [null, { number: -1 }, "0x"][turn % 2];
    },
  }));
  const told: number[] = [];
  await new Promise<void>((resolve) => {
    onTestFinished(
      chain.onHead(({ number }) => {
        told.push(number);
        if (told.length === 4) resolve();
      }),
    );
  });
  expect(told).toEqual([...told].sort((a, b) => a - b));
  expect(new Set(told).size).toBe(told.length);
});

test("news of subscriptions that nobody has, and long ones, end the connection and not the process", async () => {
  let flood = false;
  const notice = { jsonrpc: "2.0", method: "chain_finalizedHead" };
  const tap = await openTap(local.url, (text) => {
    if (!flood || !text.includes("chain_finalizedHead")) return text;
    const params = { subscription: "nobody's", result: "x".repeat(1 << 20) };
    return JSON.stringify({ ...notice, params });
  });
  onTestFinished(() => tap.close());
  const chain = await connectSubtensor(tap.url, { requestMs: REQUEST_MS });
  onTestFinished(() => chain.close());
  flood = true;
  const { number } = await chain.finalisedHead();
  await new Promise((resolve) => setTimeout(resolve, 500));
  flood = false;
  // Another session was opened by itself.
  await expect
    .poll(async () => (await chain.finalisedHead()).number, { timeout: 5_000 })
    .toBeGreaterThan(number);
});
