/**
 * What quantisation cost: the float network and the integer graph on the same samples.
 * @module
 */
import { evaluateFloat } from "../float/evaluate.ts";
import type { FloatGraph } from "../float/float-graph.ts";
import type { IntegerGraph } from "../integer-graph.ts";
import { interpret } from "../interpreter.ts";
import { scaleAt } from "../value-metadata.ts";
import { quantiseInputs } from "./inputs.ts";
import type { Samples } from "./samples.ts";

export interface Quality {
  readonly samples: number;
  /** The share of samples whose answer is their label; absent without labels, and where no output is a class. */
  readonly float?: { readonly accuracy: number };
  readonly integer?: { readonly accuracy: number };
  /** The share of samples for which both answer the same class; absent where no output is a class. */
  readonly agreement?: number;
  /** Of every element of every output, in real units. */
  readonly meanError: number;
  readonly maxError: number;
}

export function measureQuality(
  float: FloatGraph,
  integer: IntegerGraph,
  { inputs, labels }: Samples,
): Quality {
  const classify = classifierOf(float);
  let [agreeing, floatRight, integerRight, sum, count, maxError] = [0, 0, 0, 0, 0, 0];
  inputs.forEach((sample, i) => {
    const reals = evaluateFloat(float, sample);
    const integers = interpret(integer, quantiseInputs(integer, sample));
    const wanted = float.outputs.map(({ name }) => reals.get(name) ?? new Float64Array(0));
    const got = integer.outputs.map(({ name, scale }) =>
      Float64Array.from(integers.get(name) ?? [], (y, k) => y * scaleAt(scale, k)),
    );
    wanted.forEach((output, o) => {
      output.forEach((value, k) => {
        const error = Math.abs((got[o]?.[k] as number) - value);
        sum += error;
        count++;
        if (error > maxError) maxError = error;
      });
    });
    if (classify === undefined) return;
    const [ours, theirs] = [classify(got), classify(wanted)];
    if (ours === theirs) agreeing++;
    if (theirs === labels?.[i]) floatRight++;
    if (ours === labels?.[i]) integerRight++;
  });
  const share = (part: number): number => part / inputs.length;
  return {
    samples: inputs.length,
    ...(classify === undefined || labels === undefined
      ? {}
      : { float: { accuracy: share(floatRight) }, integer: { accuracy: share(integerRight) } }),
    ...(classify === undefined ? {} : { agreement: share(agreeing) }),
    meanError: sum / Math.max(count, 1),
    maxError,
  };
}

type Classifier = (outputs: readonly Float64Array[]) => number;

/** More classes than this is not a classifier but a signal. */
const MAX_CLASSES = 1024;

/**
 * How an answer is read as a class: a lone integer is one; a row of scores means its greatest, and one
 * score means 1 where it is above 0. Undefined where the first output is anything else.
 */
export function classifierOf({ outputs }: FloatGraph): Classifier | undefined {
  const [first] = outputs;
  if (first === undefined) return undefined;
  const count = first.dims.reduce((product, dim) => product * dim, 1);
  if (first.dtype === "integer" && count === 1) return ([values]) => values?.[0] ?? Number.NaN;
  if (first.dtype !== "float" || count > MAX_CLASSES || first.dims.length > 2) return undefined;
  if (count === 1) return ([values]) => Number((values?.[0] ?? 0) > 0);
  return ([values]) => {
    let best = 0;
    values?.forEach((score, k) => {
      if (score > (values[best] as number)) best = k;
    });
    return best;
  };
}
