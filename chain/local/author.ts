/**
 * The one author of the local chain: keeps the state, gathers transactions, and every `blockMs` writes a block of them.
 * When a block cannot be written (a full disk) nothing has happened: the state stays as it is, those who wait are told
 * that their transaction is not included, and the next tick tries again.
 * @module
 */
import { randomBytes } from "node:crypto";
import type { Logger } from "pino";
import { type Digest, sha256 } from "../../store/digest.ts";
import type { Head, Hotkey } from "../chain.ts";
import { ChainError } from "../error.ts";
import { ENTROPY_BYTES, type Header, hashHeader, rootOfTransactions } from "./block.ts";
import type { BlockStore } from "./block-store.ts";
import { type Advance, nextState } from "./next-state.ts";
import { type Refusal, refuse } from "./refusal.ts";
import { type Account, accountOf, type State } from "./state.ts";
import { encodeState } from "./state-json.ts";
import { decodeTransaction, hasValidSignature, type SignedTransaction } from "./transaction.ts";

/** Transactions that may wait for the next block: some for each of 256 neurons. A person's chain holds a handful. */
const MAX_WAITING = 1_024;

export interface AuthorOptions {
  readonly blockMs: number;
}

export interface AuthorParts {
  readonly store: BlockStore;
  readonly genesisHash: Digest;
  /** Genesis, or the stored state of a chain that goes on. */
  readonly state: State;
  readonly log: Logger;
}

export interface Author {
  readonly state: State;
  readonly head: Head;
  blockHash(number: number): Digest | undefined;
  /** What the account has and the nonce to use next, counting what waits for a block. */
  account(key: Hotkey): Account;
  /**
   * Waits until the transaction is in a block or refused. The same bytes may be submitted again and again: the answer
   * is that of the first time.
   * @throws ChainError `MALFORMED_TRANSACTION`, `POOL_FULL`, `BLOCK_NOT_WRITTEN`, `STOPPING`
   */
  submit(wire: Uint8Array): Promise<Head | Refusal>;
  onHead(listener: (head: Head) => void): () => void;
  /** Ends the making of blocks; what waits fails with `STOPPING`. */
  close(): void;
}

interface Waiting {
  readonly transaction: SignedTransaction;
  readonly outcome: Promise<Head | Refusal>;
  settle(outcome: Head | Refusal): void;
  fail(error: ChainError): void;
}

export function startAuthor(options: AuthorOptions, parts: AuthorParts): Author {
  const { store, genesisHash, log } = parts;
  let { state } = parts;
  let head: Head = store.last ? headOf(store.last.header) : { number: 0, hash: genesisHash };
  const pool = new Map<Digest, Waiting>();
  const listeners = new Set<(head: Head) => void>();
  let isClosed = false;
  let isStuck = false;

  const blockHash = (number: number): Digest | undefined =>
    number === 0 ? genesisHash : store.blockHash(number);

  /** Either the whole block is on disk and in memory, or nothing has changed. */
  const produce = (): Advance<SignedTransaction> => {
    const advance = nextState(
      state,
      [...pool.values()].map(({ transaction }) => transaction),
    );
    const encoded = encodeState(advance.state);
    const header: Header = {
      number: advance.state.block,
      parent: head.hash,
      stateRoot: sha256(encoded),
      transactionsRoot: rootOfTransactions(advance.included.map(({ hash }) => hash)),
      timestampMs: Date.now(),
      entropy: randomBytes(ENTROPY_BYTES),
    };
    store.append(header, advance.included, encoded);
    state = advance.state;
    head = headOf(header);
    return advance;
  };

  const announce = ({ included, refused }: Advance<SignedTransaction>): void => {
    for (const { transaction, refusal } of refused) pool.get(transaction.hash)?.settle(refusal);
    for (const { hash } of included) pool.get(hash)?.settle(head);
    pool.clear();
    for (const listener of [...listeners]) listener(head);
  };

  const failWaiting = (error: ChainError): void => {
    for (const waiting of pool.values()) waiting.fail(error);
    pool.clear();
  };

  const tick = (): void => {
    let advance: Advance<SignedTransaction>;
    try {
      advance = produce();
    } catch (error) {
      if (!isStuck) log.error({ err: error, block: head.number + 1 }, "block not written");
      isStuck = true;
      failWaiting(notWritten(error));
      return;
    }
    if (isStuck) log.info({ block: head.number }, "blocks are written again");
    isStuck = false;
    announce(advance);
  };
  const timer = setInterval(tick, options.blockMs);

  return {
    get state() {
      return state;
    },
    get head() {
      return head;
    },
    blockHash,

    account(key) {
      const account = accountOf(state, key);
      const waiting = [...pool.values()].filter(({ transaction }) => transaction.signer === key);
      return { ...account, nonce: account.nonce + waiting.length };
    },

    async submit(wire) {
      if (isClosed) throw stopping();
      const transaction = decodeTransaction(wire);
      const known = store.inclusion(transaction.hash) ?? pool.get(transaction.hash)?.outcome;
      if (known !== undefined) return known;

      const birthHash = blockHash(transaction.birth);
      if (birthHash === undefined) {
        return refuse("AncientBirthBlock", `there is no block ${transaction.birth} yet`);
      }
      if (!hasValidSignature(transaction, genesisHash, birthHash)) {
        return refuse("BadProof", `the signature is not ${transaction.signer}'s for this chain`);
      }
      if (pool.size >= MAX_WAITING) {
        throw new ChainError(
          "POOL_FULL",
          `${pool.size} transactions are waiting already`,
          "Try again after the next block.",
        );
      }
      const waiting = waitFor(transaction);
      pool.set(transaction.hash, waiting);
      return waiting.outcome;
    },

    onHead(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    close() {
      isClosed = true;
      clearInterval(timer);
      listeners.clear();
      failWaiting(stopping());
    },
  };
}

function headOf(header: Header): Head {
  return { number: header.number, hash: hashHeader(header) };
}

function waitFor(transaction: SignedTransaction): Waiting {
  let settle: Waiting["settle"] = () => {};
  let fail: Waiting["fail"] = () => {};
  const outcome = new Promise<Head | Refusal>((resolve, reject) => {
    settle = resolve;
    fail = reject;
  });
  // Whoever submitted may have gone; a stop must not become an unhandled rejection.
  outcome.catch(() => {});
  return { transaction, outcome, settle, fail };
}

function stopping(): ChainError {
  return new ChainError(
    "STOPPING",
    "the local chain is stopping",
    "Send the same transaction again once it is back.",
  );
}

function notWritten(cause: unknown): ChainError {
  return new ChainError(
    "BLOCK_NOT_WRITTEN",
    "the local chain cannot write its next block; the transaction is not included",
    "Free some space on its disk and send the transaction again.",
    { cause },
  );
}
