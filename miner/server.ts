/**
 * The miner's HTTP: one path that takes jobs, and what is said to whoever looks. Everything a stranger can make large,
 * slow or many is bounded before it is read. docs/protocol.md, "The exchange".
 * @module
 */
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from "fastify";
import type { Endpoint } from "../chain/chain.ts";
import { canonicalJson } from "../protocol/canonical-json.ts";
import { MAX_SYNAPSE_BYTES, SYNAPSE_PATH } from "../protocol/legacy-dendrite.ts";
import type { ReceivedRequest } from "../protocol/request-auth.ts";
import {
  errorToJson,
  HEALTH_PATH,
  INFO_PATH,
  infoToJson,
  JOB_PATH,
  MAX_JOB_BYTES,
  METRICS_PATH,
  type MinerInfo,
  READY_PATH,
  REFUSAL_STATUS,
  type RefusalCode,
} from "../protocol/wire.ts";
import type { Bridged } from "./dendrite-bridge.ts";
import type { Reply } from "./desk.ts";
import { MinerError } from "./error.ts";
import { REFUSAL_TEXTS } from "./refusal-texts.ts";

export interface ServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Jobs that wait or run at once, each holding its connection. */
  readonly jobs: number;
}

export interface ServerParts {
  /** Answers a request that carries a job; `gone` is aborted when whoever asked has hung up. */
  readonly desk: (request: ReceivedRequest, gone: AbortSignal) => Promise<Reply>;
  /** Answers Dendrites of Bittensor 7.2 to 10; without it their path is not found. */
  readonly bridge?: (request: ReceivedRequest, gone: AbortSignal) => Promise<Bridged>;
  readonly info: MinerInfo;
  /** Why no job can be taken now; undefined when one can. */
  readonly obstacle: () => string | undefined;
  readonly metrics: { readonly contentType: string; render(): Promise<string> };
  readonly onRefused: (code: RefusalCode) => void;
  /** Told what went wrong on our side; whoever asked is told only that no proof could be made. */
  readonly onFault: (error: unknown) => void;
}

export interface Server {
  /** Where it listens. */
  readonly endpoint: Endpoint;
  /** Lets answers that are under way leave, then cuts every connection. */
  close(): Promise<void>;
}

/**
 * Time for the whole of a request to arrive. The three numbers go together: Node swaps the first two when the first is
 * larger, and looks for slow requests every 30 s unless told otherwise (docs/decisions/slow-requests.md).
 */
const HEADERS_TIMEOUT_MS = 2_000;
const REQUEST_TIMEOUT_MS = 3_000;
const CHECK_EVERY_MS = 500;

/** A connection that asks nothing more is let go; Node's own default, where fastify's is 72 s. */
const KEEP_ALIVE_MS = 5_000;

/** Connections beside those that hold jobs: some from every neuron of a subnet, which has 256 of them. */
const SPARE_CONNECTIONS = 512;

/** An answer that was handed to the system is gone in a moment; who does not read is not waited for. */
const LAST_WORDS_MS = 500;

/** @throws MinerError `PORT_IN_USE` | `CANNOT_LISTEN` */
export async function startServer(
  { host, port, jobs }: ServerOptions,
  parts: ServerParts,
): Promise<Server> {
  const server = fastify({
    bodyLimit: MAX_JOB_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    http: {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: CHECK_EVERY_MS,
    },
    forceCloseConnections: true,
  });
  server.server.maxConnections = jobs + SPARE_CONNECTIONS;
  server.removeAllContentTypeParsers();
  // Bytes, not values: what is signed is read by our own strict decoder.
  server.addContentTypeParser("application/json", { parseAs: "buffer" }, (_, body, done) =>
    done(null, body),
  );
  server.setErrorHandler((error, _, reply) => {
    const code = codeOf(error);
    if (code === "PROVING_FAILED") parts.onFault(error);
    return refuse(reply, code, parts);
  });
  server.setNotFoundHandler((_, reply) => refuse(reply, "NOT_FOUND", parts));

  const answering = new Set<Promise<unknown>>();
  const attend = (reply: FastifyReply): AbortSignal => {
    const left = new Promise<void>((resolve) => reply.raw.once("close", resolve));
    answering.add(left);
    void left.then(() => answering.delete(left));
    return goneSignal(reply);
  };
  server.post(JOB_PATH, async (request, reply) => {
    if (request.headers["content-length"] === undefined) {
      return refuse(reply, "LENGTH_REQUIRED", parts);
    }
    const outcome = await parts.desk(receivedRequest(request), attend(reply));
    if ("abandoned" in outcome) return reply.hijack();
    if ("answer" in outcome) return send(reply.code(200), outcome.answer);
    if (outcome.retryAfterSeconds !== undefined) {
      reply.header("retry-after", String(outcome.retryAfterSeconds));
    }
    return refuse(reply, outcome.refusal, parts);
  });
  const { bridge } = parts;
  if (bridge !== undefined) {
    server.post(SYNAPSE_PATH, { bodyLimit: MAX_SYNAPSE_BYTES }, async (request, reply) => {
      if (request.headers["content-length"] === undefined) {
        return refuse(reply, "LENGTH_REQUIRED", parts);
      }
      const outcome = await bridge(receivedRequest(request), attend(reply));
      if ("abandoned" in outcome) return reply.hijack();
      if (outcome.refusal !== undefined) parts.onRefused(outcome.refusal);
      return send(reply.code(outcome.status).headers(outcome.headers), outcome.body);
    });
  }
  server.get(INFO_PATH, (_, reply) => send(reply, infoToJson(parts.info)));
  server.get(HEALTH_PATH, (_, reply) => send(reply, { status: "alive" }));
  server.get(READY_PATH, (_, reply) => {
    const reason = parts.obstacle();
    return reason === undefined
      ? send(reply, { status: "ready" })
      : send(reply.code(503), { status: "waiting", reason });
  });
  server.get(METRICS_PATH, async (_, reply) =>
    reply.type(parts.metrics.contentType).send(await parts.metrics.render()),
  );
  await listen(server, host, port);
  // Of a server that listens on a port, as this one does, the address has this form.
  const { address, port: taken } = server.server.address() as AddressInfo;
  return {
    endpoint: { ip: address, port: taken },
    async close() {
      const patience = new AbortController();
      const enough = sleep(LAST_WORDS_MS, undefined, patience).catch(() => {});
      await Promise.race([Promise.all(answering), enough]);
      patience.abort();
      await server.close();
    },
  };
}

/** The request as its sender signed it: the target untouched, the body in bytes. */
function receivedRequest({ raw, headers, method, body }: FastifyRequest): ReceivedRequest {
  return { headers, method, target: raw.url ?? "", body: new Uint8Array(body as Buffer) };
}

/** Aborted when whoever asked is gone before the answer. */
function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once("close", () => {
    if (!reply.raw.writableEnded) gone.abort(new Error("the connection closed"));
  });
  return gone.signal;
}

function send(reply: FastifyReply, value: unknown): FastifyReply {
  return reply.type("application/json").send(Buffer.from(canonicalJson(value)));
}

function refuse(
  reply: FastifyReply,
  code: RefusalCode,
  { onRefused }: Pick<ServerParts, "onRefused">,
): FastifyReply {
  onRefused(code);
  const [message, hint] = REFUSAL_TEXTS[code];
  return send(reply.code(REFUSAL_STATUS[code]), errorToJson({ code, message, hint }));
}

/** fastify's own refusals in our words. */
function codeOf(error: unknown): RefusalCode {
  const status = (error as { statusCode?: number }).statusCode;
  if (status === 413) return "TOO_LARGE";
  if (status === 415) return "WRONG_MEDIA_TYPE";
  if (status === 408) return "SLOW_REQUEST";
  return status === 400 ? "MALFORMED_JOB" : "PROVING_FAILED";
}

async function listen(server: FastifyInstance, host: string, port: number): Promise<void> {
  try {
    await server.listen({ host, port });
  } catch (cause) {
    await server.close();
    if ((cause as NodeJS.ErrnoException).code === "EADDRINUSE") {
      throw new MinerError(
        "PORT_IN_USE",
        `port ${port} on ${host} is in use`,
        "Choose another port to listen on, or 0 for any free one.",
        { cause },
      );
    }
    throw new MinerError(
      "CANNOT_LISTEN",
      `cannot listen on ${host}, port ${port}: ${(cause as Error).message}`,
      "Listen on an address of this machine, and on a port above 1023.",
      { cause },
    );
  }
}
