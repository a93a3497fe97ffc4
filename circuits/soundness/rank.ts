/**
 * The rank test: wires that can move together with others while every row holds, to first order, because some vector of
 * the kernel of the rows' derivatives at a witness is not 0 there. Changing one wire at a time cannot see a hint that a
 * later row copies on; this can. It looks at one witness, so it belongs beside the other checks, at edges of intervals.
 * docs/threats.md; the Jacobian criterion is Hartshorne 1977, "Algebraic Geometry", I.5.
 * @module
 */
import { invert, mod } from "@noble/curves/abstract/modular.js";
import { R } from "../../proof/groth16/points.ts";
import type { Matrix } from "../lower/rows.ts";
import { coefficientAt, type RowSystem } from "./system.ts";

/**
 * @param witness satisfies all rows
 * @param known wires that do not move: the inputs
 * @returns the wires that can move, ascending
 */
export function looseWires(
  system: RowSystem,
  witness: readonly bigint[],
  known: Iterable<number>,
): number[] {
  const fixed = new Set([0, ...known]);
  const reduced = new Reduced();
  for (let row = 0; row < system.rows; row++) reduced.add(derivative(system, row, witness, fixed));
  // Reduced so, a pivot whose row has another wire in it depends on that one, which is free.
  const pinned = reduced.alone();
  return [...witness.keys()].filter((wire) => !fixed.has(wire) && !pinned.has(wire));
}

/** d(A·B − C) = B dA + A dB − dC, by wire. */
function derivative(
  { a, b, c }: RowSystem,
  row: number,
  witness: readonly bigint[],
  fixed: ReadonlySet<number>,
): Map<number, bigint> {
  const slopes = new Map<number, bigint>();
  const add = (matrix: Matrix, factor: bigint): void => {
    if (factor === 0n) return;
    eachTerm(matrix, row, (wire, coefficient) => {
      if (!fixed.has(wire)) slopes.set(wire, (slopes.get(wire) ?? 0n) + factor * coefficient);
    });
  };
  add(a, sumAt(b, row, witness));
  add(b, sumAt(a, row, witness));
  add(c, -1n);
  for (const [wire, slope] of slopes) {
    if (mod(slope, R) === 0n) slopes.delete(wire);
    else slopes.set(wire, mod(slope, R));
  }
  return slopes;
}

/** Linear equations in reduced echelon form: the pivot of each stands in no other. */
export class Reduced {
  readonly #pivots = new Map<number, Map<number, bigint>>();
  /** Wire to the pivots whose rows have it: who must be corrected when it becomes a pivot itself. */
  readonly #readers = new Map<number, Set<number>>();

  add(row: Map<number, bigint>): void {
    for (const wire of [...row.keys()]) {
      const pivot = this.#pivots.get(wire);
      if (pivot !== undefined) subtract(row, pivot, row.get(wire) ?? 0n);
    }
    const [first] = row;
    if (first === undefined) return;
    const [wire, value] = first;
    const inverse = invert(value, R);
    for (const [at, one] of row) row.set(at, mod(one * inverse, R));
    for (const reader of this.#readers.get(wire) ?? []) {
      const other = this.#pivots.get(reader);
      if (other !== undefined) this.#correct(reader, other, row, other.get(wire) ?? 0n);
    }
    this.#pivots.set(wire, row);
    for (const at of row.keys()) this.#noteReader(at, wire);
  }

  /** Pivots whose rows have no other wire. */
  alone(): Set<number> {
    const wires = [...this.#pivots].filter(([, row]) => row.size === 1);
    return new Set(wires.map(([wire]) => wire));
  }

  #correct(
    reader: number,
    other: Map<number, bigint>,
    row: Map<number, bigint>,
    factor: bigint,
  ): void {
    if (factor === 0n) return;
    subtract(other, row, factor);
    for (const at of row.keys()) if (other.has(at)) this.#noteReader(at, reader);
  }

  #noteReader(wire: number, reader: number): void {
    if (wire === reader) return;
    const readers = this.#readers.get(wire) ?? new Set();
    this.#readers.set(wire, readers.add(reader));
  }
}

function subtract(from: Map<number, bigint>, row: Map<number, bigint>, factor: bigint): void {
  if (factor === 0n) return;
  for (const [wire, value] of row) {
    const left = mod((from.get(wire) ?? 0n) - factor * value, R);
    if (left === 0n) from.delete(wire);
    else from.set(wire, left);
  }
}

/** The value of one row's sum, mod r. */
export function sumAt(matrix: Matrix, row: number, witness: readonly bigint[]): bigint {
  let sum = 0n;
  eachTerm(matrix, row, (wire, coefficient) => {
    sum += coefficient * (witness[wire] as bigint);
  });
  return mod(sum, R);
}

function eachTerm(
  matrix: Matrix,
  row: number,
  term: (wire: number, coefficient: bigint) => void,
): void {
  const end = matrix.offsets[row + 1] as number;
  for (let position = matrix.offsets[row] as number; position < end; position++) {
    term(matrix.wires[position] as number, coefficientAt(matrix, position));
  }
}
