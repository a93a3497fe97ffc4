/**
 * One connection to one node, from its opening to its end: the genesis hash compared before anything else is believed,
 * the runtime's metadata read, heads and time followed. An upgrade of the runtime ends a session: what was prepared by
 * the old metadata is not signed under the new.
 * @module
 */
import { ApiPromise } from "@polkadot/api";
import type { ApiOptions } from "@polkadot/api/types";
import { rpcDefinitions } from "@polkadot/types";
import type { Header } from "@polkadot/types/interfaces";
import { z } from "zod";
import { type Digest, digest } from "../../store/digest.ts";
import type { Head } from "../chain.ts";
import { ChainError } from "../error.ts";
import { SUBTENSOR_EXTENSIONS, unknownExtensions } from "./extensions.ts";
import { readMetadata } from "./metadata.ts";
import { openSocket, type Socket } from "./socket.ts";

type Provider = NonNullable<ApiOptions["provider"]>;

export interface SessionOptions {
  readonly url: string;
  /** The chain that must be there. */
  readonly genesis: Digest | undefined;
  readonly requestMs: number;
  /** Ends the opening. */
  readonly signal: AbortSignal;
}

export interface SessionEvents {
  /** A newly finalised head of this node. */
  readonly onHead: (head: Head) => void;
  /** Milliseconds since 1970 of a new best block, as it comes. */
  readonly onTime: (chainMs: number) => void;
}

export interface Session {
  readonly url: string;
  readonly api: ApiPromise;
  readonly genesis: Digest;
  readonly specVersion: number;
  readonly blockMs: number;
  /** Signed extensions that forbid signing. */
  readonly unknownExtensions: readonly string[];
  /** The newest finalised head that it told. */
  readonly head: () => Head;
  readonly request: Socket["request"];
  readonly subscribe: Socket["subscribe"];
  readonly ended: Promise<ChainError>;
  readonly isOpen: () => boolean;
  readonly end: (reason?: ChainError) => void;
}

const Hash = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/)
  .transform((hex) => digest(hex.slice(2)));

const HeaderShape = z.looseObject({
  number: z.string().regex(/^0x[0-9a-f]{1,8}$/),
  parentHash: Hash,
});

const VersionShape = z.looseObject({ specVersion: z.number() });
const ChangesShape = z.looseObject({
  changes: z.array(z.tuple([z.string(), z.string().nullable()])),
});

/** Substrate's blocks take twice their least distance. */
const PERIODS_PER_BLOCK = 2;

/** The same definitions, without its printing every error that it also throws. */
const QUIET_RPC: NonNullable<ApiOptions["rpc"]> = Object.fromEntries(
  Object.entries(rpcDefinitions).map(([section, methods]) => [
    section,
    Object.fromEntries(
      Object.entries(methods).map(([method, definition]) => [
        method,
        { ...definition, noErrorLog: true },
      ]),
    ),
  ]),
);

/**
 * @throws ChainError `CHAIN_UNREACHABLE`, `CHAIN_TIMEOUT`, `CONNECTION_LOST`, `WRONG_GENESIS`, `UNREADABLE_RUNTIME`
 */
export async function openSession(
  { url, genesis: expected, requestMs, signal }: SessionOptions,
  { onHead, onTime }: SessionEvents,
): Promise<Session> {
  const socket = await openSocket(url, requestMs, signal);
  const onAbort = (): void => socket.end();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const genesis = Hash.parse(await socket.request("chain_getBlockHash", [0], requestMs));
    if (expected !== undefined && genesis !== expected) throw wrongGenesis(url, expected, genesis);
    const api = await readRuntime(socket, genesis, requestMs);
    const specVersion = api.runtimeVersion.specVersion.toNumber();

    let head = await readHead(socket, api, requestMs);
    await socket.subscribe(
      "chain_subscribeFinalizedHeads",
      [],
      "chain_unsubscribeFinalizedHeads",
      requestMs,
      (result) => {
        const next = parseHead(api, result);
        if (next === undefined || next.number <= head.number) return;
        head = next;
        onHead(next);
      },
    );
    await socket.subscribe(
      "state_subscribeRuntimeVersion",
      [],
      "state_unsubscribeRuntimeVersion",
      requestMs,
      (result) => {
        const version = VersionShape.safeParse(result);
        if (version.data === undefined || version.data.specVersion === specVersion) return;
        socket.end(upgraded(url, specVersion, version.data.specVersion));
      },
    );
    await followTime(socket, api, requestMs, onTime);
    return {
      url,
      api,
      genesis,
      specVersion,
      blockMs: constantNumber(api, "timestamp", "minimumPeriod") * PERIODS_PER_BLOCK,
      unknownExtensions: unknownExtensions(api.registry, api.runtimeMetadata),
      head: () => head,
      request: socket.request,
      subscribe: socket.subscribe,
      ended: socket.ended,
      isOpen: socket.isOpen,
      end: socket.end,
    };
  } catch (error) {
    socket.end();
    throw error instanceof ChainError ? error : unreadable(url, error);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

export function isUpgrade(reason: ChainError): boolean {
  return reason.code === "RUNTIME_UPGRADED";
}

/**
 * What @polkadot/api is given instead of its own WsProvider. A question that cannot be answered stays open: the API
 * would print the failure, and whoever waits here learns it from the socket.
 */
async function readRuntime(
  socket: Socket,
  genesis: Digest,
  requestMs: number,
): Promise<ApiPromise> {
  const version = await socket.request("state_getRuntimeVersion", [], requestMs);
  const { specVersion } = VersionShape.parse(version);
  const metadata = await readMetadata(socket, requestMs);
  const open = new Promise<never>(() => {});
  let tellFailure: (error: unknown) => void = () => {};
  const failed = new Promise<never>((_, reject) => {
    tellFailure = reject;
  });
  failed.catch(() => {});
  const provider: Provider = {
    hasSubscriptions: true,
    isClonable: false,
    get isConnected() {
      return socket.isOpen();
    },
    clone: () => provider,
    connect: async () => {},
    disconnect: async () => {},
    on: () => () => {},
    send: <T>(method: string, params: unknown[]) =>
      socket.request(method, params, requestMs).catch((error: unknown) => {
        tellFailure(error);
        return open;
      }) as Promise<T>,
    // Heads, versions and statuses are followed above, where a socket's end is noticed.
    subscribe: () => open,
    unsubscribe: async () => true,
  };
  const api = new ApiPromise({
    provider,
    metadata: { [`0x${genesis}-${specVersion}`]: metadata },
    noInitWarn: true,
    rpc: QUIET_RPC,
    signedExtensions: SUBTENSOR_EXTENSIONS,
  });
  api.isReadyOrError.catch(tellFailure);
  await Promise.race([api.isReady, failed]);
  // From here on it only encodes and decodes. What it follows by itself would keep the process for 1.75 s after a close.
  await api.disconnect();
  return api;
}

async function readHead(socket: Socket, api: ApiPromise, requestMs: number): Promise<Head> {
  // Asked for the header of none, a node tells the best block's, which is not final.
  const hash = Hash.parse(await socket.request("chain_getFinalizedHead", [], requestMs));
  const head = parseHead(api, await socket.request("chain_getHeader", [`0x${hash}`], requestMs));
  if (head?.hash === hash) return head;
  throw new Error("it tells no finalised header");
}

/** The hash is of the bytes, so a node cannot tell a header and another's hash. */
function parseHead(api: ApiPromise, result: unknown): Head | undefined {
  const shape = HeaderShape.safeParse(result);
  if (shape.data === undefined) return undefined;
  const header = api.registry.createType<Header>("Header", result);
  return { number: header.number.toNumber(), hash: digest(header.hash.toHex().slice(2)) };
}

async function followTime(
  socket: Socket,
  api: ApiPromise,
  requestMs: number,
  onTime: (chainMs: number) => void,
): Promise<void> {
  const key = api.query["timestamp"]?.["now"]?.key();
  await socket.subscribe(
    "state_subscribeStorage",
    [[key]],
    "state_unsubscribeStorage",
    requestMs,
    (result) => {
      const value = ChangesShape.safeParse(result).data?.changes[0]?.[1];
      if (typeof value !== "string") return;
      const bytes = Buffer.from(value.slice(2), "hex");
      if (bytes.length === 8) onTime(Number(bytes.readBigUInt64LE()));
    },
  );
}

function constantNumber(api: ApiPromise, pallet: string, name: string): number {
  return z.coerce.number().int().positive().parse(String(api.consts[pallet]?.[name]));
}

function wrongGenesis(url: string, expected: Digest, got: Digest): ChainError {
  return new ChainError(
    "WRONG_GENESIS",
    `${url} is a node of another chain: its genesis hash is ${got}, expected ${expected}`,
    "Do not sign for it. Check the address and the network's name.",
  );
}

function upgraded(url: string, before: number, now: number): ChainError {
  return new ChainError(
    "RUNTIME_UPGRADED",
    `the runtime at ${url} went from version ${before} to ${now}`,
    "Ask again: the new runtime is being read.",
  );
}

function unreadable(url: string, cause: unknown): ChainError {
  return new ChainError(
    "UNREADABLE_RUNTIME",
    `${url} is not a Subtensor node that can be read: ${cause instanceof Error ? cause.message : cause}`,
    "Check the address; if it is Subtensor, update.",
    { cause },
  );
}
