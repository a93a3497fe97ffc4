/**
 * Leaves one row out of a circuit: the bug that a forgotten constraint is. For tests of the checks, and of circuits: a row
 * whose absence nobody notices was not needed, or is not understood.
 * @module
 */
import type { Matrix } from "../lower/rows.ts";
import type { RowSystem } from "./system.ts";

export function withoutRow({ wires, rows, a, b, c }: RowSystem, row: number): RowSystem {
  return { wires, rows: rows - 1, a: cut(a, row), b: cut(b, row), c: cut(c, row) };
}

function cut({ offsets, wires, coefficients, full }: Matrix, row: number): Matrix {
  const [from, to] = [offsets[row] as number, offsets[row + 1] as number];
  const removed = to - from;
  const keeps = (_: number, position: number): boolean => position < from || position >= to;
  const moved = [...full]
    .filter(([position]) => position < from || position >= to)
    .map(([position, value]) => [position < from ? position : position - removed, value] as const);
  return {
    offsets: offsets
      .filter((_, i) => i !== row + 1)
      .map((offset) => (offset > from ? offset - removed : offset)),
    wires: wires.filter(keeps),
    coefficients: coefficients.filter(keeps),
    full: new Map(moved),
  };
}
