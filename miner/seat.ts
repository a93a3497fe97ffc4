/**
 * The miner's seat on its subnet, watched with every head. A subnet that is full gives the seat of who earns least to
 * whoever pays for it, and what the miner had published goes with the seat: nobody finds it any more. So a miner says
 * when it lost its seat, and publishes its endpoint again when it has one.
 * @module
 */
import type { Logger } from "pino";
import type { Hotkey } from "../chain/chain.ts";
import { ChainError } from "../chain/error.ts";
import type { MinerEvent } from "./event.ts";
import type { Peers } from "./peers.ts";

export interface SeatOptions {
  readonly netuid: number;
  readonly hotkey: Hotkey;
}

export interface SeatParts {
  readonly peers: Peers;
  readonly publish: () => Promise<unknown>;
  readonly log: Logger;
  readonly onEvent: (event: MinerEvent) => void;
}

export class Seat {
  readonly #options: SeatOptions;
  readonly #parts: SeatParts;
  #isPublished = false;
  #isPublishing = false;
  #isLost = false;

  constructor(options: SeatOptions, parts: SeatParts) {
    this.#options = options;
    this.#parts = parts;
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  /** Publishes the endpoint where there is a seat, and watches from then on. @throws ChainError of the chain */
  async take(onLost: (error: ChainError) => void): Promise<void> {
    const { peers, publish } = this.#parts;
    if (this.#isSeated()) {
      await publish();
      this.#isPublished = true;
    } else {
      this.#lose(onLost);
    }
    peers.onHead(() => (this.#isSeated() ? this.#regain() : this.#lose(onLost)));
  }

  #isSeated(): boolean {
    // While the chain is silent nothing is known to have changed.
    return this.#parts.peers.current()?.neurons.has(this.#options.hotkey) ?? !this.#isLost;
  }

  #lose(onLost: (error: ChainError) => void): void {
    this.#isPublished = false;
    if (this.#isLost) return;
    this.#isLost = true;
    const { netuid, hotkey } = this.#options;
    const error = notRegistered(netuid, hotkey);
    const { message, hint } = error;
    this.#parts.onEvent({ type: "alarm", code: "NOT_REGISTERED", message, hint });
    onLost(error);
  }

  #regain(): void {
    if (this.#isPublished || this.#isPublishing) return;
    const { publish, log, onEvent } = this.#parts;
    this.#isPublishing = true;
    publish()
      .then(() => {
        this.#isPublished = true;
        this.#isLost = false;
        onEvent({ type: "recovered", code: "NOT_REGISTERED" });
      })
      // The next head tries again.
      .catch((error: unknown) => log.warn({ err: error }, "the endpoint was not published"))
      .finally(() => {
        this.#isPublishing = false;
      });
  }
}

function notRegistered(netuid: number, hotkey: Hotkey): ChainError {
  return new ChainError(
    "NOT_REGISTERED",
    `${hotkey} is not registered on subnet ${netuid}: no job is taken`,
    "Register the hotkey: assay chain register. With --await-registration the miner waits for that.",
  );
}
