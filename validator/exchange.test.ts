import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { devSigner } from "../chain/wallet/key.ts";
import { digest } from "../protocol/digest.ts";
import { newJobId, type SignedJob, signJob } from "../protocol/job.ts";
import { authenticateRequest, nowNs } from "../protocol/request-auth.ts";
import { JOB_PATH, MAX_ANSWER_BYTES } from "../protocol/wire.ts";
import { exchange, type Reply } from "./exchange.ts";

const validator = devSigner("//Alice");
const miner = devSigner("//Bob");

function jobOf(budgetMs: number): SignedJob {
  const zeros = digest("00".repeat(32));
  const block = { number: 1, hash: zeros };
  const names = { id: newJobId(), netuid: 1, circuit: zeros };
  const parties = { validator: validator.hotkey, miner: miner.hotkey };
  const input = new Int32Array(784);
  return signJob({ ...names, ...parties, block, expiryBlock: 9, budgetMs, input }, validator);
}

const servers: Server[] = [];
const sockets = new Set<Socket>();
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

/** Listens, reads one request whole, then does as told. @returns its port */
async function listen(onRequest: (socket: Socket, request: string) => void): Promise<number> {
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    let request = "";
    socket.on("data", (chunk) => {
      request += chunk.toString("latin1");
      const [head = "", body] = request.split("\r\n\r\n");
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1]);
      if (body?.length === length) onRequest(socket, request);
    });
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

const answering = (text: string) => (socket: Socket) => void socket.write(text);
const response = (status: string, body: string, headers = ""): string =>
  `HTTP/1.1 ${status}\r\ncontent-length: ${body.length}\r\n${headers}\r\n${body}`;

async function replyFrom(
  onRequest: (socket: Socket, request: string) => void,
  options: { budgetMs?: number; signal?: AbortSignal; host?: string } = {},
): Promise<Reply> {
  const port = await listen(onRequest);
  const { budgetMs = 5_000, host = "127.0.0.1", signal = new AbortController().signal } = options;
  return exchange(jobOf(budgetMs), { host, port }, validator, signal);
}

describe("an answer", () => {
  test("is taken byte for byte, and timed from last byte sent to last byte received", async () => {
    const reply = await replyFrom((socket) => {
      setTimeout(() => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhe"), 60);
      setTimeout(() => socket.write("llo"), 120);
    });
    if (reply.kind !== "answered") throw new Error(`got ${reply.kind}`);
    expect(Buffer.from(reply.body).toString()).toBe("hello");
    expect(Number.isInteger(reply.latencyUs)).toBe(true);
    // Timers of Node may fire a millisecond early.
    expect(reply.latencyUs).toBeGreaterThanOrEqual(118_000);
  });

  test("is asked for with the job's canonical bytes and their length", async () => {
    let seen = "";
    await replyFrom((socket, request) => {
      seen = request;
      socket.write(response("200 OK", "{}"));
    });
    expect(seen).toMatch(/^POST \/v1\/jobs HTTP\/1\.1\r\n/);
    expect(seen).toMatch(/content-type: application\/json\r\n/i);
    expect(seen.split("\r\n\r\n")[1]).toMatch(
      /^\{"job":\{"id":"[0-9a-f]{32}",.*"signature":"0x[0-9a-f]{128}"\}$/,
    );
  });

  test("is asked for by the job's validator, each time with a nonce of its own", async () => {
    const seen: string[] = [];
    const job = jobOf(5_000);
    const port = await listen((socket, request) => {
      seen.push(request);
      socket.write(response("200 OK", "{}"));
    });
    for (let tries = 0; tries < 2; tries++) {
      await exchange(job, { host: "127.0.0.1", port }, validator, new AbortController().signal);
    }
    const kept = new Set<bigint>();
    for (const request of seen) {
      const [head = "", body = ""] = request.split("\r\n\r\n");
      const lines = head.split("\r\n").slice(1);
      const headers = Object.fromEntries(
        lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.split(": ")[1]]),
      );
      const received = { headers, method: "POST", target: JOB_PATH, body: Buffer.from(body) };
      const add = (_: unknown, nonce: bigint) => {
        kept.add(nonce);
        return "kept" as const;
      };
      const terms = { self: miner.hotkey, nowNs: nowNs(), schemeOf: () => "sr25519" as const };
      expect(authenticateRequest(received, { ...terms, replays: { add } })).toEqual({
        sender: validator.hotkey,
      });
    }
    expect(kept.size).toBe(2);
  });

  test("of the largest size is taken", async () => {
    const reply = await replyFrom(answering(response("200 OK", "x".repeat(MAX_ANSWER_BYTES))));
    expect(reply.kind).toBe("answered");
  });

  test("of one byte more is malformed, and not read", async () => {
    const reply = await replyFrom(answering(response("200 OK", "x".repeat(MAX_ANSWER_BYTES + 1))));
    expect(reply).toMatchObject({ kind: "malformed", at: "content-length" });
  });

  test("without a length is malformed", async () => {
    const chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n";
    expect(await replyFrom(answering(chunked))).toMatchObject({
      kind: "malformed",
      at: "content-length",
    });
  });

  test("that would have to be decompressed is malformed", async () => {
    const packed = response("200 OK", "{}", "content-encoding: gzip\r\n");
    expect(await replyFrom(answering(packed))).toMatchObject({
      kind: "malformed",
      at: "content-encoding",
    });
  });
});

describe("a budget", () => {
  test.each<[string, (socket: Socket) => void]>([
    ["silence", () => {}],
    ["a status and no more", answering("HTTP/1.1 200 OK\r\n")],
    ["half a body", answering("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf")],
    [
      "one byte after the other",
      (socket) => {
        socket.write("HTTP/1.1 200 OK\r\ncontent-length: 60000\r\n\r\n");
        const drip = setInterval(() => socket.write("."), 20);
        socket.on("close", () => clearInterval(drip));
      },
    ],
    [
      "headers without end",
      (socket) => {
        socket.write("HTTP/1.1 200 OK\r\n");
        const drip = setInterval(() => socket.write("a: b\r\n"), 20);
        socket.on("close", () => clearInterval(drip));
      },
    ],
    [
      "early hints without end",
      (socket) => {
        const drip = setInterval(() => socket.write("HTTP/1.1 103 Early Hints\r\n\r\n"), 20);
        socket.on("close", () => clearInterval(drip));
      },
    ],
  ])("ends %s as late", async (_, misbehave) => {
    expect(await replyFrom(misbehave, { budgetMs: 200 })).toEqual({ kind: "late" });
  });

  test("that runs out closes the connection", async () => {
    let closed: Promise<unknown> | undefined;
    await replyFrom((socket) => (closed = once(socket, "close")), { budgetMs: 50 });
    await closed;
    expect(closed).toBeDefined();
  });
});

describe("a refusal", () => {
  const refusal = (code: string): string =>
    JSON.stringify({ error: { code, message: "m", hint: "h" } });

  test("by a full queue is busy, for as long as it says", async () => {
    const text = response("429 Too Many Requests", refusal("QUEUE_FULL"), "retry-after: 7\r\n");
    expect(await replyFrom(answering(text))).toEqual({ kind: "busy", retryAfterSeconds: 7 });
  });

  test("by a full queue is busy whatever else it says", async () => {
    const text = "HTTP/1.1 429 No\r\nretry-after: soon\r\ntransfer-encoding: chunked\r\n\r\n";
    expect(await replyFrom(answering(text))).toEqual({
      kind: "busy",
      retryAfterSeconds: undefined,
    });
  });

  test("gives the miner's reason", async () => {
    const text = response("410 Gone", refusal("EXPIRED"));
    expect(await replyFrom(answering(text))).toEqual({ kind: "refused", reason: "EXPIRED" });
  });

  test("whose reason is not one of its status, or not one we know, gives the status", async () => {
    const ofOther = response("500 No", refusal("EXPIRED"));
    expect(await replyFrom(answering(ofOther))).toEqual({ kind: "refused", reason: "500" });
    const unknown = response("418 No", refusal("<script>"));
    expect(await replyFrom(answering(unknown))).toEqual({ kind: "refused", reason: "418" });
    const long = response("500 No", "x".repeat(100_000));
    expect(await replyFrom(answering(long))).toEqual({ kind: "refused", reason: "500" });
  });

  test("that breaks off is still a refusal", async () => {
    const reply = await replyFrom((socket) => {
      socket.end("HTTP/1.1 503 No\r\ncontent-length: 100\r\n\r\n{");
    });
    expect(reply).toEqual({ kind: "refused", reason: "503" });
  });

  test("is what a redirect is: nobody goes where it points", async () => {
    let visits = 0;
    const elsewhere = await listen((socket) => {
      visits++;
      socket.write(response("200 OK", "{}"));
    });
    const location = `location: http://127.0.0.1:${elsewhere}/v1/jobs\r\n`;
    for (const status of ["301", "302", "303", "307", "308"]) {
      const reply = await replyFrom(answering(response(`${status} Moved`, "", location)));
      expect(reply).toEqual({ kind: "refused", reason: status });
    }
    expect(visits).toBe(0);
  });
});

describe("a miner is unreachable", () => {
  test("when nobody listens", async () => {
    const port = await listen(() => {});
    for (const server of servers.splice(0)) server.close();
    const reply = await exchange(
      jobOf(1_000),
      { host: "127.0.0.1", port },
      validator,
      new AbortController().signal,
    );
    expect(reply).toEqual({ kind: "unreachable", reason: "ECONNREFUSED" });
  });

  test("when it resets the connection", async () => {
    const reply = await replyFrom((socket) => socket.resetAndDestroy());
    expect(reply).toEqual({ kind: "unreachable", reason: "ECONNRESET" });
  });

  test("when it closes the connection without a word, or in the middle of its answer", async () => {
    expect(await replyFrom((socket) => socket.end())).toMatchObject({ kind: "unreachable" });
    const half = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf";
    expect(await replyFrom((socket) => socket.end(half))).toMatchObject({ kind: "unreachable" });
  });

  test("when it does not speak HTTP, or too much of it", async () => {
    expect(await replyFrom(answering("SSH-2.0-OpenSSH\r\n"))).toMatchObject({
      kind: "unreachable",
    });
    const headers = `HTTP/1.1 200 OK\r\na: ${"x".repeat(20_000)}\r\n\r\n`;
    expect(await replyFrom(answering(headers))).toMatchObject({ kind: "unreachable" });
  });

  test("when the socket ended at another address than the one that was checked", async () => {
    // Linux connects 0.0.0.0 to loopback: a connection that does not go where its text says.
    const reply = await replyFrom(answering(response("200 OK", "{}")), { host: "0.0.0.0" });
    expect(reply).toEqual({ kind: "unreachable", reason: "WRONG_ADDRESS" });
  });
});

describe("stopping", () => {
  test("ends an exchange at once", async () => {
    const stop = new AbortController();
    const reply = replyFrom(() => stop.abort(), { budgetMs: 60_000, signal: stop.signal });
    expect(await reply).toEqual({ kind: "cancelled", reason: "STOPPING" });
  });

  test("begins none", async () => {
    const reply = await replyFrom(() => {}, { signal: AbortSignal.abort() });
    expect(reply).toEqual({ kind: "cancelled", reason: "STOPPING" });
  });
});
