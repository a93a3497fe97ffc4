/**
 * One client of the local chain: its requests are decoded, answered and counted here. Whatever it sends, it gets an
 * answer or is cut off; nothing it sends reaches further than its own connection.
 * @module
 */
import { randomBytes } from "node:crypto";
import type { WebSocket } from "ws";
import { z } from "zod";
import { MAX_EXTRINSIC_BYTES } from "../../runtime/extrinsic.ts";
import { answerTooBig, faultOf, MAX_ANSWER_BYTES, RPC_CODES, RpcFault } from "./fault.ts";
import { CONTROL_PREFIX } from "./localnet-methods.ts";
import type { Client, Methods } from "./method.ts";

/** The largest request is an extrinsic in hexadecimal. */
export const MAX_REQUEST_BYTES: number = 2 * MAX_EXTRINSIC_BYTES + 64 * 1024;

const MAX_BATCH = 256;
/** Requests that may wait while the chain is frozen or steps. */
const MAX_UNDER_WAY = 256;
/** As many as jsonrpsee gives. */
const MAX_SUBSCRIPTIONS = 1_024;
/** Bytes that may wait for a client that does not read: two of the largest answers. */
const MAX_UNREAD_BYTES: number = 2 * MAX_ANSWER_BYTES;

const Request = z.object({
  jsonrpc: z.literal("2.0"),
  id: z.union([z.number(), z.string().max(64)]).nullish(),
  method: z.string().max(128),
  params: z.array(z.unknown()).max(8).nullish(),
});

/** In the place of a message that is no JSON. */
const NO_JSON = Symbol("no JSON");

/** Undefined where none is wanted. */
type Answer = string | undefined | Promise<string | undefined>;

/** A message on its way to its answer. */
interface Answering {
  /** What its subscriptions have to tell before it is answered: it follows the answer that names them. */
  held: string[] | undefined;
  /** Of the answers so far: those of a batch are as long together as one may be. */
  chars: number;
}

export class Session implements Client {
  readonly #socket: WebSocket;
  readonly #methods: Methods;
  readonly #subscriptions = new Map<string, () => void>();
  /** Of the message whose methods are running. */
  #answering: Answering | undefined;
  #underWay = 0;
  /** While frozen, what would have been said, and requests that would have been heard. */
  #frozen: { said: string[]; bytes: number; asked: unknown[] } | undefined;

  /** Serves `socket` until it closes. */
  constructor(socket: WebSocket, methodsFor: (session: Session) => Methods) {
    this.#socket = socket;
    this.#methods = methodsFor(this);
    socket.on("message", (bytes, isBinary) => {
      // The rest of a batch of frames from one that was cut off meanwhile.
      if (socket.readyState !== socket.OPEN) return;
      // No client of Substrate sends binary frames, and answering a flood would only make it longer.
      if (isBinary || this.#underWay >= MAX_UNDER_WAY) socket.terminate();
      else this.#hear(parse(bytes.toString()));
    });
    // Over-long or broken frames: the library closes the connection after this event.
    socket.on("error", () => socket.terminate());
    socket.on("close", () => {
      for (const stop of this.#subscriptions.values()) stop();
      this.#subscriptions.clear();
      this.#frozen = undefined;
    });
  }

  freeze(): void {
    this.#frozen ??= { said: [], bytes: 0, asked: [] };
  }

  thaw(): void {
    const frozen = this.#frozen;
    this.#frozen = undefined;
    for (const text of frozen?.said ?? []) this.#write(text);
    for (const message of frozen?.asked ?? []) this.#hear(message);
  }

  drop(): void {
    this.#socket.terminate();
  }

  subscribe(
    name: string,
    start: (push: (result: unknown) => void, end: () => void) => () => void,
  ): string {
    if (this.#subscriptions.size >= MAX_SUBSCRIPTIONS) {
      throw new RpcFault(
        RPC_CODES.tooManySubscriptions,
        `Too many subscriptions on the connection, at most ${MAX_SUBSCRIPTIONS}`,
      );
    }
    const id = randomBytes(12).toString("base64url");
    const answering = this.#answering;
    const push = (result: unknown): void => {
      const params = { subscription: id, result };
      const text = JSON.stringify({ jsonrpc: "2.0", method: name, params });
      if (answering?.held === undefined) this.#say(text);
      else answering.held.push(text);
    };
    let hasEnded = false;
    const stop = start(push, () => {
      hasEnded = true;
      this.#subscriptions.delete(id);
    });
    if (!hasEnded) this.#subscriptions.set(id, stop);
    return id;
  }

  unsubscribe(id: string): boolean {
    this.#subscriptions.get(id)?.();
    return this.#subscriptions.delete(id);
  }

  #hear(message: unknown): void {
    if (this.#frozen !== undefined && !isControl(message)) {
      // Beyond this a real socket's buffers would be full, and the client's words stay with the client.
      if (this.#frozen.asked.length < MAX_UNDER_WAY) this.#frozen.asked.push(message);
      return;
    }
    const answering: Answering = { held: [], chars: 0 };
    this.#underWay++;
    this.#answering = answering;
    const answer = this.#answerTo(message, answering);
    this.#answering = undefined;
    // At once where it can be: what a client does not read is counted before its next request is heard.
    if (answer instanceof Promise) answer.then((text) => this.#finish(message, answering, text));
    else this.#finish(message, answering, answer);
  }

  #finish(message: unknown, answering: Answering, answer: string | undefined): void {
    this.#underWay--;
    if (answer !== undefined) this.#say(answer, isControl(message));
    const { held = [] } = answering;
    answering.held = undefined;
    for (const notification of held) this.#say(notification);
  }

  /** Methods run before it returns, so that a subscription knows the message it came by. Never rejects. */
  #answerTo(message: unknown, answering: Answering): Answer {
    if (message === NO_JSON) return refused(RPC_CODES.parse, "Parse error");
    if (!Array.isArray(message)) return this.#answerOne(message, answering);
    if (message.length === 0 || message.length > MAX_BATCH) {
      return refused(RPC_CODES.invalidRequest, `A batch has 1 to ${MAX_BATCH} requests`);
    }
    const answers = message.map((one) => this.#answerOne(one, answering));
    const isLate = answers.some((answer) => answer instanceof Promise);
    return isLate ? Promise.all(answers).then(batchOf) : batchOf(answers as (string | undefined)[]);
  }

  /** Never throws: whatever breaks behind a method is an answer too. */
  #answerOne(value: unknown, answering: Answering): Answer {
    const parsed = Request.safeParse(value);
    if (!parsed.success) return refused(RPC_CODES.invalidRequest, "Invalid request");
    const { id, method, params } = parsed.data;
    const fault = (error: unknown): string | undefined =>
      // A request without an id wants no answer.
      id === undefined
        ? undefined
        : JSON.stringify({ jsonrpc: "2.0", id, error: faultOf(error).toJSON() });
    const tell = (result: unknown): string | undefined => {
      if (id === undefined) return undefined;
      const text = JSON.stringify({ jsonrpc: "2.0", id, result });
      answering.chars += text.length;
      if (answering.chars > MAX_ANSWER_BYTES) throw answerTooBig();
      return text;
    };
    try {
      const run = Object.hasOwn(this.#methods, method) ? this.#methods[method] : undefined;
      if (run === undefined) throw new RpcFault(RPC_CODES.methodNotFound, "Method not found");
      if (answering.chars > MAX_ANSWER_BYTES) throw answerTooBig();
      const result = run(params ?? [], this);
      return result instanceof Promise ? result.then(tell).catch(fault) : tell(result);
    } catch (error) {
      return fault(error);
    }
  }

  #say(text: string, throughIce = false): void {
    const frozen = this.#frozen;
    if (frozen === undefined || throughIce) {
      this.#write(text);
      return;
    }
    frozen.said.push(text);
    frozen.bytes += text.length;
    if (frozen.bytes > MAX_UNREAD_BYTES) this.drop();
  }

  #write(text: string): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#socket.send(text);
    if (this.#socket.bufferedAmount > MAX_UNREAD_BYTES) this.drop();
  }
}

function batchOf(answers: readonly (string | undefined)[]): string | undefined {
  const said = answers.filter((answer) => answer !== undefined);
  return said.length === 0 ? undefined : `[${said.join(",")}]`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return NO_JSON;
  }
}

function isControl(message: unknown): boolean {
  const parsed = Request.safeParse(message);
  return parsed.success && parsed.data.method.startsWith(CONTROL_PREFIX);
}

function refused(code: number, message: string): string {
  return JSON.stringify({ jsonrpc: "2.0", id: null, error: { code, message } });
}
