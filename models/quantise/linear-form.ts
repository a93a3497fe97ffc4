/**
 * Everything linear between two rounding points, held back until it has to be rounded:
 *
 *     value = Σ over terms  coefficients ∘ integers  + bias
 *
 * with real coefficients over integer tensors. A convolution or a matrix product is a term, and so is
 * an integer tensor scaled element by element. Sums, differences and products with constants only
 * change coefficients and bias, so BatchNormalization, biases, normalised inputs and residual
 * connections cost no rounding of their own. A rounded tensor is a form too: one scaled term.
 * @module
 */
import type { FloatNode } from "../float/float-graph.ts";
import { broadcastDims } from "../operators/broadcast.ts";
import { along, collapse, combine, type Real, scalarOf, variesOnlyAlong, ZERO } from "./real.ts";
import type { Integers } from "./writer.ts";

/** Attributes of a convolution, as ONNX names them; pads are begins, then ends. */
export interface Window {
  readonly strides: readonly number[];
  readonly pads: readonly number[];
  readonly dilations: readonly number[];
  readonly group: number;
}

/** weights [M, C / group, ...kernel] over integers [1, C, ...]. */
export interface ConvTerm {
  readonly kind: "conv";
  /** Where the weights came from: what is written for them is named after it. */
  readonly node: FloatNode;
  readonly source: Integers;
  readonly weights: Real;
  readonly window: Window;
}

/** integers [..., K] times weights [K, N], or weights [M, K] times integers [..., K, N]. */
export interface MatMulTerm {
  readonly kind: "matmul";
  readonly node: FloatNode;
  readonly source: Integers;
  readonly weights: Real;
  readonly side: "right" | "left";
}

/** factor ∘ integers, both repeated to the form's shape. */
export interface ScaledTerm {
  readonly kind: "scaled";
  readonly source: Integers;
  readonly factor: Real;
}

export type HeavyTerm = ConvTerm | MatMulTerm;
export type Term = HeavyTerm | ScaledTerm;

export interface LinearForm {
  /** The value of the float graph that this form stands for. */
  readonly value: string;
  readonly dims: readonly number[];
  readonly terms: readonly Term[];
  /** Collapsed. */
  readonly bias: Real;
}

/** An integer tensor with one step: every element stands for step · integer. */
export interface Grid {
  readonly source: Integers;
  readonly step: number;
}

export function gridForm(value: string, { source, step }: Grid): LinearForm {
  return scaledForm(value, source, { dims: [], values: Float64Array.of(step) });
}

export function scaledForm(value: string, source: Integers, factor: Real): LinearForm {
  const terms: readonly Term[] = [{ kind: "scaled", source, factor: collapse(factor) }];
  return { value, dims: source.dims, terms, bias: ZERO };
}

/** The one scaled term of a form that has no other and keeps its source's shape. */
export function soleTerm(form: LinearForm): ScaledTerm | undefined {
  const [term, ...more] = form.terms;
  if (term?.kind !== "scaled" || more.length > 0) return undefined;
  return String(term.source.dims) === String(form.dims) ? term : undefined;
}

/** Undefined unless the form is an integer tensor with one positive step. */
export function gridOf(form: LinearForm): Grid | undefined {
  const term = soleTerm(form);
  const step = term === undefined ? undefined : scalarOf(term.factor);
  if (term === undefined || step === undefined || !(step > 0)) return undefined;
  return form.bias.values.every((b) => b === 0) ? { source: term.source, step } : undefined;
}

export function isHeavy(term: Term): term is HeavyTerm {
  return term.kind !== "scaled";
}

export function heavyTerms(form: LinearForm): readonly HeavyTerm[] {
  return form.terms.filter(isHeavy);
}

/** The axis of the result along which a heavy term has a row of weights for each position. */
export function channelAxis(term: HeavyTerm, rank: number): number {
  if (term.kind === "conv") return 1;
  return term.side === "right" ? rank - 1 : rank - 2;
}

/** a · form for a constant; undefined where a heavy term would need weights of more than its channels. */
export function timesConstant(value: string, form: LinearForm, a: Real): LinearForm | undefined {
  const dims = broadcastDims(form.dims, a.dims);
  const bias = combine(form.bias, a, (b, x) => b * x);
  if (dims === undefined || bias === undefined) return undefined;
  const terms: Term[] = [];
  for (const term of form.terms) {
    if (term.kind === "scaled") {
      const factor = combine(term.factor, a, (f, x) => f * x);
      if (factor === undefined) return undefined;
      terms.push({ ...term, factor });
      continue;
    }
    const axis = channelAxis(term, form.dims.length);
    if (String(dims) !== String(form.dims) || !variesOnlyAlong(a, axis, dims.length)) {
      return undefined;
    }
    terms.push(scaleRows(term, along(a, axis, dims)));
  }
  return { value, dims, terms, bias };
}

/** Every channel's weights times a number of its own. */
function scaleRows(term: HeavyTerm, by: Float64Array): HeavyTerm {
  const { dims, values } = term.weights;
  const inner = values.length / (dims[0] as number);
  const channel =
    term.kind === "matmul" && term.side === "right"
      ? (i: number): number => i % (dims[1] as number)
      : (i: number): number => Math.floor(i / inner);
  const scaled = values.map((w, i) => w * (by[channel(i)] as number));
  return { ...term, weights: { dims, values: scaled } };
}

export function plusConstant(value: string, form: LinearForm, b: Real): LinearForm | undefined {
  const dims = broadcastDims(form.dims, b.dims);
  const bias = combine(form.bias, b, (x, y) => x + y);
  if (dims === undefined || bias === undefined) return undefined;
  if (String(dims) !== String(form.dims) && form.terms.some(isHeavy)) return undefined;
  return { value, dims, terms: form.terms, bias };
}

/** Undefined where the sum is no form: heavy terms of different channels, or repeated over a larger shape. */
export function sum(value: string, a: LinearForm, b: LinearForm): LinearForm | undefined {
  const dims = broadcastDims(a.dims, b.dims);
  const bias = combine(a.bias, b.bias, (x, y) => x + y);
  if (dims === undefined || bias === undefined) return undefined;
  const terms = [...a.terms];
  for (const term of b.terms) {
    const at = terms.findIndex(
      (other) => other.kind === "scaled" && other.source.name === term.source.name,
    );
    const same = terms[at];
    if (same?.kind !== "scaled" || term.kind !== "scaled") {
      terms.push(term);
      continue;
    }
    const factor = combine(same.factor, term.factor, (x, y) => x + y);
    if (factor === undefined) return undefined;
    terms[at] = { ...same, factor };
  }
  const form = { value, dims, terms, bias };
  const grows = (part: LinearForm): boolean =>
    part.terms.some(isHeavy) && String(part.dims) !== String(dims);
  return grows(a) || grows(b) || !isRoundable(form) ? undefined : form;
}

/** Whether the elements fall into groups that share all coefficients: what one exponent is chosen for. */
export function isRoundable(form: LinearForm): boolean {
  const heavy = heavyTerms(form);
  const [first] = heavy;
  if (first === undefined) return true;
  const axis = channelAxis(first, form.dims.length);
  return form.terms.every((term) =>
    isHeavy(term)
      ? channelAxis(term, form.dims.length) === axis
      : variesOnlyAlong(term.factor, axis, form.dims.length),
  );
}
