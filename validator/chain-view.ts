/**
 * The chain as this validator sees it: the newest finalised head, and what the subnet looked like about then. One
 * look at a time; heads that come meanwhile cause one more. When the chain says nothing for too long there is no
 * view, and so no job: an input drawn from an old block could have been prepared.
 * @module
 */
import type { Logger } from "pino";
import type { Chain, EpochInfo, Head, Hotkey, Metagraph, Neuron } from "../chain/chain.ts";
import type { ValidatorEvent } from "./event.ts";

export interface View {
  readonly head: Head;
  readonly epoch: EpochInfo;
  readonly metagraph: Metagraph;
  /** This validator; undefined when it is not registered. */
  readonly self: Neuron | undefined;
}

export interface ChainViewOptions {
  readonly netuid: number;
  /** Without a new head for so long, the chain counts as silent. */
  readonly silenceMs: number;
}

export interface ChainViewParts {
  readonly chain: Chain;
  readonly hotkey: Hotkey;
  readonly log: Logger;
  readonly emit: (event: ValidatorEvent) => void;
  /** Called with every new view, before anybody sees it by `current`. */
  readonly onView: (view: View) => void;
}

export class ChainView {
  readonly #options: ChainViewOptions;
  readonly #parts: ChainViewParts;
  readonly #unsubscribe: () => void;
  #view: View | undefined;
  #seenAtMs = Number.NEGATIVE_INFINITY;
  #newest: Head | undefined;
  #looking: Promise<void> | undefined;
  #isSilent = false;
  #isClosed = false;

  private constructor(options: ChainViewOptions, parts: ChainViewParts) {
    this.#options = options;
    this.#parts = parts;
    this.#unsubscribe = parts.chain.onHead((head) => {
      this.#newest = head;
      this.#looking ??= this.#lookUntilNewest();
    });
  }

  /** @throws ChainError when the chain cannot be asked now */
  static async open(options: ChainViewOptions, parts: ChainViewParts): Promise<ChainView> {
    const view = new ChainView(options, parts);
    try {
      await view.#look(await parts.chain.finalisedHead());
      return view;
    } catch (error) {
      view.close();
      throw error;
    }
  }

  /** Undefined while the chain is silent; the first call that finds it so raises the alarm. */
  current(): View | undefined {
    const silentMs = performance.now() - this.#seenAtMs;
    if (silentMs <= this.#options.silenceMs) return this.#view;
    if (!this.#isSilent) {
      this.#isSilent = true;
      this.#parts.emit({
        type: "alarm",
        code: "CHAIN_SILENT",
        message: `no new finalised block for ${Math.round(silentMs / 1000)} s, the last is ${this.#view?.head.number}`,
        hint: "Look at the chain's node and the way to it. No job is handed out meanwhile.",
      });
    }
    return undefined;
  }

  /** A look under way is not waited for: a dead chain must not hold up who stops. It comes to nothing. */
  close(): void {
    this.#isClosed = true;
    this.#unsubscribe();
    this.#newest = undefined;
  }

  async #lookUntilNewest(): Promise<void> {
    for (let head = this.#newest; head !== undefined; head = this.#newest) {
      this.#newest = undefined;
      try {
        await this.#look(head);
      } catch (error) {
        // The next head looks again; that there was none for long is what `current` watches.
        if (this.#isClosed) return;
        this.#parts.log.warn({ err: error, block: head.number }, "the chain did not answer");
      }
    }
    this.#looking = undefined;
  }

  async #look(head: Head): Promise<void> {
    const { chain, hotkey, emit, onView } = this.#parts;
    const { netuid } = this.#options;
    const [epoch, metagraph] = await Promise.all([
      chain.epochInfo(netuid),
      chain.metagraph(netuid),
    ]);
    if (this.#isClosed) return;
    // Two looks overlap only at the start, when a head comes before the first look is done.
    if (this.#view !== undefined && head.number < this.#view.head.number) return;
    const self = metagraph.neurons.find((neuron) => neuron.hotkey === hotkey);
    const view = { head, epoch, metagraph, self };
    onView(view);
    this.#view = view;
    this.#seenAtMs = performance.now();
    if (this.#isSilent) emit({ type: "recovered", code: "CHAIN_SILENT" });
    this.#isSilent = false;
  }
}
