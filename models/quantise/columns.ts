/**
 * A linear form by its groups: the elements that share all coefficients, and get one exponent. Channels
 * of a convolution, columns or rows of a matrix; of scaled tensors alone, whatever their factors vary along.
 * @module
 */
import { broadcastDims } from "../operators/broadcast.ts";
import {
  channelAxis,
  heavyTerms,
  isHeavy,
  type LinearForm,
  type ScaledTerm,
  type Term,
} from "./linear-form.ts";
import { expand } from "./real.ts";

/** A form's coefficients by group: which integers of which terms a group multiplies. */
export interface Columns {
  readonly groups: readonly number[];
  /** Where group c's coefficients lie, term by term: [first, stride, count]. */
  readonly place: (
    term: Term,
    c: number,
  ) => readonly [first: number, stride: number, count: number];
  /** Of a heavy term its weights; of a scaled term its factor, repeated to the groups. */
  readonly coefficients: ReadonlyMap<Term, Float64Array>;
}

export function columnsOf(form: LinearForm): Columns {
  const [heavy] = heavyTerms(form);
  const rank = form.dims.length;
  const axis = heavy === undefined ? 0 : channelAxis(heavy, rank);
  const groups =
    heavy === undefined
      ? form.terms.reduce<readonly number[]>(
          (dims, term) => broadcastDims(dims, (term as ScaledTerm).factor.dims) ?? dims,
          [],
        )
      : form.dims.slice(axis).map((size, i) => (i === 0 ? size : 1));
  return {
    groups,
    place: (term, c) => {
      if (!isHeavy(term)) return [c, 1, 1];
      const { dims, values } = term.weights;
      if (term.kind === "matmul" && term.side === "right") {
        return [c, dims[1] as number, dims[0] as number];
      }
      const count = values.length / (dims[0] as number);
      return [c * count, 1, count];
    },
    coefficients: new Map(
      form.terms.map((term): [Term, Float64Array] => [
        term,
        isHeavy(term) ? term.weights.values : expand(term.factor, groups),
      ]),
    ),
  };
}

/** The least and greatest integer a term multiplies: padding counts as 0. */
export function reachOf(term: Term): readonly [min: number, max: number] {
  const { min, max } = term.source;
  if (term.kind !== "conv" || term.window.pads.every((pad) => pad === 0)) return [min, max];
  return [Math.min(min, 0), Math.max(max, 0)];
}

export function largestMagnitude(values: Float64Array): number {
  return values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
}
