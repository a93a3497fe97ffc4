import { createServer } from "node:http";
import { describe, expect, onTestFinished, test } from "vitest";
import { WebSocketServer } from "ws";
import { openSocket, RpcFailure, type Socket } from "./socket.ts";

type Answer = (request: { id: number; method: string }, send: (message: unknown) => void) => void;

/** A node that answers as `answer` says. */
async function nodeThat(answer: Answer): Promise<{ socket: Socket; server: WebSocketServer }> {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  onTestFinished(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  server.on("connection", (client) => {
    client.on("message", (bytes) => {
      answer(JSON.parse(String(bytes)), (message) => {
        client.send(typeof message === "string" ? message : JSON.stringify(message));
      });
    });
  });
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  const socket = await openSocket(`ws://127.0.0.1:${port}`, 1_000);
  onTestFinished(() => socket.end());
  return { socket, server };
}

describe("a socket", () => {
  test("gives every question its answer, in whatever order they come", async () => {
    const held: (() => void)[] = [];
    const { socket } = await nodeThat(({ id, method }, send) => {
      held.push(() => send({ jsonrpc: "2.0", id, result: method }));
      if (held.length === 3) for (const answer of held.reverse()) answer();
    });
    const answers = ["a", "b", "c"].map((method) => socket.request(method, [], 1_000));
    expect(await Promise.all(answers)).toEqual(["a", "b", "c"]);
  });

  test("tells a node's refusal with its code, and goes on", async () => {
    const { socket } = await nodeThat(({ id, method }, send) => {
      const error = { code: 1010, message: "Invalid Transaction", data: "Custom error: 6" };
      send({ jsonrpc: "2.0", id, ...(method === "good" ? { result: 1 } : { error }) });
    });
    const refusal = await socket.request("bad", [], 1_000).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(RpcFailure);
    expect(refusal).toMatchObject({ code: 1010, detail: "Custom error: 6" });
    expect(await socket.request("good", [], 1_000)).toBe(1);
  });

  test("waits for no answer longer than it was told, and minds none that comes late", async () => {
    const { socket } = await nodeThat(({ id, method }, send) => {
      if (method === "slow") setTimeout(() => send({ jsonrpc: "2.0", id, result: 1 }), 60);
      else send({ jsonrpc: "2.0", id, result: 2 });
    });
    await expect(socket.request("slow", [], 20)).rejects.toMatchObject({ code: "CHAIN_TIMEOUT" });
    await new Promise((resolve) => setTimeout(resolve, 80));
    expect(await socket.request("fast", [], 1_000)).toBe(2);
  });

  test("hears a subscription's news, also those that came before its number, until it ends it", async () => {
    const asked: string[] = [];
    const { socket } = await nodeThat(({ id, method }, send) => {
      asked.push(method);
      const tell = (result: number): void =>
        send({ method: "news", params: { subscription: "s", result } });
      tell(1);
      send({ jsonrpc: "2.0", id, result: method === "subscribe" ? "s" : true });
      if (method === "subscribe") tell(2);
    });
    const heard: unknown[] = [];
    const stop = await socket.subscribe("subscribe", [], "unsubscribe", 1_000, (result) => {
      heard.push(result);
    });
    await socket.request("other", [], 1_000);
    expect(heard).toEqual([1, 2, 1]);
    stop();
    await socket.request("other", [], 1_000);
    expect(heard).toEqual([1, 2, 1]);
    expect(asked).toContain("unsubscribe");
  });

  test.each([
    ["what is no JSON", "{"],
    ["JSON that is no JSON-RPC", '{"id":{"a":1}}'],
    ["an error without a code", '{"id":1,"error":{"message":"no"}}'],
  ])("ends at %s", async (_, message) => {
    const { socket } = await nodeThat((_, send) => send(message));
    await expect(socket.request("any", [], 1_000)).rejects.toMatchObject({
      code: "CONNECTION_LOST",
    });
    expect(socket.isOpen()).toBe(false);
    await expect(socket.request("any", [], 1_000)).rejects.toMatchObject({
      code: "CONNECTION_LOST",
    });
  });

  test("ends when the node does, and every question with it", async () => {
    const { socket, server } = await nodeThat(() => {
      for (const client of server.clients) client.terminate();
    });
    await expect(socket.request("any", [], 1_000)).rejects.toMatchObject({
      code: "CONNECTION_LOST",
    });
    expect((await socket.ended).code).toBe("CONNECTION_LOST");
  });

  test("ends when somebody cannot read the news", async () => {
    const { socket } = await nodeThat(({ id }, send) => {
      send({ jsonrpc: "2.0", id, result: "s" });
      send({ method: "news", params: { subscription: "s", result: 1 } });
    });
    await socket.subscribe("subscribe", [], "unsubscribe", 1_000, () => {
      throw new RangeError("not a header");
    });
    expect((await socket.ended).message).toContain("not a header");
  });

  test("is refused where nobody listens, and where somebody does who speaks no WebSocket", async () => {
    await expect(openSocket("ws://127.0.0.1:1", 1_000)).rejects.toMatchObject({
      code: "CHAIN_UNREACHABLE",
    });
    const http = createServer((_, response) => response.end("hello"));
    onTestFinished(() => void http.close());
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    const address = http.address();
    const port = typeof address === "object" ? address?.port : 0;
    await expect(openSocket(`ws://127.0.0.1:${port}`, 1_000)).rejects.toMatchObject({
      code: "CHAIN_UNREACHABLE",
    });
  });

  test("is not opened for who has stopped wanting it", async () => {
    const { socket } = await nodeThat(() => {});
    const stop = new AbortController();
    stop.abort(new Error("stopped"));
    await expect(openSocket(socket.url, 1_000, stop.signal)).rejects.toThrow("stopped");
  });
});
