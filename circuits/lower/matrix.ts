/**
 * One matrix of a circuit while its rows are made, term by term.
 * @module
 */
import { R } from "../../proof/groth16/points.ts";
import { growableIndices, growableNumbers } from "./growable.ts";
import type { Matrix } from "./rows.ts";
import type { Sum } from "./sum.ts";

/** A double holds every integer below this. */
const SMALL_END = 2n ** 53n;

export class MatrixBuilder {
  readonly #offsets = growableIndices();
  readonly #wires = growableIndices();
  readonly #coefficients = growableNumbers();
  readonly #full = new Map<number, bigint>();

  constructor() {
    this.#offsets.push(0);
  }

  get nonZeros(): number {
    return this.#wires.length;
  }

  term(wire: number, coefficient: number): void {
    this.#wires.push(wire);
    this.#coefficients.push(coefficient);
  }

  /** @param coefficient any integer mod r */
  fullTerm(wire: number, coefficient: bigint): void {
    const residue = ((coefficient % R) + R) % R;
    if (residue === 0n) return;
    if (residue < SMALL_END) this.term(wire, Number(residue));
    else if (R - residue < SMALL_END) this.term(wire, -Number(R - residue));
    else {
      this.#full.set(this.#wires.length, residue);
      this.term(wire, 0);
    }
  }

  /** The terms of a sum, its constant first. */
  sum({ wires, coefficients, constant }: Sum): void {
    if (constant !== 0) this.term(0, constant);
    this.terms(wires, coefficients);
  }

  terms(wires: Uint32Array, coefficients: Float64Array): void {
    for (let k = 0; k < wires.length; k++) {
      this.term(wires[k] as number, coefficients[k] as number);
    }
  }

  endRow(): void {
    this.#offsets.push(this.#wires.length);
  }

  finish(): Matrix {
    return {
      offsets: this.#offsets.toArray(),
      wires: this.#wires.toArray(),
      coefficients: this.#coefficients.toArray(),
      full: this.#full,
    };
  }
}
