/**
 * How this validator stands on its subnet. Without a seat, or after its permit was lost, what it does counts for nothing:
 * it hands out no job, sets no weights, and says so. A validator that never had a permit works: the chain gives permits
 * at the end of an epoch only.
 * @module
 */
import type { Hotkey, Neuron } from "../chain/chain.ts";
import { Alarms } from "./alarms.ts";
import type { ValidatorEvent } from "./event.ts";

export interface StandingOptions {
  readonly netuid: number;
  readonly hotkey: Hotkey;
  /** It has set weights before, so it had a permit. */
  readonly hadPermit: boolean;
}

export class Standing {
  readonly #options: StandingOptions;
  readonly #alarms: Alarms;
  #hadPermit: boolean;

  constructor(options: StandingOptions, emit: (event: ValidatorEvent) => void) {
    this.#options = options;
    this.#alarms = new Alarms(emit);
    this.#hadPermit = options.hadPermit;
  }

  /** @param self as the newest view shows it; undefined when it is not registered */
  notice(self: Neuron | undefined): void {
    const { netuid, hotkey } = this.#options;
    if (self === undefined) {
      this.#hadPermit = false;
      this.#alarms.forget("PERMIT_LOST");
      this.#alarms.raise(
        "NOT_REGISTERED",
        `${hotkey} is not registered on subnet ${netuid}`,
        "Register the hotkey: assay chain register. No job is handed out meanwhile.",
      );
      return;
    }
    this.#alarms.over("NOT_REGISTERED");
    if (self.validatorPermit) {
      this.#hadPermit = true;
      this.#alarms.over("PERMIT_LOST");
    } else if (this.#hadPermit) {
      this.#alarms.raise(
        "PERMIT_LOST",
        `uid ${self.uid} has no validator permit any more`,
        "Permits go to those with most stake: add stake. Jobs and weights wait for the next epoch that gives one.",
      );
    }
  }

  get isRegistered(): boolean {
    return !this.#alarms.has("NOT_REGISTERED");
  }

  /** Why no job is handed out; undefined when nothing stands against it. */
  obstacle(): string | undefined {
    if (this.#alarms.has("NOT_REGISTERED")) return "the hotkey is not registered";
    return this.#alarms.has("PERMIT_LOST") ? "the validator permit was lost" : undefined;
  }
}
