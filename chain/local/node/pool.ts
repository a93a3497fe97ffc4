/**
 * Transactions that wait for a block. Each provides "who:nonce" and may require the one before it: it is ready when
 * nothing that it requires is missing, else it waits for the future. Judged again after every block; what no block can
 * take any more is told so and leaves.
 *
 * As in Substrate's pool, what was refused or included is banned for half an hour: the same bytes are not judged again
 * and again.
 * @module
 */
import { ChainError } from "../../error.ts";
import type { Validity } from "../runtime/runtime.ts";
import { hashOf } from "./header.ts";
import type { BlockRef, Ledger } from "./ledger.ts";
import {
  alreadyImported,
  banned,
  immediatelyDropped,
  malformed,
  PoolRefusal,
  refusalOf,
  tooLowPriority,
} from "./pool-refusal.ts";
import { type Watcher, Watchers } from "./watchers.ts";

export interface PoolLimits {
  /** Transactions in all; Substrate's default. */
  readonly count: number;
  /** Of them such that wait for the future. */
  readonly futureCount: number;
  readonly bytes: number;
}

export const POOL_LIMITS: PoolLimits = { count: 8_192, futureCount: 1_024, bytes: 20 * 1024 ** 2 };

const BAN_MS = 30 * 60_000;
/** Bans that are remembered: those of a full pool. */
const MAX_BANS = 8_192;

export interface Candidate {
  /** 0x hex. */
  readonly hash: string;
  readonly bytes: Uint8Array;
}

interface Entry extends Candidate {
  readonly provides: string;
  requires: string | undefined;
  lastBlock: number;
  isReady: boolean;
}

export class Pool {
  readonly #ledger: Ledger;
  readonly #limits: PoolLimits;
  readonly #watchers = new Watchers();
  /** By hash, in the order of arrival. */
  readonly #entries = new Map<string, Entry>();
  /** By what they provide. */
  readonly #providers = new Map<string, Entry>();
  /** By what they require. */
  readonly #dependents = new Map<string, Entry>();
  #bytes = 0;
  #futureCount = 0;
  readonly #bannedUntil = new Map<string, number>();
  /** Transactions of blocks that are not final, by block. */
  readonly #unfinalised = new Map<string, readonly string[]>();

  constructor(ledger: Ledger, limits: PoolLimits = POOL_LIMITS) {
    this.#ledger = ledger;
    this.#limits = limits;
  }

  /**
   * @param watcher hears at once whether it is ready or waits for the future, and then what becomes of it
   * @returns hash of the transaction, and what ends the watching
   * @throws PoolRefusal
   */
  submit(bytes: Uint8Array, watcher?: Watcher): { hash: string; unwatch: () => void } {
    const hash = hashOf(bytes);
    if (this.#isBanned(hash)) throw banned();
    if (this.#entries.has(hash)) throw alreadyImported(hash);
    let validity: Validity;
    try {
      validity = this.#validate(bytes);
      if (validity.kind !== "valid") throw refusalOf(validity);
    } catch (error) {
      if (error instanceof PoolRefusal && error.code === 1_010) this.#ban(hash);
      throw error;
    }
    if (this.#providers.has(validity.provides)) throw tooLowPriority();
    if (this.#isFull(bytes, validity.requires)) throw immediatelyDropped();
    const unwatch = watcher === undefined ? () => {} : this.#watchers.add(hash, watcher);
    this.#add({ hash, bytes, ...validity });
    return { hash, unwatch };
  }

  /** What the next block may take, each after the one it requires, otherwise first come, first served. */
  ready(): Candidate[] {
    const taken = new Set<Entry>();
    for (const entry of this.#entries.values()) {
      let next: Entry | undefined = entry;
      while (next?.isReady === true && !taken.has(next) && this.#isNext(next, taken)) {
        taken.add(next);
        next = this.#dependents.get(next.provides);
      }
    }
    return [...taken];
  }

  #isNext({ requires }: Entry, taken: ReadonlySet<Entry>): boolean {
    if (requires === undefined) return true;
    const before = this.#providers.get(requires);
    return before !== undefined && taken.has(before);
  }

  /** The nonce to use next, given the account's own: counting what is ready. */
  nextNonce(who: string, nonce: number): number {
    let next = nonce;
    while (this.#providers.get(`${who}:${next}`)?.isReady === true) next++;
    return next;
  }

  /**
   * A block was made of `candidates`, which `ready` had told.
   * @param executed which of them are in it, and why others are not
   */
  settle(
    block: BlockRef,
    candidates: readonly Candidate[],
    executed: {
      readonly included: readonly number[];
      readonly refused: readonly { readonly index: number; readonly validity: Validity }[];
    },
  ): void {
    const hashAt = (index: number): string => (candidates[index] as Candidate).hash;
    const included = executed.included.map(hashAt);
    for (const hash of included) {
      this.#remove(hash);
      this.#ban(hash);
      this.#watchers.tell(hash, { inBlock: block.hash });
    }
    this.#unfinalised.set(block.hash, included);
    for (const { index, validity } of executed.refused) {
      if (validity.kind === "invalid" && !isPassing(validity.reason)) this.#refuse(hashAt(index));
    }
    this.#revalidate();
  }

  /** Throws transactions out that no block can be made with. */
  evict(transactions: readonly Candidate[]): void {
    for (const { hash } of transactions) this.#refuse(hash);
    this.#revalidate();
  }

  finalise(block: BlockRef): void {
    for (const hash of this.#unfinalised.get(block.hash) ?? []) {
      this.#watchers.tell(hash, { finalized: block.hash });
    }
    this.#unfinalised.delete(block.hash);
  }

  /**
   * Blocks were taken back: what was in them waits again, before all others.
   * @param blocks newest first
   */
  restore(
    blocks: readonly { readonly hash: string; readonly body: readonly Uint8Array[] }[],
  ): void {
    const waiting = [...this.#entries.values()];
    for (const { hash: block } of blocks) {
      for (const hash of this.#unfinalised.get(block) ?? []) {
        this.#watchers.tell(hash, { retracted: block });
      }
      this.#unfinalised.delete(block);
    }
    for (const entry of waiting) this.#remove(entry.hash);
    for (const { body } of [...blocks].reverse()) {
      for (const bytes of body) this.#readmit(bytes);
    }
    for (const entry of waiting) {
      const usurper = this.#providers.get(entry.provides);
      if (usurper === undefined) this.#add(entry, entry.isReady);
      else this.#watchers.tell(entry.hash, { usurped: usurper.hash });
    }
    this.#revalidate();
  }

  #readmit(bytes: Uint8Array): void {
    const hash = hashOf(bytes);
    this.#bannedUntil.delete(hash);
    const validity = this.#validate(bytes);
    // What only the author of a block brings, such as its time, is brought anew.
    if (validity.kind === "unknown") return;
    if (validity.kind === "invalid") this.#watchers.tell(hash, "invalid");
    else this.#add({ hash, bytes, ...validity });
  }

  /** Judges all of them by the storage of the best block. */
  #revalidate(): void {
    const best = this.#ledger.best.number;
    for (const entry of [...this.#entries.values()]) {
      const validity = this.#validate(entry.bytes);
      if (validity.kind !== "valid" || validity.lastBlock <= best) this.#refuse(entry.hash);
      else if (entry.requires !== validity.requires) {
        if (entry.requires !== undefined) this.#dependents.delete(entry.requires);
        entry.requires = validity.requires;
        if (validity.requires !== undefined) this.#dependents.set(validity.requires, entry);
      }
    }
    for (const entry of this.#entries.values()) {
      const first = entry.requires === undefined || !this.#providers.has(entry.requires);
      if (first) this.#setReady(entry, entry.requires === undefined);
    }
  }

  /** Of an entry and all that depend on it. */
  #setReady(entry: Entry, isReady: boolean): void {
    for (let at: Entry | undefined = entry; at !== undefined; ) {
      if (at.isReady !== isReady) {
        at.isReady = isReady;
        this.#futureCount += isReady ? -1 : 1;
        this.#watchers.tell(at.hash, isReady ? "ready" : "future");
      }
      at = this.#dependents.get(at.provides);
    }
  }

  #validate(bytes: Uint8Array): Validity {
    const { runtime, state, best } = this.#ledger;
    try {
      return runtime.validate(state, bytes, best.hash);
    } catch (error) {
      if (error instanceof ChainError && error.code === "MALFORMED_EXTRINSIC") {
        throw malformed(error.message);
      }
      throw error;
    }
  }

  /** @param wasReady tells nothing when it still is */
  #add(entry: Omit<Entry, "isReady">, wasReady?: boolean): void {
    const { requires } = entry;
    const isReady = requires === undefined || this.#providers.get(requires)?.isReady === true;
    const added: Entry = { ...entry, isReady };
    this.#entries.set(entry.hash, added);
    this.#providers.set(entry.provides, added);
    if (requires !== undefined) this.#dependents.set(requires, added);
    this.#bytes += entry.bytes.length;
    if (!isReady) this.#futureCount++;
    if (isReady !== wasReady) this.#watchers.tell(entry.hash, isReady ? "ready" : "future");
    const dependent = this.#dependents.get(entry.provides);
    if (isReady && dependent !== undefined) this.#setReady(dependent, true);
  }

  #remove(hash: string): void {
    const entry = this.#entries.get(hash);
    if (entry === undefined) return;
    this.#entries.delete(hash);
    this.#providers.delete(entry.provides);
    if (entry.requires !== undefined) this.#dependents.delete(entry.requires);
    this.#bytes -= entry.bytes.length;
    if (!entry.isReady) this.#futureCount--;
  }

  #refuse(hash: string): void {
    this.#remove(hash);
    this.#ban(hash);
    this.#watchers.tell(hash, "invalid");
  }

  #isFull(bytes: Uint8Array, requires: string | undefined): boolean {
    const { count, futureCount, bytes: maxBytes } = this.#limits;
    const isFuture = requires !== undefined && this.#providers.get(requires)?.isReady !== true;
    return (
      this.#entries.size >= count ||
      this.#bytes + bytes.length > maxBytes ||
      (isFuture && this.#futureCount >= futureCount)
    );
  }

  #ban(hash: string): void {
    this.#bannedUntil.delete(hash);
    this.#bannedUntil.set(hash, Date.now() + BAN_MS);
    for (const oldest of this.#bannedUntil.keys()) {
      if (this.#bannedUntil.size <= MAX_BANS) break;
      this.#bannedUntil.delete(oldest);
    }
  }

  #isBanned(hash: string): boolean {
    const until = this.#bannedUntil.get(hash);
    if (until === undefined) return false;
    if (until > Date.now()) return true;
    this.#bannedUntil.delete(hash);
    return false;
  }
}

/** Refused by this block only: it stays for the next. */
function isPassing(reason: Extract<Validity, { kind: "invalid" }>["reason"]): boolean {
  return reason === "exhausts" || reason === "future";
}
