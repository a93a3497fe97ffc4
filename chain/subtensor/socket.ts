/**
 * JSON-RPC 2.0 over one WebSocket, until that ends. It never connects again by itself: subscriptions that survive a
 * reconnect are how clients come to hang (polkadot-js/api #2257, #2565). Whoever needs a new one opens a new one.
 *
 * What comes in is checked here: size, shape, and that every answer has its question.
 * @module
 */
import { WebSocket } from "ws";
import { z } from "zod";
import { ChainError } from "../error.ts";

/** Metadata is the largest answer that is asked for: 1 MB, twice that in hex. */
const MAX_MESSAGE_BYTES = 32 << 20;
/** Notifications that may arrive before the answer that names their subscription. */
const MAX_EARLY = 64;
/** Of one of them: what is subscribed to are heads, versions, statuses and a time. */
const MAX_EARLY_BYTES = 64 << 10;

/** What a node answered instead of a result: its code, and what it says about it. */
export class RpcFailure extends Error {
  readonly code: number;
  /** As the node words it, cut to a length that a log can bear. */
  readonly detail: string;

  constructor(code: number, message: string, detail: unknown) {
    const text = typeof detail === "string" ? detail : (JSON.stringify(detail) ?? "");
    super(oneLine(`${message.slice(0, 200)}${text === "" ? "" : `: ${text.slice(0, 300)}`}`));
    this.name = "RpcFailure";
    this.code = code;
    this.detail = text.slice(0, 1_000);
  }
}

const RpcMessage = z.looseObject({
  id: z.union([z.number(), z.string(), z.null()]).optional(),
  result: z.unknown().optional(),
  error: z
    .looseObject({ code: z.number(), message: z.string(), data: z.unknown().optional() })
    .optional(),
  params: z
    .looseObject({ subscription: z.union([z.number(), z.string()]), result: z.unknown() })
    .optional(),
});

type SubscriptionId = number | string;

export interface Socket {
  readonly url: string;
  /**
   * @throws RpcFailure when the node refuses
   * @throws ChainError `CHAIN_TIMEOUT`, `CONNECTION_LOST`
   */
  request(method: string, params: readonly unknown[], timeoutMs: number): Promise<unknown>;
  /**
   * Calls back for every notification until the socket ends or the returned function is called.
   * @param unsubscribe the method that ends it
   */
  subscribe(
    method: string,
    params: readonly unknown[],
    unsubscribe: string,
    timeoutMs: number,
    onResult: (result: unknown) => void,
  ): Promise<() => void>;
  /** Resolves with the reason when nothing more will come. */
  readonly ended: Promise<ChainError>;
  isOpen(): boolean;
  /** Ends it, for a reason that `ended` then tells. */
  end(reason?: ChainError): void;
}

/**
 * @param signal ends the opening
 * @throws ChainError `CHAIN_UNREACHABLE`
 */
export async function openSocket(
  url: string,
  connectMs: number,
  signal?: AbortSignal,
): Promise<Socket> {
  signal?.throwIfAborted();
  const ws = new WebSocket(url, {
    handshakeTimeout: connectMs,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
  });
  const pending = new Map<number, PromiseWithDeadline>();
  const listeners = new Map<SubscriptionId, (result: unknown) => void>();
  const early: { readonly subscription: SubscriptionId; readonly result: unknown }[] = [];
  let nextId = 1;
  let whyEnded: ChainError | undefined;
  let tellEnd: (reason: ChainError) => void = () => {};
  const ended = new Promise<ChainError>((resolve) => {
    tellEnd = resolve;
  });

  const end = (reason: ChainError): void => {
    if (whyEnded !== undefined) return;
    whyEnded = reason;
    listeners.clear();
    early.length = 0;
    for (const { reject } of pending.values()) reject(reason);
    pending.clear();
    tellEnd(reason);
    ws.terminate();
  };

  const tell = (listener: (result: unknown) => void, result: unknown): void => {
    try {
      listener(result);
    } catch (cause) {
      end(
        lost(url, `its news cannot be read: ${cause instanceof Error ? cause.message : ""}`, cause),
      );
    }
  };

  ws.on("message", (bytes, isBinary) => {
    if (whyEnded !== undefined) return;
    const message = isBinary ? undefined : parseMessage(String(bytes));
    if (message === undefined) {
      end(lost(url, "it sent something that is not JSON-RPC"));
    } else if (message.params !== undefined) {
      const { subscription, result } = message.params;
      const listener = listeners.get(subscription);
      if (listener !== undefined) {
        tell(listener, result);
      } else if (String(bytes).length > MAX_EARLY_BYTES) {
        end(lost(url, "it tells more than anything that was subscribed to"));
      } else {
        // Also what comes late, of a subscription that was ended: the oldest makes room.
        early.push({ subscription, result });
        if (early.length > MAX_EARLY) early.shift();
      }
    } else if (typeof message.id === "number") {
      const asked = pending.get(message.id);
      pending.delete(message.id);
      if (message.error === undefined) asked?.resolve(message.result);
      else {
        const { code, message: text, data } = message.error;
        asked?.reject(new RpcFailure(code, text, data));
      }
    }
  });
  ws.on("close", (code) => end(lost(url, `it was closed (${code})`)));
  ws.on("error", (cause) => end(lost(url, cause.message, cause)));
  const onAbort = (): void => end(lost(url, "it is not wanted any more", signal?.reason));
  signal?.addEventListener("abort", onAbort, { once: true });

  const opened = new Promise<void>((resolve) => ws.once("open", resolve));
  const failure = await Promise.race([opened, ended]);
  signal?.removeEventListener("abort", onAbort);
  if (failure !== undefined) {
    signal?.throwIfAborted();
    throw new ChainError(
      "CHAIN_UNREACHABLE",
      `no chain answers at ${url}: ${failure.message}`,
      "Check the address, that the node runs, and that a firewall lets you through.",
      { cause: failure },
    );
  }

  const request: Socket["request"] = (method, params, timeoutMs) => {
    if (whyEnded !== undefined) return Promise.reject(whyEnded);
    const id = nextId++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        pending.delete(id);
        reject(timedOut(url, method, timeoutMs));
      }, timeoutMs);
      pending.set(id, {
        resolve: (result) => {
          clearTimeout(timer);
          resolve(result);
        },
        reject: (reason) => {
          clearTimeout(timer);
          reject(reason);
        },
      });
      ws.send(JSON.stringify({ id, jsonrpc: "2.0", method, params }));
    });
  };

  return {
    url,
    request,
    async subscribe(method, params, unsubscribe, timeoutMs, onResult) {
      const id = z.union([z.number(), z.string()]).parse(await request(method, params, timeoutMs));
      listeners.set(id, onResult);
      for (const notice of early.splice(0)) {
        if (notice.subscription === id) tell(onResult, notice.result);
        else early.push(notice);
      }
      return () => {
        if (!listeners.delete(id) || whyEnded !== undefined) return;
        // The answer matters to nobody: without a listener, what still comes is dropped.
        request(unsubscribe, [id], timeoutMs).catch(() => {});
      };
    },
    ended,
    isOpen: () => whyEnded === undefined,
    end: (reason = lost(url, "it was closed by us")) => end(reason),
  };
}

interface PromiseWithDeadline {
  readonly resolve: (result: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

/** A node's own words must not pass for ours, and ours are lines. */
function oneLine(text: string): string {
  return text.replaceAll(/\s/g, " ");
}

function parseMessage(text: string): z.infer<typeof RpcMessage> | undefined {
  try {
    return RpcMessage.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function lost(url: string, why: string, cause?: unknown): ChainError {
  return new ChainError(
    "CONNECTION_LOST",
    `the connection to ${url} ended: ${why}`,
    "It is opened again by itself; if that fails for long, name a second endpoint.",
    { cause },
  );
}

function timedOut(url: string, method: string, timeoutMs: number): ChainError {
  return new ChainError(
    "CHAIN_TIMEOUT",
    `${url} did not answer ${method} within ${timeoutMs} ms`,
    "Try again, or name another endpoint: this one is too busy or hangs.",
  );
}
