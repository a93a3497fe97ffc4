/**
 * Rows of one operand, all of one length: element j of row i stands at begins[i] + offsets[j]. What a
 * reduction adds up or a window looks over.
 * @module
 */
import { gridIndex, offsets, stridesOf } from "./grid.ts";

export interface Rows {
  readonly begins: Int32Array;
  readonly offsets: Int32Array;
}

/** The rows that reducing over `axes` makes, in the order of what is left, each row-major. */
export function rowsAlong(dims: readonly number[], axes: readonly number[]): Rows {
  const strides = stridesOf(dims);
  const along = (isReduced: boolean): Int32Array =>
    gridIndex(
      dims.flatMap((size, axis) =>
        axes.includes(axis) === isReduced ? [offsets(size, strides[axis])] : [],
      ),
    );
  return { begins: along(false), offsets: along(true) };
}

/** The shape after reducing. */
export function reducedDims(
  dims: readonly number[],
  axes: readonly number[],
  isKept: boolean,
): readonly number[] {
  return dims.flatMap((size, axis) => (axes.includes(axis) ? (isKept ? [1] : []) : [size]));
}
