/**
 * The local chain as a service: one folder, one author, a WebSocket on loopback. Several chains run side by side, each
 * on its own folder and port.
 * @module
 */
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import ipaddr from "ipaddr.js";
import { type Logger, pino } from "pino";
import { WebSocketServer } from "ws";
import { errnoOf } from "../../store/error.ts";
import { acquireLock, type Lock } from "../../store/lock.ts";
import { ChainError } from "../error.ts";
import { type Author, type AuthorParts, startAuthor } from "./author.ts";
import { type BlockStore, openBlockStore } from "./block-store.ts";
import { type Genesis, genesisHash, LOCAL_GENESIS } from "./genesis.ts";
import { MAX_REQUEST_BYTES } from "./rpc.ts";
import { serveSession } from "./session.ts";
import { firstState, type Settings } from "./settings.ts";

/** A person's network: some miners, validators, a dashboard. */
const MAX_CONNECTIONS = 256;

/** For clients to answer a farewell; a frozen one is cut off. */
const FAREWELL_MS = 200;

export interface LocalChainOptions extends Settings {
  /** Holds this chain and nothing else; made when missing. A chain that is in there is continued. */
  readonly dir: string;
  /** A loopback address. Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: any free port, told by `url`. */
  readonly port?: number;
  /** Milliseconds from one block to the next. Default 1000. */
  readonly blockMs?: number;
}

export interface LocalChainParts {
  readonly log?: Logger;
  /** Another beginning makes another chain, which nobody takes for a local one. */
  readonly genesis?: Genesis;
}

export interface LocalChain {
  /** Where `connectLocalChain` finds it. */
  readonly url: string;
  /** Ends it; what was announced is on disk. */
  close(): Promise<void>;
}

/**
 * @throws ChainError `PORT_IN_USE`, `NOT_LOOPBACK`, `CHAIN_SETTLED` (other settings than the chain in `dir` began
 * with), `CHAIN_GENESIS`, `CHAIN_FORMAT`, `CHAIN_DAMAGED`; StoreError `LOCKED` when another process runs this chain
 */
export async function startLocalChain(
  options: LocalChainOptions,
  parts: LocalChainParts = {},
): Promise<LocalChain> {
  const { dir, host = "127.0.0.1", port = 0, blockMs = 1_000, ...settings } = options;
  const { log = pino({ level: "silent" }), genesis = LOCAL_GENESIS } = parts;
  assertLoopback(host);
  assertBlockTime(blockMs);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const genesisDigest = genesisHash(genesis);
  const lock = await acquireLock(join(dir, "lock"));
  let store: BlockStore | undefined;
  try {
    store = openBlockStore(dir, genesisDigest);
    const state = firstState(genesis, settings, store.last?.state);
    // Listening comes before the first block: a port in use leaves the chain as it was.
    const server = await listen(host, port);
    return run(server, { store, lock, log, state, genesisHash: genesisDigest, blockMs });
  } catch (error) {
    store?.close();
    await lock.release();
    throw error;
  }
}

interface Running extends AuthorParts {
  readonly lock: Lock;
  readonly blockMs: number;
}

function run(server: WebSocketServer, running: Running): LocalChain {
  const { blockMs, log } = running;
  const author = startAuthor({ blockMs }, running);
  server.on("connection", (socket) => {
    if (server.clients.size > MAX_CONNECTIONS) socket.terminate();
    else serveSession(socket, { author, blockMs });
  });
  server.on("error", (error) => log.error({ err: error }, "local chain's socket failed"));
  const url = urlOf(server);
  log.info({ url, block: author.head.number }, "local chain started");

  let stopped: Promise<void> | undefined;
  return {
    url,
    close() {
      stopped ??= stop(server, author, running);
      return stopped;
    },
  };
}

async function stop(
  server: WebSocketServer,
  author: Author,
  { store, lock }: Running,
): Promise<void> {
  author.close();
  // Said first, cut afterwards: close() on the server alone would wait for the clients to leave.
  for (const socket of server.clients) socket.close(1001, "the local chain stops");
  const cut = setTimeout(() => {
    for (const socket of server.clients) socket.terminate();
  }, FAREWELL_MS);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  clearTimeout(cut);
  store.close();
  await lock.release();
}

async function listen(host: string, port: number): Promise<WebSocketServer> {
  try {
    const server = new WebSocketServer({
      host,
      port,
      maxPayload: MAX_REQUEST_BYTES,
      perMessageDeflate: false,
      // A page of some web site must not speak to a chain on its visitor's machine. Our clients send no origin.
      verifyClient: ({ origin }: { origin?: string }) =>
        origin === undefined || isLoopbackPage(origin),
    });
    await once(server, "listening");
    return server;
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

function urlOf(server: WebSocketServer): string {
  const { address, family, port } = server.address() as AddressInfo;
  return `ws://${family === "IPv6" ? `[${address}]` : address}:${port}`;
}

function assertBlockTime(blockMs: number): void {
  if (Number.isInteger(blockMs) && blockMs >= 10 && blockMs <= 3_600_000) return;
  throw new ChainError(
    "MALFORMED_SETTINGS",
    `expected a block time of 10 ms to an hour, got ${blockMs} ms`,
    "Leave it out for one block a second.",
  );
}
