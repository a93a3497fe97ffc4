/**
 * Sees from what miners say whether this machine's clock is off. One miner's word is nothing: its own clock may be off,
 * and words are free. So only several of them in a row, with no answer in between, are taken for a sign.
 * @module
 */
import type { Reply } from "./exchange.ts";

/** Two may be one bad miner and chance. Where fewer miners are, it takes as many rounds more. */
const SIGNS = 3;

export class ClockWatch {
  #signs = 0;

  /** @returns whether the clock seems off; undefined when this reply says nothing of it */
  observe(reply: Reply): boolean | undefined {
    if (reply.kind === "answered") {
      this.#signs = 0;
      return false;
    }
    if (reply.kind !== "refused") return undefined;
    if (reply.reason !== "STALE_REQUEST" && reply.reason !== "FUTURE_REQUEST") return undefined;
    this.#signs++;
    return this.#signs >= SIGNS ? true : undefined;
  }
}
