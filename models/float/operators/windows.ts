/**
 * Sliding windows over up to three axes, as convolutions and pools share them: shapes are brought to
 * [batch, channels, depth, height, width], with axes of size 1 in front where there are fewer.
 * ONNX operator schemas of Conv, MaxPool, AveragePool.
 * @module
 */
import { badAttribute, badShape, listOf, type OperatorSite } from "./operator.ts";

/** Each list has three entries: depth, height, width. */
export interface Windows {
  readonly input: readonly [number, number, number];
  readonly kernel: readonly [number, number, number];
  readonly output: readonly [number, number, number];
  readonly strides: readonly [number, number, number];
  readonly begins: readonly [number, number, number];
  readonly ends: readonly [number, number, number];
  readonly dilations: readonly [number, number, number];
  /** The result's spatial dims, as many as the operand has. */
  readonly dims: readonly number[];
}

/** @throws ModelError `BAD_SHAPE`, `BAD_ATTRIBUTE` */
export function windowsOf(
  site: OperatorSite,
  spatial: readonly number[],
  kernel: readonly number[],
): Windows {
  const rank = spatial.length;
  if (rank < 1 || rank > 3 || kernel.length !== rank) {
    throw badShape(
      site.label,
      `a window of ${kernel.length} axes over ${rank}, supported are 1 to 3`,
    );
  }
  const positive = (name: string): readonly number[] => {
    const list = listOf(site, name);
    if (list.length === rank && list.every((n) => Number.isInteger(n) && n >= 1)) return list;
    throw badAttribute(site.label, name, `${rank} positive integers`, list);
  };
  const strides = positive("strides");
  const dilations = positive("dilations");
  const pads = listOf(site, "pads");
  if (pads.length !== 2 * rank || !pads.every((n) => Number.isInteger(n) && n >= 0)) {
    throw badAttribute(site.label, "pads", `${2 * rank} integers from 0`, pads);
  }
  const begins = pads.slice(0, rank);
  const ends = pads.slice(rank);
  const dims = spatial.map((size, axis) => {
    const padded = size + (begins[axis] as number) + (ends[axis] as number);
    const reach = (dilations[axis] as number) * ((kernel[axis] as number) - 1) + 1;
    const steps = Math.floor((padded - reach) / (strides[axis] as number)) + 1;
    if (steps >= 1 && (kernel[axis] as number) >= 1) return steps;
    throw badShape(
      site.label,
      `a window of ${reach} does not fit into ${padded} along axis ${axis}`,
    );
  });
  const three = (list: readonly number[], fill: number): readonly [number, number, number] => {
    const [c = fill, b = fill, a = fill] = [...list].reverse();
    return [a, b, c];
  };
  return {
    input: three(spatial, 1),
    kernel: three(kernel, 1),
    output: three(dims, 1),
    strides: three(strides, 1),
    begins: three(begins, 0),
    ends: three(ends, 0),
    dilations: three(dilations, 1),
    dims,
  };
}

/**
 * The steps o, from first (included) to last (excluded), at which tap `k` of a window along `axis` lies inside of the
 * tensor: its coordinate is o · stride + shift.
 */
export function insideSteps(
  windows: Windows,
  axis: 0 | 1 | 2,
  k: number,
): { readonly first: number; readonly last: number; readonly shift: number } {
  const shift = k * windows.dilations[axis] - windows.begins[axis];
  const stride = windows.strides[axis];
  const first = Math.max(0, Math.ceil(-shift / stride));
  const last = Math.min(windows.output[axis], Math.ceil((windows.input[axis] - shift) / stride));
  return { first, last, shift };
}

/**
 * Visits every run of a tap over one row of the result: `count` elements from `to` in the result's channel, and from
 * `from`, `stride` apart, in the operand's.
 */
export function visitTaps(
  windows: Windows,
  visit: (tap: number, to: number, from: number, count: number, stride: number) => void,
): void {
  const [kernelD, kernelH, kernelW] = windows.kernel;
  const [, inputH, inputW] = windows.input;
  const [, outputH, outputW] = windows.output;
  const [strideD, strideH, strideW] = windows.strides;
  let tap = 0;
  for (let d = 0; d < kernelD; d++) {
    const deep = insideSteps(windows, 0, d);
    for (let h = 0; h < kernelH; h++) {
      const high = insideSteps(windows, 1, h);
      for (let w = 0; w < kernelW; w++, tap++) {
        const wide = insideSteps(windows, 2, w);
        const count = wide.last - wide.first;
        if (count <= 0) continue;
        for (let z = deep.first; z < deep.last; z++) {
          for (let y = high.first; y < high.last; y++) {
            const row = (z * strideD + deep.shift) * inputH + y * strideH + high.shift;
            visit(
              tap,
              (z * outputH + y) * outputW + wide.first,
              row * inputW + wide.first * strideW + wide.shift,
              count,
              strideW,
            );
          }
        }
      }
    }
  }
}
