/**
 * The WebSocket on loopback at which clients find the local chain.
 * @module
 */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import ipaddr from "ipaddr.js";
import type { Logger } from "pino";
import { WebSocketServer } from "ws";
import { errnoOf } from "../../../../store/error.ts";
import { ChainError } from "../../../error.ts";
import type { Methods } from "./method.ts";
import { MAX_REQUEST_BYTES, Session } from "./session.ts";

/** A person's network: some miners, validators, a dashboard. */
const MAX_CONNECTIONS = 256;

/** For clients to answer a farewell; a frozen one is cut off. */
const FAREWELL_MS = 200;

/** The one page from elsewhere that may speak to a chain on its visitor's machine, as Substrate's nodes have it too. */
const APPS_ORIGIN = "https://polkadot.js.org";

export interface RpcServer {
  readonly url: string;
  /** Begins to answer; to be called before anything else is waited for, or who connected meanwhile is not heard. */
  serve(methodsFor: (session: Session) => Methods): void;
  freeze(): void;
  thaw(): void;
  /** Breaks all connections but `except`'s. */
  drop(except?: Session): void;
  close(): Promise<void>;
}

/** @throws ChainError `NOT_LOOPBACK`, `PORT_IN_USE`, `CANNOT_LISTEN` */
export async function listen(host: string, port: number, log: Logger): Promise<RpcServer> {
  assertLoopback(host);
  const { server, http } = await bind(host, port);
  const sessions = new Set<Session>();
  let isFrozen = false;
  server.on("error", (error) => log.error({ err: error }, "local chain's socket failed"));

  return {
    url: urlOf(http),
    serve(methodsFor) {
      server.on("connection", (socket) => {
        if (server.clients.size > MAX_CONNECTIONS) {
          socket.terminate();
          return;
        }
        const session = new Session(socket, methodsFor);
        sessions.add(session);
        socket.on("close", () => sessions.delete(session));
        if (isFrozen) session.freeze();
      });
    },
    freeze() {
      isFrozen = true;
      for (const session of sessions) session.freeze();
    },
    thaw() {
      isFrozen = false;
      for (const session of sessions) session.thaw();
    },
    drop(except) {
      for (const session of [...sessions]) if (session !== except) session.drop();
    },
    async close() {
      // Said first, cut afterwards: close() on the server alone would wait for the clients to leave.
      for (const socket of server.clients) socket.close(1001, "the local chain stops");
      const cut = setTimeout(() => {
        for (const socket of server.clients) socket.terminate();
        // Those that never said what they want, which the WebSocket server does not know.
        http.closeAllConnections();
      }, FAREWELL_MS);
      server.close();
      await new Promise<void>((resolve) => http.close(() => resolve()));
      clearTimeout(cut);
    },
  };
}

async function bind(
  host: string,
  port: number,
): Promise<{ server: WebSocketServer; http: Server }> {
  // There are no pages here.
  const http = createServer((_, response) => response.writeHead(426).end());
  try {
    http.listen(port, host);
    await once(http, "listening");
    const server = new WebSocketServer({
      server: http,
      maxPayload: MAX_REQUEST_BYTES,
      perMessageDeflate: false,
      // A page of some web site must not speak to a chain on its visitor's machine. Programs send no origin.
      verifyClient: ({ origin }: { origin?: string }) =>
        origin === undefined || origin === APPS_ORIGIN || isLoopbackPage(origin),
    });
    return { server, http };
  } catch (cause) {
    if (errnoOf(cause) === "EADDRINUSE") {
      throw new ChainError(
        "PORT_IN_USE",
        `port ${port} of ${host} is taken by another program`,
        "Stop that program, or choose another port (0 finds a free one).",
        { cause },
      );
    }
    throw new ChainError(
      "CANNOT_LISTEN",
      `cannot listen on port ${port} of ${host}`,
      "Choose another host or port.",
      { cause },
    );
  }
}

function assertLoopback(host: string): void {
  if (host === "localhost") return;
  if (ipaddr.isValid(host) && ipaddr.process(host).range() === "loopback") return;
  throw new ChainError(
    "NOT_LOOPBACK",
    `${host} is no loopback address`,
    "Use 127.0.0.1: anybody who reaches a local chain can spend its well-known development account.",
  );
}

function isLoopbackPage(origin: string): boolean {
  const hostname = URL.canParse(origin) ? new URL(origin).hostname : "";
  return hostname === "localhost" || hostname === "127.0.0.1" || hostname === "[::1]";
}

function urlOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  return `ws://${family === "IPv6" ? `[${address}]` : address}:${port}`;
}
