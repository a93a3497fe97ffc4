/**
 * The rows of integers that the weights of a layer meet on the calibration samples: the windows of a
 * convolution, the rows of a matrix. Some thousands of them are drawn, spread over samples and places.
 * @module
 */
import { elementCount } from "../onnx/tensor.ts";
import type { ConvTerm, MatMulTerm, Term } from "./linear-form.ts";
import { type Moments, type RowMoments, rowMoments } from "./moments.ts";

/** Rows drawn: enough for the covariance of two thousand weights. */
const MAX_ROWS = 4096;

/** Multiplications for one covariance: half a second. */
const MAX_WORK = 2 ** 29;

/** Undefined where no sample is known. The moments of groups of channels are formed when asked for. */
export function momentsOf(term: Term, samples: readonly Int32Array[]): Moments | undefined {
  if (samples.length === 0) return undefined;
  if (term.kind === "scaled") {
    const one = rowMoments(thinned(samples), 1);
    return () => one;
  }
  return term.kind === "conv" ? convMoments(term, samples) : matmulMoments(term, samples);
}

/** One scaled tensor: each element a row of one. */
function thinned(samples: readonly Int32Array[]): Float64Array[] {
  const size = samples[0]?.length ?? 0;
  return drawn(samples.length, size, 1).map(([sample, place]) =>
    Float64Array.of(samples[sample]?.[place] as number),
  );
}

function matmulMoments(
  { source, weights, side }: MatMulTerm,
  samples: readonly Int32Array[],
): Moments {
  const k = weights.dims[side === "right" ? 0 : 1] as number;
  const columns = side === "right" ? 1 : (source.dims.at(-1) as number);
  const rows = elementCount(source.dims) / k;
  const one = rowMoments(
    drawn(samples.length, rows, k).map(([sample, row]) => {
      const values = samples[sample] as Int32Array;
      const first = Math.floor(row / columns) * columns * k + (row % columns);
      return Float64Array.from({ length: k }, (_, i) => values[first + i * columns] as number);
    }),
    k,
  );
  return () => one;
}

function convMoments(
  { source, weights, window }: ConvTerm,
  samples: readonly Int32Array[],
): Moments {
  const [channels, depth, ...kernel] = weights.dims as [number, number, ...number[]];
  const input = source.dims.slice(2);
  const inputSize = elementCount(input);
  const taps = elementCount(kernel);
  const output = input.map((size, axis) => outputSize(size, kernel, window, axis));
  const positions = elementCount(output);
  const perGroup = channels / window.group;
  const made: RowMoments[] = [];

  const momentsOfGroup = (group: number): RowMoments => {
    const k = depth * taps;
    const rows = drawn(samples.length, positions, k).map(([sample, position]) => {
      const values = samples[sample] as Int32Array;
      const row = new Float64Array(k);
      for (let tap = 0; tap < taps; tap++) {
        const at = sourceOf(position, tap, { input, output, kernel }, window);
        if (at < 0) continue;
        for (let c = 0; c < depth; c++) {
          row[c * taps + tap] = values[(group * depth + c) * inputSize + at] as number;
        }
      }
      return row;
    });
    return rowMoments(rows, k);
  };
  return (channel) => {
    const group = Math.floor(channel / perGroup);
    const known = made[group];
    if (known !== undefined) return known;
    const moments = momentsOfGroup(group);
    made[group] = moments;
    return moments;
  };
}

type Axes = Record<"input" | "output" | "kernel", readonly number[]>;

/** Where tap `tap` of the window at `position` reads, row-major over the spatial axes; -1 in the border. */
function sourceOf(
  position: number,
  tap: number,
  { input, output, kernel }: Axes,
  { strides, pads, dilations }: ConvTerm["window"],
): number {
  let [at, stride] = [0, 1];
  for (let axis = input.length - 1; axis >= 0; axis--) {
    const place = position % (output[axis] as number);
    const offset = tap % (kernel[axis] as number);
    position = Math.floor(position / (output[axis] as number));
    tap = Math.floor(tap / (kernel[axis] as number));
    const from =
      place * (strides[axis] as number) +
      offset * (dilations[axis] as number) -
      (pads[axis] as number);
    if (from < 0 || from >= (input[axis] as number)) return -1;
    at += from * stride;
    stride *= input[axis] as number;
  }
  return at;
}

function outputSize(
  size: number,
  kernel: readonly number[],
  { strides, pads, dilations }: ConvTerm["window"],
  axis: number,
): number {
  const span = ((kernel[axis] as number) - 1) * (dilations[axis] as number) + 1;
  const padded = size + (pads[axis] as number) + (pads[axis + kernel.length] as number);
  return Math.floor((padded - span) / (strides[axis] as number)) + 1;
}

/** Pairs of sample and place, evenly over both; their step shares no factor with the places, or a column would be missed. */
function drawn(
  samples: number,
  places: number,
  k: number,
): (readonly [sample: number, place: number])[] {
  const wanted = Math.min(MAX_ROWS, Math.max(64, Math.floor(MAX_WORK / (k * k))));
  let step = Math.max(1, Math.floor((samples * places) / wanted));
  while (commonDivisor(step, places) > 1) step++;
  const pairs: (readonly [number, number])[] = [];
  for (let at = 0; at < samples * places; at += step) {
    pairs.push([Math.floor(at / places), at % places]);
  }
  return pairs;
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}
