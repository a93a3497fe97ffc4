/**
 * The state of the local chain as Substrate keeps it: bytes under hashed keys, exactly those that a client reads with
 * state_getStorage. Pallets read and write values by item and key; keys are hashed and values encoded by the same
 * metadata that clients are given, so neither can differ from it.
 *
 * Writes go into an overlay over a backing that does not change meanwhile: the state after the last block, or that of
 * an older one.
 * @module
 */
import type { Items } from "./items.ts";
import { storageCodec } from "./storage-codec.ts";

/** Raw keys and values, keys as 0x hex. */
export interface Backing {
  get(key: string): Uint8Array | undefined;
  /** All keys that begin with `prefix`, in any order. */
  keys(prefix: string): Iterable<string>;
}

/** By raw key; undefined removes. */
export type Changes = ReadonlyMap<string, Uint8Array | undefined>;

type ItemName = keyof Items & string;
type Keys<I extends ItemName> = Items[I]["keys"];
type Value<I extends ItemName> = Items[I]["value"];

interface Write {
  readonly key: string;
  readonly had: boolean;
  readonly bytes: Uint8Array | undefined;
}

export class State {
  readonly #backing: Backing;
  readonly #overlay = new Map<string, Uint8Array | undefined>();
  readonly #decoded = new Map<string, unknown>();
  /** What each write of the transaction under way found: undone backwards when it fails. */
  #undo: Write[] | undefined;

  constructor(backing: Backing) {
    this.#backing = backing;
  }

  /** The value, or the item's default; undefined where the item is optional and absent. Never change what it returns. */
  get<I extends ItemName>(item: I, keys: Keys<I>): Value<I> {
    const codec = storageCodec(item);
    const key = codec.key(keys);
    if (this.#decoded.has(key)) return this.#decoded.get(key) as Value<I>;
    const bytes = this.raw(key);
    if (bytes === undefined) return codec.fallback as Value<I>;
    const value = codec.decode(bytes);
    this.#decoded.set(key, value);
    return value as Value<I>;
  }

  has<I extends ItemName>(item: I, keys: Keys<I>): boolean {
    return this.raw(storageCodec(item).key(keys)) !== undefined;
  }

  put<I extends ItemName>(item: I, keys: Keys<I>, value: NonNullable<Value<I>>): void {
    const codec = storageCodec(item);
    const key = codec.key(keys);
    this.#write(key, codec.encode(value));
    this.#decoded.set(key, value);
  }

  remove<I extends ItemName>(item: I, keys: Keys<I>): void {
    this.#write(storageCodec(item).key(keys), undefined);
  }

  /** All entries of a map, or those under its first keys, ordered by raw key as Substrate iterates them. */
  entries<I extends ItemName>(
    item: I,
    firstKeys: readonly unknown[] = [],
  ): [keys: Keys<I>, value: NonNullable<Value<I>>][] {
    const codec = storageCodec(item);
    return this.keysUnder(codec.prefix(firstKeys)).map((key) => {
      const keys = codec.keysOf(key) as Keys<I>;
      return [keys, this.get(item, keys) as NonNullable<Value<I>>];
    });
  }

  /** Runs `change`; when it throws, everything it wrote is undone before the error goes on. May be nested. */
  transaction<T>(change: () => T): T {
    const outer = this.#undo;
    const undo: Write[] = [];
    this.#undo = undo;
    try {
      const result = change();
      outer?.push(...undo);
      return result;
    } catch (error) {
      for (const { key, had, bytes } of undo.reverse()) {
        if (had) this.#overlay.set(key, bytes);
        else this.#overlay.delete(key);
        this.#decoded.delete(key);
      }
      throw error;
    } finally {
      this.#undo = outer;
    }
  }

  raw(key: string): Uint8Array | undefined {
    return this.#overlay.has(key) ? this.#overlay.get(key) : this.#backing.get(key);
  }

  /** Raw keys that begin with `prefix`, ascending. */
  keysUnder(prefix: string): string[] {
    const keys = new Set<string>();
    for (const key of this.#backing.keys(prefix)) {
      if (!this.#overlay.has(key)) keys.add(key);
    }
    for (const [key, bytes] of this.#overlay) {
      if (bytes !== undefined && key.startsWith(prefix)) keys.add(key);
    }
    return [...keys].sort();
  }

  /** What was written since the last call. The backing must hold it from now on; the overlay begins anew. */
  takeChanges(): Changes {
    const changes = new Map<string, Uint8Array | undefined>();
    for (const [key, bytes] of this.#overlay) {
      const before = this.#backing.get(key);
      if (!isEqual(before, bytes)) changes.set(key, bytes);
    }
    this.#overlay.clear();
    return changes;
  }

  /** Forgets everything that was written since `takeChanges`. */
  discard(): void {
    for (const key of this.#overlay.keys()) this.#decoded.delete(key);
    this.#overlay.clear();
  }

  /** The backing changed under these keys, as when blocks are taken back. */
  forget(keys: Iterable<string>): void {
    for (const key of keys) this.#decoded.delete(key);
  }

  #write(key: string, bytes: Uint8Array | undefined): void {
    this.#undo?.push({ key, had: this.#overlay.has(key), bytes: this.#overlay.get(key) });
    this.#overlay.set(key, bytes);
    this.#decoded.delete(key);
  }
}

function isEqual(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
