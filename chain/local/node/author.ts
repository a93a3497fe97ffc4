/**
 * Makes the blocks: every `blockMs` one of what the pool has ready, or when told to. When a block cannot be written the
 * next tick tries again.
 *
 * The chain's clock is the world's as long as blocks come by themselves. A chain that is stepped behaves as if the time
 * of its blocks had passed: its clock is ahead from then on, so that what is locked by time opens by stepping too.
 * @module
 */
import { setImmediate } from "node:timers/promises";
import type { Logger } from "pino";
import { ChainError } from "../../error.ts";
import type { Appended, BlockRef, Ledger } from "./ledger.ts";
import type { Candidate, Pool } from "./pool.ts";

export interface AuthorOptions {
  readonly blockMs: number;
}

export interface AuthorParts {
  readonly ledger: Ledger;
  readonly pool: Pool;
  readonly log: Logger;
}

export interface ChainListener {
  /** There is another best block; `changedKeys` are the raw keys whose values differ from those before. */
  best(changedKeys: ReadonlySet<string>): void;
  finalised(block: BlockRef): void;
}

/** Blocks of one step: a chain of several epochs, in seconds. */
export const MAX_STEP_BLOCKS = 100_000;

export class Author {
  readonly #blockMs: number;
  readonly #parts: AuthorParts;
  readonly #listeners = new Set<ChainListener>();
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  #isStuck = false;
  #lastMs: number;
  /** By how much the chain's clock is ahead of the world's. */
  #aheadMs: number;

  /** @param lastMs time of the best block */
  constructor({ blockMs }: AuthorOptions, parts: AuthorParts, lastMs: number) {
    this.#blockMs = blockMs;
    this.#parts = parts;
    this.#lastMs = lastMs;
    this.#aheadMs = Math.max(0, lastMs - Date.now());
  }

  listen(listener: ChainListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** No block comes by itself until `resume`. */
  pause(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  resume(): void {
    if (this.#isClosed) return;
    this.#timer ??= setInterval(() => this.#tick(), this.#blockMs);
  }

  /**
   * Makes so many blocks at once.
   * @throws ChainError `MALFORMED_STEP`, `STOPPING`, `BLOCK_NOT_WRITTEN`
   */
  async step(blocks: number): Promise<BlockRef> {
    if (!Number.isInteger(blocks) || blocks < 0 || blocks > MAX_STEP_BLOCKS) {
      throw new ChainError(
        "MALFORMED_STEP",
        `expected 0 to ${MAX_STEP_BLOCKS} blocks, got ${blocks}`,
        "Take several steps.",
      );
    }
    for (let i = 0; i < blocks; i++) {
      if (this.#isClosed) {
        throw new ChainError("STOPPING", "the local chain is stopping", "Start it again.");
      }
      this.#makeBlock(this.#lastMs + this.#blockMs);
      // Lets requests and answers through between two blocks.
      await setImmediate();
    }
    return this.#parts.ledger.best;
  }

  /**
   * Takes the last blocks back, as a reorganisation does; their transactions wait again.
   * @throws ChainError `FINALISED`
   */
  retract(blocks: number): void {
    const { ledger, pool, log } = this.#parts;
    const retracted = ledger.retract(blocks);
    pool.restore(retracted.blocks);
    log.info({ blocks, block: ledger.best.number }, "blocks taken back");
    this.#tell((listener) => listener.best(retracted.changedKeys));
  }

  close(): void {
    this.#isClosed = true;
    this.pause();
    this.#listeners.clear();
  }

  #tick(): void {
    const { ledger, log } = this.#parts;
    try {
      this.#makeBlock(this.#lastMs + 1);
      if (this.#isStuck) log.info({ block: ledger.best.number }, "blocks are made again");
      this.#isStuck = false;
    } catch (error) {
      if (!this.#isStuck) log.error({ err: error, block: ledger.best.number + 1 }, "no block made");
      this.#isStuck = true;
    }
  }

  #makeBlock(earliestMs: number): void {
    const { pool } = this.#parts;
    const timestampMs = Math.max(earliestMs, Date.now() + this.#aheadMs);
    const candidates = pool.ready();
    this.#publish(this.#append(timestampMs, candidates), candidates);
    this.#lastMs = timestampMs;
    this.#aheadMs = Math.max(this.#aheadMs, timestampMs - Date.now());
  }

  #append(timestampMs: number, candidates: readonly Candidate[]): Appended {
    const { ledger, pool, log } = this.#parts;
    try {
      return ledger.append(
        timestampMs,
        candidates.map(({ bytes }) => bytes),
      );
    } catch (error) {
      const isOfRuntime = !(error instanceof ChainError && error.code === "BLOCK_NOT_WRITTEN");
      // One transaction that breaks the runtime must not keep all others out for ever.
      if (isOfRuntime && candidates.length > 0) {
        const broken = candidates.filter(({ bytes }) => !ledger.canExecute(timestampMs, [bytes]));
        pool.evict(broken.length > 0 ? broken : candidates);
        log.error({ err: error, transactions: broken.length }, "transactions break the runtime");
      }
      throw error;
    }
  }

  #publish({ block, executed, changedKeys, finalised }: Appended, candidates: Candidate[]): void {
    const { pool } = this.#parts;
    pool.settle({ number: block.header.number, hash: block.hash }, candidates, executed);
    this.#tell((listener) => listener.best(changedKeys));
    for (const final of finalised) {
      pool.finalise(final);
      this.#tell((listener) => listener.finalised(final));
    }
  }

  #tell(say: (listener: ChainListener) => void): void {
    for (const listener of [...this.#listeners]) {
      try {
        say(listener);
      } catch (error) {
        // The block is made: one that cannot be told of it must not keep it from the others.
        this.#listeners.delete(listener);
        this.#parts.log.warn({ err: error }, "a listener is told no more");
      }
    }
  }
}
