/**
 * Sets the weights of one hotkey, once an epoch, late in it so that they say as much as they can. Whether they are
 * set is the chain's word, not hope: an attempt is journalled before it is made, and an epoch is done when the
 * metagraph shows that it took them. So an answer that got lost and a crash in between end the same way: the next head
 * looks, and sets again what is not there.
 *
 * Where weights are committed first, the commit alone makes the epoch done: the chain counts it as the update. What was
 * committed shows in the epoch of its reveal, and is confirmed then, by whichever run of the validator is there to see.
 * @module
 */
import type { Logger } from "pino";
import type { Chain, Neuron, Signer } from "../chain/chain.ts";
import { conformWeights } from "../chain/conform-weights.ts";
import { Alarms } from "./alarms.ts";
import type { View } from "./chain-view.ts";
import type { ValidatorEvent } from "./event.ts";
import type { Journal, Placement, Weights, WeightsAttempt, WeightsRecord } from "./journal.ts";
import type { Ledger } from "./ledger.ts";
import { weightsOf } from "./weights.ts";

/**
 * How many blocks before the end of an epoch weights are set: a quarter of it, so that most of its answers count, but
 * enough for three tries, and on Subtensor's 360 blocks not more than 15.
 */
function windowBlocks(tempo: number): number {
  return Math.max(4, Math.min(15, Math.ceil(tempo / 4)));
}

/** Attempts that are looked at again: more than one epoch's window can hold, and than wait for their reveal. */
const RECENT = 64;

/** A transaction is mortal: it enters one of so many blocks or none. */
const ATTEMPT_LIFE_BLOCKS = 64;

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
  readonly #alarms: Alarms;
  #work: Promise<void> | undefined;
  #firstBlock: number | undefined;
  #epoch: number | undefined;
  /** Why weights that should be on the chain are not, in this epoch. */
  #missing: string | undefined;
  #foreignBlock = 0;

  constructor(options: { readonly netuid: number }, parts: WeightSetterParts) {
    this.#netuid = options.netuid;
    this.#parts = parts;
    this.#alarms = new Alarms(parts.emit);
  }

  /** Does what this view of the chain calls for. Views that come while it is at work are passed over. */
  onView(view: View): void {
    this.#firstBlock ??= view.head.number;
    this.#noticeEpoch(view);
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
    await this.#reveal();
    await this.#adopt(view, self);
    this.#confirm(view, self);
    const [last] = this.#placed();
    if (isSet(last, view, self) || !self.validatorPermit || !isInWindow(view)) return;
    await this.#set(view, self);
  }

  /** Hashed commits are the validator's own to reveal; where none waits the chain is not asked. */
  async #reveal(): Promise<void> {
    const { chain, signer } = this.#parts;
    try {
      await chain.revealWeights(this.#netuid, signer);
    } catch (error) {
      const { code, message, hint } = refusalOf(error);
      this.#alarms.raise("WEIGHTS_NOT_REVEALED", `${code}: ${message}`, hint);
    }
  }

  /** Finds the block of an attempt of ours of which only the chain knows that it succeeded. */
  async #adopt({ epoch }: View, self: Neuron): Promise<void> {
    const recent = this.#parts.journal.latestWeights(RECENT);
    const known = this.#placed()[0]?.placement.block.number ?? 0;
    if (self.lastUpdate <= Math.max(known, self.registeredAt)) return;
    const open = recent.filter(
      ({ placement, head }) =>
        placement === undefined &&
        head < self.lastUpdate &&
        self.lastUpdate <= head + ATTEMPT_LIFE_BLOCKS,
    );
    const { commitReveal: way, revealPeriodEpochs } = epoch;
    // A commit does not show what it holds: that it is ours shows with the reveal.
    const ours = way === "off" ? open.find((one) => isSame(one.weights, self.weights)) : open[0];
    if (ours === undefined) return this.#noticeForeign(self);
    const hash = await this.#parts.chain.blockHash(self.lastUpdate);
    if (hash === undefined) return undefined;
    const block = { number: self.lastUpdate, hash };
    this.#place(
      ours,
      way === "off"
        ? { block, way: "set" }
        : { block, way, revealEpoch: ours.epoch + revealPeriodEpochs },
    );
    return undefined;
  }

  /** Newest first; whatever is older than weights that were shown has been replaced by them. */
  #confirm({ head, epoch }: View, self: Neuron): void {
    for (const [age, record] of this.#placed().entries()) {
      const { block, way, revealEpoch = record.epoch } = record.placement;
      if (record.shownAt !== undefined) return;
      // Weights that are set are replaced by the next; commits wait side by side.
      if (way === "set" && (age > 0 || self.lastUpdate !== block.number)) return;
      if (way !== "set" && epoch.index < revealEpoch) continue;
      if (isSame(record.weights, self.weights)) return this.#show(record, head.number);
      if (way !== "set" && epoch.index > revealEpoch) {
        return this.#alarms.raise(
          "WEIGHTS_NOT_REVEALED",
          `the weights of epoch ${record.epoch}, committed in block ${block.number}, did not show in epoch ${revealEpoch}`,
          "Earlier weights stay in force. Look whether the chain has drand's rounds, and at this machine's clock.",
        );
      }
    }
  }

  #show({ seq, epoch, placement }: PlacedRecord, at: number): void {
    const { journal, ledger, emit } = this.#parts;
    if (!ledger.write(() => journal.confirmWeights(seq, at))) return;
    this.#alarms.over("WEIGHTS_NOT_REVEALED");
    emit({ type: "weights-confirmed", epoch, block: placement.block.number });
  }

  async #set(view: View, self: Neuron): Promise<void> {
    const { chain, signer, journal, ledger, log } = this.#parts;
    const { head, epoch, metagraph } = view;
    const verdicts = ledger.place;
    const earned = weightsOf(ledger.scores(), metagraph, signer.hotkey, chain.isLocal);
    if (earned.length === 0) {
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
    try {
      // As they will stand on chain, so that the journal's can be found there.
      const { uids, values } = conformWeights(earned, { ...epoch, self: self.uid });
      const weights: Weights = uids.map((uid, i) => [uid, values[i] ?? 0]);
      const attempt = { epoch: epoch.index, verdicts, weights, head: head.number };
      let seq = 0;
      if (!ledger.write(() => (seq = journal.addWeights(attempt)))) return;
      const placement = await chain.setWeights(this.#netuid, weights, signer);
      this.#place({ ...attempt, seq }, placement);
    } catch (error) {
      const { code, message, hint } = refusalOf(error);
      this.#missing = `${code}: ${message}`;
      this.#alarms.raise("WEIGHTS_REFUSED", `epoch ${epoch.index}: ${this.#missing}`, hint);
    }
  }

  #place(record: WeightsAttempt & { readonly seq: number }, placement: Placement): void {
    const { journal, ledger, emit } = this.#parts;
    // A disk that is full now leaves the attempt open; #adopt closes it when there is room.
    if (!ledger.write(() => journal.placeWeights(record.seq, placement))) return;
    this.#missing = undefined;
    this.#alarms.over("WEIGHTS_REFUSED");
    emit({ type: "weights", epoch: record.epoch, weights: record.weights, ...placement });
  }

  /** Newest first. */
  #placed(): readonly PlacedRecord[] {
    return this.#parts.journal.latestWeights(RECENT).filter(isPlaced);
  }

  #noticeEpoch({ epoch }: View): void {
    if (epoch.index === this.#epoch) return;
    const before = this.#epoch;
    this.#epoch = epoch.index;
    if (before === undefined) return;
    if (this.#missing !== undefined) {
      this.#alarms.raise(
        "WEIGHTS_MISSED",
        `epoch ${before} ended without weights: ${this.#missing}`,
        "Weights set earlier stay in force. Look at the chain's node and the journal's disk.",
      );
    } else {
      this.#alarms.over("WEIGHTS_MISSED");
    }
    this.#missing = undefined;
    this.#parts.emit({ type: "epoch", index: epoch.index, block: epoch.lastEpochBlock });
  }

  /** Weights of before this validator started may be of an older journal; newer ones are somebody else's. */
  #noticeForeign({ lastUpdate }: Neuron): void {
    if (lastUpdate <= (this.#firstBlock ?? 0) || lastUpdate === this.#foreignBlock) return;
    this.#foreignBlock = lastUpdate;
    this.#alarms.forget("FOREIGN_WEIGHTS");
    this.#alarms.raise(
      "FOREIGN_WEIGHTS",
      `block ${lastUpdate} holds weights of this hotkey that this journal does not know`,
      "A second validator runs with this hotkey, or somebody has its key. Stop one, or take a new hotkey.",
    );
  }
}

type PlacedRecord = WeightsRecord & { readonly placement: Placement };

function isPlaced(record: WeightsRecord): record is PlacedRecord {
  return record.placement !== undefined;
}

/** An epoch runs at the beginning of a block, so what the same block brings counts for the next. */
function isSet(last: PlacedRecord | undefined, { epoch, metagraph }: View, self: Neuron): boolean {
  if (last === undefined) return false;
  const { number } = last.placement.block;
  if (number < epoch.lastEpochBlock) return false;
  // Not known to a view of that block or a later one: the chain was replaced by an older state of itself.
  return metagraph.block < number || self.lastUpdate >= number;
}

/** The last heads of an epoch after which a transaction still enters a block of it. */
function isInWindow({ head, epoch }: View): boolean {
  const left = epoch.nextEpochBlock - head.number;
  return left >= 2 && left <= windowBlocks(epoch.tempo);
}

/** To one part in 65535: what was conformed may be rounded once more on its way. */
function isSame(a: Weights, b: Weights): boolean {
  const shares = new Map(a);
  return (
    a.length === b.length &&
    b.every(([uid, weight]) => Math.abs((shares.get(uid) ?? Infinity) - weight) <= 1)
  );
}

/** Errors of a chain have a code, a message and a hint; any other is told as it is. */
function refusalOf(error: unknown): { code: string; message: string; hint: string } {
  if (!(error instanceof Error)) return { code: "UNKNOWN", message: String(error), hint: "" };
  const { message, name } = error;
  const code = "code" in error && typeof error.code === "string" ? error.code : name;
  const hint = "hint" in error && typeof error.hint === "string" ? error.hint : "";
  return { code, message, hint };
}
