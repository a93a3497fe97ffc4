/**
 * Sums of int32 along axes: ReduceSum, and CumSum, which keeps every partial sum.
 * @module
 */
import { axisIn, flagAttribute, requireAttributes } from "./attributes.ts";
import { reducedAxes } from "./extremes.ts";
import {
  badOperands,
  type Interval,
  int32Interval,
  type Operator,
  operandOfDtype,
  requireAtMost,
  requireTerms,
  type Site,
} from "./operator.ts";
import { reducedDims, rowsAlong } from "./rows.ts";

export const reduceSum: Operator = (site) => {
  requireAttributes(site, ["keepdims", "noop_with_empty_axes"]);
  requireAtMost(site, 2);
  const { dims } = operandOfDtype(site, 0, ["int32"]);
  const axes = reducedAxes(site, dims.length);
  const isKept = flagAttribute(site, "keepdims", true);
  const { begins, offsets } = rowsAlong(dims, axes);
  const sum = <List extends Int32Array | Float64Array>(x: Int32Array, into: List): List => {
    for (let i = 0; i < into.length; i++) {
      let total = 0;
      for (const offset of offsets) total += x[(begins[i] as number) + offset] as number;
      into[i] = total;
    }
    return into;
  };
  return {
    output: { dtype: "int32", dims: reducedDims(dims, axes, isKept) },
    form: {
      kind: "linear",
      row: (i, term) => {
        for (const offset of offsets) term(0, (begins[i] as number) + offset, 1);
        return 0;
      },
    },
    evaluate: (operand) => sum(operand(0), new Int32Array(begins.length)),
    bound: (operand): Interval => {
      const { min, max } = operand(0);
      const count = begins.length;
      return int32Interval(
        site,
        sum(min, new Float64Array(count)),
        sum(max, new Float64Array(count)),
      );
    },
  };
};

export const cumSum: Operator = (site) => {
  requireAttributes(site, ["exclusive", "reverse"]);
  requireAtMost(site, 2);
  const { dims } = operandOfDtype(site, 0, ["int32"]);
  const axis = axisOperand(site, dims.length);
  const isExclusive = flagAttribute(site, "exclusive", false);
  const isReverse = flagAttribute(site, "reverse", false);
  const { begins, offsets: forward } = rowsAlong(dims, [axis]);
  // In the order in which the sum grows.
  const offsets = isReverse ? forward.toReversed() : forward;
  const size = offsets.length;
  const stride = size > 1 ? (forward[1] as number) : 1;
  const count = begins.length * size;
  const terms = (count * (size + 1)) / 2;
  requireTerms(site.label, terms);
  const sum = <List extends Int32Array | Float64Array>(x: Int32Array, into: List): List => {
    for (const begin of begins) {
      let total = 0;
      for (const offset of offsets) {
        const value = x[begin + offset] as number;
        into[begin + offset] = isExclusive ? total : total + value;
        total += value;
      }
    }
    return into;
  };
  return {
    output: { dtype: "int32", dims },
    form: {
      kind: "linear",
      row: (i, term) => {
        // Element i is the one at `position` of its row, which begins at the row's first element.
        const position = Math.floor(i / stride) % size;
        const begin = i - position * stride;
        const length = (isReverse ? size - 1 - position : position) + (isExclusive ? 0 : 1);
        for (let j = 0; j < length; j++) term(0, begin + (offsets[j] as number), 1);
        return 0;
      },
    },
    terms,
    evaluate: (operand) => sum(operand(0), new Int32Array(count)),
    bound: (operand): Interval => {
      const { min, max } = operand(0);
      return int32Interval(
        site,
        sum(min, new Float64Array(count)),
        sum(max, new Float64Array(count)),
      );
    },
  };
};

/** Input 1 of a CumSum: a constant scalar, or a list of one. */
function axisOperand(site: Site, rank: number): number {
  const { values, dims } = operandOfDtype(site, 1, ["int32", "int64"]);
  const [axis] = values ?? [];
  if (axis === undefined || dims.length > 1 || values?.length !== 1) {
    throw badOperands(site, `input 1 (the axis) is [${dims}], expected a constant scalar`);
  }
  return axisIn(site, axis, rank);
}
