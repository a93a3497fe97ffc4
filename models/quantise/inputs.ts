/**
 * The integers that stand for a network's inputs. Images and the like have one step for all elements.
 * Columns of a table, whose units differ, have a step each; and where the samples lie on a decimal grid
 * that the bits have room for, that grid is taken: then every sample is an integer exactly, and so is
 * every comparison of it.
 * @module
 */
import { ModelError } from "../error.ts";
import type { FloatValue } from "../float/float-graph.ts";
import type { GraphInput, IntegerGraph } from "../integer-graph.ts";
import { quoted } from "../onnx/allow.ts";
import { elementCount } from "../onnx/tensor.ts";
import type { TensorType } from "../operators/operator.ts";
import { type Scale, scaleAt } from "../value-metadata.ts";
import { dtypeFor } from "./emit-form.ts";
import { nearest, type Real, scalar } from "./real.ts";
import { extremesOf, rangeOf } from "./target.ts";

export interface InputGrid {
  readonly type: TensorType;
  readonly min: number;
  readonly max: number;
  readonly scale: Scale;
  /** The scale as it takes part in linear forms. */
  readonly factor: Real;
}

/** Columns with a step each; a wider row is an image or a signal, whose elements share a unit. */
const MAX_COLUMNS = 256;

/** Columns differ in unit when the largest is so many times the median: one step would lose two bits of most. */
const SPREAD = 4;

/** Steps of a decimal grid, coarsest first. */
const UNITS: readonly number[] = [1, 0.5, 0.1, 0.05, 0.01, 0.005, 0.001, 1e-4, 1e-5, 1e-6];

/** How far a float32 of a decimal number lies from it, relatively. */
const FLOAT32_ERROR = 2 ** -22;

/** @param samples the input on every calibration sample */
export function chooseInput(
  { dims, dtype }: FloatValue,
  samples: readonly Float64Array[],
  bits: number,
): InputGrid {
  const [least] = extremesOf(samples);
  const [low, high] = dtype === "bool" ? [0, 1] : rangeOf(bits, least < 0);
  const count = elementCount(dims);
  const isTable = dims.length <= 2 && count === (dims.at(-1) ?? 1);
  if (isTable && count <= MAX_COLUMNS) {
    const columns = Array.from({ length: count }, (_, i) =>
      Float64Array.from(samples, (sample) => sample[i] as number),
    );
    if (haveUnits(columns)) {
      const steps = columns.map((column) => stepOf([column], low, high));
      const type = { dtype: dtypeFor(low, high), dims };
      const factor = { dims, values: Float64Array.from(steps) };
      return { type, min: low, max: high, scale: steps, factor };
    }
  }
  const step = stepOf(samples, low, high);
  // A table's next row may lie beyond all rows so far; an image is as bright as images are.
  const [from, to] = isTable ? [low, high] : reached(samples, step, low, high);
  const type = { dtype: dtypeFor(from, to), dims };
  return { type, min: from, max: to, scale: step, factor: scalar(step) };
}

function haveUnits(columns: readonly Float64Array[]): boolean {
  const peaks = columns.map(peakOf).filter((peak) => peak > 0);
  peaks.sort((a, b) => a - b);
  const median = peaks[Math.floor(peaks.length / 2)] ?? 0;
  return (peaks.at(-1) ?? 0) > SPREAD * median;
}

function peakOf(values: Float64Array): number {
  return values.reduce((peak, x) => Math.max(peak, Math.abs(x)), 0);
}

function stepOf(reals: readonly Float64Array[], low: number, high: number): number {
  const [least, greatest] = extremesOf(reals);
  const full = Math.max(greatest / high, low === 0 ? 0 : least / low);
  // A column of zeros: whatever its step, it says nothing.
  if (!(full > 0)) return 1;
  const unit = UNITS.find((each) => each >= full * (1 - FLOAT32_ERROR) && liesOn(reals, each));
  return unit ?? full;
}

function liesOn(reals: readonly Float64Array[], unit: number): boolean {
  return reals.every((values) =>
    values.every((x) => {
      const steps = x / unit;
      return Math.abs(steps - nearest(steps)) <= FLOAT32_ERROR * Math.abs(steps);
    }),
  );
}

function reached(
  reals: readonly Float64Array[],
  step: number,
  low: number,
  high: number,
): readonly [number, number] {
  const [least, greatest] = extremesOf(reals);
  const within = (x: number): number => Math.min(Math.max(nearest(x / step), low), high);
  const [from, to] = [within(least), within(greatest)];
  return from === to ? [low, high] : [from, to];
}

/**
 * round(x / scale), clamped to the stated range: the rule by which real inputs become the model's integers.
 * Halves are rounded away from zero.
 * @param real per input of the graph, row-major
 * @throws ModelError `BAD_INPUT`
 */
export function quantiseInputs(graph: IntegerGraph, real: readonly Float64Array[]): Int32Array[] {
  if (real.length !== graph.inputs.length) {
    throw badInput(`the model has ${graph.inputs.length} inputs, got ${real.length}`);
  }
  return graph.inputs.map((input, index) => {
    const values = real[index] as Float64Array;
    const expected = elementCount(input.dims);
    if (values.length !== expected) {
      throw badInput(`input ${quoted(input.name)} has ${expected} numbers, got ${values.length}`);
    }
    const at = values.findIndex((x) => Number.isNaN(x));
    if (at >= 0) throw badInput(`input ${quoted(input.name)}[${at}] is not a number`);
    return inSteps(input, values);
  });
}

export function inSteps(
  { min, max, scale }: Pick<GraphInput, "min" | "max" | "scale">,
  values: Float64Array,
): Int32Array {
  return Int32Array.from(values, (x, i) =>
    Math.min(Math.max(nearest(x / scaleAt(scale, i)), min), max),
  );
}

function badInput(message: string): ModelError {
  return new ModelError("BAD_INPUT", message, "Prepare the input as the model's card says.");
}
