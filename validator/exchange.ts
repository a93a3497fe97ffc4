/**
 * One job over HTTP: sends it, waits for the answer no longer than the budget, and says what came. What the bytes
 * mean is not judged here (check.ts).
 *
 * The other side is hostile until shown otherwise, so everything is bounded: time by one clock, from the last byte
 * sent to the last byte received, whatever the other side does in between (silence, one byte a second, headers
 * without end); memory by MAX_ANSWER_BYTES; and nothing is followed, decompressed, resolved by name or sent twice.
 * Each job has a connection of its own: a kept one may be closed by the other side just when we write, and a POST
 * lost that way would look like the miner's fault.
 * @module
 */
import { buildConnector, Client, type Dispatcher, errors } from "undici";
import { canonicalJson, parseCanonicalJson } from "../protocol/canonical-json.ts";
import { jobToJson, type SignedJob } from "../protocol/job.ts";
import { signRequest } from "../protocol/request-auth.ts";
import type { Signer } from "../protocol/signature.ts";
import {
  errorFromJson,
  ignoreCodeOf,
  JOB_PATH,
  MAX_ANSWER_BYTES,
  MAX_ERROR_BYTES,
  REFUSAL_STATUS,
  type RefusalCode,
  retryAfterFromHeader,
} from "../protocol/wire.ts";
import { ValidatorError } from "./error.ts";
import { isConnectedTo, originOf, type Target } from "./target.ts";

export type Reply =
  /** A 200 with a body of bounded length. */
  | { readonly kind: "answered"; readonly body: Uint8Array; readonly latencyUs: number }
  /** A 200 that cannot be an answer, whatever its body says. */
  | { readonly kind: "malformed"; readonly at: string; readonly latencyUs: number }
  /** 429. */
  | { readonly kind: "busy"; readonly retryAfterSeconds: number | undefined }
  /** Any other status; `reason` is the miner's code, or the status when it gave none that we know. */
  | { readonly kind: "refused"; readonly reason: RefusalCode | `${number}` }
  /** The budget ran out. */
  | { readonly kind: "late" }
  /** No connection, a broken one, or nothing that HTTP knows; `reason` is the code of the failure. */
  | { readonly kind: "unreachable"; readonly reason: string }
  /** This machine gave up: it stops, or has no socket left. */
  | { readonly kind: "cancelled"; readonly reason: string };

/** A connection across the world takes 0.3 s, and one lost SYN another second: three times that is no miner. */
const CONNECT_TIMEOUT_MS = 4_000;

/** A status line and a handful of short headers; Node's own default is 16 KiB. */
const MAX_HEADER_BYTES = 8_192;

/** Codes of the system that say that this machine, not the other one, cannot connect. */
const OWN_FAULTS: readonly string[] = ["EMFILE", "ENFILE", "ENOBUFS", "ENETDOWN", "EADDRNOTAVAIL"];

/**
 * @param signer the job's validator, who also signs the request, each time afresh
 * @param signal aborting ends the exchange at once with `cancelled`
 */
export function exchange(
  signed: SignedJob,
  target: Target,
  signer: Signer,
  signal: AbortSignal,
): Promise<Reply> {
  const { budgetMs } = signed.job;
  // undici counts these by a clock that ticks twice a second; the budget below is exact. They and the total are belts
  // for the case that a request never gets as far as its last byte.
  const totalMs = CONNECT_TIMEOUT_MS + budgetMs + 1_000;
  const client = new Client(originOf(target), {
    connect: connectorTo(target),
    pipelining: 0,
    headersTimeout: totalMs,
    bodyTimeout: totalMs,
    maxHeaderSize: MAX_HEADER_BYTES,
    maxResponseSize: MAX_ANSWER_BYTES,
    strictContentLength: true,
  });
  const body = Buffer.from(canonicalJson(jobToJson(signed)));
  return new Promise<Reply>((resolve) => {
    const reception = new Reception(body.length, budgetMs, (reply) => {
      signal.removeEventListener("abort", cancel);
      total.removeEventListener("abort", giveUp);
      resolve(reply);
      // Not awaited: nothing that the other side does to its socket may hold up a verdict.
      void client.destroy();
    });
    const cancel = (): void => reception.end({ kind: "cancelled", reason: "STOPPING" });
    const giveUp = (): void => reception.end({ kind: "late" });
    const total = AbortSignal.timeout(totalMs);
    total.addEventListener("abort", giveUp);
    if (signal.aborted) return cancel();
    signal.addEventListener("abort", cancel);
    client.dispatch(
      {
        path: JOB_PATH,
        method: "POST",
        headers: {
          ...{ "content-type": "application/json", accept: "application/json" },
          ...signRequest({ method: "POST", target: JOB_PATH, body }, signed.job.miner, signer),
        },
        body,
      },
      reception,
    );
    return undefined;
  });
}

/** Connects, then looks at whom: the address was checked as text, the socket says where it ended. */
function connectorTo(target: Target): buildConnector.connector {
  const connect = buildConnector({ timeout: CONNECT_TIMEOUT_MS, autoSelectFamily: false });
  return (options, callback) => {
    connect(options, (error, socket) => {
      if (error !== null) return callback(error, null);
      if (isConnectedTo(target, socket.remoteAddress)) return callback(null, socket);
      socket.destroy();
      // An error of ours, because undici answers its own SocketError by connecting again.
      return callback(wrongAddress(socket.remoteAddress, target), null);
    });
  };
}

function wrongAddress(reached: string | undefined, target: Target): ValidatorError {
  return new ValidatorError(
    "WRONG_ADDRESS",
    `connected to ${reached}, expected ${target.host}`,
    "Check what routes or translates addresses between this machine and the miner.",
  );
}

/**
 * What undici calls as one request goes on, turned into one Reply. The first cause to end it wins; whatever arrives
 * later is not looked at.
 */
class Reception implements Dispatcher.DispatchHandler {
  readonly #requestBytes: number;
  readonly #budgetMs: number;
  readonly #settle: (reply: Reply) => void;
  readonly #chunks: Buffer[] = [];
  #isOver = false;
  #sentAtMs = 0;
  #budget: NodeJS.Timeout | undefined;
  #status = 0;
  #retryAfterSeconds: number | undefined;

  constructor(requestBytes: number, budgetMs: number, settle: (reply: Reply) => void) {
    this.#requestBytes = requestBytes;
    this.#budgetMs = budgetMs;
    this.#settle = settle;
  }

  end(reply: Reply): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#budget);
    this.#settle(reply);
  }

  // Of the two forms a handler may have this is the older one: only it is told when the body has left.
  onConnect(): void {}

  onBodySent(_bytes: number, total: number): void {
    if (total < this.#requestBytes) return;
    this.#sentAtMs = performance.now();
    this.#budget = setTimeout(() => this.end({ kind: "late" }), this.#budgetMs);
  }

  onHeaders(status: number, headers: Buffer[]): boolean {
    if (this.#isOver) return false;
    if (status < 200) return true;
    this.#status = status;
    const header = (name: string): string | undefined => headerOf(headers, name);
    if (status === 200) {
      const at = faultOfHeaders(header);
      if (at !== undefined) this.end({ kind: "malformed", at, latencyUs: this.#latencyUs() });
      return !this.#isOver;
    }
    this.#retryAfterSeconds = retryAfterFromHeader(header("retry-after"));
    // The reason is a courtesy; one that is too long, or of unknown length, is not waited for.
    if (lengthOf(header("content-length"), MAX_ERROR_BYTES) === undefined) this.#refuse();
    return !this.#isOver;
  }

  onData(chunk: Buffer): boolean {
    if (!this.#isOver) this.#chunks.push(chunk);
    return !this.#isOver;
  }

  onComplete(): void {
    if (this.#status !== 200) return this.#refuse();
    const latencyUs = this.#latencyUs();
    return this.end({ kind: "answered", body: Buffer.concat(this.#chunks), latencyUs });
  }

  onError(error: Error): void {
    // A refusal whose text does not arrive whole is a refusal all the same.
    if (this.#status !== 0 && this.#status !== 200) return this.#refuse();
    return this.end(replyOf(error));
  }

  #refuse(): void {
    if (ignoreCodeOf(this.#status) === "BUSY") {
      return this.end({ kind: "busy", retryAfterSeconds: this.#retryAfterSeconds });
    }
    return this.end({ kind: "refused", reason: this.#reason() });
  }

  #reason(): RefusalCode | `${number}` {
    try {
      const refusal = errorFromJson(
        parseCanonicalJson(Buffer.concat(this.#chunks), MAX_ERROR_BYTES),
      );
      if (REFUSAL_STATUS[refusal.code] === this.#status) return refusal.code;
    } catch {
      // Not the body of a refusal: the status says enough.
    }
    return `${this.#status}`;
  }

  #latencyUs(): number {
    return Math.round((performance.now() - this.#sentAtMs) * 1000);
  }
}

function replyOf(error: Error): Reply {
  if (error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError) {
    return { kind: "late" };
  }
  const reason = "code" in error && typeof error.code === "string" ? error.code : error.name;
  if (OWN_FAULTS.includes(reason)) return { kind: "cancelled", reason };
  return { kind: "unreachable", reason };
}

/** The header at fault of a 200, or undefined. */
function faultOfHeaders(header: (name: string) => string | undefined): string | undefined {
  if (lengthOf(header("content-length"), MAX_ANSWER_BYTES) === undefined) return "content-length";
  const encoding = header("content-encoding");
  if (encoding !== undefined && encoding !== "identity") return "content-encoding";
  return undefined;
}

/** A length in its one canonical form, at most `max`. */
function lengthOf(header: string | undefined, max: number): number | undefined {
  if (header === undefined || !/^(0|[1-9][0-9]{0,8})$/.test(header)) return undefined;
  const length = Number(header);
  return length <= max ? length : undefined;
}

/** @param headers name, value, name, value … as they came */
function headerOf(headers: readonly Buffer[], name: string): string | undefined {
  for (let i = 0; i + 1 < headers.length; i += 2) {
    if (headers[i]?.toString("latin1").toLowerCase() === name)
      return headers[i + 1]?.toString("latin1");
  }
  return undefined;
}
