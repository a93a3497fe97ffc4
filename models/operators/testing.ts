/**
 * For tests of operators: graphs of one node, inputs in their range, and the computation that a form says.
 * @module
 */
import fc from "fast-check";
import { type IntegerGraph, readIntegerGraph } from "../integer-graph.ts";
import type { BuildAttribute } from "../onnx/build.ts";
import { elementCount } from "../onnx/tensor.ts";
import { operatorModel, type TestOperand } from "../testing.ts";
import type { Form } from "./form.ts";
import { type Dtype, RANGES } from "./operator.ts";

/** A node by itself. */
export interface Lone {
  readonly op: string;
  readonly operands: readonly (TestOperand | undefined)[];
  readonly attributes?: Readonly<Record<string, BuildAttribute>>;
  /** 17 when it is left out. */
  readonly opset?: number;
}

export type Range = readonly [min: number, max: number];

export const input = (
  dtype: Dtype,
  dims: readonly number[],
  [min, max]: Range = RANGES[dtype],
): TestOperand => ({ dtype, dims, min, max });

export const constant = (
  dtype: Dtype,
  dims: readonly number[],
  values: readonly number[],
): TestOperand => ({ dtype, dims, values });

export const scalar = (dtype: Dtype, value: number): TestOperand => constant(dtype, [], [value]);

export const list = (values: readonly number[]): TestOperand =>
  constant("int64", [values.length], values);

/** @throws ModelError as reading the graph does */
export function graphOf({ op, operands, attributes, opset }: Lone): IntegerGraph {
  return readIntegerGraph(operatorModel(op, operands, attributes, opset));
}

/** For every input of the graph integers in its range, its ends often among them. */
export function inputsOf(graph: IntegerGraph): fc.Arbitrary<Int32Array[]> {
  const each = graph.inputs.map(({ dims, min, max }) => anyValues(elementCount(dims), [min, max]));
  return fc.tuple(...each).map((inputs) => inputs.map((values) => Int32Array.from(values)));
}

/** Every input at one end of its range. */
export function endsOf(graph: IntegerGraph, end: "min" | "max"): Int32Array[] {
  return graph.inputs.map((spec) => new Int32Array(elementCount(spec.dims)).fill(spec[end]));
}

export function anyValues(length: number, [min, max]: Range): fc.Arbitrary<number[]> {
  const one = fc.oneof(fc.integer({ min, max }), fc.constantFrom(min, max));
  return fc.array(one, { minLength: length, maxLength: length });
}

/** A range within another, often all of it. */
export function anyRange([min, max]: Range): fc.Arbitrary<Range> {
  const ends = fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));
  return fc.oneof(
    fc.constant<Range>([min, max]),
    ends.map(([a, b]): Range => [Math.min(a, b), Math.max(a, b)]),
  );
}

/** An input of a range within the range. */
export function anyInput(
  dtype: Dtype,
  dims: readonly number[],
  range: Range = RANGES[dtype],
): fc.Arbitrary<TestOperand> {
  return anyRange(range).map((within) => input(dtype, dims, within));
}

export function anyConstant(
  dtype: Dtype,
  dims: readonly number[],
  range: Range = RANGES[dtype],
): fc.Arbitrary<TestOperand> {
  return anyValues(elementCount(dims), range).map((values) => constant(dtype, dims, values));
}

export function anyDims(minRank: number, maxRank: number): fc.Arbitrary<number[]> {
  const size = fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constant(1));
  return fc.array(size, { minLength: minRank, maxLength: maxRank });
}

/** `count` shapes that broadcast. */
export function anyShapes(count: number): fc.Arbitrary<number[][]> {
  return anyDims(0, 3).chain((common) => {
    const one = fc
      .tuple(fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }), fc.nat(common.length))
      .map(([ones, drop]) => common.map((size, axis) => (ones[axis] ? 1 : size)).slice(drop));
    return fc.array(fc.oneof(fc.constant(common), one), { minLength: count, maxLength: count });
  });
}

/** What the form says of operands, `count` elements. */
export function computeByForm(
  form: Form,
  operand: (index: number) => Int32Array,
  count: number,
): Int32Array {
  const at = (index: number, element: number): number => {
    const value = operand(index)[element];
    if (value === undefined) throw new Error(`operand ${index} has no element ${element}`);
    return value;
  };
  return Int32Array.from({ length: count }, (_, i) => elementByForm(form, at, i));
}

function elementByForm(
  form: Form,
  at: (operand: number, index: number) => number,
  i: number,
): number {
  const here = (list: Int32Array): number => list[i] as number;
  switch (form.kind) {
    case "move": {
      const from = typeof form.from === "number" ? form.from : here(form.from);
      return from === -1 ? form.fill : at(from, here(form.at));
    }
    case "linear": {
      let sum = 0;
      const start = form.row(i, (operand, index, weight) => {
        if (weight === 0) throw new Error("a term has weight 0");
        sum += weight * at(operand, index);
      });
      return start + sum;
    }
    case "quotient":
      return Math.trunc(at(0, here(form.at)) / here(form.divisors));
    case "remainder": {
      const divisor = here(form.divisors);
      const rest = at(0, here(form.at)) % divisor;
      return form.sign === "divisor" && rest < 0 ? rest + divisor : rest;
    }
    case "clamp":
      return Math.min(Math.max(at(0, i), form.low), form.high);
    case "wrap": {
      const size = form.max - form.min + 1;
      const rest = (at(0, i) - form.min) % size;
      return form.min + (rest < 0 ? rest + size : rest);
    }
    case "extreme":
    case "extreme-position": {
      const row: number[] = [];
      form.row(i, (operand, index) => row.push(at(operand, index)));
      const best = form.which === "greatest" ? Math.max(...row) : Math.min(...row);
      if (form.kind === "extreme") return best;
      return form.ofEquals === "first" ? row.indexOf(best) : row.lastIndexOf(best);
    }
    case "product": {
      let sum = 0;
      const [left, right] = form.zeros;
      form.row(i, (a, b) => {
        sum += (at(0, a) - left) * (at(1, b) - right);
      });
      return sum;
    }
    case "compare": {
      const a = at(0, here(form.left));
      const b = at(1, here(form.right));
      const order = Math.sign(a - b);
      const holding = {
        equal: [0],
        less: [-1],
        "less-or-equal": [-1, 0],
        greater: [1],
        "greater-or-equal": [0, 1],
      }[form.relation];
      return Number(holding.includes(order));
    }
    case "logic": {
      const sum = at(0, here(form.left)) + at(1, here(form.right));
      return Number({ and: sum === 2, or: sum > 0, xor: sum === 1 }[form.connective]);
    }
    case "select":
      return at(0, here(form.condition)) === 1 ? at(1, here(form.yes)) : at(2, here(form.no));
    case "table": {
      const entry = form.entries(i)[at(1, here(form.at))];
      if (entry === undefined) throw new Error(`the table of element ${i} is too short`);
      return entry;
    }
    case "absolute":
      return Math.abs(at(0, i));
    case "sign":
      return Math.sign(at(0, i));
  }
}
