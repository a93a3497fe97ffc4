/**
 * The miner's seat on its subnet, watched with every head. A subnet that is full gives the seat of who earns least to
 * whoever pays for it, and what the miner had published goes with the seat: nobody finds it any more. So a miner says
 * when it lost its seat, and publishes its endpoint again when it has one.
 * @module
 */
import type { Logger } from "pino";
import type { Endpoint, Hotkey } from "../chain/chain.ts";
import { ChainError } from "../chain/error.ts";
import type { MinerEvent } from "./event.ts";
import type { Peers } from "./peers.ts";

export interface SeatOptions {
  readonly netuid: number;
  readonly hotkey: Hotkey;
  /** As it shall stand on the chain. */
  readonly endpoint: Endpoint;
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

  /**
   * Publishes the endpoint where there is a seat, and watches from then on.
   * @throws ChainError of the chain; not for coming too soon after the last time, which is tried again with every head
   */
  async take(onLost: (error: ChainError) => void): Promise<void> {
    if (this.#isSeated()) await this.#publish().catch((error: unknown) => this.#excuse(error));
    else this.#lose(onLost);
    this.#parts.peers.onHead(() => (this.#isSeated() ? this.#regain() : this.#lose(onLost)));
  }

  /** A miner that was started again stands there already, and the chain counts how often it is told. */
  async #publish(): Promise<void> {
    const { hotkey, endpoint } = this.#options;
    const known = this.#parts.peers.current()?.neurons.get(hotkey)?.endpoint;
    const isKnown = known?.ip === endpoint.ip && known.port === endpoint.port;
    if (!isKnown) await this.#parts.publish();
    this.#isPublished = true;
  }

  #excuse(error: unknown): void {
    if (!(error instanceof ChainError) || error.code !== "ServingRateLimitExceeded") throw error;
    this.#parts.log.warn({ err: error }, "the endpoint will be published later");
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
    const { log, onEvent } = this.#parts;
    this.#isPublishing = true;
    this.#publish()
      .then(() => {
        if (this.#isLost) onEvent({ type: "recovered", code: "NOT_REGISTERED" });
        this.#isLost = false;
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
