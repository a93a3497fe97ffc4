/**
 * Multidirectional broadcasting, as ONNX and NumPy define it: shapes are aligned at their last
 * dimension, and a dimension of 1 is repeated.
 * @module
 */
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
  let index = new Int32Array(1);
  let stride = 1;
  // From the last axis outwards: each step lays the index so far side by side, once per position.
  for (let axis = common.length - 1; axis >= 0; axis--) {
    const repeats = common[axis] ?? 1;
    const size = dims[axis - common.length + dims.length] ?? 1;
    const wider = new Int32Array(index.length * repeats);
    for (let position = 0; position < repeats; position++) {
      const offset = size === 1 ? 0 : position * stride;
      wider.set(
        index.map((inner) => inner + offset),
        position * index.length,
      );
    }
    index = wider;
    stride *= size;
  }
  return index;
}
