/** @module A server that closes: what it has said arrives whole, and nobody who dawdles holds it up. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { devSigner } from "../chain/wallet/key.ts";
import { JOB_PATH } from "../protocol/wire.ts";
import type { Reply } from "./desk.ts";
import { type Server, startServer } from "./server.ts";

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

interface Started {
  readonly server: Server;
  readonly refused: string[];
  readonly faults: unknown[];
}

async function start(desk: (gone: AbortSignal) => Promise<Reply>): Promise<Started> {
  const [refused, faults]: [string[], unknown[]] = [[], []];
  const server = await startServer(
    { host: "127.0.0.1", port: 0, jobs: 1 },
    {
      desk: (_, gone) => desk(gone),
      info: { version: "1.2.3", hotkey: devSigner("//Miner").hotkey, circuits: [] },
      obstacle: () => undefined,
      metrics: { contentType: "text/plain", render: async () => "" },
      onRefused: (code) => refused.push(code),
      onFault: (fault) => faults.push(fault),
    },
  );
  undo.push(() => server.close());
  return { server, refused, faults };
}

async function call({ endpoint }: Server): Promise<Socket> {
  const socket = connect(endpoint.port, endpoint.ip);
  undo.push(() => socket.destroy());
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

const HEAD = `POST ${JOB_PATH} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n`;

describe("a server that closes", () => {
  it("lets an answer arrive whole at who is slow to read", async () => {
    // Far more than the system takes off our hands at once.
    const answer = "a".repeat(32 * 1024 * 1024);
    const { server } = await start(async () => ({ answer }));
    const socket = await call(server);
    socket.pause();
    socket.write(`${HEAD}content-length: 2\r\n\r\n{}`);
    await sleep(150);
    const closed = server.close();
    let bytes = 0;
    socket.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
    });
    socket.resume();
    await once(socket, "close");
    expect(bytes).toBeGreaterThan(answer.length);
    await closed;
  });

  it("cuts who is in the middle of a request, idle, or does not read", async () => {
    const { server } = await start(async () => ({ answer: "a".repeat(32 * 1024 * 1024) }));
    const [halfway, idle, deaf] = [await call(server), await call(server), await call(server)];
    halfway.write(`${HEAD}content-length: 1000\r\n\r\n{`);
    deaf.pause();
    deaf.write(`${HEAD}content-length: 2\r\n\r\n{}`);
    await sleep(150);
    await server.close();
    for (const socket of [halfway, idle, deaf]) {
      socket.resume();
      if (!socket.closed) await once(socket, "close");
    }
    await expect(call(server)).rejects.toThrow("ECONNREFUSED");
  });
});

describe("a server whose desk fails", () => {
  it("tells us why, and whoever asked no more than that there is no proof", async () => {
    const { server, refused, faults } = await start(() => Promise.reject(new Error("secret")));
    const { endpoint } = server;
    const response = await fetch(`http://${endpoint.ip}:${endpoint.port}${JOB_PATH}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    const text = await response.text();
    expect([response.status, text.includes("PROVING_FAILED")]).toEqual([500, true]);
    expect(text).not.toContain("secret");
    expect(refused).toEqual(["PROVING_FAILED"]);
    expect(faults).toMatchObject([{ message: "secret" }]);
  });

  it("refuses a body of unknown length", async () => {
    const { server, refused } = await start(async () => ({ answer: {} }));
    const socket = await call(server);
    socket.write(
      `${HEAD}transfer-encoding: chunked\r\nconnection: close\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
    );
    let heard = "";
    socket.setEncoding("utf8").on("data", (text: string) => {
      heard += text;
    });
    await once(socket, "close");
    expect(heard).toContain("LENGTH_REQUIRED");
    expect(refused).toEqual(["LENGTH_REQUIRED"]);
  });
});
