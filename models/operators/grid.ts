/**
 * Where the elements of a tensor are found in another: per axis a list of offsets, and every position of
 * the grid is found at the sum of its axes' offsets. Transposing, slicing, repeating, padding, windows and
 * broadcasting are each one such grid.
 * @module
 */
import { MAX_TENSOR_ELEMENTS } from "../onnx/tensor.ts";

/** An offset that stays negative whatever is added to it: what is found there is not in the tensor. */
export const NOWHERE: number = -MAX_TENSOR_ELEMENTS;

/** How far apart neighbours along each axis stand, row-major. */
export function stridesOf(dims: readonly number[]): number[] {
  const strides = new Array<number>(dims.length);
  let stride = 1;
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= dims[axis] ?? 1;
  }
  return strides;
}

/** `count` offsets from `start` on, `stride` apart; 0, 1, 2, … for the index of every element. */
export function offsets(count: number, stride = 1, start = 0): Int32Array {
  const list = new Int32Array(count);
  for (let i = 0; i < count; i++) list[i] = start + i * stride;
  return list;
}

/** The index found at every position of the grid, row-major; negative where an axis says NOWHERE. */
export function gridIndex(axes: readonly Int32Array[]): Int32Array {
  let index = new Int32Array(1);
  // From the last axis outwards: each step lays the index so far side by side, once per offset.
  for (const axis of [...axes].reverse()) {
    const inner = index.length;
    const wider = new Int32Array(inner * axis.length);
    let to = 0;
    for (const offset of axis) {
      for (let i = 0; i < inner; i++) wider[to++] = (index[i] as number) + offset;
    }
    index = wider;
  }
  return index;
}
