/**
 * Typed arrays that grow while a circuit is made: rows and steps are too many to be objects, and nobody knows their
 * number before they are there.
 * @module
 */

/** Grows twofold, so that a push costs a constant on average. */
const FIRST_CAPACITY = 1024;

type Numbers = Uint8Array | Uint32Array | Float64Array;

class Growable<T extends Numbers> {
  readonly #make: (length: number) => T;
  #array: T;
  #length = 0;

  constructor(make: (length: number) => T) {
    this.#make = make;
    this.#array = make(FIRST_CAPACITY);
  }

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#array.length) this.#grow();
    this.#array[this.#length] = value;
    this.#length += 1;
  }

  at(index: number): number {
    return this.#array[index] as number;
  }

  set(index: number, value: number): void {
    this.#array[index] = value;
  }

  /** What was pushed, in memory of its own and of just its size. */
  toArray(): T {
    return this.#array.slice(0, this.#length) as T;
  }

  #grow(): void {
    const larger = this.#make(2 * this.#array.length);
    larger.set(this.#array);
    this.#array = larger;
  }
}

export type GrowableBytes = Growable<Uint8Array>;
export type GrowableIndices = Growable<Uint32Array>;
export type GrowableNumbers = Growable<Float64Array>;

export const growableBytes = (): GrowableBytes => new Growable((length) => new Uint8Array(length));
export const growableIndices = (): GrowableIndices =>
  new Growable((length) => new Uint32Array(length));
export const growableNumbers = (): GrowableNumbers =>
  new Growable((length) => new Float64Array(length));
