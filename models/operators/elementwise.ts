/**
 * Add, Sub and Mul of two int32 operands, with broadcasting. A constant operand becomes weights and
 * constants of a linear form; two operands that depend on the input multiply as a product.
 * @module
 */
import { requireAttributes } from "./attributes.ts";
import { align } from "./broadcast.ts";
import type { Form, LinearRow } from "./form.ts";
import {
  type Interval,
  int32Interval,
  type Kernel,
  type Operator,
  operandOfDtype,
  requireAtMost,
  type Site,
} from "./operator.ts";

export const add: Operator = (site) => weightedSum(site, 1);

export const sub: Operator = (site) => weightedSum(site, -1);

/** Operand 0 plus `sign` times operand 1. */
function weightedSum(site: Site, sign: 1 | -1): Kernel {
  const { left, right, dims, leftAt, rightAt } = pairOf(site);
  const count = leftAt.length;
  const row: LinearRow = (i, term) => {
    let constant = 0;
    const a = leftAt[i] as number;
    const b = rightAt[i] as number;
    if (left.values === undefined) term(0, a, 1);
    else constant += left.values[a] as number;
    if (right.values === undefined) term(1, b, sign);
    else constant += sign * (right.values[b] as number);
    return constant;
  };
  return {
    output: { dtype: "int32", dims },
    form: { kind: "linear", row },
    evaluate: (operand) => {
      const x = operand(0);
      const y = operand(1);
      const out = new Int32Array(count);
      for (let i = 0; i < count; i++) {
        out[i] = (x[leftAt[i] as number] as number) + sign * (y[rightAt[i] as number] as number);
      }
      return out;
    },
    bound: (operand): Interval => {
      const x = operand(0);
      const y = operand(1);
      const [yLeast, yGreatest] = sign === 1 ? [y.min, y.max] : [y.max, y.min];
      const least = new Float64Array(count);
      const greatest = new Float64Array(count);
      for (let i = 0; i < count; i++) {
        const a = leftAt[i] as number;
        const b = rightAt[i] as number;
        least[i] = (x.min[a] as number) + sign * (yLeast[b] as number);
        greatest[i] = (x.max[a] as number) + sign * (yGreatest[b] as number);
      }
      return int32Interval(site, least, greatest);
    },
  };
}

export const mul: Operator = (site) => {
  const { left, right, dims, leftAt, rightAt } = pairOf(site);
  const count = leftAt.length;
  return {
    output: { dtype: "int32", dims },
    form: mulForm(left.values, right.values, leftAt, rightAt),
    evaluate: (operand) => {
      const x = operand(0);
      const y = operand(1);
      const out = new Int32Array(count);
      for (let i = 0; i < count; i++) {
        out[i] = Math.imul(x[leftAt[i] as number] as number, y[rightAt[i] as number] as number);
      }
      return out;
    },
    bound: (operand): Interval => {
      const x = operand(0);
      const y = operand(1);
      const least = new Float64Array(count);
      const greatest = new Float64Array(count);
      for (let i = 0; i < count; i++) {
        const a = leftAt[i] as number;
        const b = rightAt[i] as number;
        // The product is linear in each factor, so its extremes are at the corners.
        const ll = (x.min[a] as number) * (y.min[b] as number);
        const lh = (x.min[a] as number) * (y.max[b] as number);
        const hl = (x.max[a] as number) * (y.min[b] as number);
        const hh = (x.max[a] as number) * (y.max[b] as number);
        least[i] = Math.min(ll, lh, hl, hh);
        greatest[i] = Math.max(ll, lh, hl, hh);
      }
      return int32Interval(site, least, greatest);
    },
  };
};

function mulForm(
  left: Int32Array | undefined,
  right: Int32Array | undefined,
  leftAt: Int32Array,
  rightAt: Int32Array,
): Form {
  if (left === undefined && right === undefined) {
    return {
      kind: "product",
      zeros: [0, 0],
      row: (i, term) => term(leftAt[i] as number, rightAt[i] as number),
    };
  }
  return {
    kind: "linear",
    row: (i, term) => {
      const a = leftAt[i] as number;
      const b = rightAt[i] as number;
      if (left !== undefined && right !== undefined)
        return (left[a] as number) * (right[b] as number);
      const weight = (left?.[a] ?? right?.[b]) as number;
      if (weight !== 0) term(left === undefined ? 0 : 1, left === undefined ? a : b, weight);
      return 0;
    },
  };
}

function pairOf(site: Site): {
  left: ReturnType<typeof operandOfDtype>;
  right: ReturnType<typeof operandOfDtype>;
  dims: readonly number[];
  leftAt: Int32Array;
  rightAt: Int32Array;
} {
  requireAttributes(site, []);
  requireAtMost(site, 2);
  const left = operandOfDtype(site, 0, ["int32"]);
  const right = operandOfDtype(site, 1, ["int32"]);
  const { dims, indices } = align(site, [left.dims, right.dims]);
  const [leftAt, rightAt] = indices as [Int32Array, Int32Array];
  return { left, right, dims, leftAt, rightAt };
}
