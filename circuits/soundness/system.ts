/**
 * Rows of any circuit in the form that the checks of this folder read: three sparse matrices. A lowered circuit has this
 * form; what circom compiled is brought into it.
 * @module
 */
import type { Constraint, LinearCombination, R1cs } from "../../proof/files/r1cs.ts";
import { R } from "../../proof/groth16/points.ts";
import type { Matrix } from "../lower/rows.ts";

export interface RowSystem {
  readonly wires: number;
  readonly rows: number;
  readonly a: Matrix;
  readonly b: Matrix;
  readonly c: Matrix;
}

export function systemOf({ nWires, constraints }: R1cs): RowSystem {
  const matrix = (of: (row: Constraint) => LinearCombination): Matrix =>
    matrixOf(constraints.map(of));
  return {
    wires: nWires,
    rows: constraints.length,
    a: matrix(({ a }) => a),
    b: matrix(({ b }) => b),
    c: matrix(({ c }) => c),
  };
}

/** A coefficient as the integer next to zero that it stands for. */
export function coefficientAt(matrix: Matrix, position: number): bigint {
  const full = matrix.full.get(position);
  if (full === undefined) return BigInt(matrix.coefficients[position] as number);
  return full > R / 2n ? full - R : full;
}

function matrixOf(rows: readonly LinearCombination[]): Matrix {
  const offsets = new Uint32Array(rows.length + 1);
  rows.forEach((row, i) => {
    offsets[i + 1] = (offsets[i] as number) + row.wires.length;
  });
  const terms = offsets[rows.length] as number;
  const wires = new Uint32Array(terms);
  const coefficients = new Float64Array(terms);
  const full = new Map<number, bigint>();
  rows.forEach((row, i) => {
    const from = offsets[i] as number;
    wires.set(row.wires, from);
    row.coefficients.forEach((coefficient, k) => {
      const near = coefficient > R / 2n ? coefficient - R : coefficient;
      if (near > -SMALL_END && near < SMALL_END) coefficients[from + k] = Number(near);
      else full.set(from + k, coefficient);
    });
  });
  return { offsets, wires, coefficients, full };
}

/** Doubles hold every integer of less magnitude. */
const SMALL_END = 2n ** 53n;
