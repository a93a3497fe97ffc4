/**
 * Sets the weights of one hotkey, once an epoch, late in it so that they say as much as they can. Whether they are
 * set is the chain's word, not hope: an attempt is journalled before it is made, and an epoch is done when the
 * metagraph shows its weights. So an answer that got lost, a crash in between and a block that was taken back all
 * end the same way: the next head looks, and sets again what is not there.
 * @module
 */
import type { Logger } from "pino";
import type { Chain, Neuron, Signer } from "../chain/chain.ts";
import type { View } from "./chain-view.ts";
import type { AlarmCode, ValidatorEvent } from "./event.ts";
import type { Journal, Weights, WeightsRecord } from "./journal.ts";
import type { Ledger } from "./ledger.ts";
import { weightsOf } from "./weights.ts";

/**
 * How many blocks before the end of an epoch weights are set: a quarter of it, so that most of its answers count, but
 * enough for three tries, and on Subtensor's 360 blocks not more than 15.
 */
function windowBlocks(tempo: number): number {
  return Math.max(4, Math.min(15, Math.ceil(tempo / 4)));
}

/** Attempts that are looked at again: more than one epoch's window can hold. */
const RECENT = 32;

export interface WeightSetterParts {
  readonly chain: Chain;
  readonly signer: Signer;
  readonly journal: Journal;
  readonly ledger: Ledger;
  readonly log: Logger;
  readonly emit: (event: ValidatorEvent) => void;
}

export class WeightSetter {
  readonly #netuid: number;
  readonly #parts: WeightSetterParts;
  /** Alarms that were raised and are not over. */
  readonly #raised = new Set<AlarmCode>();
  #work: Promise<void> | undefined;
  #firstBlock: number | undefined;
  #epoch: number | undefined;
  #hadPermit = false;
  #unconfirmed: WeightsRecord["seq"] | undefined;
  /** Why weights that should be on the chain are not, in this epoch. */
  #missing: string | undefined;
  #foreignBlock = 0;

  constructor(options: { readonly netuid: number }, parts: WeightSetterParts) {
    this.#netuid = options.netuid;
    this.#parts = parts;
  }

  /** Does what this view of the chain calls for. Views that come while it is at work are passed over. */
  onView(view: View): void {
    this.#firstBlock ??= view.head.number;
    this.#noticeEpoch(view);
    this.#noticeStanding(view.self);
    const { self } = view;
    if (self === undefined || this.#work !== undefined) return;
    this.#work = this.#settleAndSet(view, self)
      .catch((error: unknown) => {
        this.#parts.log.error({ err: error }, "weights were not settled");
      })
      .finally(() => {
        this.#work = undefined;
      });
  }

  /** When what is under way has ended. */
  async idle(): Promise<void> {
    await this.#work;
  }

  async #settleAndSet(view: View, self: Neuron): Promise<void> {
    const recent = this.#parts.journal.latestWeights(RECENT);
    await this.#adopt(recent, self);
    const placed = this.#placed();
    this.#confirm(placed, self);
    if (isSet(placed, view, self) || !self.validatorPermit || !isInWindow(view)) return;
    await this.#set(view, self);
  }

  /** Finds the block of an attempt of ours of which only the chain knows that it succeeded. */
  async #adopt(recent: readonly WeightsRecord[], self: Neuron): Promise<void> {
    const known = recent.find(({ block }) => block !== undefined)?.block?.number ?? 0;
    if (self.lastUpdate <= Math.max(known, self.registeredAt)) return;
    const ours = recent.find(
      ({ block, head, weights }) =>
        block === undefined && head < self.lastUpdate && isSame(weights, self.weights),
    );
    if (ours === undefined) return this.#noticeForeign(self);
    const hash = await this.#parts.chain.blockHash(self.lastUpdate);
    if (hash !== undefined) this.#place(ours, { number: self.lastUpdate, hash });
    return undefined;
  }

  #confirm(placed: WeightsRecord | undefined, self: Neuron): void {
    if (placed?.block === undefined || placed.seq !== this.#unconfirmed) return;
    if (self.lastUpdate !== placed.block.number || !isSame(placed.weights, self.weights)) return;
    this.#unconfirmed = undefined;
    const { epoch, block } = placed;
    this.#parts.emit({ type: "weights-confirmed", epoch, block: block.number });
  }

  async #set(view: View, self: Neuron): Promise<void> {
    const { chain, signer, journal, ledger, log } = this.#parts;
    const { head, epoch, metagraph } = view;
    const verdicts = ledger.place;
    const weights = weightsOf(ledger.scores(), metagraph, signer.hotkey, chain.isLocal);
    if (weights.length === 0) {
      log.info({ epoch: epoch.index }, "no weights to set: no miner has earned anything");
      return;
    }
    // Transactions of this block enter the next one.
    const waited = head.number + 1 - self.lastUpdate;
    if (waited < epoch.weightsRateLimit) {
      this.#missing = `the chain takes weights every ${epoch.weightsRateLimit} blocks, it took some ${waited} ago`;
      return;
    }
    this.#missing = "the journal could not be written";
    let seq = 0;
    const attempt = { epoch: epoch.index, verdicts, weights, head: head.number };
    if (!ledger.write(() => (seq = journal.addWeights(attempt)))) return;
    try {
      const { block } = await chain.setWeights(this.#netuid, weights, signer);
      this.#place({ ...attempt, seq, block: undefined }, block);
    } catch (error) {
      const { code, message, hint } = refusalOf(error);
      this.#missing = `${code}: ${message}`;
      this.#alarm("WEIGHTS_REFUSED", `epoch ${epoch.index}: ${this.#missing}`, hint);
    }
  }

  #place(record: WeightsRecord, block: NonNullable<WeightsRecord["block"]>): void {
    const { journal, ledger, emit } = this.#parts;
    // A disk that is full now leaves the attempt open; #adopt closes it when there is room.
    if (!ledger.write(() => journal.placeWeights(record.seq, block))) return;
    this.#missing = undefined;
    this.#unconfirmed = record.seq;
    this.#over("WEIGHTS_REFUSED");
    emit({ type: "weights", epoch: record.epoch, weights: record.weights, block });
  }

  #placed(): WeightsRecord | undefined {
    return this.#parts.journal.latestWeights(RECENT).find(({ block }) => block !== undefined);
  }

  #noticeEpoch({ epoch }: View): void {
    if (epoch.index === this.#epoch) return;
    const before = this.#epoch;
    this.#epoch = epoch.index;
    if (before === undefined) return;
    if (this.#missing !== undefined) {
      const hint =
        "Weights set earlier stay in force. Look at the chain's node and the journal's disk.";
      this.#alarm(
        "WEIGHTS_MISSED",
        `epoch ${before} ended without weights: ${this.#missing}`,
        hint,
      );
    } else {
      this.#over("WEIGHTS_MISSED");
    }
    this.#missing = undefined;
    this.#parts.emit({ type: "epoch", index: epoch.index, block: epoch.lastEpochBlock });
  }

  #noticeStanding(self: Neuron | undefined): void {
    if (self === undefined) {
      const hint = "Register the hotkey again. No job is handed out meanwhile.";
      const who = this.#parts.signer.hotkey;
      this.#alarm("NOT_REGISTERED", `${who} is not registered on subnet ${this.#netuid}`, hint);
      return;
    }
    this.#over("NOT_REGISTERED");
    if (self.validatorPermit) {
      this.#hadPermit = true;
      this.#over("PERMIT_LOST");
    } else if (this.#hadPermit) {
      const hint = "Permits go to those with most stake: add stake. Jobs go on, weights wait.";
      this.#alarm("PERMIT_LOST", `uid ${self.uid} has no validator permit any more`, hint);
    }
  }

  /** Weights of before this validator started may be of an older journal; newer ones are somebody else's. */
  #noticeForeign({ lastUpdate }: Neuron): void {
    if (lastUpdate <= (this.#firstBlock ?? 0) || lastUpdate === this.#foreignBlock) return;
    this.#foreignBlock = lastUpdate;
    this.#raised.delete("FOREIGN_WEIGHTS");
    this.#alarm(
      "FOREIGN_WEIGHTS",
      `block ${lastUpdate} holds weights of this hotkey that this journal does not know`,
      "A second validator runs with this hotkey, or somebody has its key. Stop one, or take a new hotkey.",
    );
  }

  #alarm(code: AlarmCode, message: string, hint: string): void {
    if (this.#raised.has(code)) return;
    this.#raised.add(code);
    this.#parts.emit({ type: "alarm", code, message, hint });
  }

  #over(code: AlarmCode): void {
    if (this.#raised.delete(code)) this.#parts.emit({ type: "recovered", code });
  }
}

/** An epoch runs at the beginning of a block, so what the same block brings counts for the next. */
function isSet(
  placed: WeightsRecord | undefined,
  { epoch, metagraph }: View,
  self: Neuron,
): boolean {
  if (placed?.block === undefined || placed.block.number < epoch.lastEpochBlock) return false;
  // Not shown by a view of that block or a later one: the block was taken back.
  return metagraph.block < placed.block.number || self.lastUpdate >= placed.block.number;
}

/** The last heads of an epoch after which a transaction still enters a block of it. */
function isInWindow({ head, epoch }: View): boolean {
  const left = epoch.nextEpochBlock - head.number;
  return left >= 2 && left <= windowBlocks(epoch.tempo);
}

function isSame(a: Weights, b: Weights): boolean {
  const shares = new Map(a);
  return a.length === b.length && b.every(([uid, weight]) => shares.get(uid) === weight);
}

/** Errors of a chain have a code, a message and a hint; any other is told as it is. */
function refusalOf(error: unknown): { code: string; message: string; hint: string } {
  if (!(error instanceof Error)) return { code: "UNKNOWN", message: String(error), hint: "" };
  const { message, name } = error;
  const code = "code" in error && typeof error.code === "string" ? error.code : name;
  const hint = "hint" in error && typeof error.hint === "string" ? error.hint : "";
  return { code, message, hint };
}
