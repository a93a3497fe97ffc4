/**
 * Tensors of real numbers as the quantiser handles them: scales, biases, weights. Small, and only
 * ever broadcast against each other; a tensor that repeats itself along an axis is kept once.
 * @module
 */
import { elementCount } from "../onnx/tensor.ts";
import { broadcastDims, broadcastIndex } from "../operators/broadcast.ts";

export interface Real {
  readonly dims: readonly number[];
  readonly values: Float64Array;
}

export const ZERO: Real = scalar(0);

export function scalar(value: number): Real {
  return { dims: [], values: Float64Array.of(value) };
}

/** The one number of a tensor that holds no other; undefined when it holds several. */
export function scalarOf({ values }: Real): number | undefined {
  return values.length === 1 ? values[0] : undefined;
}

/** Undefined where the shapes do not broadcast. */
export function combine(a: Real, b: Real, f: (x: number, y: number) => number): Real | undefined {
  const dims = broadcastDims(a.dims, b.dims);
  if (dims === undefined) return undefined;
  const [left, right] = [expand(a, dims), expand(b, dims)];
  return collapse({ dims, values: left.map((x, i) => f(x, right[i] as number)) });
}

/** The values repeated to a shape that the tensor broadcasts to. */
export function expand({ dims, values }: Real, to: readonly number[]): Float64Array {
  if (values.length === elementCount(to)) return values;
  return Float64Array.from(broadcastIndex(dims, to), (i) => values[i] as number);
}

/** The same numbers with every axis along which they repeat cut to 1, and leading axes of 1 left out. */
export function collapse({ dims, values }: Real): Real {
  let kept = values;
  const shape = [...dims];
  let inner = 1;
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    const size = shape[axis] as number;
    const block = inner;
    const repeats = kept.every((value, i) => {
      const place = Math.floor(i / block) % size;
      return Object.is(value, kept[i - place * block]);
    });
    if (repeats && size > 1) {
      kept = kept.filter((_, i) => Math.floor(i / block) % size === 0);
      shape[axis] = 1;
    }
    inner *= shape[axis] as number;
  }
  while (shape[0] === 1) shape.shift();
  return { dims: shape, values: kept };
}

/** Whether the tensor, collapsed, varies along no axis but `axis` of a shape of `rank` dimensions. */
export function variesOnlyAlong(real: Real, axis: number, rank: number): boolean {
  const { dims } = collapse(real);
  return dims.every((size, i) => size === 1 || i + rank - dims.length === axis);
}

/** Along `axis` of `dims`, which is all the tensor varies along. */
export function along(real: Real, axis: number, dims: readonly number[]): Float64Array {
  const shape = dims.map((size, i) => (i === axis ? size : 1));
  return expand(real, shape);
}

/** Half away from zero, so that x and -x round to opposite integers; never -0. */
export function nearest(value: number): number {
  return value < 0 ? 0 - Math.floor(0.5 - value) : Math.floor(value + 0.5);
}
