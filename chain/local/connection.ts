/**
 * A WebSocket that mends itself. Whoever asks does not see sockets come and go: a request waits for a connection, is
 * sent again when the connection breaks under it, and fails only when its own time is over. That is right because every
 * request of this protocol may be sent twice: reads change nothing, and a transaction is included once.
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";
import type { ZodType } from "zod";
import { ChainError } from "../error.ts";
import { MAX_RESPONSE_BYTES, type Message, ServerMessage } from "./rpc.ts";

export interface ConnectionOptions {
  readonly url: string;
  /** For a connection to open and be greeted. */
  readonly connectMs: number;
}

export interface ConnectionParts<G extends Greeting> {
  /** Runs on every new socket before anybody else may use it. */
  greet(ask: Ask): Promise<G>;
  onNotification(result: unknown): void;
  /** True for what `greet` throws when this server must never be spoken to again. */
  isFatal(error: ChainError): boolean;
}

export interface Greeting {
  /** Milliseconds without a notification after which the server counts as dead. */
  readonly silenceMs: number;
}

export type Ask = <T>(
  method: string,
  params: readonly unknown[],
  result: ZodType<T>,
  timeoutMs: number,
) => Promise<T>;

export interface Connection<G extends Greeting> {
  /** What the first `greet` gave. */
  readonly greeting: G;
  readonly ask: Ask;
  close(): Promise<void>;
}

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

type Link =
  | { readonly at: "down" }
  | { readonly at: "up"; readonly socket: Socket }
  | { readonly at: "over"; readonly error: ChainError };

/**
 * Connects once; only what was connected is kept connected.
 * @param signal ends the connecting
 * @throws ChainError `CHAIN_UNREACHABLE`, or what `greet` throws
 */
export async function openConnection<G extends Greeting>(
  options: ConnectionOptions,
  parts: ConnectionParts<G>,
  signal: AbortSignal | undefined,
): Promise<Connection<G>> {
  const over = new AbortController();
  const waiting = new Set<() => void>();
  let link: Link = { at: "down" };

  const become = (next: Link): void => {
    link = next;
    for (const wake of [...waiting]) wake();
  };

  const connect = async (until: AbortSignal): Promise<G> => {
    const { socket, greeting } = await openSocket(options, parts, until);
    become({ at: "up", socket });
    socket.onClosed(() => {
      if (link.at !== "up") return;
      become({ at: "down" });
      void reconnect();
    });
    return greeting;
  };

  const reconnect = async (): Promise<void> => {
    for (let pauseMs = FIRST_PAUSE_MS; link.at === "down"; ) {
      // Half of it random: clients that fell together do not come back together.
      const pause = sleep(pauseMs * (0.5 + Math.random() / 2), undefined, { signal: over.signal });
      pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
      try {
        await pause;
        await connect(over.signal);
      } catch (error) {
        if (over.signal.aborted) return;
        if (error instanceof ChainError && parts.isFatal(error)) become({ at: "over", error });
      }
    }
  };

  const ask: Ask = async (method, params, result, timeoutMs) => {
    const until = AbortSignal.timeout(timeoutMs);
    try {
      for (;;) {
        const socket = await nextSocket(() => link, waiting, until);
        try {
          return await socket.ask(method, params, result, until);
        } catch (error) {
          if (!isPassing(error)) throw error;
          // The server says that it stops before the socket falls.
          await sleep(FIRST_PAUSE_MS, undefined, { signal: until });
        }
      }
    } catch (error) {
      if (error instanceof ChainError) throw error;
      // No answer in time: perhaps a frozen server, so the next request gets a new socket.
      if (link.at === "up") link.socket.terminate();
      throw new ChainError(
        "CHAIN_TIMEOUT",
        `${options.url} did not answer ${method} within ${timeoutMs} ms`,
        "See whether the chain is running and reachable; the client goes on trying to connect.",
        { cause: error },
      );
    }
  };

  const greeting = await connect(signal ?? over.signal);
  return {
    greeting,
    ask,
    async close() {
      const last = link;
      become({ at: "over", error: closed(options.url) });
      over.abort();
      if (last.at === "up") await last.socket.close();
    },
  };
}

async function nextSocket(
  current: () => Link,
  waiting: Set<() => void>,
  until: AbortSignal,
): Promise<Socket> {
  for (;;) {
    until.throwIfAborted();
    const link = current();
    if (link.at === "up") return link.socket;
    if (link.at === "over") throw link.error;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        waiting.delete(wake);
        until.removeEventListener("abort", wake);
        resolve();
      };
      waiting.add(wake);
      until.addEventListener("abort", wake, { once: true });
    });
  }
}

/** One socket, greeted, until it closes. */
interface Socket {
  ask<T>(
    method: string,
    params: readonly unknown[],
    result: ZodType<T>,
    until: AbortSignal,
  ): Promise<T>;
  onClosed(listener: () => void): void;
  terminate(): void;
  close(): Promise<void>;
}

/** @param signal ends the opening and greeting, not what came of it */
async function openSocket<G extends Greeting>(
  { url, connectMs }: ConnectionOptions,
  { greet, onNotification }: ConnectionParts<G>,
  signal: AbortSignal,
): Promise<{ socket: Socket; greeting: G }> {
  signal.throwIfAborted();
  const ws = new WebSocket(url, {
    handshakeTimeout: connectMs,
    maxPayload: MAX_RESPONSE_BYTES,
    perMessageDeflate: false,
  });
  const stop = (): void => ws.terminate();
  signal.addEventListener("abort", stop, { once: true });
  const questions = new Map<number, { settle(result: unknown): void; fail(error: Error): void }>();
  let lastId = 0;
  let silenceMs = connectMs;
  let watchdog: NodeJS.Timeout | undefined;

  const hear = (): void => {
    clearTimeout(watchdog);
    // A chain that stands still is as good as gone; a new socket may reach a living one.
    watchdog = setTimeout(stop, silenceMs);
  };

  ws.on("message", (bytes) => {
    const message = decodeMessage(bytes.toString());
    if (message === undefined) {
      ws.terminate();
    } else if (message.kind === "notification") {
      hear();
      onNotification(message.result);
    } else {
      const question = typeof message.id === "number" ? questions.get(message.id) : undefined;
      if (message.kind === "result") question?.settle(message.result);
      else question?.fail(errorOf(message.error));
    }
  });
  ws.on("close", () => {
    clearTimeout(watchdog);
    for (const { fail } of questions.values()) fail(lost(url));
  });
  ws.on("error", () => ws.terminate());

  const socket: Socket = {
    ask: (method, params, result, until) =>
      new Promise((resolve, reject) => {
        if (ws.readyState !== WebSocket.OPEN) {
          reject(lost(url));
          return;
        }
        const id = ++lastId;
        const end = (): void => {
          questions.delete(id);
          until.removeEventListener("abort", abort);
        };
        const abort = (): void => {
          end();
          reject(until.reason);
        };
        until.addEventListener("abort", abort, { once: true });
        questions.set(id, {
          settle(value) {
            end();
            const parsed = result.safeParse(value);
            if (parsed.success) resolve(parsed.data);
            else reject(foreign(url, method));
          },
          fail(error) {
            end();
            reject(error);
          },
        });
        ws.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
      }),
    onClosed(listener) {
      if (ws.readyState === WebSocket.CLOSED) listener();
      else ws.once("close", listener);
    },
    terminate: stop,
    close: () =>
      new Promise((resolve) => {
        if (ws.readyState === WebSocket.CLOSED) {
          resolve();
          return;
        }
        ws.once("close", () => resolve());
        ws.close();
        // A frozen server does not say goodbye.
        setTimeout(stop, connectMs).unref();
      }),
  };

  try {
    await new Promise<void>((resolve, reject) => {
      ws.once("open", resolve);
      ws.once("close", () => reject(unreachable(url)));
    });
    const greeting = await greet((method, params, result, timeoutMs) =>
      socket.ask(method, params, result, AbortSignal.timeout(timeoutMs)),
    );
    silenceMs = greeting.silenceMs;
    hear();
    return { socket, greeting };
  } catch (error) {
    ws.terminate();
    signal.throwIfAborted();
    throw error instanceof ChainError ? error : unreachable(url, error);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function decodeMessage(text: string): Message | undefined {
  try {
    return ServerMessage.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function errorOf({
  code,
  message,
  data,
}: Extract<Message, { kind: "error" }>["error"]): ChainError {
  return new ChainError(
    data?.name ?? "RPC_ERROR",
    data === undefined ? `the chain answered with error ${code}: ${message}` : message,
    data?.hint ?? "Client and chain are of different versions: use one version of Assay.",
  );
}

/** The connection broke or the server is going down: asking again may succeed. */
function isPassing(error: unknown): boolean {
  return error instanceof ChainError && ["CONNECTION_LOST", "STOPPING"].includes(error.code);
}

function lost(url: string): ChainError {
  return new ChainError(
    "CONNECTION_LOST",
    `the connection to ${url} broke`,
    "The client connects again by itself.",
  );
}

function unreachable(url: string, cause?: unknown): ChainError {
  return new ChainError(
    "CHAIN_UNREACHABLE",
    `no chain answers at ${url}`,
    'Start one with "assay localnet up", or check the address.',
    { cause },
  );
}

function foreign(url: string, method: string): ChainError {
  return new ChainError(
    "FOREIGN_CHAIN",
    `${url} answered ${method} with something that is no such answer`,
    "Check the address: another program, or another version, listens there.",
  );
}

function closed(url: string): ChainError {
  return new ChainError("CHAIN_CLOSED", `this connection to ${url} was closed`, "Connect again.");
}
