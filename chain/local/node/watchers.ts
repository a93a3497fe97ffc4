/**
 * Who waits to hear what becomes of a transaction, and the words in which the JSON-RPC tells it. A node broadcasts to
 * its peers; this one has none, so nobody ever hears `broadcast`, as from any Substrate node that runs alone.
 * @module
 */

/** Hashes are those of the block; of the transaction that took its place for `usurped`. */
export type TransactionStatus =
  | "future"
  | "ready"
  | "dropped"
  | "invalid"
  | { readonly inBlock: string }
  | { readonly retracted: string }
  | { readonly finalized: string }
  | { readonly usurped: string };

export interface Watcher {
  tell(status: TransactionStatus): void;
}

export class Watchers {
  readonly #byTransaction = new Map<string, Set<Watcher>>();

  /** @returns ends the watching */
  add(transaction: string, watcher: Watcher): () => void {
    const watchers = this.#byTransaction.get(transaction) ?? new Set();
    watchers.add(watcher);
    this.#byTransaction.set(transaction, watchers);
    return () => {
      watchers.delete(watcher);
      if (watchers.size === 0) this.#byTransaction.delete(transaction);
    };
  }

  tell(transaction: string, status: TransactionStatus): void {
    const watchers = this.#byTransaction.get(transaction);
    if (watchers === undefined) return;
    if (isLast(status)) this.#byTransaction.delete(transaction);
    for (const watcher of [...watchers]) watcher.tell(status);
  }
}

/** Nothing follows: who watches may go. */
export function isLast(status: TransactionStatus): boolean {
  if (typeof status === "string") return status === "dropped" || status === "invalid";
  return "finalized" in status || "usurped" in status;
}
