/**
 * What a running validator shows to the machine it runs on: is it alive, can it work, and its numbers for
 * Prometheus. Read only, and on loopback unless told otherwise.
 * @module
 */
import { type FastifyInstance, fastify } from "fastify";
import { HEALTH_PATH, METRICS_PATH, READY_PATH } from "../protocol/wire.ts";
import { ValidatorError } from "./error.ts";
import type { Metrics } from "./metrics.ts";

export interface StatusServerOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
}

export interface StatusServerParts {
  readonly metrics: Metrics;
  /** Why no job can be handed out now; undefined when one can. */
  readonly obstacle: () => string | undefined;
}

export interface StatusServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Nobody needs longer to ask for a page of numbers. */
const REQUEST_TIMEOUT_MS = 5_000;

/** @throws ValidatorError `PORT_IN_USE` */
export async function startStatusServer(
  { host, port }: StatusServerOptions,
  { metrics, obstacle }: StatusServerParts,
): Promise<StatusServer> {
  const server = fastify({
    bodyLimit: 1,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Node looks for slow requests every 30 s by default, and swaps the two timeouts when the first is longer.
    http: {
      headersTimeout: REQUEST_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: 1_000,
    },
    forceCloseConnections: true,
  });
  server.get(HEALTH_PATH, () => ({ status: "alive" }));
  server.get(READY_PATH, (_, reply) => {
    const reason = obstacle();
    return reason === undefined
      ? { status: "ready" }
      : reply.code(503).send({ status: "waiting", reason });
  });
  server.get(METRICS_PATH, async (_, reply) =>
    reply.type(metrics.contentType).send(await metrics.render()),
  );
  await listen(server, host, port);
  return { url: server.listeningOrigin, close: () => server.close() };
}

async function listen(server: FastifyInstance, host: string, port: number): Promise<void> {
  try {
    await server.listen({ host, port });
  } catch (cause) {
    await server.close();
    if (!(cause instanceof Error) || !("code" in cause) || cause.code !== "EADDRINUSE") throw cause;
    throw new ValidatorError(
      "PORT_IN_USE",
      `port ${port} on ${host} is in use`,
      "Choose another port for health and metrics, or 0 for any free one.",
      { cause },
    );
  }
}
