/**
 * Jobs that wait for a prover. Between validators the queue is fair by stake, twice: in turns (start-time fair queueing:
 * Goyal, Vin and Cheng 1996) and in places (drop from the longest queue: Suter et al. 1998), so that who asks much waits
 * behind itself and crowds out only itself. Among the jobs of one validator the earliest deadline is first.
 * @module
 */
import { MinerError } from "./error.ts";

export interface QueueOptions {
  /** Jobs that may wait. */
  readonly limit: number;
  /** Jobs that run at once. */
  readonly concurrency: number;
}

export interface Share {
  /** Whose turns and places it takes. */
  readonly owner: string;
  /** Above 0; shares are in proportion. */
  readonly stake: number;
}

export interface Ticket extends Share {
  /** Milliseconds on the monotonic clock. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

interface Waiting extends Ticket {
  readonly start: () => void;
  readonly giveUp: (reason: unknown) => void;
}

/** Weight of the newest service time in the mean from which Retry-After is told. */
const SMOOTHING = 0.2;

export class JobQueue {
  readonly #options: QueueOptions;
  readonly #waiting: Waiting[] = [];
  /** Virtual time at which an owner's next job may start. */
  readonly #turns = new Map<string, number>();
  #virtualNow = 0;
  #running = 0;
  #meanMs = 1_000;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  get running(): number {
    return this.#running;
  }

  get isFull(): boolean {
    const isBusy = this.#running >= this.#options.concurrency;
    return isBusy && this.#waiting.length >= this.#options.limit;
  }

  /** Whole seconds after which there should be room. */
  get retryAfterSeconds(): number {
    const rounds = Math.ceil((this.#waiting.length + 1) / this.#options.concurrency);
    return Math.max(1, Math.ceil((rounds * this.#meanMs) / 1_000));
  }

  /** A full queue has room for who has less of it than its stake gives: another then loses a place. */
  hasRoomFor(share: Share): boolean {
    return !this.isFull || this.#displacedBy(share) !== undefined;
  }

  /**
   * Runs `work` when its turn comes.
   * @throws MinerError `QUEUE_FULL` when there is no room, or another took the place;
   * the signal's reason when it is aborted before the turn comes; what `work` throws
   */
  async run<T>(ticket: Ticket, work: () => Promise<T>): Promise<T> {
    ticket.signal.throwIfAborted();
    if (this.isFull) this.#makeRoomFor(ticket);
    await this.#turn(ticket);
    const startMs = performance.now();
    try {
      const result = await work();
      this.#meanMs += SMOOTHING * (performance.now() - startMs - this.#meanMs);
      return result;
    } finally {
      this.#running--;
      this.#startNext();
    }
  }

  #turn(ticket: Ticket): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => waiting.giveUp(ticket.signal.reason);
      const waiting: Waiting = {
        ...ticket,
        start: () => {
          ticket.signal.removeEventListener("abort", leave);
          resolve();
        },
        giveUp: (reason) => {
          ticket.signal.removeEventListener("abort", leave);
          this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
          reject(reason);
        },
      };
      ticket.signal.addEventListener("abort", leave);
      this.#waiting.push(waiting);
      this.#startNext();
    });
  }

  #makeRoomFor(share: Share): void {
    const full = new MinerError("QUEUE_FULL", "every place in the queue is taken", "Ask later.");
    const displaced = this.#displacedBy(share);
    if (displaced === undefined) throw full;
    displaced.giveUp(full);
  }

  /** The least urgent job of whoever has most places for its stake, if that is more than the newcomer would have. */
  #displacedBy(newcomer: Share): Waiting | undefined {
    const places = new Map<string, number>();
    for (const { owner } of this.#waiting) places.set(owner, (places.get(owner) ?? 0) + 1);
    const crowding = ({ owner, stake }: Share, extra = 0): number =>
      ((places.get(owner) ?? 0) + extra) / stake;
    const bound = crowding(newcomer, 1);
    return this.#waiting
      .filter((waiting) => crowding(waiting) > bound)
      .sort((a, b) => crowding(b) - crowding(a) || b.deadlineMs - a.deadlineMs)[0];
  }

  #startNext(): void {
    if (this.#running >= this.#options.concurrency) return;
    const [first, ...others] = this.#waiting;
    if (first === undefined) {
      // Nobody waits, so nobody is owed anything: who comes next starts even.
      if (this.#running === 0) this.#turns.clear();
      return;
    }
    const next = others.reduce(
      (best, other) => (this.#isBefore(other, best) ? other : best),
      first,
    );
    this.#waiting.splice(this.#waiting.indexOf(next), 1);
    this.#virtualNow = this.#turnOf(next);
    this.#turns.set(next.owner, this.#virtualNow + 1 / next.stake);
    this.#running++;
    next.start();
  }

  #isBefore(a: Waiting, b: Waiting): boolean {
    const difference = this.#turnOf(a) - this.#turnOf(b);
    return difference === 0 || a.owner === b.owner ? a.deadlineMs < b.deadlineMs : difference < 0;
  }

  /** An owner that was away does not save up turns. */
  #turnOf({ owner }: Ticket): number {
    return Math.max(this.#turns.get(owner) ?? this.#virtualNow, this.#virtualNow);
  }
}
