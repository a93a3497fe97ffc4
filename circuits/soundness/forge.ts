/**
 * A dishonest prover of patience: changes one wire of an honest witness, then repairs each row that breaks by moving one
 * more wire, and goes back where a row cannot be repaired, until an output has another value. It finds what a missing constraint allows; when it finds
 * nothing, that proves nothing, and uniqueness.ts is the proof. A search with a budget, for small circuits.
 * threats.md, C.3 calls its kin hint mutation; zkFuzz (Takahashi et al. 2025, arXiv 2504.11961) mutates programs so.
 * @module
 */
import { invert, mod } from "@noble/curves/abstract/modular.js";
import { R } from "../../proof/groth16/points.ts";
import type { Matrix } from "../lower/rows.ts";
import { sumAt } from "./rank.ts";
import { coefficientAt, type RowSystem } from "./system.ts";

export interface ForgeOptions {
  /** Wires that the verifier fixes: inputs and tag. */
  readonly known: Iterable<number>;
  /** Wires whose change is a forgery: the outputs. */
  readonly targets: readonly number[];
  /** Repairs tried for each first change. */
  readonly budget: number;
}

/** What a forger adds to a wire: the least steps, the sign, the half, a multiple of a usual divisor. */
const CHANGES = [1n, R - 1n, 2n, 16n, R - 16n, (R + 1n) / 2n, 1n << 20n, 12345678901234567890123n];

/**
 * @param witness satisfies every row
 * @returns a witness that satisfies every row with another output, or undefined when none was found
 */
export function forge(
  system: RowSystem,
  witness: readonly bigint[],
  { known, targets, budget }: ForgeOptions,
): bigint[] | undefined {
  const readers = readersOf(system);
  const fixed = new Set([0, ...known]);
  const others = [...witness.keys()].filter((wire) => !fixed.has(wire) && !targets.includes(wire));
  for (const wire of [...targets, ...others]) {
    const honest = witness[wire] as bigint;
    const changed = CHANGES.map((change) => mod(honest + change, R));
    // A bit that flips still satisfies its own row.
    for (const value of honest <= 1n ? [1n - honest, ...changed] : changed) {
      const attempt = new Attempt(system, readers, witness, { fixed, targets, budget });
      attempt.move(wire, value);
      if (attempt.repair()) return attempt.witness;
    }
  }
  return undefined;
}

class Attempt {
  readonly witness: bigint[];
  readonly #system: RowSystem;
  readonly #readers: readonly (readonly number[])[];
  readonly #moved: Set<number>;
  readonly #honest: readonly bigint[];
  readonly #targets: readonly number[];
  #budget: number;

  constructor(
    system: RowSystem,
    readers: readonly (readonly number[])[],
    witness: readonly bigint[],
    {
      fixed,
      targets,
      budget,
    }: { fixed: ReadonlySet<number>; targets: readonly number[]; budget: number },
  ) {
    this.#system = system;
    this.#readers = readers;
    this.witness = [...witness];
    this.#moved = new Set(fixed);
    this.#honest = witness;
    this.#targets = targets;
    this.#budget = budget;
  }

  move(wire: number, value: bigint): void {
    this.witness[wire] = value;
    this.#moved.add(wire);
  }

  /** @returns whether all rows hold now, with another output; when not, the witness is as it was */
  repair(): boolean {
    const row = this.#firstBroken();
    if (row === undefined) {
      return this.#targets.some((target) => this.witness[target] !== this.#honest[target]);
    }
    for (const [wire, value] of this.#repairsOf(row)) {
      if (this.#budget-- <= 0) return false;
      const before = this.witness[wire] as bigint;
      this.move(wire, value);
      if (this.repair()) return true;
      this.witness[wire] = before;
      this.#moved.delete(wire);
    }
    return false;
  }

  /** Only rows of moved wires can be broken. */
  #firstBroken(): number | undefined {
    for (const wire of this.#moved) {
      if (wire === 0) continue;
      for (const row of this.#readers[wire] ?? []) if (this.#defectOf(row) !== 0n) return row;
    }
    return undefined;
  }

  #defectOf(row: number): bigint {
    const { a, b, c } = this.#system;
    const product = sumAt(a, row, this.witness) * sumAt(b, row, this.witness);
    return mod(product - sumAt(c, row, this.witness), R);
  }

  /** Wires not moved yet, each with a value that mends the row; those computed last first, as a prover would. */
  #repairsOf(row: number): [number, bigint][] {
    const { a, b, c } = this.#system;
    const wires = new Set([a, b, c].flatMap((matrix) => wiresOf(matrix, row)));
    const repairs: [number, bigint][] = [];
    for (const wire of [...wires].sort((x, y) => y - x)) {
      if (this.#moved.has(wire)) continue;
      for (const value of this.#rootsOf(row, wire)) repairs.push([wire, value]);
    }
    return repairs;
  }

  /** The row's defect is a polynomial of degree 1 or 2 in one wire; of degree 2, the roots 0 and 1 are enough here. */
  #rootsOf(row: number, wire: number): bigint[] {
    const honest = this.witness[wire] as bigint;
    const [atZero, atOne, atTwo] = [0n, 1n, 2n].map((value) => {
      this.witness[wire] = value;
      return this.#defectOf(row);
    }) as [bigint, bigint, bigint];
    this.witness[wire] = honest;
    const slope = mod(atOne - atZero, R);
    if (mod(atTwo - atOne, R) !== slope) {
      return [0n, 1n].filter((value) => (value === 0n ? atZero : atOne) === 0n);
    }
    return slope === 0n ? [] : [mod(-atZero * invert(slope, R), R)];
  }
}

function readersOf({ wires, rows, a, b, c }: RowSystem): number[][] {
  const readers: number[][] = Array.from({ length: wires }, () => []);
  for (let row = 0; row < rows; row++) {
    const read = new Set([a, b, c].flatMap((matrix) => wiresOf(matrix, row)));
    for (const wire of read) readers[wire]?.push(row);
  }
  return readers;
}

function wiresOf(matrix: Matrix, row: number): number[] {
  const wires: number[] = [];
  const end = matrix.offsets[row + 1] as number;
  for (let position = matrix.offsets[row] as number; position < end; position++) {
    if (coefficientAt(matrix, position) !== 0n) wires.push(matrix.wires[position] as number);
  }
  return wires;
}
