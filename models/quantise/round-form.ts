/**
 * A linear form from real numbers to integers, scheme P2. The elements of a form fall into groups that
 * share their coefficients: channels of a convolution, columns of a matrix. Per group c, with a step
 * s of the result, weights of w bits, Q = 2^(w-1) - 1:
 *
 *     e_c  = the largest e ≥ 0 with  max_k |w_ck| ≤ Q  that the accumulator has room for
 *     w_ck = round(C_ck/s·2^e_c)      b_c = round(B_c/s·2^e_c - Σ_k (w_ck - C_ck/s·2^e_c)·mean(x_k))
 *     y_c  = clip(floor((Σ_k w_ck·x_k + b_c + h_c) / 2^e_c), low, high),  h_c = 2^(e_c-1), or 0 if e_c = 0
 *
 * A smaller e_c is taken where it costs nothing: each bit of e_c is a bit of the accumulator, and each
 * of those a constraint. Dividing by a power of two is a cut between bits, which a circuit has free.
 * Source: uniform affine quantisation as in Jacob et al. 2018 (arXiv 1712.05877), with the multiplier
 * folded into the weights up to a power of two; the correction of b as in Nagel et al. 2019
 * (arXiv 1906.04721), §4.2.
 * @module
 */
import { ModelError } from "../error.ts";
import { elementCount } from "../onnx/tensor.ts";
import { broadcastDims, broadcastIndex } from "../operators/broadcast.ts";
import { type Columns, columnsOf, largestMagnitude, reachOf } from "./columns.ts";
import { isHeavy, type LinearForm, type Term } from "./linear-form.ts";
import { type Moments, type RowMoments, roundingError, settle } from "./moments.ts";
import { expand, nearest, type Real } from "./real.ts";

export interface Widths {
  /** Bits of a weight that meets bytes. */
  readonly weightBits: number;
  /** Bits of a weight that meets wider integers. */
  readonly wideWeightBits: number;
  /** Bits of a scaled term's factor. */
  readonly factorBits: number;
  /** No accumulator, rounding term included, leaves [-2^accumulatorBits, 2^accumulatorBits). */
  readonly accumulatorBits: number;
  /** No e_c exceeds it. */
  readonly maxExponent: number;
}

/** What is written of a form: integers y, each standing for step · y, in low to high. */
export interface Target {
  readonly step: number;
  readonly low: number;
  readonly high: number;
}

export interface RoundedTerm {
  readonly term: Term;
  /** Of a heavy term in the layout of its weights; of a scaled term one for each group. */
  readonly integers: Int32Array;
}

export interface RoundedForm {
  readonly form: LinearForm;
  /** The shape of the groups, which broadcasts to the form's. */
  readonly groups: readonly number[];
  readonly terms: readonly RoundedTerm[];
  readonly bias: { readonly dims: readonly number[]; readonly values: Int32Array };
  /** e_c for each group. */
  readonly exponents: Int32Array;
  /** Of each group's accumulators, rounding term included: no input in range leaves them. */
  readonly least: Float64Array;
  readonly greatest: Float64Array;
  readonly target: Target;
  /** Groups whose result is the same for every input. */
  readonly constants: readonly number[];
}

/**
 * The error that a smaller exponent may add, in steps of the result. Rounding the result adds
 * 1/√12 = 0.29 of independent error anyway; with 0.1 more the sum grows by 6 %.
 */
const FREE_ERROR = 0.1;

/** @throws ModelError `ACCUMULATOR_TOO_WIDE` */
export function roundForm(
  form: LinearForm,
  wanted: Target,
  widths: Widths,
  moments: (term: Term) => Moments | undefined,
  label: string,
): RoundedForm {
  const columns = columnsOf(form);
  const count = elementCount(columns.groups);
  const target = { ...wanted, step: Math.max(wanted.step, leastStep(columns, widths)) };
  const terms = form.terms.map((term) => ({
    term,
    integers: new Int32Array((columns.coefficients.get(term) as Float64Array).length),
    moments: moments(term),
  }));
  const bias = biasByGroup(form, columns.groups);
  const integerBias = new Int32Array(bias.values.length);
  const exponents = new Int32Array(count);
  const [least, greatest] = [new Float64Array(count), new Float64Array(count)];
  const constants: number[] = [];

  for (let c = 0; c < count; c++) {
    const group = new Group(columns, terms, c, target.step, widths);
    const positions = bias.positions(c);
    const ends = endsOf(positions, bias.values, target.step);
    const constant = constantOf(group.reals(), ends, target);
    let e = 0;
    if (constant === undefined) {
      e = group.choose(ends, label);
      for (const i of positions) {
        const real = ((bias.values[i] as number) / target.step) * 2 ** e;
        integerBias[i] = nearest(real - group.drift(e));
      }
    } else {
      constants.push(c);
      group.clear();
      for (const i of positions) integerBias[i] = constant;
    }
    exponents[c] = e;
    const half = halfOf(e);
    const [low, high] = group.bounds();
    const shifts = Array.from(positions, (i) => integerBias[i] as number);
    least[c] = low + shifts.reduce((a, b) => Math.min(a, b)) + half;
    greatest[c] = high + shifts.reduce((a, b) => Math.max(a, b)) + half;
  }
  return {
    form,
    groups: columns.groups,
    terms,
    bias: { dims: bias.dims, values: integerBias },
    exponents,
    least,
    greatest,
    target,
    constants,
  };
}

/** h: half of the divisor, so that floor rounds to the nearest. */
export function halfOf(exponent: number): number {
  return exponent === 0 ? 0 : 2 ** (exponent - 1);
}

interface RoundingTerm extends RoundedTerm {
  readonly moments: Moments | undefined;
}

/** What one term brings to a group. */
interface Part {
  readonly term: RoundingTerm;
  readonly at: readonly [first: number, stride: number, count: number];
  /** C_ck / s. */
  readonly reals: Float64Array;
  readonly reach: readonly [min: number, max: number];
  readonly largest: number;
  readonly moments: RowMoments | undefined;
}

/** One group while it is rounded. Its integers are written into the arrays of its terms. */
class Group {
  readonly #parts: readonly Part[];
  readonly #widths: Widths;

  constructor(
    columns: Columns,
    terms: readonly RoundingTerm[],
    c: number,
    step: number,
    widths: Widths,
  ) {
    this.#widths = widths;
    this.#parts = terms.map((term) => {
      const at = columns.place(term.term, c);
      const [first, stride, count] = at;
      const all = columns.coefficients.get(term.term) as Float64Array;
      const reals = Float64Array.from(
        { length: count },
        (_, k) => (all[first + k * stride] as number) / step,
      );
      const largest = largestOf(term.term, widths);
      return {
        term,
        at,
        reals,
        reach: reachOf(term.term),
        largest,
        moments: term.moments?.(c),
      };
    });
  }

  /** The least and the greatest real result before the bias, in steps. */
  reals(): readonly [number, number] {
    return this.#sum((part) => part.reals);
  }

  bounds(): readonly [number, number] {
    return this.#sum((part) => this.#integers(part));
  }

  clear(): void {
    for (const part of this.#parts)
      this.#write(
        part,
        part.reals.map(() => 0),
      );
  }

  /** Rounds with the best exponent and returns it. @throws ModelError `ACCUMULATOR_TOO_WIDE` */
  choose(ends: readonly [number, number], label: string): number {
    let best = -1;
    for (let e = 0; this.#fits(e); e++) {
      if (!this.#hasRoom(e, ends)) break;
      best = e;
      if (this.#error(e) <= FREE_ERROR ** 2) break;
    }
    if (best < 0) throw tooWide(label, this.#widths.accumulatorBits);
    for (const part of this.#parts) {
      const wanted = part.reals.map((real) => real * 2 ** best);
      const { moments, largest } = part;
      const integers = wanted.map(nearest);
      this.#write(
        part,
        moments === undefined ? integers : settle(integers, wanted, moments, largest),
      );
    }
    if (!this.#holds(this.bounds(), ends, best)) this.#writeNearest(best);
    return best;
  }

  /** What rounding the coefficients adds to the accumulator on average. */
  drift(e: number): number {
    let drift = 0;
    for (const part of this.#parts) {
      if (part.moments === undefined) continue;
      const integers = this.#integers(part);
      for (const [k, real] of part.reals.entries()) {
        const delta = (integers[k] as number) - real * 2 ** e;
        drift += delta * (part.moments.mean[k] as number);
      }
    }
    return drift;
  }

  #fits(e: number): boolean {
    if (e > this.#widths.maxExponent) return false;
    return this.#parts.every(({ reals, largest }) =>
      reals.every((real) => Math.abs(nearest(real * 2 ** e)) <= largest),
    );
  }

  #hasRoom(e: number, ends: readonly [number, number]): boolean {
    this.#writeNearest(e);
    return this.#holds(this.bounds(), ends, e);
  }

  #holds(
    [low, high]: readonly [number, number],
    ends: readonly [number, number],
    e: number,
  ): boolean {
    const limit = 2 ** this.#widths.accumulatorBits;
    const half = halfOf(e);
    const drift = this.drift(e);
    return (
      low + nearest(ends[0] * 2 ** e - drift) + half >= -limit &&
      high + nearest(ends[1] * 2 ** e - drift) + half < limit
    );
  }

  #error(e: number): number {
    let error = 0;
    for (const { reals, moments } of this.#parts) {
      if (moments === undefined) return Number.POSITIVE_INFINITY;
      const deltas = reals.map((real) => nearest(real * 2 ** e) / 2 ** e - real);
      error += roundingError(deltas, moments);
    }
    return error;
  }

  #writeNearest(e: number): void {
    for (const part of this.#parts) {
      this.#write(
        part,
        part.reals.map((real) => nearest(real * 2 ** e)),
      );
    }
  }

  #integers({ term, at: [first, stride, count] }: Part): Float64Array {
    return Float64Array.from(
      { length: count },
      (_, k) => term.integers[first + k * stride] as number,
    );
  }

  #write({ term, at: [first, stride] }: Part, values: Float64Array): void {
    for (const [k, value] of values.entries()) term.integers[first + k * stride] = value;
  }

  #sum(numbers: (part: Part) => Float64Array): readonly [number, number] {
    let [least, greatest] = [0, 0];
    for (const part of this.#parts) {
      const [min, max] = part.reach;
      for (const number of numbers(part)) {
        least += number * (number < 0 ? max : min);
        greatest += number * (number < 0 ? min : max);
      }
    }
    return [least, greatest];
  }
}

/** The largest weight of so many bits; the range is symmetric, so that no sign is favoured. */
function largestOf(term: Term, widths: Widths): number {
  if (!isHeavy(term)) return 2 ** widths.factorBits - 1;
  const isWide = term.source.dtype === "int32";
  return 2 ** ((isWide ? widths.wideWeightBits : widths.weightBits) - 1) - 1;
}

/** A step below this would ask for weights beyond their bits even at e = 0. */
function leastStep({ coefficients }: Columns, widths: Widths): number {
  let step = 0;
  for (const [term, values] of coefficients) {
    step = Math.max(step, largestMagnitude(values) / largestOf(term, widths));
  }
  return step;
}

interface GroupedBias extends Real {
  /** Indices of the elements that stand for group c. */
  positions(c: number): readonly number[];
}

/** The bias repeated to at least the shape of the groups. */
function biasByGroup({ bias }: LinearForm, groups: readonly number[]): GroupedBias {
  const dims = broadcastDims(bias.dims, groups) ?? groups;
  const members: number[][] = Array.from({ length: elementCount(groups) }, () => []);
  broadcastIndex(groups, dims).forEach((c, i) => {
    members[c]?.push(i);
  });
  return { dims, values: expand(bias, dims), positions: (c) => members[c] ?? [] };
}

function endsOf(
  positions: readonly number[],
  bias: Float64Array,
  step: number,
): readonly [number, number] {
  let [least, greatest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const i of positions) {
    least = Math.min(least, (bias[i] as number) / step);
    greatest = Math.max(greatest, (bias[i] as number) / step);
  }
  return [least, greatest];
}

/**
 * The one value of a group that is the same for every input, by the range of its real result;
 * undefined for all others. Without this rule a unit that training left dead, its weights all near
 * 1e-30, would be scaled up until its noise filled the accumulator.
 */
function constantOf(
  [low, high]: readonly [number, number],
  [least, greatest]: readonly [number, number],
  target: Target,
): number | undefined {
  const clipped = (value: number): number =>
    Math.min(Math.max(Math.floor(value + 0.5), target.low), target.high);
  return clipped(low + least) === clipped(high + greatest) ? clipped(low + least) : undefined;
}

function tooWide(label: string, bits: number): ModelError {
  return new ModelError(
    "ACCUMULATOR_TOO_WIDE",
    `${label}: its sums can reach 2^${bits}`,
    "Use fewer bits for weights, activations or input, or split the layer.",
  );
}
