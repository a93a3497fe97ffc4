/**
 * What anybody may send to the local chain: wrong words, broken bytes, too much of everything. The node answers with an
 * error or cuts the connection off, goes on for everybody else, and its state is as it was.
 */
import { connect as connectTcp } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { newFolder } from "../../../store/testing.ts";
import { type LocalChain, startLocalChain } from "../local-chain.ts";
import { callOf } from "../pallets/testing.ts";
import { type Signing, signExtrinsic } from "../runtime/extrinsic.ts";
import type { RuntimeCall } from "../runtime/pallet.ts";
import { SPEC } from "../runtime/spec.ts";
import { hexOf } from "./hex.ts";
import { MAX_REQUEST_BYTES } from "./rpc/session.ts";
import { RawClient } from "./rpc/testing-client.ts";
import { alice, bob, remark, transfer } from "./testing.ts";

/** System.Account is under it, and so is every nonce and balance. */
const ACCOUNTS = "0x26aa394eea5630e07c48ae0c9558cef7b99d880ec681799c0cf30e8886371da9";
const EVENTS = "0x26aa394eea5630e07c48ae0c9558cef780d41e5e16056765bc8461851072c9d7";
/** Of submissions: what cannot be decoded, and what a pool refuses. */
const REFUSED = new Set([1_002, 1_010, 1_011, 1_012, 1_013, 1_014, 1_016]);

let chain: LocalChain;
let signing: Signing;
let removeFolder = async (): Promise<void> => {};
beforeAll(async () => {
  const dir = await newFolder((remove) => {
    removeFolder = remove;
  });
  chain = await startLocalChain({ dir, blockMs: 60_000, subnets: [{ tempo: 10 }] });
  await chain.control.step(3);
  const client = await RawClient.connect(chain.url, () => {});
  const genesisHash = await client.result<string>("chain_getBlockHash", 0);
  signing = { specVersion: 424, transactionVersion: 1, genesisHash, birthHash: genesisHash };
  client.socket.terminate();
});
afterAll(async () => {
  await chain.close();
  await removeFolder();
});

const connect = (): Promise<RawClient> => RawClient.connect(chain.url, onTestFinished);

async function signed(client: RawClient, call: RuntimeCall): Promise<Uint8Array> {
  const nonce = await client.result<number>("system_accountNextIndex", alice.hotkey);
  return signExtrinsic(call, alice, { nonce }, signing);
}

async function accounts(client: RawClient): Promise<unknown> {
  const keys = await client.result<string[]>("state_getKeys", ACCOUNTS);
  return client.result("state_queryStorageAt", keys);
}

describe("words", () => {
  const deep = (open: string, close: string): string => {
    const times = Math.floor(MAX_REQUEST_BYTES / 2 / (open.length + close.length));
    return open.repeat(times) + close.repeat(times);
  };

  test.each([
    ["half a million brackets", deep("[", "]")],
    ["objects within objects", `${deep('{"a":', "")}1`],
    [
      "as parameter",
      `{"jsonrpc":"2.0","id":1,"method":"system_name","params":[${deep("[", "]")}]}`,
    ],
    ["as id", `{"jsonrpc":"2.0","id":${deep("[", "]")},"method":"system_name"}`],
    ["a number of a hundred thousand digits", "9".repeat(100_000)],
    ["an id without end", `{"jsonrpc":"2.0","id":"${"x".repeat(65)}","method":"system_name"}`],
    ["keys of prototypes", '{"__proto__":{"jsonrpc":"2.0","method":"system_name"},"id":1}'],
    ["a batch of batches", "[[[]],[{}],[[[1]]]]"],
  ])("are answered: %s", async (_, text) => {
    const client = await connect();
    client.say(text);
    expect(await client.hear()).toBeDefined();
    expect(await client.result("system_name")).toBe("assay-local");
    expect(({} as { jsonrpc?: string }).jsonrpc).toBe(undefined);
  });

  test("of any type, at any place of any method, are answered by a known error or a result", async () => {
    const client = await connect();
    const { methods } = await client.result<{ methods: string[] }>("rpc_methods");
    const hash = await client.result<string>("chain_getBlockHash");
    const wrong: unknown[] = [
      ...[null, true, -1, 1.5, 2 ** 53, 1e308, "NaN", "", "0x", "0x1", "0xzz", "__proto__"],
      ...["\u0000\u001b[31m", "💥", {}, { __proto__: null, toString: 1 }, [[]], [null], hash],
      ...["-0x1", `0x${"ff".repeat(600)}`, Array.from({ length: 5_000 }, () => "0x00"), [-1, "x"]],
    ];
    const proper: unknown[] = [hash, "0x00", 1, alice.hotkey, "Core_version", ["0x00"]];
    const codes = new Set<number | undefined>();
    for (const method of methods.filter((name) => !name.startsWith("localnet_"))) {
      for (const value of wrong) {
        for (const params of [
          [value],
          [proper[1], value],
          [proper[4], "0x", value],
          [hash, 1, value],
        ]) {
          const { error, ...answer } = await client.ask(method, ...params);
          if (error === undefined) expect(answer).toHaveProperty("result");
          else codes.add(error.code);
          // What came is not sent back.
          expect(error?.message ?? "").not.toContain("\u001b");
        }
      }
    }
    expect(codes).not.toContain(-32_603);
    expect([...codes].every((code) => code !== undefined)).toBe(true);
  });
});

describe("bytes", () => {
  test("of an extrinsic with one bit flipped, or cut short, never enter", async () => {
    const client = await connect();
    const whole = await signed(client, transfer(bob, 1_000_000_000n));
    const before = await accounts(client);
    const best = await client.result<{ number: string }>("chain_getHeader");
    const submit = async (bytes: Uint8Array): Promise<number | undefined> =>
      (await client.ask("author_submitExtrinsic", hexOf(bytes))).error?.code;
    for (let bit = 0; bit < 8 * whole.length; bit++) {
      const flipped = whole.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      expect([bit, REFUSED.has((await submit(flipped)) ?? 0)]).toEqual([bit, true]);
    }
    for (let length = 0; length < whole.length; length++) {
      expect([length, await submit(whole.subarray(0, length))]).toEqual([length, 1_002]);
    }
    await chain.control.step(1);
    expect((await client.result<{ number: string }>("chain_getHeader")).number).not.toBe(
      best.number,
    );
    expect(await changesOf(await accounts(client))).toEqual(await changesOf(before));
  });

  test("at random are no extrinsic", async () => {
    const client = await connect();
    const any = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      // Behind a good beginning, so that the calls' own decoders see them; lengths that promise gigabytes among them.
      fc.uint8Array({ maxLength: 200 }).map((tail) => prefixed(Uint8Array.of(4, ...tail))),
      fc
        .tuple(
          fc.integer({ min: 0, max: 31 }),
          fc.nat(255),
          fc.constantFrom(0xfe, 0xff, 0x03, 0x13),
        )
        .map(([pallet, call, mode]) =>
          prefixed(Uint8Array.of(4, pallet, call, mode, 0xff, 0xff, 0xff, 0xff, 0xff)),
        ),
    );
    await fc.assert(
      fc.asyncProperty(any, async (bytes) => {
        const { error } = await client.ask("author_submitExtrinsic", hexOf(bytes));
        return error !== undefined && REFUSED.has(error.code);
      }),
      { numRuns: 500 },
    );
  });

  test("at random are answered by every runtime API, as parameters or not", async () => {
    const client = await connect();
    const names = Object.entries(SPEC.runtimeApis).flatMap(([api, calls]) =>
      Object.keys(calls).map((call) => `${api}_${call}`),
    );
    const params = fc.oneof(
      fc.uint8Array({ maxLength: 80 }),
      fc
        .constantFrom("01", "ff", "ffff", "0100", "010000", "0100ffff", "feffffff", "03ffffffff")
        .map((hex) => Uint8Array.from(Buffer.from(hex, "hex"))),
    );
    const asked = async (name: string, bytes: Uint8Array): Promise<void> => {
      const { error, ...answer } = await client.ask("state_call", name, hexOf(bytes));
      if (error === undefined) expect(answer).toHaveProperty("result");
      else expect([name, hexOf(bytes), error.code]).toEqual([name, hexOf(bytes), 4_003]);
    };
    for (const name of names) {
      for (const bytes of fc.sample(params, 8)) await asked(name, bytes);
    }
  });

  test("of calls in calls are taken as deep as on Substrate, and no deeper", async () => {
    const client = await connect();
    const nested = (depth: number): RuntimeCall => {
      let call = remark("deep");
      for (let i = 0; i < depth; i++) call = callOf("Utility.batch", { calls: [call] });
      return call;
    };
    const deep = await signed(client, nested(256));
    expect((await client.ask("author_submitExtrinsic", hexOf(deep))).error).toBe(undefined);
    await chain.control.step(1);
    expect(await client.result<unknown[]>("author_pendingExtrinsics")).toEqual([]);
    const deeper = await signed(client, nested(257));
    expect((await client.ask("author_submitExtrinsic", hexOf(deeper))).error?.code).toBe(1_002);
    // By hand: our own encoder would be at its end, too.
    for (const depth of [2_000, 20_000, 170_000]) {
      const calls = Uint8Array.from({ length: 3 * depth }, (_, i) => [UTILITY, 0, 4][i % 3] ?? 0);
      const bytes = prefixed(new Uint8Array(Buffer.concat([Uint8Array.of(4), calls])));
      expect((await client.ask("author_submitExtrinsic", hexOf(bytes))).error?.code).toBe(1_002);
    }
  });
});

describe("too much", () => {
  test("storage in one answer is refused, by every method that reads many keys", async () => {
    const client = await connect();
    const calls = Array.from({ length: 1_000 }, () => remark(""));
    const bytes = await signed(client, callOf("Utility.force_batch", { calls }));
    await client.result("author_submitExtrinsic", hexOf(bytes));
    await chain.control.step(1);
    expect(await client.result("state_getStorageSize", EVENTS)).toBeGreaterThan(5_000);
    const keys = Array.from({ length: 4_096 }, () => EVENTS);
    const best = await client.result<string>("chain_getBlockHash");
    for (const [method, ...params] of [
      ["state_queryStorageAt", keys],
      ["state_queryStorage", keys, best],
      ["state_subscribeStorage", keys],
    ] as const) {
      expect([method, (await client.ask(method, ...params)).error?.code]).toEqual([
        method,
        -32_008,
      ]);
    }
  });

  test("storage over all blocks, or from another end, is refused", async () => {
    const client = await connect();
    const [first, best] = [
      await client.result<string>("chain_getBlockHash", 0),
      await client.result<string>("chain_getBlockHash"),
    ];
    expect(await client.result("state_queryStorage", [EVENTS], first, best)).not.toEqual([]);
    const keys = Array.from({ length: 4_096 }, () => "0x00");
    expect((await client.ask("state_queryStorage", keys, first)).error).toBe(undefined);
    expect((await client.ask("state_queryStorage", [EVENTS], best, first)).error?.code).toBe(4_001);
  });

  test("answers in one batch are cut at what one answer may have", async () => {
    const client = await connect();
    client.say(METADATA_BATCH);
    const answers = await client.hear();
    expect(answers).toHaveLength(256);
    expect(answers[0]?.result).toMatch(/^0x6d657461/);
    expect(answers.at(-1)?.error?.code).toBe(-32_008);
  });

  test("for a client that does not read ends its connection", async () => {
    const client = await connect();
    client.socket.pause();
    // Fifteen megabytes of answers each, and beyond two of them nothing waits.
    for (let i = 0; i < 8; i++) client.say(METADATA_BATCH);
    // Its own requests show when the node has heard all of them.
    const other = await connect();
    for (let i = 0; i < 20; i++) await other.result("system_name");
    let answers = 0;
    client.socket.on("message", () => {
      answers++;
    });
    client.socket.resume();
    expect(await client.closed()).toBe(true);
    expect(answers).toBeLessThan(8);
  });
});

test("a node closes though connections are left half open", async () => {
  const dir = await newFolder(onTestFinished);
  const other = await startLocalChain({ dir, blockMs: 60_000 });
  const { hostname, port } = new URL(other.url);
  const sockets = ["", "GET / HTTP/1.1\r\nHost: x\r\n", "\u0016\u0003\u0001"].map((text) => {
    const socket = connectTcp(Number(port), hostname);
    socket.on("error", () => {});
    socket.write(text);
    return socket;
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  const client = await RawClient.connect(other.url, onTestFinished);
  expect(await client.result("system_name")).toBe("assay-local");
  await other.close();
});

const METADATA_BATCH = JSON.stringify(
  Array.from({ length: 256 }, (_, id) => ({ jsonrpc: "2.0", id, method: "state_getMetadata" })),
);

const UTILITY = SPEC.pallets["Utility"]?.index ?? 0;

/** With a SCALE length before it. */
function prefixed(bytes: Uint8Array): Uint8Array {
  const { length } = bytes;
  const prefix = Buffer.alloc(4);
  prefix.writeUInt32LE(((length << 2) | 2) >>> 0);
  if (length < 64) return Uint8Array.of(length << 2, ...bytes);
  if (length < 16_384) return Uint8Array.of(((length << 2) & 0xff) | 1, length >> 6, ...bytes);
  return new Uint8Array(Buffer.concat([prefix, bytes]));
}

async function changesOf(answer: unknown): Promise<unknown> {
  return (answer as readonly { readonly changes: unknown }[]).map(({ changes }) => changes);
}
