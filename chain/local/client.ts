/**
 * `Chain`, spoken to a local chain over JSON-RPC. What is particular to the local chain (its transactions, accounts and
 * method names) is in this folder; miners and validators see the interface alone.
 *
 * One signer's transactions go one after another. Their nonce is asked of the chain each time, which counts what waits;
 * when another process of the same signer was faster, the transaction is signed again with the next nonce. It is signed
 * again only after a refusal: while the outcome is unknown the same bytes are sent, and those count once.
 * @module
 */
import type { Digest } from "../../store/digest.ts";
import type { Chain, Endpoint, Head, Hotkey, Included, Signer } from "../chain.ts";
import { conformWeights } from "../conform-weights.ts";
import { ChainError } from "../error.ts";
import { type Ask, type Greeting, openConnection } from "./connection.ts";
import { LOCAL_GENESIS_HASH } from "./genesis.ts";
import {
  AccountResult,
  EpochInfoResult,
  HashResult,
  HeadResult,
  METHODS,
  MetagraphResult,
  PropertiesResult,
  RaoResult,
  SubscriptionResult,
} from "./rpc.ts";
import { type Call, signTransaction } from "./transaction.ts";

export interface ClientOptions {
  /** Ends the connecting; afterwards use `close()`. */
  readonly signal?: AbortSignal;
  /** For one answer, with all reconnecting that it takes. Default 10 s. */
  readonly requestMs?: number;
  /** For a transaction to be in a block. Default 60 s. */
  readonly submitMs?: number;
  /** For a socket to open and be greeted. Default 5 s. */
  readonly connectMs?: number;
}

export interface LocalChainClient extends Chain {
  /** Free rao and next nonce. */
  account(key: Hotkey): Promise<{ readonly nonce: number; readonly balance: bigint }>;
  /** Rao burned by `register`. */
  registrationCost(netuid: number): Promise<bigint>;
  transfer(to: Hotkey, amountRao: bigint, from: Signer): Promise<Included>;
  addStake(netuid: number, hotkey: Hotkey, amountRao: bigint, coldkey: Signer): Promise<Included>;
}

interface LocalGreeting extends Greeting {
  readonly genesisHash: Digest;
  readonly head: Head;
}

/** Heads this many block times apart are a sign that the chain or the connection is dead (threats.md, 31). */
const SILENT_BLOCKS = 3;
/** But on a busy machine a block may well be late by this much. */
const LEAST_SILENCE_MS = 2_000;

/**
 * @param url as `startLocalChain` tells it
 * @throws ChainError `MALFORMED_URL`, `CHAIN_UNREACHABLE`, `FOREIGN_CHAIN`
 */
export async function connectLocalChain(
  url: string,
  options: ClientOptions = {},
): Promise<LocalChainClient> {
  assertWebSocketUrl(url);
  const { signal, requestMs = 10_000, submitMs = 60_000, connectMs = 5_000 } = options;
  const listeners = new Set<(head: Head) => void>();
  const queues = new Map<Hotkey, Promise<unknown>>();
  let known: { readonly genesis: Digest; head: Head } | undefined;

  const hearHead = (head: Head): void => {
    // After a reconnect the newest head comes first; one that was told before is not told again.
    if (known === undefined || head.number <= known.head.number) return;
    known.head = head;
    for (const listener of [...listeners]) listener(head);
  };

  const greet = async (ask: Ask): Promise<LocalGreeting> => {
    const { genesisHash, blockMs, head } = await ask(
      METHODS.properties,
      [],
      PropertiesResult,
      connectMs,
    );
    if (known === undefined) {
      known = { genesis: genesisHash, head };
    } else {
      const hash = await ask(METHODS.blockHash, [known.head.number], HashResult, connectMs);
      if (genesisHash !== known.genesis || hash !== known.head.hash) throw replaced(url);
    }
    await ask(METHODS.subscribe, [], SubscriptionResult, connectMs);
    hearHead(head);
    return { genesisHash, head, silenceMs: Math.max(LEAST_SILENCE_MS, SILENT_BLOCKS * blockMs) };
  };

  const { ask, greeting, close } = await openConnection(
    { url, connectMs },
    {
      greet,
      onNotification(result) {
        const head = HeadResult.safeParse(result);
        if (head.success) hearHead(head.data);
      },
      isFatal: ({ code }) => code === "CHAIN_REPLACED",
    },
    signal,
  );
  const { genesisHash } = greeting;

  const submitOnce = async (call: Call, signer: Signer, until: number): Promise<Head> => {
    const { nonce } = await ask(METHODS.account, [signer.hotkey], AccountResult, requestMs);
    const birth = known?.head ?? greeting.head;
    const { wire } = signTransaction(
      { signer: signer.hotkey, nonce, birth: birth.number, call },
      genesisHash,
      birth.hash,
      signer,
    );
    const hex = `0x${Buffer.from(wire).toString("hex")}`;
    const timeoutMs = Math.max(1, Math.ceil(until - performance.now()));
    return ask(METHODS.submit, [hex], HeadResult, timeoutMs);
  };

  const submit = (call: Call, signer: Signer): Promise<Included> => {
    const earlier = queues.get(signer.hotkey) ?? Promise.resolve();
    const outcome = earlier.then(async () => {
      const until = performance.now() + submitMs;
      for (;;) {
        try {
          return { block: await submitOnce(call, signer, until) };
        } catch (error) {
          if (!isWorthSigningAgain(error) || performance.now() >= until) throw error;
        }
      }
    });
    queues.set(
      signer.hotkey,
      outcome.catch(() => {}),
    );
    return outcome;
  };

  const metagraph: Chain["metagraph"] = (netuid) =>
    ask(METHODS.metagraph, [netuid], MetagraphResult, requestMs);

  return {
    isLocal: genesisHash === LOCAL_GENESIS_HASH,
    genesisHash,

    finalisedHead: () => ask(METHODS.finalisedHead, [], HeadResult, requestMs),
    blockHash: async (number) =>
      (await ask(METHODS.blockHash, [number], HashResult, requestMs)) ?? undefined,
    onHead(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    metagraph,
    epochInfo: (netuid) => ask(METHODS.epochInfo, [netuid], EpochInfoResult, requestMs),
    account: (key) => ask(METHODS.account, [key], AccountResult, requestMs),
    registrationCost: (netuid) => ask(METHODS.registrationCost, [netuid], RaoResult, requestMs),

    async register(netuid, hotkey, coldkey) {
      await submit({ call: "burned_register", netuid, hotkey }, coldkey);
      const { neurons } = await metagraph(netuid);
      const neuron = neurons.find((candidate) => candidate.hotkey === hotkey);
      if (neuron !== undefined) return neuron.uid;
      throw new ChainError(
        "REGISTRATION_LOST",
        `the chain registered ${hotkey} but does not list it`,
        "Read the metagraph again; this chain contradicts itself.",
      );
    },
    publishEndpoint: (netuid: number, endpoint: Endpoint, hotkey) =>
      submit({ call: "serve_axon", netuid, endpoint }, hotkey),
    async setWeights(netuid, weights, hotkey) {
      const { weightsVersionKey: versionKey } = await ask(
        METHODS.epochInfo,
        [netuid],
        EpochInfoResult,
        requestMs,
      );
      const { uids, values } = conformWeights(weights);
      return submit({ call: "set_weights", netuid, uids, values, versionKey }, hotkey);
    },
    transfer: (to, amount, from) => submit({ call: "transfer", to, amount }, from),
    addStake: (netuid, hotkey, amount, coldkey) =>
      submit({ call: "add_stake", hotkey, netuid, amount }, coldkey),

    async close() {
      listeners.clear();
      await close();
    },
  };
}

function assertWebSocketUrl(url: string): void {
  if (URL.canParse(url) && new URL(url).protocol === "ws:") return;
  throw new ChainError(
    "MALFORMED_URL",
    `expected the address of a local chain, such as ws://127.0.0.1:9944, got ${JSON.stringify(url.slice(0, 80))}`,
    "Copy the address that the local chain prints when it starts.",
  );
}

/** Refused for when it was signed, not for what it asks. */
function isWorthSigningAgain(error: unknown): boolean {
  return (
    error instanceof ChainError && ["Stale", "Future", "AncientBirthBlock"].includes(error.code)
  );
}

function replaced(url: string): ChainError {
  return new ChainError(
    "CHAIN_REPLACED",
    `the chain at ${url} is another than before: it does not know the last block this client saw`,
    "Start miner and validator anew; what they know is of the old chain.",
  );
}
