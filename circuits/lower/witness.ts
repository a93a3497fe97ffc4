/**
 * Runs a witness program: from the inputs to every wire, in doubles, which hold every small number exactly because every
 * sum is proven to stay below 2^52 (sum.ts). Only wires of full size are numbers mod r.
 * @module
 */
import { invert, mod } from "@noble/curves/abstract/modular.js";
import type { SmallWitness } from "../../proof/engine.ts";
import { R } from "../../proof/groth16/points.ts";
import { CircuitError } from "../error.ts";
import { type Matrix, STEP, type Steps } from "./rows.ts";

export interface WitnessProgram {
  readonly wires: number;
  readonly a: Matrix;
  readonly b: Matrix;
  readonly c: Matrix;
  readonly steps: Steps;
}

/** Bits of a number that 32-bit operations take. */
const LIMB = 2 ** 30;

export class WitnessRun {
  readonly #program: WitnessProgram;
  readonly #values: Float64Array;
  readonly #full = new Map<number, bigint>();
  /** 1 / S by S: saturated activations share few. */
  readonly #inverses: Map<number, bigint>;

  /** @param inverses kept from one run to the next */
  constructor(program: WitnessProgram, inverses: Map<number, bigint>) {
    this.#program = program;
    this.#values = new Float64Array(program.wires);
    this.#values[0] = 1;
    this.#inverses = inverses;
  }

  set(wire: number, value: number): void {
    this.#values[wire] = value;
  }

  /** @param value in [0, r) */
  setFull(wire: number, value: bigint): void {
    if (value < LIMB) this.#values[wire] = Number(value);
    else this.#full.set(wire, value);
  }

  read(wire: number): bigint {
    return this.#full.get(wire) ?? mod(BigInt(this.#values[wire] as number), R);
  }

  /** Computes what is not set. @throws CircuitError `WITNESS_FAILED` */
  finish(): SmallWitness {
    const { kinds, wires, rows, counts, units, programs } = this.#program.steps;
    for (let i = 0; i < kinds.length; i++) {
      const wire = wires[i] as number;
      const row = rows[i] as number;
      switch (kinds[i]) {
        case STEP.solve:
          this.#solve(wire, row, units[i] as number);
          break;
        case STEP.bits:
          this.#bits(wire, row, counts[i] as number, units[i] as number);
          break;
        case STEP.zeroTest:
          this.#zeroTest(wire, row);
          break;
        default:
          programs[counts[i] as number]?.(
            (of) => this.read(of),
            (to, value) => this.setFull(to, value),
          );
      }
    }
    return this.#compact();
  }

  #solve(wire: number, row: number, factor: number): void {
    const { a, b, c } = this.#program;
    const product =
      a.offsets[row] === a.offsets[row + 1] ? 0 : this.#sum(a, row) * this.#sum(b, row);
    this.#values[wire] = (product - this.#sum(c, row)) * factor;
  }

  #bits(first: number, row: number, count: number, unit: number): void {
    const sum = this.#sum(this.#program.c, row);
    const number = unit === 1 ? sum : Math.floor(sum / unit);
    if (number < 0 || number >= 2 ** count) throw failed(`${number} has no ${count} bits`);
    const high = Math.floor(number / LIMB);
    let limb = number - high * LIMB;
    for (let i = 0; i < count; i++) {
      if (i === 30) limb = high;
      this.#values[first + i] = limb & 1;
      limb >>= 1;
    }
  }

  #zeroTest(p: number, row: number): void {
    const S = this.#sum(this.#program.b, row);
    const g = this.#sum(this.#program.c, row + 1);
    const v = p + 1;
    if (S === 0) this.#values[p] = g;
    else if (g % S === 0) this.#values[v] = g / S;
    else this.setFull(v, mod(BigInt(g) * this.#inverse(S), R));
  }

  #inverse(S: number): bigint {
    let inverse = this.#inverses.get(S);
    if (inverse === undefined) {
      inverse = invert(mod(BigInt(S), R), R);
      this.#inverses.set(S, inverse);
    }
    return inverse;
  }

  #sum({ offsets, wires, coefficients }: Matrix, row: number): number {
    const values = this.#values;
    const end = offsets[row + 1] as number;
    let sum = 0;
    for (let k = offsets[row] as number; k < end; k++) {
      sum += (coefficients[k] as number) * (values[wires[k] as number] as number);
    }
    return sum;
  }

  #compact(): SmallWitness {
    const values = new Int32Array(this.#values);
    for (let wire = 0; wire < values.length; wire++) {
      const value = this.#values[wire] as number;
      if (value !== values[wire]) this.#full.set(wire, mod(BigInt(value), R));
    }
    return { values, full: this.#full };
  }
}

export function failed(reason: string): CircuitError {
  return new CircuitError(
    "WITNESS_FAILED",
    `there is no witness: ${reason}`,
    "Give every input as many elements as the graph says, each in its range.",
  );
}
