/**
 * What quantisation cost: the float network and the integer graph on the same samples.
 * @module
 */
import { evaluateFloat } from "../float/evaluate.ts";
import type { FloatGraph } from "../float/float-graph.ts";
import type { IntegerGraph } from "../integer-graph.ts";
import { interpret } from "../interpreter.ts";
import { elementCount } from "../onnx/tensor.ts";
import { scaleAt } from "../value-metadata.ts";
import { quantiseInputs } from "./inputs.ts";
import type { Samples } from "./samples.ts";

export interface Quality {
  readonly samples: number;
  /** The share of samples whose answer is their label; absent without labels. */
  readonly float?: { readonly accuracy: number };
  readonly integer?: { readonly accuracy: number };
  /** The share of samples for which both answer the same class; absent where nothing says that outputs are classes. */
  readonly agreement?: number;
  /** Of every element of every output, in real units. */
  readonly meanError: number;
  readonly maxError: number;
}

/** @param float what the graph was quantised from; absent where nothing was, and then nothing is lost */
export function measureQuality(
  integer: IntegerGraph,
  { inputs, labels }: Samples,
  float?: FloatGraph,
): Quality {
  const isClassifier = labels !== undefined || integer.outputs[0]?.labels.length !== 0;
  const classify = isClassifier ? classifierOf(float?.outputs ?? integer.outputs) : undefined;
  let [agreeing, floatRight, integerRight, sum, count, maxError] = [0, 0, 0, 0, 0, 0];
  inputs.forEach((sample, i) => {
    const integers = interpret(integer, quantiseInputs(integer, sample));
    const got = integer.outputs.map(({ name, scale }) =>
      Float64Array.from(integers.get(name) ?? [], (y, k) => y * scaleAt(scale, k)),
    );
    const reals = float === undefined ? undefined : evaluateFloat(float, sample);
    const wanted = float?.outputs.map(({ name }) => reals?.get(name) ?? NOTHING) ?? got;
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
  const isMarked = classify !== undefined && labels !== undefined;
  return {
    samples: inputs.length,
    ...(isMarked && float !== undefined ? { float: { accuracy: share(floatRight) } } : {}),
    ...(isMarked ? { integer: { accuracy: share(integerRight) } } : {}),
    ...(classify === undefined || float === undefined ? {} : { agreement: share(agreeing) }),
    meanError: sum / Math.max(count, 1),
    maxError,
  };
}

const NOTHING = new Float64Array(0);

type Classifier = (outputs: readonly Float64Array[]) => number;

/**
 * How an answer is read as a class: a lone integer is one; a row of scores means its greatest, and one
 * score means 1 where it is above 0. Undefined where the first output is anything else.
 */
function classifierOf(
  outputs: readonly { readonly dtype: string; readonly dims: readonly number[] }[],
): Classifier | undefined {
  const [first] = outputs;
  if (first === undefined) return undefined;
  const count = elementCount(first.dims);
  if (first.dtype !== "float" && count === 1) return ([values]) => values?.[0] ?? Number.NaN;
  if (count === 1) return ([values]) => Number((values?.[0] ?? 0) > 0);
  return ([values]) => {
    let best = 0;
    values?.forEach((score, k) => {
      if (score > (values[best] as number)) best = k;
    });
    return best;
  };
}
