/**
 * The storage after the best block, in memory: every question but those about the past is answered from here.
 * @module
 */
import type { Backing, Changes } from "../runtime/state.ts";

/** 0x and the hashes of pallet and item, 16 bytes each: all keys of one storage item begin with the same ones. */
const ITEM_PREFIX_CHARS = 66;

export class LiveStorage implements Backing {
  readonly #values = new Map<string, Uint8Array>();
  /** Keys by item: an epoch walks over many maps, and must not walk over the others' keys. */
  readonly #byItem = new Map<string, Set<string>>();

  get(key: string): Uint8Array | undefined {
    return this.#values.get(key);
  }

  *keys(prefix: string): Iterable<string> {
    for (const keys of this.#itemsUnder(prefix)) {
      for (const key of keys) if (key.startsWith(prefix)) yield key;
    }
  }

  apply(changes: Changes): void {
    for (const [key, value] of changes) this.#set(key, value);
  }

  *#itemsUnder(prefix: string): Iterable<Set<string>> {
    if (prefix.length >= ITEM_PREFIX_CHARS) {
      const keys = this.#byItem.get(prefix.slice(0, ITEM_PREFIX_CHARS));
      if (keys !== undefined) yield keys;
      return;
    }
    for (const [item, keys] of this.#byItem) if (item.startsWith(prefix)) yield keys;
  }

  #set(key: string, value: Uint8Array | undefined): void {
    const item = key.slice(0, ITEM_PREFIX_CHARS);
    if (value === undefined) {
      this.#values.delete(key);
      const keys = this.#byItem.get(item);
      keys?.delete(key);
      if (keys?.size === 0) this.#byItem.delete(item);
      return;
    }
    this.#values.set(key, value);
    const keys = this.#byItem.get(item);
    if (keys === undefined) this.#byItem.set(item, new Set([key]));
    else keys.add(key);
  }
}
