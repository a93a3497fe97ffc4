/**
 * The chain itself: its blocks, the storage after each, and which of them are final. Blocks are appended and taken
 * back here and nowhere else. When a block cannot be written (a full disk), nothing has happened.
 * @module
 */
import { ChainError } from "../../error.ts";
import type { Signing } from "../runtime/extrinsic.ts";
import type { ExecutedBlock, Runtime } from "../runtime/runtime.ts";
import { State } from "../runtime/state.ts";
import { type Block, type ChainStore, HISTORY_BLOCKS } from "./chain-store.ts";
import {
  extrinsicsRoot,
  type Header,
  hashHeader,
  nextStateRoot,
  slotDigest,
  ZERO_HASH,
} from "./header.ts";
import { LiveStorage } from "./live-storage.ts";

/** Hash as 0x hex. */
export interface BlockRef {
  readonly number: number;
  readonly hash: string;
}

export interface Appended {
  readonly block: Block;
  readonly executed: ExecutedBlock;
  /** Raw keys whose values it changed. */
  readonly changedKeys: ReadonlySet<string>;
  /** Blocks that became final, oldest first. */
  readonly finalised: readonly BlockRef[];
}

export interface Retracted {
  /** Newest first. */
  readonly blocks: readonly Block[];
  readonly changedKeys: ReadonlySet<string>;
}

export interface LedgerOptions {
  readonly blockMs: number;
  /** Blocks by which finality trails the best block. */
  readonly finalityLag: number;
}

/** The first block of every chain of this runtime, and the storage with which it begins. */
export interface Genesis {
  readonly block: Block;
  readonly storage: ReadonlyMap<string, Uint8Array | undefined>;
}

export function genesisOf(runtime: Runtime): Genesis {
  const state = new State(new LiveStorage());
  runtime.genesis(state);
  const storage = state.takeChanges();
  const header: Header = {
    ...{ number: 0, parentHash: ZERO_HASH, digest: undefined },
    stateRoot: nextStateRoot(ZERO_HASH, storage),
    extrinsicsRoot: extrinsicsRoot([]),
  };
  return { block: { hash: hashHeader(header), header, body: [] }, storage };
}

export class Ledger {
  readonly runtime: Runtime;
  readonly genesisHash: string;
  /** Storage after the best block. */
  readonly state: State;
  readonly #options: LedgerOptions;
  readonly #store: ChainStore;
  readonly #live = new LiveStorage();
  #best: BlockRef;
  #bestHeader: Header;
  #finalised: BlockRef;

  /**
   * Goes on with the chain in `store`, which has its genesis.
   * @throws ChainError `CHAIN_DAMAGED`
   */
  constructor(options: LedgerOptions, runtime: Runtime, store: ChainStore) {
    this.runtime = runtime;
    this.#options = options;
    this.#store = store;
    this.state = new State(this.#live);
    try {
      this.#live.apply(new Map(store.storage()));
      const last = this.#stored(store.last ?? 0);
      this.#bestHeader = last.header;
      this.#best = refOf(last);
      this.#finalised = refOf(this.#stored(store.finalised));
      this.genesisHash = this.#stored(0).hash;
      const number = this.state.get("System.Number", []);
      if (number !== this.#best.number) throw damaged(`the storage of block ${this.#best.number}`);
    } catch (error) {
      throw error instanceof ChainError ? error : damaged("storage and blocks of one chain", error);
    }
  }

  get best(): BlockRef {
    return this.#best;
  }

  get bestHeader(): Header {
    return this.#bestHeader;
  }

  get finalised(): BlockRef {
    return this.#finalised;
  }

  /** What an extrinsic that never dies signs beside itself, to be in the next block. */
  get signing(): Signing {
    const { specVersion, transactionVersion } = this.runtime.versionOf(this.state);
    const { genesisHash } = this;
    return { specVersion, transactionVersion, genesisHash, birthHash: genesisHash };
  }

  /**
   * Makes the next block and writes it.
   * @param inspect may throw, with the state after the block at hand, and then there is no such block
   * @throws ChainError `BLOCK_NOT_WRITTEN`: nothing has happened, and a later try may succeed
   */
  append(
    timestampMs: number,
    candidates: readonly Uint8Array[],
    inspect?: (executed: ExecutedBlock) => void,
  ): Appended {
    const number = this.#best.number + 1;
    const executed = this.#execute(timestampMs, candidates, inspect);
    const changes = this.state.takeChanges();
    try {
      const header: Header = {
        ...{ number, parentHash: this.#best.hash },
        stateRoot: nextStateRoot(this.#bestHeader.stateRoot, changes),
        extrinsicsRoot: extrinsicsRoot(executed.extrinsics),
        digest: slotDigest(timestampMs, this.#options.blockMs),
      };
      const block = { hash: hashHeader(header), header, body: executed.extrinsics };
      const undo = new Map([...changes.keys()].map((key) => [key, this.#live.get(key)]));
      const from = this.#finalised.number;
      const to = Math.max(from, number - this.#options.finalityLag);
      this.#store.append(block, changes, undo, to);
      this.#live.apply(changes);
      this.#best = refOf(block);
      this.#bestHeader = header;
      const finalised = Array.from({ length: to - from }, (_, i) => this.#refAt(from + 1 + i));
      this.#finalised = finalised.at(-1) ?? this.#finalised;
      return { block, executed, changedKeys: new Set(changes.keys()), finalised };
    } catch (cause) {
      this.state.forget(changes.keys());
      throw new ChainError(
        "BLOCK_NOT_WRITTEN",
        "the local chain cannot write its next block",
        "Free some space on its disk; it tries again by itself.",
        { cause },
      );
    }
  }

  /** Whether the next block could be made of these; nothing of it stays. */
  canExecute(timestampMs: number, candidates: readonly Uint8Array[]): boolean {
    try {
      this.#execute(timestampMs, candidates);
      this.state.discard();
      return true;
    } catch {
      return false;
    }
  }

  #execute(
    timestampMs: number,
    candidates: readonly Uint8Array[],
    inspect?: (executed: ExecutedBlock) => void,
  ): ExecutedBlock {
    const { number, hash: parentHash } = this.#best;
    const next = { number: number + 1, parentHash, timestampMs, candidates };
    try {
      const executed = this.runtime.execute(this.state, next);
      inspect?.(executed);
      return executed;
    } catch (error) {
      this.state.discard();
      throw error;
    }
  }

  /**
   * Takes the last blocks back, as a reorganisation does.
   * @throws ChainError `FINALISED` when one of them is final
   */
  retract(count: number): Retracted {
    const unfinalised = this.#best.number - this.#finalised.number;
    if (count > unfinalised) {
      throw new ChainError(
        "FINALISED",
        `asked to take back ${count} blocks, of which only ${unfinalised} are not final`,
        "Start the chain with a finality lag of so many blocks.",
      );
    }
    const numbers = Array.from({ length: count }, (_, i) => this.#best.number - i);
    const blocks = numbers.map((number) => this.#stored(number));
    const undone = numbers.map((number) => ({ number, undo: this.#store.undo(number) }));
    const parent = this.#stored(this.#best.number - count);
    this.#store.retract(undone);
    const changedKeys = new Set<string>();
    for (const { undo } of undone) {
      this.#live.apply(undo);
      for (const key of undo.keys()) changedKeys.add(key);
    }
    this.state.forget(changedKeys);
    this.#best = refOf(parent);
    this.#bestHeader = parent.header;
    return { blocks, changedKeys };
  }

  hashAt(number: number): string | undefined {
    return this.#store.hash(number);
  }

  /** Undefined for a hash that names no block of this chain. */
  header(hash: string): Header | undefined {
    if (hash === this.#best.hash) return this.#bestHeader;
    const number = this.#store.numberOf(hash);
    return number === undefined ? undefined : this.#store.header(number);
  }

  block(hash: string): Block | undefined {
    const number = this.#store.numberOf(hash);
    return number === undefined ? undefined : this.#store.block(number);
  }

  /**
   * The storage after a block, for questions only.
   * @throws ChainError `UNKNOWN_BLOCK` or `STATE_DISCARDED`
   */
  stateAt(hash: string): State {
    if (hash === this.#best.hash) return this.state;
    return new State(this.#store.storageAfter(this.numberOf(hash), this.#live));
  }

  /**
   * Raw keys that a block changed.
   * @throws ChainError `STATE_DISCARDED`
   */
  keysChangedBy(number: number): Iterable<string> {
    return this.#store.undo(number).keys();
  }

  /** @throws ChainError `UNKNOWN_BLOCK`, or `STATE_DISCARDED` for one whose storage is no longer kept */
  numberOf(hash: string): number {
    const number = this.#store.numberOf(hash);
    if (number === undefined) {
      throw new ChainError(
        "UNKNOWN_BLOCK",
        `Client error: UnknownBlock: Header was not found in the database: ${hash}`,
        "Ask for a block of this chain; after a reorganisation some are no more.",
      );
    }
    if (number < this.#best.number - HISTORY_BLOCKS) {
      throw new ChainError(
        "STATE_DISCARDED",
        `Client error: UnknownBlock: State already discarded for ${hash}`,
        `The local chain keeps the storage of its last ${HISTORY_BLOCKS} blocks.`,
      );
    }
    return number;
  }

  #refAt(number: number): BlockRef {
    if (number === this.#best.number) return this.#best;
    return { number, hash: this.#store.hash(number) as string };
  }

  #stored(number: number): Block {
    const block = this.#store.block(number);
    if (block !== undefined) return block;
    throw damaged(`block ${number}`);
  }
}

function damaged(missing: string, cause?: unknown): ChainError {
  return new ChainError(
    "CHAIN_DAMAGED",
    `the local chain's database does not hold ${missing}`,
    "The file was edited or damaged: start the chain in an empty folder.",
    { cause },
  );
}

function refOf({ hash, header }: Block): BlockRef {
  return { number: header.number, hash };
}
