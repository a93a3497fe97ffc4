/**
 * One client of the local chain: its requests are decoded, answered and counted here. Whatever it sends, it gets an
 * answer or is cut off; nothing it sends reaches further than its own connection.
 * @module
 */
import type { WebSocket } from "ws";
import type { ZodType } from "zod";
import { ChainError } from "../error.ts";
import type { Author } from "./author.ts";
import { isRefusal, REFUSAL_HINTS } from "./refusal.ts";
import {
  AddressParams,
  METHODS,
  NetuidParams,
  NoParams,
  NumberParams,
  Request,
  RPC_ERRORS,
  toJson,
  WireParams,
} from "./rpc.ts";
import { epochInfoOf, metagraphOf } from "./views.ts";

/** A client that waits for its answers has one of each kind under way; submissions wait for a block. */
const MAX_UNDER_WAY = 64;
const MAX_SUBSCRIPTIONS = 4;
/** Bytes that may wait for a client that does not read: two of the largest answers. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024;

export interface SessionParts {
  readonly author: Author;
  readonly blockMs: number;
}

/** Serves `socket` until it closes. */
export function serveSession(socket: WebSocket, { author, blockMs }: SessionParts): void {
  const subscriptions = new Map<number, () => void>();
  let lastSubscription = 0;
  let underWay = 0;

  const send = (message: object): void => {
    if (socket.readyState !== socket.OPEN) return;
    socket.send(toJson({ jsonrpc: "2.0", ...message }));
    if (socket.bufferedAmount > MAX_UNREAD_BYTES) socket.terminate();
  };

  const methods: Record<string, (params: unknown) => unknown> = {
    [METHODS.properties]: on(NoParams, () => ({
      genesisHash: author.blockHash(0),
      blockMs,
      head: author.head,
    })),
    [METHODS.finalisedHead]: on(NoParams, () => author.head),
    [METHODS.blockHash]: on(NumberParams, ([number]) => author.blockHash(number)),
    [METHODS.metagraph]: on(NetuidParams, ([netuid]) => metagraphOf(stateOf(author, netuid))),
    [METHODS.epochInfo]: on(NetuidParams, ([netuid]) => epochInfoOf(stateOf(author, netuid))),
    [METHODS.registrationCost]: on(
      NetuidParams,
      ([netuid]) => stateOf(author, netuid).subnet.parameters.burn,
    ),
    [METHODS.account]: on(AddressParams, ([key]) => author.account(key)),
    [METHODS.submit]: on(WireParams, async ([wire]) => {
      const outcome = await author.submit(wire);
      if (!isRefusal(outcome)) return outcome;
      throw new RpcFault(
        RPC_ERRORS.refused,
        `${outcome.refused}: ${outcome.why}`,
        outcome.refused,
        REFUSAL_HINTS[outcome.refused],
      );
    }),
    [METHODS.subscribe]: on(NoParams, () => {
      if (subscriptions.size >= MAX_SUBSCRIPTIONS) {
        throw new ChainError(
          "TOO_MANY_SUBSCRIPTIONS",
          `this connection has ${subscriptions.size} subscriptions, the most there may be`,
          "Use one subscription and share what it says.",
        );
      }
      const subscription = ++lastSubscription;
      const stop = author.onHead((head) => notify(subscription, head));
      subscriptions.set(subscription, stop);
      return subscription;
    }),
    [METHODS.unsubscribe]: on(NumberParams, ([subscription]) => {
      subscriptions.get(subscription)?.();
      return subscriptions.delete(subscription);
    }),
  };

  const notify = (subscription: number, result: unknown): void =>
    send({ method: METHODS.head, params: { subscription, result } });

  const answer = async (text: string): Promise<void> => {
    const request = decodeRequest(text);
    if (request instanceof RpcFault) {
      send({ id: null, error: request.toJSON() });
      return;
    }
    const { id, method, params } = request;
    try {
      const run = Object.hasOwn(methods, method) ? methods[method] : undefined;
      if (run === undefined) {
        throw new RpcFault(RPC_ERRORS.methodNotFound, "this chain has no such method");
      }
      send({ id, result: await run(params ?? []) });
    } catch (error) {
      send({ id, error: faultOf(error).toJSON() });
    }
  };

  socket.on("message", (bytes, isBinary) => {
    if (isBinary || underWay >= MAX_UNDER_WAY) {
      // Neither can come from our client, and answering a flood would only make it longer.
      socket.terminate();
      return;
    }
    underWay++;
    answer(bytes.toString()).finally(() => {
      underWay--;
    });
  });
  // Over-long or broken frames: the library closes the connection after this event.
  socket.on("error", () => socket.terminate());
  socket.on("close", () => {
    for (const stop of subscriptions.values()) stop();
    subscriptions.clear();
  });
}

/** A JSON-RPC error on its way out. */
class RpcFault extends Error {
  readonly code: number;
  readonly data: { readonly name: string; readonly hint: string } | undefined;

  constructor(code: number, message: string, name?: string, hint?: string) {
    super(message);
    this.code = code;
    this.data = name === undefined ? undefined : { name, hint: hint ?? "" };
  }

  toJSON(): object {
    const { code, message, data } = this;
    return data === undefined ? { code, message } : { code, message, data };
  }
}

function on<P>(schema: ZodType<P>, run: (params: P) => unknown): (params: unknown) => unknown {
  return (params) => {
    const parsed = schema.safeParse(params);
    // Fixed text: what came is not sent back, so a bad request cannot be used to make long answers.
    if (!parsed.success)
      throw new RpcFault(RPC_ERRORS.invalidParams, "these are not its parameters");
    return run(parsed.data);
  };
}

function decodeRequest(text: string): ReturnType<typeof Request.parse> | RpcFault {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return new RpcFault(RPC_ERRORS.parse, "this is no JSON");
  }
  const parsed = Request.safeParse(value);
  return parsed.success
    ? parsed.data
    : new RpcFault(RPC_ERRORS.invalidRequest, "this is no JSON-RPC 2.0 request");
}

function faultOf(error: unknown): RpcFault {
  if (error instanceof RpcFault) return error;
  if (error instanceof ChainError) {
    return new RpcFault(RPC_ERRORS.server, error.message, error.code, error.hint);
  }
  return new RpcFault(RPC_ERRORS.server, "the chain could not answer");
}

function stateOf(author: Author, netuid: number): Author["state"] {
  const { state } = author;
  if (state.subnet.netuid === netuid) return state;
  throw new ChainError(
    "SubnetNotExists",
    `there is no subnet ${netuid} on this chain, only ${state.subnet.netuid}`,
    "Give the netuid with which the local chain was started.",
  );
}
