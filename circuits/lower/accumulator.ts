/**
 * Adds up many sums into one: a dense array holds the coefficients while it happens, so that a term costs a constant
 * whatever the length of the sum.
 * @module
 */
import { boundUnproven, constantSum, provenSum, SUM_END, type Sum } from "./sum.ts";

/** Where the ranges of wires are read. */
interface Ranges {
  least(wire: number): number;
  greatest(wire: number): number;
}

export class Accumulator {
  readonly #ranges: Ranges;
  /** By wire; 0 outside `#touched`. */
  #coefficients = new Float64Array(1024);
  #isTouched = new Uint8Array(1024);
  #touched = new Uint32Array(1024);
  #count = 0;
  #isAscending = true;
  #constant = 0;
  /** Magnitudes of all that was added: while it is small, no partial sum has lost a bit. */
  #mass = 0;

  constructor(ranges: Ranges) {
    this.#ranges = ranges;
  }

  /** Adds factor · sum. Factors are integers. */
  add({ wires, coefficients, constant }: Sum, factor: number): void {
    this.#constant += factor * constant;
    this.#mass += Math.abs(factor * constant);
    for (let k = 0; k < wires.length; k++) {
      const wire = wires[k] as number;
      if (wire >= this.#coefficients.length) this.#growTo(wire);
      if (this.#isTouched[wire] === 0) this.#touch(wire);
      const term = factor * (coefficients[k] as number);
      this.#coefficients[wire] = (this.#coefficients[wire] as number) + term;
      this.#mass += Math.abs(term);
    }
  }

  /**
   * What was added since the last time, and `constant`.
   * @throws CircuitError `BOUND_UNPROVEN`
   */
  take(constant = 0): Sum {
    const touched = this.#touched.subarray(0, this.#count);
    if (!this.#isAscending) touched.sort();
    let kept = 0;
    for (const wire of touched) if (this.#coefficients[wire] !== 0) kept += 1;
    const wires = new Uint32Array(kept);
    const coefficients = new Float64Array(kept);
    const total = this.#constant + constant;
    let [min, max, reach, to] = [total, total, 0, 0];
    const mass = this.#mass;
    for (let k = 0; k < touched.length; k++) {
      const wire = touched[k] as number;
      const coefficient = this.#coefficients[wire] as number;
      this.#coefficients[wire] = 0;
      this.#isTouched[wire] = 0;
      if (coefficient === 0) continue;
      wires[to] = wire;
      coefficients[to] = coefficient;
      to += 1;
      const atLeast = coefficient * this.#ranges.least(wire);
      const atGreatest = coefficient * this.#ranges.greatest(wire);
      min += coefficient > 0 ? atLeast : atGreatest;
      max += coefficient > 0 ? atGreatest : atLeast;
      reach += Math.max(Math.abs(atLeast), Math.abs(atGreatest));
    }
    this.#count = 0;
    this.#isAscending = true;
    this.#constant = 0;
    this.#mass = 0;
    // Bounds every partial sum too, here and in the witness: `min` and `max` alone say nothing of those.
    if (!(mass < SUM_END && reach < SUM_END)) {
      throw boundUnproven(`the terms of a sum can add up to ${Math.max(mass, reach)}`);
    }
    if (kept === 0) return constantSum(total);
    return provenSum({ wires, coefficients, constant: total, min, max });
  }

  #touch(wire: number): void {
    if (this.#count === this.#touched.length) {
      const larger = new Uint32Array(2 * this.#count);
      larger.set(this.#touched);
      this.#touched = larger;
    }
    if (this.#count > 0 && wire < (this.#touched[this.#count - 1] as number)) {
      this.#isAscending = false;
    }
    this.#isTouched[wire] = 1;
    this.#touched[this.#count] = wire;
    this.#count += 1;
  }

  #growTo(wire: number): void {
    const capacity = 2 ** (Math.floor(Math.log2(wire)) + 1);
    const coefficients = new Float64Array(capacity);
    coefficients.set(this.#coefficients);
    this.#coefficients = coefficients;
    const isTouched = new Uint8Array(capacity);
    isTouched.set(this.#isTouched);
    this.#isTouched = isTouched;
  }
}
