import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { newFolder } from "../../../../store/testing.ts";
import { type LocalChain, startLocalChain } from "../../local-chain.ts";
import { MAX_EXTRINSIC_BYTES } from "../../runtime/extrinsic.ts";
import { MAX_REQUEST_BYTES } from "./session.ts";
import { RawClient } from "./testing-client.ts";

let chain: LocalChain;
let removeFolder = async (): Promise<void> => {};
beforeAll(async () => {
  const dir = await newFolder((remove) => {
    removeFolder = remove;
  });
  chain = await startLocalChain({ dir, blockMs: 60_000 });
  await chain.control.step(3);
});
afterAll(async () => {
  await chain.close();
  await removeFolder();
});

const connect = (origin?: string): Promise<RawClient> =>
  RawClient.connect(chain.url, onTestFinished, origin);

const request = (id: number, method: string, params: unknown[] = []): object => {
  return { jsonrpc: "2.0", id, method, params };
};

describe("requests", () => {
  test("are answered by the numbers of JSON-RPC when they are wrong, and the connection lives", async () => {
    const client = await connect();
    const wrong: [string, number][] = [
      ["{", -32_700],
      ["null", -32_600],
      ["[]", -32_600],
      ["[1]", -32_600],
      ['{"jsonrpc":"1.0","id":1,"method":"system_name"}', -32_600],
      ['{"jsonrpc":"2.0","id":{},"method":"system_name"}', -32_600],
      ['{"jsonrpc":"2.0","id":1,"method":"system_dance"}', -32_601],
      ['{"jsonrpc":"2.0","id":1,"method":"toString"}', -32_601],
      ['{"jsonrpc":"2.0","id":1,"method":"chain_getHeader","params":["0x12"]}', -32_602],
      ['{"jsonrpc":"2.0","id":1,"method":"chain_getBlockHash","params":[-1]}', -32_602],
      ['{"jsonrpc":"2.0","id":1,"method":"state_getStorage","params":["0x123"]}', -32_602],
      ['{"jsonrpc":"2.0","id":1,"method":"author_submitExtrinsic","params":["0x00"]}', 1_002],
      ['{"jsonrpc":"2.0","id":1,"method":"state_call","params":["Core_dance","0x"]}', 4_003],
      ['{"jsonrpc":"2.0","id":1,"method":"state_call","params":["__proto__","0x"]}', 4_003],
      ['{"jsonrpc":"2.0","id":1,"method":"state_getReadProof","params":[[]]}', 4_003],
      ['{"jsonrpc":"2.0","id":1,"method":"localnet_retract","params":[1]}', -32_000],
    ];
    for (const [text, code] of wrong) {
      client.say(text);
      const answer = await client.hear();
      expect([text, (Array.isArray(answer) ? answer[0] : answer)?.error?.code]).toEqual([
        text,
        code,
      ]);
    }
    expect(await client.result("system_name")).toBe("assay-local");
  });

  test("of any shape are answered or ignored; none breaks the node", async () => {
    const client = await connect();
    const methods = await client.result<{ methods: string[] }>("rpc_methods");
    const harmless = methods.methods.filter((name) => !name.startsWith("localnet_"));
    const param = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constant(`0x${"ab".repeat(32)}`),
      fc.stringMatching(/^0x([0-9a-f]{2}){0,40}$/),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...harmless),
        fc.array(param, { maxLength: 4 }),
        async (method, params) => {
          const { result, error } = await client.ask(method, ...params);
          expect(error === undefined ? result : error.code).not.toBe(undefined);
          expect(error?.code).not.toBe(-32_603);
        },
      ),
      { numRuns: 400 },
    );
  });

  test("come in batches, and so do their answers", async () => {
    const client = await connect();
    const batch = [
      request(1, "system_name"),
      request(2, "system_dance"),
      { jsonrpc: "2.0", method: "system_name" },
      request(3, "chain_getBlockHash", [[0, "0x1", 99]]),
    ];
    client.say(JSON.stringify(batch));
    const answers = await client.hear();
    expect(answers.map(({ id }) => id)).toEqual([1, 2, 3]);
    expect(answers[0]?.result).toBe("assay-local");
    expect(answers[1]?.error?.code).toBe(-32_601);
    const hash = expect.stringMatching(/^0x[0-9a-f]{64}$/);
    expect(answers[2]?.result).toEqual([hash, hash, null]);
    client.say(JSON.stringify(Array.from({ length: 257 }, (_, i) => request(i, "system_name"))));
    expect((await client.hear()).error?.code).toBe(-32_600);
  });

  test("may be as long as the longest extrinsic, and no longer than there is a reason for", async () => {
    const client = await connect();
    const long = `0x${"00".repeat(MAX_EXTRINSIC_BYTES)}`;
    expect((await client.ask("author_submitExtrinsic", long)).error?.code).toBe(1_002);
    client.say("x".repeat(MAX_REQUEST_BYTES + 1));
    expect(await client.closed()).toBe(true);
    expect(await (await connect()).result("system_name")).toBe("assay-local");
  });

  test("in binary frames end the connection", async () => {
    const client = await connect();
    client.socket.send(Buffer.from("{}"));
    expect(await client.closed()).toBe(true);
  });
});

describe("connections", () => {
  test("from a page of this machine, or of polkadot.js apps, are taken", async () => {
    for (const origin of ["http://localhost:3000", "http://127.0.0.1", "https://polkadot.js.org"]) {
      const client = await connect(origin);
      expect(await client.result("system_name")).toBe("assay-local");
    }
  });

  test.each(["https://example.org", "https://polkadot.js.org.example.org", "null"])(
    "from a page of %s are refused",
    async (origin) => {
      await expect(connect(origin)).rejects.toThrow("refused");
    },
  );

  test("beyond the most there may be are cut, and room comes back", async () => {
    const clients: RawClient[] = [];
    for (let i = 0; i < 256; i++) clients.push(await connect());
    const tooMany = await connect();
    expect(await tooMany.closed()).toBe(true);
    clients[0]?.socket.terminate();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await (await connect()).result("system_name")).toBe("assay-local");
  });
});

describe("subscriptions", () => {
  test("are told after their own answer, and no more once they are ended", async () => {
    const client = await connect();
    client.say(JSON.stringify(request(1, "chain_subscribeNewHeads")));
    const answer = await client.hear();
    const id = answer.result as string;
    const first = await client.told<{ number: string }>(id);
    await chain.control.step(1);
    const second = await client.told<{ number: string }>(id);
    expect(Number(second.number) - Number(first.number)).toBe(1);
    expect(await client.result("chain_unsubscribeNewHeads", id)).toBe(true);
    expect(await client.result("chain_unsubscribeNewHeads", id)).toBe(false);
    await chain.control.step(1);
    expect(await client.result("system_name")).toBe("assay-local");
    const other = await client.result<string>("state_subscribeRuntimeVersion");
    expect(await client.told(other)).toMatchObject({ specName: "node-subtensor" });
  });

  test("are told after their answer even when a block comes at the same moment", async () => {
    const client = await connect();
    const batch = [request(1, "chain_subscribeNewHeads"), request(2, "localnet_step", [1])];
    client.say(JSON.stringify(batch));
    const answers = await client.hear();
    const id = answers[0]?.result as string;
    const first = await client.told<{ number: string }>(id);
    const second = await client.told<{ number: string }>(id);
    expect(Number(second.number) - Number(first.number)).toBe(1);
  });

  test("are so many, and no more", async () => {
    const client = await connect();
    for (let i = 0; i < 1_024; i++) await client.result("chain_subscribeNewHeads");
    expect((await client.ask("chain_subscribeNewHeads")).error?.code).toBe(-32_006);
  });
});

describe("what a Substrate node answers", () => {
  test("about itself", async () => {
    const client = await connect();
    expect(await client.result("system_chainType")).toBe("Local");
    expect(await client.result("system_properties")).toEqual({
      ss58Format: 42,
      tokenDecimals: 9,
      tokenSymbol: "TAO",
    });
    expect(await client.result("system_localPeerId")).toMatch(/^12D3KooW[1-9A-HJ-NP-Za-km-z]{44}$/);
    expect(await client.result("author_hasKey", "0x00", "aura")).toBe(false);
  });

  test("about storage: size and hash are those of the value, and nothing is null", async () => {
    const client = await connect();
    // System.Number: twox128 of both words.
    const key = "0x26aa394eea5630e07c48ae0c9558cef702a5c1b19ab7a04f536c519aca4983ac";
    const value = await client.result<string>("state_getStorage", key);
    expect(value).toMatch(/^0x[0-9a-f]{2}000000$/);
    expect(await client.result("state_getStorageSize", key)).toBe(4);
    expect(await client.result("state_getStorageHash", key)).toMatch(/^0x[0-9a-f]{64}$/);
    expect(await client.result("state_getStorage", `${key}00`)).toBeNull();
    expect(await client.result("state_getStorageSize", `${key}00`)).toBeNull();
    const genesis = await client.result<string>("chain_getBlockHash", 0);
    expect(await client.result("state_getStorage", key, genesis)).toBeNull();
  });

  test("about keys, page by page as all at once", async () => {
    const client = await connect();
    const all = await client.result<string[]>("state_getKeys", "0x");
    const paged: string[] = [];
    for (let after: string | null = null; ; after = paged.at(-1) ?? null) {
      const page = await client.result<string[]>("state_getKeysPaged", "0x", 7, after);
      paged.push(...page);
      if (page.length < 7) break;
    }
    expect(paged).toEqual(all);
    expect(all).toEqual([...all].sort());
  });

  test("metadata in both versions, by both ways", async () => {
    const client = await connect();
    expect((await client.result<string>("state_getMetadata")).slice(0, 12)).toBe("0x6d6574610e");
    const call = await client.result<string>(
      "state_call",
      "Metadata_metadata_at_version",
      "0x0f000000",
    );
    expect(call.slice(0, 4)).toBe("0x01");
    expect(call.slice(12, 22)).toBe("6d6574610f");
    const unknown = await client.result("state_call", "Metadata_metadata_at_version", "0x63000000");
    expect(unknown).toBe("0x00");
  });
});
