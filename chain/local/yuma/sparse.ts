/**
 * Matrices in which most validators have an opinion on some miners only: row i holds what validator i says of j.
 * An entry that is absent counts as zero but is not one: Yuma 3's liquid alpha forgets a bond where the weight is
 * absent, and the vectors taken from Subtensor show it.
 * @module
 */
import { div, type Fixed, mul } from "./fixed.ts";

/** Entries (j, value), ascending by j. */
export type Row = readonly (readonly [column: number, value: Fixed])[];
export type Matrix = readonly Row[];

export function keepEntries(
  matrix: Matrix,
  isKept: (row: number, column: number) => boolean,
): Matrix {
  return matrix.map((row, i) => row.filter(([j]) => isKept(i, j)));
}

export function mapEntries(
  matrix: Matrix,
  change: (value: Fixed, column: number, row: number) => Fixed,
): Matrix {
  return matrix.map((row, i) => row.map(([j, value]) => [j, change(value, j, i)] as const));
}

/** Joins two matrices over the columns present in either; what comes to zero is left out. */
export function mergeEntries(
  a: Matrix,
  b: Matrix,
  join: (a: Fixed, b: Fixed, column: number, row: number) => Fixed,
): Matrix {
  return a.map((rowA, i) => {
    const left = new Map(rowA);
    const right = new Map(b[i] ?? []);
    const columns = [...new Set([...left.keys(), ...right.keys()])].sort((x, y) => x - y);
    return columns
      .map((j) => [j, join(left.get(j) ?? 0n, right.get(j) ?? 0n, j, i)] as const)
      .filter(([, value]) => value > 0n);
  });
}

export function rowSums(matrix: Matrix): Fixed[] {
  return matrix.map((row) => row.reduce((total, [, value]) => total + value, 0n));
}

/** Every row sums to one; rows of zeros stay. */
export function normaliseRows(matrix: Matrix): Matrix {
  const sums = rowSums(matrix);
  return mapEntries(matrix, (value, _, i) => divideOrKeep(value, sums[i]));
}

/** Every column sums to one; columns of zeros stay. */
export function normaliseColumns(matrix: Matrix, columns: number): Matrix {
  const sums = weighRows(matrix, undefined, columns);
  return mapEntries(matrix, (value, j) => divideOrKeep(value, sums[j]));
}

/** The largest of every column becomes one; columns of zeros stay. */
export function maxUpscaleColumns(matrix: Matrix, columns: number): Matrix {
  const largest = new Array<Fixed>(columns).fill(0n);
  for (const row of matrix) {
    for (const [j, value] of row) if (value > (largest[j] ?? 0n)) largest[j] = value;
  }
  return mapEntries(matrix, (value, j) => divideOrKeep(value, largest[j]));
}

/** result_j = Σ_i weight_i · m_ij; without weights the plain sum of each column. */
export function weighRows(
  matrix: Matrix,
  weights: readonly Fixed[] | undefined,
  columns: number,
): Fixed[] {
  const result = new Array<Fixed>(columns).fill(0n);
  for (const [i, row] of matrix.entries()) {
    for (const [j, value] of row) {
      const weighed = weights === undefined ? value : mul(weights[i] ?? 0n, value);
      result[j] = (result[j] ?? 0n) + weighed;
    }
  }
  return result;
}

/** result_i = Σ_j weight_j · m_ij */
export function weighColumns(matrix: Matrix, weights: readonly Fixed[]): Fixed[] {
  return rowSums(mapEntries(matrix, (value, j) => mul(weights[j] ?? 0n, value)));
}

function divideOrKeep(value: Fixed, divisor: Fixed | undefined): Fixed {
  return divisor === undefined || divisor === 0n ? value : div(value, divisor);
}
