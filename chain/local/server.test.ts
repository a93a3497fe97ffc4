import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, onTestFinished, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { mountSmallDisk, newFolder, unmount } from "../../store/testing.ts";
import { devSigner } from "../wallet/key.ts";
import { type ClientOptions, connectLocalChain, type LocalChainClient } from "./client.ts";
import { LOCAL_GENESIS, TOKEN } from "./genesis.ts";
import {
  type LocalChain,
  type LocalChainOptions,
  type LocalChainParts,
  startLocalChain,
} from "./server.ts";

const alice = devSigner("//Alice");
const bob = devSigner("//Bob").hotkey;

async function start(
  options: Partial<LocalChainOptions> = {},
  parts: LocalChainParts = {},
): Promise<LocalChain> {
  const dir = options.dir ?? (await newFolder(onTestFinished));
  const chain = await startLocalChain({ blockMs: 20, tempo: 5, ...options, dir }, parts);
  onTestFinished(() => chain.close());
  return chain;
}

async function connect(url: string, options: ClientOptions = {}): Promise<LocalChainClient> {
  const client = await connectLocalChain(url, options);
  onTestFinished(() => client.close());
  return client;
}

/** What a start or a call is refused with: a code for programs and a hint for people. */
const refusal = (code: string) =>
  expect.objectContaining({ code, hint: expect.stringMatching(/^[A-Z].{10,}/) });

function portOf({ url }: LocalChain): number {
  return Number(new URL(url).port);
}

test("a port in use is refused, and the folder is left as it was", async () => {
  const first = await start();
  const dir = await newFolder(onTestFinished);
  await expect(start({ dir, port: portOf(first) })).rejects.toThrow(refusal("PORT_IN_USE"));
  // Neither locked nor begun: other settings than those of the failed start are taken.
  const second = await start({ dir, tempo: 9 });
  expect((await (await connect(second.url)).epochInfo(1)).tempo).toBe(9);
});

test("a folder in use is refused", async () => {
  const dir = await newFolder(onTestFinished);
  await start({ dir });
  await expect(start({ dir })).rejects.toThrow(refusal("LOCKED"));
});

test.each(["0.0.0.0", "192.0.2.1", "example.org"])("does not listen on %s", async (host) => {
  await expect(start({ host })).rejects.toThrow(refusal("NOT_LOOPBACK"));
});

test.each([
  { blockMs: 0 },
  { blockMs: 1.5 },
  { tempo: 0 },
  { maxAllowedUids: 0 },
  { netuid: -1 },
  { kappa: 65_536 },
])("refuses the settings %j", async (settings) => {
  await expect(start(settings)).rejects.toThrow(refusal("MALFORMED_SETTINGS"));
});

test("goes on with the chain in its folder, and not with other settings", async () => {
  const dir = await newFolder(onTestFinished);
  const first = await start({ dir, tempo: 7 });
  const { block } = await (await connect(first.url)).transfer(bob, TOKEN, alice);
  await first.close();

  await expect(start({ dir, tempo: 8 })).rejects.toThrow(refusal("CHAIN_SETTLED"));
  const again = await startLocalChain({ dir, blockMs: 20 });
  onTestFinished(() => again.close());
  const client = await connect(again.url);
  expect(await client.blockHash(block.number)).toBe(block.hash);
  expect((await client.account(bob)).balance).toBe(TOKEN);
  expect((await client.epochInfo(1)).tempo).toBe(7);
});

test("refuses a state that was edited, another genesis, another format and what is no database", async () => {
  const dir = await newFolder(onTestFinished);
  const chain = await start({ dir });
  await (await connect(chain.url)).transfer(bob, TOKEN, alice);
  await chain.close();

  const genesis = { ...LOCAL_GENESIS, name: "another" };
  await expect(start({ dir }, { genesis })).rejects.toThrow(refusal("CHAIN_GENESIS"));

  const file = join(dir, "chain.sqlite");
  const edit = (statement: string): void => {
    const db = new Database(file);
    db.exec(statement);
    db.close();
  };
  edit("UPDATE state SET json = CAST(replace(json, '1000000000', '9000000000') AS BLOB)");
  await expect(start({ dir })).rejects.toThrow(refusal("CHAIN_DAMAGED"));
  edit("PRAGMA user_version = 99");
  await expect(start({ dir })).rejects.toThrow(refusal("CHAIN_FORMAT"));
  await writeFile(file, "no database");
  await expect(start({ dir })).rejects.toThrow(refusal("CHAIN_DAMAGED"));
});

test("a chain of another genesis is not local", async () => {
  const local = await connect((await start()).url);
  const other = await start({}, { genesis: { ...LOCAL_GENESIS, name: "another" } });
  const foreign = await connect(other.url);
  expect([local.isLocal, foreign.isLocal]).toEqual([true, false]);
});

test("tells a client that another chain has taken the place of its own", async () => {
  const first = await start();
  const client = await connect(first.url);
  await client.transfer(bob, TOKEN, alice);
  await first.close();
  await start({ port: portOf(first) });
  await expect(client.finalisedHead()).rejects.toThrow(refusal("CHAIN_REPLACED"));
});

test("a client is told what is wrong with its address", async () => {
  const gone = await start();
  await gone.close();
  await expect(connect(gone.url)).rejects.toThrow(refusal("CHAIN_UNREACHABLE"));
  await expect(connect("http://127.0.0.1:1")).rejects.toThrow(refusal("MALFORMED_URL"));

  const stranger = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  onTestFinished(() => void stranger.close());
  await once(stranger, "listening");
  stranger.on("connection", (socket) => {
    socket.on("message", (text) => {
      const { id } = JSON.parse(text.toString());
      socket.send(JSON.stringify({ jsonrpc: "2.0", id, result: "hello" }));
    });
  });
  const { port } = stranger.address() as { port: number };
  await expect(connect(`ws://127.0.0.1:${port}`)).rejects.toThrow(refusal("FOREIGN_CHAIN"));
});

test("heads come in order, each once, and none after the listener has left", async () => {
  const client = await connect((await start()).url);
  const seen: number[] = [];
  await new Promise<void>((resolve) => {
    const leave = client.onHead(({ number }) => {
      seen.push(number);
      if (seen.length === 5) {
        leave();
        resolve();
      }
    });
  });
  const next = new Promise((resolve) => client.onHead(resolve));
  await next;
  expect(seen).toEqual(seen.map((_, i) => (seen[0] ?? 0) + i));
  expect(seen).toHaveLength(5);
});

test("several clients of one signer all get their transactions in", async () => {
  const { url } = await start();
  const clients = await Promise.all([connect(url), connect(url), connect(url)]);
  await Promise.all(clients.flatMap((c) => [1, 2, 3].map(() => c.transfer(bob, TOKEN, alice))));
  expect((await clients[0]?.account(bob))?.balance).toBe(9n * TOKEN);
  expect((await clients[0]?.account(alice.hotkey))?.nonce).toBe(9);
});

test("a page of a web site is not let in, a page of this machine is", async () => {
  const { url } = await start();
  const open = (origin: string): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = new WebSocket(url, { origin });
      socket.on("open", () => resolve(true));
      socket.on("error", () => resolve(false));
      onTestFinished(() => socket.terminate());
    });
  expect(await open("https://example.org")).toBe(false);
  expect(await open("null")).toBe(false);
  expect(await open("http://localhost:3000")).toBe(true);
});

test.each([
  ["no JSON", "{", -32_700],
  ["no request", '{"jsonrpc":"2.0","id":1}', -32_600],
  ["an unknown method", '{"jsonrpc":"2.0","id":1,"method":"toString"}', -32_601],
  [
    "other parameters",
    '{"jsonrpc":"2.0","id":1,"method":"local_metagraph","params":["1"]}',
    -32_602,
  ],
  [
    "no transaction",
    '{"jsonrpc":"2.0","id":1,"method":"author_submit","params":["0x00"]}',
    -32_000,
  ],
])("answers %s with an error, and serves others on", async (_, text, code) => {
  const { url } = await start();
  const socket = new WebSocket(url);
  onTestFinished(() => socket.terminate());
  const answer = await new Promise<string>((resolve) => {
    socket.on("open", () => socket.send(text));
    socket.on("message", (bytes) => resolve(bytes.toString()));
  });
  expect(JSON.parse(answer).error.code).toBe(code);
  expect((await (await connect(url)).metagraph(1)).neurons).toEqual([]);
});

test.each([
  ["binary frames", Buffer.from("{}")],
  ["more than a request may be", `"${"x".repeat(70_000)}"`],
])("cuts off a client that sends %s, and serves others on", async (_, bytes) => {
  const { url } = await start();
  const socket = new WebSocket(url);
  socket.on("error", () => {});
  await new Promise<void>((resolve) => {
    socket.on("open", () => socket.send(bytes));
    socket.on("close", () => resolve());
  });
  expect((await (await connect(url)).metagraph(1)).neurons).toEqual([]);
});

test("a full disk stops the chain, takes nothing in, and room lets it go on", async (context) => {
  const dir = join(await newFolder(onTestFinished), "small");
  const none = await mountSmallDisk(dir, 256 * 1024);
  context.skip(none !== undefined, none);
  onTestFinished(() => unmount(dir));
  const chain = await start({ dir });
  const client = await connect(chain.url);
  await client.transfer(bob, TOKEN, alice);

  // The rest of the disk, to the last byte.
  await writeFile(join(dir, "rest"), Buffer.alloc(256 * 1024)).catch(() => {});
  await expect(
    (async () => {
      for (;;) await client.transfer(bob, TOKEN, alice);
    })(),
  ).rejects.toThrow(refusal("BLOCK_NOT_WRITTEN"));
  const { balance } = await client.account(bob);

  await writeFile(join(dir, "rest"), "");
  await client.transfer(bob, TOKEN, alice);
  expect((await client.account(bob)).balance).toBe(balance + TOKEN);
});
