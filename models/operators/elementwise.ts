/**
 * The elementwise operators of two operands, with broadcasting: Add, Sub, Mul, Div, Max, Min.
 * Arithmetic is on int32 only; Div truncates toward zero, as onnxruntime does (the ONNX text leaves
 * it open), so a graph that needs floor keeps its dividend non-negative.
 * @module
 */
import { ModelError } from "../error.ts";
import { broadcastDims, broadcastIndex } from "./broadcast.ts";
import {
  badOperands,
  type Dtype,
  type Interval,
  int32Interval,
  type Kernel,
  type Operator,
  operandOf,
  requireAtMost,
  requireAttributes,
  requireSize,
  type Site,
} from "./operator.ts";

type Range = readonly [min: number, max: number];

interface Scalar {
  readonly dtypes: readonly Dtype[];
  compute(a: number, b: number): number;
  /** Tight when the operands are independent; undefined when the result may not exist. */
  bound(a: Range, b: Range): Range | undefined;
}

export const add: Operator = elementwise({
  dtypes: ["int32"],
  compute: (a, b) => a + b,
  bound: (a, b) => [a[0] + b[0], a[1] + b[1]],
});

export const sub: Operator = elementwise({
  dtypes: ["int32"],
  compute: (a, b) => a - b,
  bound: (a, b) => [a[0] - b[1], a[1] - b[0]],
});

export const mul: Operator = elementwise({
  dtypes: ["int32"],
  compute: Math.imul,
  bound: (a, b) => corners((x, y) => x * y, a, b),
});

const truncatedQuotient = (a: number, b: number): number => Math.trunc(a / b);

export const div: Operator = elementwise({
  dtypes: ["int32"],
  compute: truncatedQuotient,
  // Over divisors of one sign the quotient is monotone in each operand, so its extremes are at corners.
  bound: (a, b) => (b[0] <= 0 && b[1] >= 0 ? undefined : corners(truncatedQuotient, a, b)),
});

export const max: Operator = elementwise({
  dtypes: ["uint8", "int8", "int32"],
  compute: Math.max,
  bound: (a, b) => [Math.max(a[0], b[0]), Math.max(a[1], b[1])],
});

export const min: Operator = elementwise({
  dtypes: ["uint8", "int8", "int32"],
  compute: Math.min,
  bound: (a, b) => [Math.min(a[0], b[0]), Math.min(a[1], b[1])],
});

function corners(compute: (a: number, b: number) => number, a: Range, b: Range): Range {
  const values = [
    compute(a[0], b[0]),
    compute(a[0], b[1]),
    compute(a[1], b[0]),
    compute(a[1], b[1]),
  ];
  return [Math.min(...values), Math.max(...values)];
}

function elementwise(scalar: Scalar): Operator {
  return (site: Site): Kernel => {
    requireAttributes(site, []);
    requireAtMost(site, 2);
    const a = operandOf(site, 0);
    const b = operandOf(site, 1);
    const { dtype } = a;
    if (b.dtype !== dtype || !scalar.dtypes.includes(dtype)) {
      throw badOperands(
        site,
        `operands are ${a.dtype} and ${b.dtype}, expected two of ${scalar.dtypes.join(" or ")}`,
      );
    }
    const dims = broadcastDims(a.dims, b.dims);
    if (dims === undefined) {
      throw badOperands(site, `shapes [${a.dims}] and [${b.dims}] do not broadcast`);
    }
    requireSize(site, dims);
    const indexA = broadcastIndex(a.dims, dims);
    const indexB = broadcastIndex(b.dims, dims);
    return {
      output: { dtype, dims },
      evaluate: (operand) => {
        const left = operand(0);
        const right = operand(1);
        const out = new Int32Array(indexA.length);
        for (let i = 0; i < out.length; i++) {
          out[i] = scalar.compute(
            left[indexA[i] as number] as number,
            right[indexB[i] as number] as number,
          );
        }
        return out;
      },
      bound: (operand) => {
        const left = operand(0);
        const right = operand(1);
        const least = new Float64Array(indexA.length);
        const greatest = new Float64Array(indexA.length);
        for (let i = 0; i < least.length; i++) {
          const range = scalar.bound(
            rangeAt(left, indexA[i] as number),
            rangeAt(right, indexB[i] as number),
          );
          if (range === undefined) throw divisorMayBeZero(site, i);
          [least[i], greatest[i]] = range;
        }
        return int32Interval(site, least, greatest);
      },
    };
  };
}

function rangeAt(interval: Interval, index: number): Range {
  return [interval.min[index] as number, interval.max[index] as number];
}

function divisorMayBeZero(site: Site, element: number): ModelError {
  return new ModelError(
    "DIVISION_BY_ZERO",
    `${site.label}: the divisor of element ${element} can be zero`,
    "Divide by a constant power of two.",
  );
}
