/**
 * Multidirectional broadcasting, as ONNX and NumPy define it: shapes are aligned at their last
 * dimension, and a dimension of 1 is repeated.
 * @module
 */
import { elementCount } from "../onnx/tensor.ts";
import { gridIndex, offsets, stridesOf } from "./grid.ts";
import { badOperands, requireSize, requireTerms, type Site } from "./operator.ts";

/** The common shape, or undefined when there is none. */
export function broadcastDims(a: readonly number[], b: readonly number[]): number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const dims: number[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1) return undefined;
    dims.push(left === 1 ? right : left);
  }
  return dims;
}

/** For each element of the common shape, row-major, the index of the element of `dims` it repeats. */
export function broadcastIndex(dims: readonly number[], common: readonly number[]): Int32Array {
  const strides = stridesOf(dims);
  const missing = common.length - dims.length;
  return gridIndex(
    common.map((size, axis) =>
      offsets(size, dims[axis - missing] === 1 ? 0 : (strides[axis - missing] ?? 0)),
    ),
  );
}

/** Operands of a node side by side: for each element of the output, the index in every operand. */
export interface Aligned {
  readonly dims: readonly number[];
  readonly indices: readonly Int32Array[];
}

/** @throws ModelError `BAD_OPERANDS`, `TOO_LARGE` */
export function align(site: Site, shapes: readonly (readonly number[])[]): Aligned {
  const dims = shapes.reduce<readonly number[] | undefined>(
    (common, shape) => (common === undefined ? undefined : broadcastDims(common, shape)),
    [],
  );
  if (dims === undefined) {
    const shown = shapes.map((shape) => `[${shape}]`).join(" and ");
    throw badOperands(site, `shapes ${shown} do not broadcast`);
  }
  requireSize(site, dims);
  requireTerms(site.label, shapes.length * elementCount(dims));
  return { dims, indices: shapes.map((shape) => broadcastIndex(shape, dims)) };
}
