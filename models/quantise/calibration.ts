/**
 * What every value of a float network is on the samples that the integers are fitted to.
 * @module
 */
import { evaluateFloat } from "../float/evaluate.ts";
import type { FloatGraph } from "../float/float-graph.ts";
import { elementCount } from "../onnx/tensor.ts";

/** Elements kept of all values on all samples: 2^23 doubles, and some five times as many integers beside them. */
const MAX_KEPT = 2 ** 23;

/** Below four samples a mean says nothing. */
const MIN_SAMPLES = 4;

/** More samples than this no step and no covariance gains from. */
const MAX_SAMPLES = 512;

export interface Calibration {
  /** How many of the samples are looked at: the first ones. */
  readonly count: number;
  /** The value on each sample, row-major. */
  real(value: string): readonly Float64Array[];
}

export function calibrate(
  graph: FloatGraph,
  samples: readonly (readonly Float64Array[])[],
): Calibration {
  let perSample = 0;
  for (const { dims } of graph.types.values()) perSample += elementCount(dims);
  const affordable = Math.max(MIN_SAMPLES, Math.floor(MAX_KEPT / Math.max(perSample, 1)));
  const seen = samples.slice(0, Math.min(affordable, MAX_SAMPLES));
  const values = seen.map((inputs) => evaluateFloat(graph, inputs));
  return {
    count: seen.length,
    real: (name) => values.map((value) => value.get(name) ?? new Float64Array(0)),
  };
}
