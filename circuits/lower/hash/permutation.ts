/**
 * Poseidon as rows: 628 for one hash of sixteen wires, the capacity's S-box being a constant saves two. Every wide sum
 * stands in C, where neither key nor prover pays for it; in A and B stands one wire each.
 *
 * Wires are s, s², s⁴ of each S-box, s⁵ only in the last round. The third row of an S-box says what its s⁵ is to the s that
 * come after, by the linear layers solved for it (letters of poseidon.ts; M' is M's inverse):
 *
 *     s × s = s²,   s² × s² = s⁴
 *     full round      s⁴_i × s_i = Σ_j M'_ij·(s'_j − c'_j)
 *     partial round   s⁴ × s = y_p = Σ_{q≤p} κ_{p−q}·(x^{q+1}_0 − alpha_{q+1}·x^0 − gamma_{q+1}),   κ ∗ k = 1
 *     after those     0 × 0 = x^{68}_i − (the sum that it is of x^0 and the y)       for i from 1 to 16
 *     last round      s⁴_i × s_i = s⁵_i, the last with hash = Σ_j M_0j·s⁵_j in its place
 *
 * Sound: the rows of a full round are seventeen equations in seventeen s' with an invertible matrix; each other row has one
 * new wire. No hint.
 * @module
 */
import { invert, mod } from "@noble/curves/abstract/modular.js";
import { R } from "../../../proof/groth16/points.ts";
import type { FullSum, Rows } from "../rows.ts";
import {
  FULL_ROUNDS,
  fifthPower,
  PARTIAL_ROUNDS,
  type Permuted,
  partialRounds,
  poseidonConstants,
  STATE,
} from "./poseidon.ts";

/** An S-box: the wires of s, s² and s⁴; or a constant, which has none. */
type Box =
  | { readonly s: number; readonly s2: number; readonly s4: number }
  | { readonly y: bigint };

/** What follows from the constants, once. */
interface Solved {
  readonly Minverse: readonly (readonly bigint[])[];
  /** y_p: of x^0_j at j, of x^{q+1}_0 at STATE + q, the constant last. */
  readonly y: readonly (readonly bigint[])[];
  /** x^{68}_i, laid out as `y`. */
  readonly end: readonly (readonly bigint[])[];
}

let solved: Solved | undefined;
const HALF = FULL_ROUNDS / 2;
const LAST = FULL_ROUNDS + PARTIAL_ROUNDS - 1;
/** Where the constant of a sum stands, after x^0 and the x_0 of each partial round. */
const CONSTANT = STATE + PARTIAL_ROUNDS;

export class Permutation {
  readonly #rows: Rows;
  readonly #boxes: Box[] = [];
  /** x^0. */
  #start: readonly number[] = [];
  /** s⁵ of the last round, but for its last S-box. */
  readonly #lastPowers: number[] = [];
  readonly #hash: number;
  readonly #addend: bigint;

  /**
   * @param inputs the state at the first S-boxes, the first round's constants added: wires of full size, or constants
   * @param hash the wire that is to be the hash + `addend`
   */
  constructor(rows: Rows, inputs: readonly (number | bigint)[], hash: number, addend: bigint) {
    this.#rows = rows;
    this.#hash = hash;
    this.#addend = addend;
    let state = inputs;
    for (let next = 1; next <= HALF; next++) state = this.#fullRound(state, next);
    state = this.#partialRounds(state as readonly number[]);
    for (let next = LAST - HALF + 2; next <= LAST; next++) state = this.#fullRound(state, next);
    this.#lastRound(state);
  }

  /** Sets every wire but the inputs. @param permuted of the same inputs */
  assign({ boxes, start, hash }: Permuted, set: (wire: number, value: bigint) => void): void {
    this.#boxes.forEach((box, i) => {
      if ("y" in box) return;
      const s = boxes[i] as bigint;
      const s2 = (s * s) % R;
      set(box.s, s);
      set(box.s2, s2);
      set(box.s4, (s2 * s2) % R);
    });
    this.#start.forEach((wire, j) => {
      set(wire, start[j] as bigint);
    });
    const last = boxes.slice(-STATE);
    this.#lastPowers.forEach((wire, i) => {
      set(wire, fifthPower(last[i] as bigint));
    });
    set(this.#hash, (hash + this.#addend) % R);
  }

  #fullRound(state: readonly (number | bigint)[], next: number): number[] {
    const { Minverse } = solvedRounds();
    const c = poseidonConstants().c[next] as readonly bigint[];
    const boxes = state.map((s) => this.#box(s));
    const wires = state.map(() => this.#rows.addFullWire());
    boxes.forEach((box, i) => {
      const line = Minverse[i] as readonly bigint[];
      this.#fifthPower(box, { wires: [0, ...wires], coefficients: [-dot(line, c), ...line] });
    });
    return wires;
  }

  #partialRounds(state: readonly number[]): number[] {
    const { y, end } = solvedRounds();
    this.#start = state;
    const wires = [...state];
    for (let p = 0; p < PARTIAL_ROUNDS; p++) {
      const box = this.#box(p === 0 ? (state[0] as number) : (wires[STATE + p - 1] as number));
      wires.push(this.#rows.addFullWire());
      this.#fifthPower(box, sumOf(wires, y[p] as readonly bigint[]));
    }
    return end.map((coefficients, i) => {
      // Element 0 is what the last partial round has made.
      if (i === 0) return wires[CONSTANT - 1] as number;
      const wire = this.#rows.addFullWire();
      const of = sumOf(wires, coefficients);
      this.#rows.addFullRow(NOTHING, NOTHING, {
        wires: [...of.wires, wire],
        coefficients: [...of.coefficients, -1n],
      });
      return wire;
    });
  }

  #lastRound(state: readonly (number | bigint)[]): void {
    const line = poseidonConstants().M[0] as readonly bigint[];
    const scale = invert(line[STATE - 1] as bigint, R);
    for (const s of state.slice(0, -1)) {
      const box = this.#box(s);
      const wire = this.#rows.addFullWire();
      this.#lastPowers.push(wire);
      this.#fifthPower(box, one(wire));
    }
    const box = this.#box(state[STATE - 1] as number);
    const factors = [-this.#addend, 1n, ...line.slice(0, -1).map((m) => -m)];
    this.#fifthPower(box, {
      wires: [0, this.#hash, ...this.#lastPowers],
      coefficients: factors.map((factor) => factor * scale),
    });
  }

  #box(input: number | bigint): Box {
    const box = typeof input === "bigint" ? { y: fifthPower(input) } : this.#wiredBox(input);
    this.#boxes.push(box);
    return box;
  }

  #wiredBox(s: number): Box {
    const rows = this.#rows;
    const [s2, s4] = [rows.addFullWire(), rows.addFullWire()];
    rows.addRow(rows.term(s), rows.term(s), rows.term(s2));
    rows.addRow(rows.term(s2), rows.term(s2), rows.term(s4));
    return { s, s2, s4 };
  }

  /** The row s⁵ = sum. */
  #fifthPower(box: Box, sum: FullSum): void {
    if (!("y" in box)) {
      this.#rows.addFullRow(one(box.s4), one(box.s), sum);
      return;
    }
    const [constant = 0n, ...coefficients] = sum.coefficients;
    this.#rows.addFullRow(NOTHING, NOTHING, {
      wires: sum.wires,
      coefficients: [constant - box.y, ...coefficients],
    });
  }
}

const NOTHING: FullSum = { wires: [], coefficients: [] };

function one(wire: number): FullSum {
  return { wires: [wire], coefficients: [1n] };
}

/** @param coefficients of x^0_j at j, of x^{q+1}_0 at STATE + q, as many as there are wires; the constant last */
function sumOf(wires: readonly number[], coefficients: readonly bigint[]): FullSum {
  return {
    wires: [0, ...wires],
    coefficients: [
      coefficients[CONSTANT] as bigint,
      ...wires.map((_, k) => coefficients[k] as bigint),
    ],
  };
}

function solvedRounds(): Solved {
  solved ??= solveRounds();
  return solved;
}

function solveRounds(): Solved {
  const { alpha, gamma, k, end, endOfBox, endConstant } = partialRounds();
  const kappa = inverseSeries(k);
  // In the wires, z_q = x^{q+1}_0 − alpha_{q+1}·x^0 − gamma_{q+1}, so that y_p = Σ_{q≤p} kappa_{p−q}·z_q.
  const inWires = (weightOf: (q: number) => bigint): bigint[] => {
    const sum = Array<bigint>(CONSTANT + 1).fill(0n);
    for (let q = 0; q < PARTIAL_ROUNDS; q++) {
      const weight = weightOf(q);
      if (weight === 0n) continue;
      const line = alpha[q + 1] as readonly bigint[];
      sum[STATE + q] = weight;
      sum[CONSTANT] = (sum[CONSTANT] as bigint) - weight * (gamma[q + 1] as bigint);
      for (let j = 1; j < STATE; j++) {
        sum[j] = (sum[j] as bigint) - weight * (line[j] as bigint);
      }
    }
    return sum.map((value) => mod(value, R));
  };
  const lag = (p: number, q: number): bigint => (q > p ? 0n : (kappa[p - q] as bigint));
  const y = Array.from({ length: PARTIAL_ROUNDS }, (_, p) => inWires((q) => lag(p, q)));
  const ends = end.map((ofStart, i) => {
    const ofBoxes = endOfBox[i] as readonly bigint[];
    const sum = inWires((q) =>
      mod(
        ofBoxes.reduce((s, b, p) => s + b * lag(p, q), 0n),
        R,
      ),
    );
    ofStart.forEach((e, j) => {
      sum[j] = mod((sum[j] as bigint) + e, R);
    });
    sum[CONSTANT] = mod((sum[CONSTANT] as bigint) + (endConstant[i] as bigint), R);
    return sum;
  });
  return { Minverse: inverseMatrix(poseidonConstants().M), y, end: ends };
}

/** kappa with Σ_i kappa_i · k_{n−i} = 1 for n = 0, else 0. */
function inverseSeries(k: readonly bigint[]): bigint[] {
  const scale = invert(k[0] as bigint, R);
  const kappa = [scale];
  for (let n = 1; n < k.length; n++) {
    const sum = kappa.reduce((total, value, i) => total + value * (k[n - i] as bigint), 0n);
    kappa.push(mod(-sum * scale, R));
  }
  return kappa;
}

/** By Gauss and Jordan. M is a Cauchy matrix, so every leading block of it has an inverse: no pivot is 0. */
function inverseMatrix(M: readonly (readonly bigint[])[]): bigint[][] {
  const rows = M.map((line, i) => [...line, ...M.map((_, j) => (i === j ? 1n : 0n))]);
  for (let pivot = 0; pivot < M.length; pivot++) {
    const row = rows[pivot] as bigint[];
    const scale = invert(row[pivot] as bigint, R);
    for (let j = 0; j < row.length; j++) row[j] = ((row[j] as bigint) * scale) % R;
    rows.forEach((other, i) => {
      const factor = other[pivot] as bigint;
      if (i === pivot || factor === 0n) return;
      rows[i] = other.map((value, j) => mod(value - factor * (row[j] as bigint), R));
    });
  }
  return rows.map((row) => row.slice(M.length));
}

function dot(a: readonly bigint[], b: readonly bigint[]): bigint {
  return a.reduce((sum, value, i) => sum + value * (b[i] as bigint), 0n) % R;
}
