/**
 * Whose turn it is. A round asks every miner once, in an order that nobody can foresee; a miner that is still busy
 * with an older job when its round ends joins the next one, so a slow miner holds up nobody. A miner that said it is
 * full, or that could not be reached, is left alone for a while.
 * @module
 */
import { randomInt } from "node:crypto";
import type { Hotkey } from "../protocol/hotkey.ts";

/** A miner that restarts is asked again within seconds. */
const FIRST_REST_MS = 2_000;

/**
 * A miner that is gone costs one connection a minute, and its score is gone within ten. Also the most that a full
 * miner may ask for: a full queue costs it nothing, so it must not be a way to keep a score without working.
 */
const LONGEST_REST_MS = 60_000;

export class Rotation {
  readonly #asked = new Set<Hotkey>();
  readonly #busy = new Set<Hotkey>();
  readonly #rests = new Map<Hotkey, { readonly untilMs: number; readonly failures: number }>();

  /**
   * Takes one of the miners that may be asked now, and counts it busy until `done`.
   * @param nowMs here and below: of one monotonic clock
   */
  take(miners: readonly Hotkey[], nowMs: number): Hotkey | undefined {
    const free = miners.filter(
      (miner) => !this.#busy.has(miner) && (this.#rests.get(miner)?.untilMs ?? nowMs) <= nowMs,
    );
    let next = free.filter((miner) => !this.#asked.has(miner));
    if (next.length === 0) {
      this.#asked.clear();
      next = free;
    }
    const taken = next.length === 0 ? undefined : next[randomInt(next.length)];
    if (taken === undefined) return undefined;
    this.#asked.add(taken);
    this.#busy.add(taken);
    return taken;
  }

  /** The miner answered, whatever it answered. */
  done(miner: Hotkey): void {
    this.#busy.delete(miner);
    this.#rests.delete(miner);
  }

  /** The miner is full. */
  doneBusy(miner: Hotkey, nowMs: number, restMs: number | undefined): void {
    this.#busy.delete(miner);
    const lengthMs = Math.min(restMs ?? FIRST_REST_MS, LONGEST_REST_MS);
    this.#rests.set(miner, { untilMs: nowMs + lengthMs, failures: 0 });
  }

  /** The miner cannot be reached: each time in a row it is left alone twice as long. */
  doneUnreached(miner: Hotkey, nowMs: number): void {
    this.#busy.delete(miner);
    const failures = (this.#rests.get(miner)?.failures ?? 0) + 1;
    const lengthMs = Math.min(FIRST_REST_MS * 2 ** (failures - 1), LONGEST_REST_MS);
    this.#rests.set(miner, { untilMs: nowMs + lengthMs, failures });
  }
}
