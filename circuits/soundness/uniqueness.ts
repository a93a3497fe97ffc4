/**
 * Shows, from the rows alone, that the inputs of a circuit leave one value for each wire: then the honest witness is the
 * only one, and an output that the model does not compute has no proof. Nothing is assumed of how the rows were made.
 *
 * A wire is determined when one of these rules says so, starting from the inputs:
 *   linear  it is the only undetermined wire of a row, and stands in C (or where the other factor is a constant);
 *   bits    every undetermined wire of a row is 0 or 1 by a row of its own and stands in C; sorted by magnitude each
 *           coefficient is greater than the sum of those before, and all together stay below 2^253 < r: then no two
 *           choices of the bits have the same sum mod r;
 *   digit   as `bits`, where a second row bounds the lower bits to less than the least coefficient above them;
 *   system  it is the same in every solution of the rows whose undetermined wires stand in C and whose product A·B is
 *           determined: as many linear equations as they need, like the rounds of a Poseidon hash;
 *   zero    p of a pair S·(p − k) = 0 and S·v = g − p with determined S, g and k: where S is 0 the second row says p = g,
 *           else the first says p = k. Nothing is said of v, which is free where S is 0.
 * What no rule reaches is named. A rule that is missing costs a false alarm, never a wrong proof of uniqueness.
 *
 * The idea of propagating uniqueness: Pailoor et al. 2023, "Automated Detection of Under-Constrained Circuits in
 * Zero-Knowledge Proofs" (Picus).
 * @module
 */
import { mod } from "@noble/curves/abstract/modular.js";
import { R } from "../../proof/groth16/points.ts";
import type { Matrix } from "../lower/rows.ts";
import { Reduced } from "./rank.ts";
import { coefficientAt, type RowSystem } from "./system.ts";

/** 2^253 < r: sums of so many bits do not wrap around. */
const MAX_BITS = 253n;

/**
 * @param known wires that are given: the inputs, the tag
 * @returns the wires that no rule determines, ascending; empty when the known ones leave one witness
 */
export function undeterminedWires(system: RowSystem, known: Iterable<number>): number[] {
  const search = new Search(system);
  search.determine(0);
  for (const wire of known) search.determine(wire);
  search.run();
  return search.undetermined();
}

interface Unknowns {
  readonly inA: readonly number[];
  readonly inB: readonly number[];
  readonly inC: readonly number[];
}

class Search {
  readonly #system: RowSystem;
  readonly #isDetermined: Uint8Array;
  readonly #isBit: Uint8Array;
  /** Rows that may still determine something. */
  #open: number[];
  /** For p of a row S·(p − k) = 0: S, written out. */
  readonly #zeroFactors = new Map<number, Set<string>>();
  #hasProgressed = true;

  constructor(system: RowSystem) {
    this.#system = system;
    this.#isDetermined = new Uint8Array(system.wires);
    this.#isBit = new Uint8Array(system.wires);
    this.#open = [];
    for (let row = 0; row < system.rows; row++) {
      const bit = bitOf(system, row);
      if (bit === undefined) this.#open.push(row);
      else this.#isBit[bit] = 1;
    }
  }

  determine(wire: number): void {
    if (this.#isDetermined[wire] === 1) return;
    this.#isDetermined[wire] = 1;
    this.#hasProgressed = true;
  }

  /** Rows are made in the order in which wires are computed, so that one pass nearly always does. */
  run(): void {
    while (this.#hasProgressed) {
      this.#hasProgressed = false;
      this.#open = this.#open.filter((row) => !this.#isSpent(row));
      // Dear, so only where nothing else helps.
      if (!this.#hasProgressed) this.#solveSystem();
    }
  }

  /** `system`. */
  #solveSystem(): void {
    const { a, b, c } = this.#system;
    const reduced = new Reduced();
    for (const row of this.#open) {
      const isProductZero = isEmpty(a, row) || isEmpty(b, row);
      const isProductKnown =
        this.#unknownsOf(a, row).length + this.#unknownsOf(b, row).length === 0;
      if (!isProductZero && !isProductKnown) continue;
      const equation = new Map<number, bigint>();
      for (const position of this.#unknownsOf(c, row)) {
        const wire = c.wires[position] as number;
        const coefficient = mod((equation.get(wire) ?? 0n) + coefficientAt(c, position), R);
        if (coefficient === 0n) equation.delete(wire);
        else equation.set(wire, coefficient);
      }
      reduced.add(equation);
    }
    for (const wire of reduced.alone()) this.determine(wire);
  }

  undetermined(): number[] {
    const wires: number[] = [];
    this.#isDetermined.forEach((determined, wire) => {
      if (determined === 0) wires.push(wire);
    });
    return wires;
  }

  /** Applies every rule to one row. @returns whether all its wires are determined now */
  #isSpent(row: number): boolean {
    const { a, b, c } = this.#system;
    const unknowns: Unknowns = {
      inA: this.#unknownsOf(a, row),
      inB: this.#unknownsOf(b, row),
      inC: this.#unknownsOf(c, row),
    };
    const { inA, inB, inC } = unknowns;
    if (inA.length + inB.length + inC.length === 0) return true;
    const isProductZero = isEmpty(a, row) || isEmpty(b, row);
    if (isProductZero || inA.length + inB.length === 0) return this.#solveLinear(row, c, inC);
    if (inC.length === 0 && isConstant(a, row)) return this.#solveLinear(row, b, inB);
    if (inC.length === 0 && isConstant(b, row)) return this.#solveLinear(row, a, inA);
    this.#testZero(row, unknowns);
    return false;
  }

  /** `linear`, `bits` and `digit`, for a row whose undetermined wires stand in one matrix. */
  #solveLinear(row: number, matrix: Matrix, positions: readonly number[]): boolean {
    const wireAt = (position: number): number => matrix.wires[position] as number;
    const [only] = positions;
    if (only !== undefined && positions.length === 1) {
      this.determine(wireAt(only));
      return true;
    }
    if (!positions.every((position) => this.#isBit[wireAt(position)] === 1)) return false;
    const digits = positions
      .map((position) => ({ wire: wireAt(position), weight: coefficientAt(matrix, position) }))
      .sort((x, y) => compare(magnitude(x.weight), magnitude(y.weight)));
    if (!this.#areDigits(digits, row)) return false;
    for (const { wire } of digits) this.determine(wire);
    return true;
  }

  #areDigits(digits: readonly Digit[], row: number): boolean {
    let sum = 0n;
    for (const [i, { weight }] of digits.entries()) {
      if (magnitude(weight) <= sum) {
        const bound = this.#boundOf(digits.slice(0, i), row);
        if (bound === undefined || magnitude(weight) <= bound) return false;
        sum = bound;
      }
      sum += magnitude(weight);
    }
    return sum < 1n << MAX_BITS;
  }

  /**
   * The `digit` rule: a row 0 = bound − Σ these bits − Σ other bits, with the same weights up to a factor: the other bits are
   * not negative, so these are together at most `bound`.
   */
  #boundOf(digits: readonly Digit[], besides: number): bigint | undefined {
    const { a, b, c } = this.#system;
    const weights = new Map(digits.map(({ wire, weight }) => [wire, weight]));
    for (const row of this.#open) {
      if (row === besides || !(isEmpty(a, row) || isEmpty(b, row))) continue;
      const bound = this.#boundIn(c, row, weights);
      if (bound !== undefined) return bound;
    }
    return undefined;
  }

  #boundIn(c: Matrix, row: number, weights: ReadonlyMap<number, bigint>): bigint | undefined {
    let constant = 0n;
    let found = 0;
    let factor: bigint | undefined;
    let others = 0n;
    const slack: bigint[] = [];
    for (const position of positionsOf(c, row)) {
      const wire = c.wires[position] as number;
      const coefficient = coefficientAt(c, position);
      const weight = weights.get(wire);
      if (wire === 0) constant = coefficient;
      else if (weight !== undefined) {
        // The same multiple everywhere: −weight or +weight.
        const multiple = coefficient === weight ? 1n : coefficient === -weight ? -1n : undefined;
        if (multiple === undefined || (factor ?? multiple) !== multiple) return undefined;
        factor = multiple;
        found++;
      } else if (this.#isBit[wire] === 1) {
        slack.push(coefficient);
        others += magnitude(coefficient);
      } else return undefined;
    }
    if (factor === undefined || found !== weights.size) return undefined;
    // constant + factor·X + Σ slack·bit = 0 over the integers, because nothing here comes near r.
    const sign = [...weights.values()].every((weight) => weight > 0n) ? 1n : -1n;
    const isOneSided =
      slack.every((coefficient) => coefficient * factor * sign > 0n) &&
      [...weights.values()].every((weight) => weight * sign > 0n);
    const total = [...weights.values()].reduce((sum, weight) => sum + magnitude(weight), others);
    if (!isOneSided || total + magnitude(constant) >= 1n << MAX_BITS) return undefined;
    return -constant * factor * sign;
  }

  /** `zero`: remembers S·(p − k) = 0, and looks for its S in S·v = g − p. */
  #testZero(row: number, { inA, inB, inC }: Unknowns): void {
    const { a, b, c } = this.#system;
    if (inA.length + inB.length !== 1) return;
    const [factor, other, position] =
      inA.length === 1 ? [a, b, inA[0] as number] : [b, a, inB[0] as number];
    if (isEmpty(c, row)) {
      const p = factor.wires[position] as number;
      const sums = this.#zeroFactors.get(p) ?? new Set();
      this.#zeroFactors.set(p, sums);
      const before = sums.size;
      sums.add(written(other, row));
      if (sums.size > before) this.#hasProgressed = true;
      return;
    }
    const [only] = inC;
    if (only === undefined || inC.length !== 1) return;
    const p = c.wires[only] as number;
    if (this.#zeroFactors.get(p)?.has(written(other, row)) === true) this.determine(p);
  }

  /** A term of coefficient 0, which only a foreign file has, is no term. */
  #unknownsOf(matrix: Matrix, row: number): number[] {
    return positionsOf(matrix, row).filter(
      (position) =>
        this.#isDetermined[matrix.wires[position] as number] === 0 &&
        coefficientAt(matrix, position) !== 0n,
    );
  }
}

interface Digit {
  readonly wire: number;
  readonly weight: bigint;
}

/** The wire of a row that leaves it only 0 and 1: (α·w + β)·(γ·w + δ) = 0 with those roots. */
function bitOf({ a, b, c }: RowSystem, row: number): number | undefined {
  if (!isEmpty(c, row)) return undefined;
  const left = rootOf(a, row);
  const right = rootOf(b, row);
  if (left === undefined || right === undefined || left.wire !== right.wire) return undefined;
  const isPair = (left.isOne && right.isZero) || (left.isZero && right.isOne);
  return isPair ? left.wire : undefined;
}

function rootOf(
  matrix: Matrix,
  row: number,
): { wire: number; isZero: boolean; isOne: boolean } | undefined {
  let wire: number | undefined;
  let slope = 0n;
  let constant = 0n;
  for (const position of positionsOf(matrix, row)) {
    const at = matrix.wires[position] as number;
    if (at === 0) constant = coefficientAt(matrix, position);
    else if (wire === undefined) {
      wire = at;
      slope = coefficientAt(matrix, position);
    } else return undefined;
  }
  if (wire === undefined || slope === 0n) return undefined;
  return { wire, isZero: constant === 0n, isOne: constant === -slope };
}

function isEmpty(matrix: Matrix, row: number): boolean {
  return matrix.offsets[row] === matrix.offsets[row + 1];
}

/** Of wire 0 alone, and not 0. */
function isConstant(matrix: Matrix, row: number): boolean {
  const [only, ...more] = positionsOf(matrix, row);
  if (only === undefined || more.length > 0 || matrix.wires[only] !== 0) return false;
  return coefficientAt(matrix, only) !== 0n;
}

function positionsOf(matrix: Matrix, row: number): number[] {
  const from = matrix.offsets[row] as number;
  const count = (matrix.offsets[row + 1] as number) - from;
  return Array.from({ length: count }, (_, i) => from + i);
}

function written(matrix: Matrix, row: number): string {
  return positionsOf(matrix, row)
    .map((position) => `${matrix.wires[position]}:${coefficientAt(matrix, position)}`)
    .sort()
    .join(" ");
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}

function compare(x: bigint, y: bigint): number {
  return x < y ? -1 : x > y ? 1 : 0;
}
