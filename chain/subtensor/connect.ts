/**
 * `Chain` over @polkadot/api: Bittensor's public networks and the local chain by the same calls. Reads are of the newest
 * finalised block; what is signed was planned from it, and resolves when a finalised block has it.
 * @module
 */
import type { Logger } from "pino";
import { z } from "zod";
import { type Digest, digest } from "../../store/digest.ts";
import type {
  Chain,
  Draft,
  Hotkey,
  Included,
  Intent,
  Signer,
  Weights,
  WeightsSet,
} from "../chain.ts";
import { ChainError } from "../error.ts";
import { LOCAL_GENESIS_HASH } from "../local/genesis.ts";
import { type Beacon, QUICKNET } from "../timelock/beacon.ts";
import { buildCall, type Call } from "./calls.ts";
import { clockObstacle, openClock } from "./clock.ts";
import { memoryCommitStore, openCommitStore } from "./commit-store.ts";
import { openConnection } from "./connection.ts";
import { readMetagraph, subnetNotExists } from "./metagraph.ts";
import { resolveNetwork } from "./networks.ts";
import { accountItem, CommitmentShape, plan, uidItem } from "./plans.ts";
import { revealDue } from "./reveal.ts";
import { Bool, Bytes, Count, Rao, Small } from "./shapes.ts";
import { ERA_BLOCKS, payloadFields } from "./sign.ts";
import { openSubmitter } from "./submit.ts";
import { readHyperparameters, readSubnet } from "./subnet.ts";
import { subtensorItem, type View, viewAt } from "./view.ts";
import { type Plan, planWeights } from "./weights.ts";

export interface SubtensorOptions {
  /** Ends the connecting; afterwards use `close()`. */
  readonly signal?: AbortSignal;
  /** For one answer, with all reconnecting that it takes. Default 10 s. */
  readonly requestMs?: number;
  /** Until a transaction is finalised, with signing again. Default: the blocks of two mortalities. */
  readonly submitMs?: number;
  /** Folder in which commits wait to be revealed. Default: memory, which does not survive the process. */
  readonly commitDir?: string;
  /** What is known of the chain besides its name. */
  readonly expectedGenesis?: Digest;
  readonly log?: Logger;
  /** Milliseconds since 1970. Default: this machine's clock. */
  readonly now?: () => number;
}

export interface SubtensorChain extends Chain {
  /** The address in use now. */
  readonly endpoint: string;
  readonly specVersion: number;
  /**
   * Any call that the metadata has, by its names there.
   * @throws ChainError by the chain's name when it refuses; `CALL_MISSING`, `MALFORMED_CALL`
   */
  submit(call: Call, signer: Signer): Promise<Included>;
  /** The same as the chain's root, on chains whose Sudo key `signer` has. */
  sudo(call: Call, signer: Signer): Promise<Included>;
  /** Milliseconds that this machine's clock is ahead of the chain's; undefined when no block came to tell. */
  clockOffsetMs(): Promise<number | undefined>;
}

const DEFAULT_REQUEST_MS = 10_000;
const SMALLEST_SUBMIT_MS = 60_000;
/** A transaction is signed again once when its mortality ends; some blocks more are for finality. */
const SUBMIT_BLOCKS = 2 * ERA_BLOCKS + 16;

const BeaconShape = z
  .looseObject({ publicKey: Bytes, period: Small, genesisTime: Small })
  .transform(({ publicKey, period, genesisTime }): Beacon => {
    return { publicKey, genesisSeconds: genesisTime, periodSeconds: period };
  });

/**
 * @param network "finney", "test", "local" or ws:// and wss:// addresses; the second and further are for failover
 * @throws ChainError `UNKNOWN_NETWORK`, `MALFORMED_URL`, `CONTRADICTING_NETWORKS`, `CHAIN_UNREACHABLE`, `CHAIN_TIMEOUT`,
 * `WRONG_GENESIS`, `UNREADABLE_RUNTIME`
 */
export async function connectSubtensor(
  network: string | readonly string[],
  options: SubtensorOptions = {},
): Promise<SubtensorChain> {
  const { requestMs = DEFAULT_REQUEST_MS, log, now = Date.now, commitDir } = options;
  const target = resolveNetwork(network, options.expectedGenesis);
  const commits = commitDir === undefined ? memoryCommitStore() : await openCommitStore(commitDir);
  const connection = await openConnection(target, { requestMs, signal: options.signal, log });
  const { genesis } = connection;
  const isLocal = genesis === LOCAL_GENESIS_HASH;
  const { blockMs } = connection.session();
  const submitMs = options.submitMs ?? Math.max(SMALLEST_SUBMIT_MS, SUBMIT_BLOCKS * blockMs);
  const submitter = openSubmitter(connection, { requestMs, submitMs, log });
  const clock = openClock(() => connection.session().blockMs, now);
  connection.onTime(clock.hear);
  const busy = new Set<string>();
  let localBeacon: Promise<Beacon> | undefined;

  const read = <T>(reader: (view: View) => Promise<T>): Promise<T> =>
    connection.read((session) => reader(viewAt(session, session.head(), requestMs)));

  const beacon = (): Promise<Beacon> => {
    // A local chain's pulses are its own; elsewhere a node could name a beacon whose key it has.
    if (!isLocal) return Promise.resolve(QUICKNET);
    localBeacon ??= read(async (view) => {
      const item = { pallet: "drand", item: "beaconConfig", args: [], schema: BeaconShape };
      const [config] = await view.read(item);
      return config;
    });
    localBeacon.catch(() => {
      localBeacon = undefined;
    });
    return localBeacon;
  };

  const weightsPlan = (netuid: number, weights: Weights, who: Hotkey) => {
    return read((view) =>
      planWeights(view, netuid, weights, who, {
        beacon,
        clockObstacle: async () => {
          await clock.ready();
          return clockObstacle(clock.offsetMs());
        },
      }),
    );
  };

  const perform = async (
    intent: Exclude<Intent, { readonly kind: "setWeights" }>,
    signer: Signer,
  ): Promise<Included> => {
    const { call, obstacles } = await read((view) => plan(view, intent, signer.hotkey));
    if (obstacles[0] !== undefined) throw obstacles[0];
    return submitter.submit(call, signer);
  };

  const uidOf = (netuid: number, hotkey: Hotkey): Promise<number | null> =>
    read(async (view) => (await view.read(uidItem(netuid, hotkey)))[0]);

  return {
    isLocal,
    genesisHash: genesis,
    get blockMs() {
      return connection.session().blockMs;
    },
    get endpoint() {
      return connection.session().url;
    },
    get specVersion() {
      return connection.session().specVersion;
    },

    finalisedHead: () => connection.read(async (session) => session.head()),
    chainTimeMs: () =>
      read(async (view) => {
        const now = { pallet: "timestamp", item: "now", args: [], schema: Count };
        return (await view.read(now))[0];
      }),
    blockHash: (number) =>
      connection.read(async (session) => {
        if (number > session.head().number) return undefined;
        const hash = await session.request("chain_getBlockHash", [number], requestMs);
        return typeof hash === "string" ? digest(hash.slice(2)) : undefined;
      }),
    onHead: connection.onHead,
    metagraph: (netuid) => read((view) => readMetagraph(view, netuid)),
    epochInfo: (netuid) => read(async (view) => (await readSubnet(view, netuid)).info),
    hyperparameters: (netuid) => read((view) => readHyperparameters(view, netuid)),
    account: (key) =>
      read(async (view) => {
        const [{ nonce, data }] = await view.read(accountItem(key));
        return { nonce, balance: data.free };
      }),
    registrationCost: (netuid) =>
      read(async (view) => {
        const [exists, cost] = await view.read(
          subtensorItem("networksAdded", [netuid], Bool),
          subtensorItem("burn", [netuid], Rao),
        );
        if (!exists) throw subnetNotExists(netuid);
        return cost;
      }),
    commitment: (netuid, hotkey) =>
      read(async (view) => {
        const [found] = await view.read({
          pallet: "commitments",
          item: "commitmentOf",
          args: [netuid, hotkey],
          schema: CommitmentShape,
        });
        const content = found?.content;
        return content === undefined ? undefined : { content, block: found?.block ?? 0 };
      }),

    async draft(intent, who) {
      const planned: Plan =
        intent.kind === "setWeights"
          ? await weightsPlan(intent.netuid, intent.weights, who)
          : await read((view) => plan(view, intent, who));
      return {
        ...planned.call,
        fee: await read((view) => feeOf(view, planned.call, who)),
        obstacles: planned.obstacles.map(({ message, hint }) => `${message}. ${hint}`),
      } satisfies Draft;
    },

    async register(netuid, hotkey, coldkey, limitRao) {
      const before = await uidOf(netuid, hotkey);
      if (before !== null) return before;
      const limit = limitRao === undefined ? {} : { limitRao };
      await perform({ kind: "register", netuid, hotkey, ...limit }, coldkey);
      const uid = await uidOf(netuid, hotkey);
      if (uid !== null) return uid;
      throw new ChainError(
        "REGISTRATION_LOST",
        `the chain registered ${hotkey} but does not list it`,
        "It was replaced at once, or this node lags; read the metagraph again.",
      );
    },
    publishEndpoint: (netuid, endpoint, hotkey) =>
      perform({ kind: "serve", netuid, endpoint }, hotkey),
    addStake: (netuid, hotkey, amount, coldkey) =>
      perform({ kind: "addStake", netuid, hotkey, amount }, coldkey),
    removeStake: (netuid, hotkey, amount, coldkey) =>
      perform({ kind: "removeStake", netuid, hotkey, amount }, coldkey),
    transfer: (to, amount, coldkey) => perform({ kind: "transfer", to, amount }, coldkey),
    publishCommitment: (netuid, content, hotkey) =>
      perform({ kind: "commit", netuid, content }, hotkey),

    async setWeights(netuid, weights, signer): Promise<WeightsSet> {
      const { call, obstacles, commit } = await weightsPlan(netuid, weights, signer.hotkey);
      if (obstacles[0] !== undefined) throw obstacles[0];
      if (commit === undefined) return { ...(await submitter.submit(call, signer)), way: "set" };
      busy.add(commit.id);
      try {
        await commits.keep(commit);
        const included = await submitter.submit(call, signer);
        await commits.place(commit.id, included.block.number);
        const { way, revealEpoch, round } = commit;
        return { ...included, way, revealEpoch, ...(way === "timelocked" ? { round } : {}) };
      } finally {
        busy.delete(commit.id);
      }
    },
    revealWeights: (netuid, signer) =>
      revealDue(netuid, signer, {
        store: commits,
        view: () => read(async (view) => view),
        submit: submitter.submit,
        busy,
        genesis,
        log,
      }),

    submit: (call, signer) => submitter.submit(call, signer),
    async sudo(call, signer) {
      const inner = await connection.read(async ({ api }) => buildCall(api, call).method.toHex());
      return submitter.submit({ pallet: "Sudo", call: "sudo", args: { call: inner } }, signer);
    },
    async clockOffsetMs() {
      await clock.ready();
      return clock.offsetMs();
    },

    async close() {
      submitter.close();
      await connection.close();
    },
  };
}

/** A scheme's number and a signature. */
const FAKE_SIGNATURE_BYTES = 65;
const FeeShape = z.looseObject({ partialFee: Rao });

/** Undefined when the node has no opinion of it; 0 for calls that cost nothing. */
async function feeOf(view: View, call: Call, who: Hotkey): Promise<bigint | undefined> {
  const { api } = view.session;
  if (!view.hasApi("transactionPaymentApi", "queryInfo")) return undefined;
  const transaction = buildCall(api, call);
  const fields = payloadFields(api, transaction.method.toHex(), 0, view.head);
  // Weighed by its length, so any signature will do.
  transaction.addSignature(who, new Uint8Array(FAKE_SIGNATURE_BYTES).fill(1), fields);
  const bytes = transaction.toU8a();
  try {
    const args = [bytes, bytes.length];
    return (await view.call("transactionPaymentApi", "queryInfo", args, FeeShape)).partialFee;
  } catch (error) {
    if (error instanceof ChainError && error.code !== "UNREADABLE_STATE") throw error;
    return undefined;
  }
}
