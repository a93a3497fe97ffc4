/**
 * Lets so many through at once; the rest wait in the order they came. In front of the verifier it keeps a burst of
 * answers from starting more work than there are processors.
 * @module
 */

export class Turnstile {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  /** @param width at least 1 */
  constructor(width: number) {
    if (!Number.isInteger(width) || width < 1) {
      throw new RangeError(`turnstile: expected a width of at least 1, got ${width}`);
    }
    this.#free = width;
  }

  /** Runs `work` when it is its turn. */
  async pass<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      // The place goes from hand to hand: nobody who comes now can slip in before who waited.
      if (next === undefined) this.#free++;
      else next();
    }
  }
}
