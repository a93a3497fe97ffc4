/**
 * What an operator of the float graph is: the types of its results, told from those of its operands before anything is
 * allocated, and the function that computes them. Constant folding, shape inference and the float evaluator are this
 * one function.
 * @module
 */
import { ModelError } from "../../error.ts";
import type { Attribute } from "../float-graph.ts";
import type { OnnxDtype, OnnxType } from "../value.ts";

export interface OperatorSite {
  /** How errors name the node. */
  readonly label: string;
  readonly operands: readonly OnnxType[];
  readonly attributes: ReadonlyMap<string, Attribute>;
  /** Elements of operands that are constant, by position. */
  readonly constants: readonly (Float64Array | undefined)[];
}

export interface Prepared extends OnnxType {
  /** Steps of the innermost loop, a bound on the time that `run` takes. */
  readonly work: number;
  /** Values of the operands, row-major, to those of the result. Must not change its operands; may return one. */
  readonly run: (values: readonly Float64Array[]) => Float64Array;
}

/** @throws ModelError `BAD_SHAPE`, `BAD_ATTRIBUTE` when operands do not fit */
export type Operator = (site: OperatorSite) => Prepared;

export function countOf(dims: readonly number[]): number {
  let count = 1;
  for (const dim of dims) count *= dim;
  return count;
}

/** How many elements one step along each axis is. */
export function stridesOf(dims: readonly number[]): number[] {
  const strides = new Array<number>(dims.length).fill(1);
  for (let axis = dims.length - 2; axis >= 0; axis--) {
    strides[axis] = (strides[axis + 1] as number) * (dims[axis + 1] as number);
  }
  return strides;
}

/** The first call computes, later ones remember. */
export function once<T>(compute: () => T): () => T {
  let kept: { readonly value: T } | undefined;
  return () => {
    kept ??= { value: compute() };
    return kept.value;
  };
}

export function operand(site: OperatorSite, index: number): OnnxType {
  const type = site.operands[index];
  if (type === undefined) throw badShape(site.label, `operand ${index} is missing`);
  return type;
}

export function constant(site: OperatorSite, index: number): Float64Array {
  const values = site.constants[index];
  if (values !== undefined) return values;
  throw new ModelError(
    "NOT_CONSTANT",
    `${site.label}: operand ${index} depends on the input, a constant is expected`,
    "Export the model with this operand fixed.",
  );
}

export function integerOf(site: OperatorSite, name: string): number {
  const value = site.attributes.get(name);
  if (typeof value === "number" && Number.isInteger(value)) return value;
  throw badAttribute(site.label, name, "an integer", value);
}

export function numberOf(site: OperatorSite, name: string): number {
  const value = site.attributes.get(name);
  if (typeof value === "number") return value;
  throw badAttribute(site.label, name, "a number", value);
}

export function textOf(site: OperatorSite, name: string): string {
  const value = site.attributes.get(name);
  if (typeof value === "string") return value;
  throw badAttribute(site.label, name, "a name", value);
}

export function listOf(site: OperatorSite, name: string): readonly number[] {
  const value = site.attributes.get(name);
  if (Array.isArray(value) && value.every((item) => typeof item === "number")) {
    return value as readonly number[];
  }
  throw badAttribute(site.label, name, "a list of numbers", value);
}

/** An axis counted from the front. */
export function axisOf(label: string, axis: number, rank: number): number {
  const forward = axis < 0 ? axis + rank : axis;
  if (Number.isInteger(axis) && forward >= 0 && forward < rank) return forward;
  throw badShape(label, `axis ${axis} is outside of ${rank} dimensions`);
}

/** Lists of a hostile file may be long: an error quotes no more than a person reads. */
const MAX_REASON = 300;

export function badShape(label: string, reason: string): ModelError {
  return new ModelError(
    "BAD_SHAPE",
    `${label}: ${reason.slice(0, MAX_REASON)}`,
    "The file is inconsistent: run onnx.checker.check_model with full_check, and export it again.",
  );
}

export function badAttribute(
  label: string,
  name: string,
  expected: string,
  value: unknown,
): ModelError {
  const got = value === undefined ? "none" : JSON.stringify(value)?.slice(0, 80);
  return new ModelError(
    "BAD_ATTRIBUTE",
    `${label}: attribute ${name} is ${got}, expected ${expected}`,
    "The file is inconsistent: run onnx.checker.check_model, and export it again.",
  );
}

/** The shape in which operands of two shapes meet, by ONNX's (NumPy's) rule. */
export function broadcastDims(
  label: string,
  left: readonly number[],
  right: readonly number[],
): number[] {
  const rank = Math.max(left.length, right.length);
  const dims: number[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const a = left[axis - (rank - left.length)] ?? 1;
    const b = right[axis - (rank - right.length)] ?? 1;
    if (a !== b && a !== 1 && b !== 1) {
      throw badShape(label, `shapes [${left.join(", ")}] and [${right.join(", ")}] do not fit`);
    }
    dims.push(a === 1 ? b : a);
  }
  return dims;
}

/** For each element of `to`, the element of a tensor of shape `from` that is broadcast to it; undefined: the same. */
export function broadcastIndex(
  from: readonly number[],
  to: readonly number[],
): Int32Array | undefined {
  const lead = to.length - from.length;
  if (countOf(from) === countOf(to)) return undefined;
  const strides = stridesOf(from);
  const steps = to.map((_, axis) =>
    axis < lead || from[axis - lead] === 1 ? 0 : (strides[axis - lead] as number),
  );
  return walk(to, steps, 0);
}

/** For each element of `dims`, row-major, `start` + Σ index · step. */
export function walk(dims: readonly number[], steps: readonly number[], start: number): Int32Array {
  const count = countOf(dims);
  const index = new Int32Array(count);
  const at = new Int32Array(dims.length);
  let place = start;
  for (let i = 0; i < count; i++) {
    index[i] = place;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      place += steps[axis] as number;
      const next = (at[axis] as number) + 1;
      if (next < (dims[axis] as number)) {
        at[axis] = next;
        break;
      }
      place -= next * (steps[axis] as number);
      at[axis] = 0;
    }
  }
  return index;
}

/** The dtype of operands that must agree. */
export function commonDtype(site: OperatorSite, from = 0): OnnxDtype {
  const first = operand(site, from).dtype;
  for (let i = from + 1; i < site.operands.length; i++) {
    const { dtype } = operand(site, i);
    if (dtype !== first) throw badShape(site.label, `operands are ${first} and ${dtype}`);
  }
  return first;
}
