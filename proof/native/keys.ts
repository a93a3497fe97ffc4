/**
 * Proving keys kept open: a key is mapped, checked and given its tables once, and every proof after that starts at
 * once. Known by path, inode, size and time, so that a key that was replaced is opened anew; the least recently used
 * leaves when memory is short.
 * @module
 */
import { stat } from "node:fs/promises";
import { ProofError } from "../error.ts";
import type { ProvingKey } from "./addon.ts";

interface Entry {
  readonly opening: Promise<ProvingKey>;
  key?: ProvingKey;
  users: number;
}

export class OpenKeys {
  readonly #open: (path: string) => Promise<ProvingKey>;
  readonly #memoryLimit: number;
  /** The least recently used first. */
  readonly #entries = new Map<string, Entry>();

  /** @param memoryLimit bytes that all open keys may hold beside the files' own pages; one key in use is always kept */
  constructor(open: (path: string) => Promise<ProvingKey>, memoryLimit: number) {
    this.#open = open;
    this.#memoryLimit = memoryLimit;
  }

  /** Opens the key, or finds it open, and keeps it open until `work` is done. */
  async use<T>(path: string, work: (key: ProvingKey) => Promise<T>): Promise<T> {
    const id = await identityOf(path);
    const entry = this.#entries.get(id) ?? this.#start(id, path);
    this.#entries.delete(id);
    this.#entries.set(id, entry);
    entry.users++;
    try {
      const key = await entry.opening;
      this.#shrink();
      return await work(key);
    } finally {
      entry.users--;
      this.#shrink();
    }
  }

  /** For the end: nobody may be using a key any more. */
  close(): void {
    for (const { key } of this.#entries.values()) key?.close();
    this.#entries.clear();
  }

  #start(id: string, path: string): Entry {
    const entry: Entry = { opening: this.#open(path), users: 0 };
    entry.opening.then(
      (key) => {
        entry.key = key;
      },
      () => this.#entries.delete(id),
    );
    return entry;
  }

  #shrink(): void {
    let held = 0;
    for (const [i, [id, { key, users }]] of [...this.#entries].toReversed().entries()) {
      const bytes = key?.memoryBytes() ?? 0;
      held += bytes;
      // The most recently used one stays, whatever its size.
      if (key === undefined || i === 0 || users > 0 || held <= this.#memoryLimit) continue;
      this.#entries.delete(id);
      held -= bytes;
      key.close();
    }
  }
}

async function identityOf(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs } = await stat(path, { bigint: true });
    return [dev, ino, size, mtimeNs, path].join(":");
  } catch (cause) {
    throw new ProofError("FILE_MISSING", `cannot read ${path}`, "Make it, or name another file.", {
      cause,
    });
  }
}
