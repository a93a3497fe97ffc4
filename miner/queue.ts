/**
 * Jobs that wait for a prover. Between validators the queue is fair by stake (start-time fair queueing: Goyal, Vin and
 * Cheng 1996): who asks much only waits behind itself. Among the jobs of one validator the earliest deadline is first.
 * @module
 */

export interface QueueOptions {
  /** Jobs that may wait. */
  readonly limit: number;
  /** Jobs that run at once. */
  readonly concurrency: number;
}

export interface Ticket {
  /** Whose share it takes. */
  readonly owner: string;
  /** Above 0; shares are in proportion. */
  readonly stake: number;
  /** Milliseconds on the monotonic clock. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

interface Waiting extends Ticket {
  readonly start: () => void;
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

  /**
   * Runs `work` when its turn comes. The caller has looked at `isFull` in the same tick.
   * @throws the signal's reason when it is aborted before or while it runs
   */
  async run<T>(ticket: Ticket, work: () => Promise<T>): Promise<T> {
    ticket.signal.throwIfAborted();
    await this.#turn(ticket);
    const startMs = performance.now();
    try {
      return await work();
    } finally {
      this.#meanMs += SMOOTHING * (performance.now() - startMs - this.#meanMs);
      this.#running--;
      this.#startNext();
    }
  }

  #turn(ticket: Ticket): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        const place = this.#waiting.indexOf(waiting);
        if (place < 0) return;
        this.#waiting.splice(place, 1);
        reject(ticket.signal.reason);
      };
      const waiting: Waiting = {
        ...ticket,
        start: () => {
          ticket.signal.removeEventListener("abort", leave);
          resolve();
        },
      };
      ticket.signal.addEventListener("abort", leave, { once: true });
      this.#waiting.push(waiting);
      this.#startNext();
    });
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
