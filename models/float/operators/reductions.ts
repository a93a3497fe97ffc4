/**
 * Operators over some of the axes: sums, means, greatest and least elements and their positions; Softmax and the
 * normalisations of rows.
 * @module
 */
import {
  axisOf,
  badAttribute,
  badShape,
  countOf,
  integerOf,
  listOf,
  type Operator,
  type OperatorSite,
  once,
  operand,
  stridesOf,
  textOf,
  walk,
} from "./operator.ts";

/** The shape of a result, and for each of its elements the first operand element; `inside` are the steps to the others. */
function reduction(
  site: OperatorSite,
  axes: readonly number[],
): {
  readonly dims: number[];
  readonly count: number;
  readonly first: () => Int32Array;
  readonly inside: () => Int32Array;
} {
  const { dims } = operand(site, 0);
  const reduced = new Set(axes.map((axis) => axisOf(site.label, axis, dims.length)));
  const keeps = integerOf(site, "keepdims") === 1;
  const kept = dims.map((_, axis) => axis).filter((axis) => !reduced.has(axis));
  const inner = [...reduced].sort((a, b) => a - b);
  const strides = stridesOf(dims);
  const pick = (from: readonly number[], which: readonly number[]): number[] =>
    which.map((axis) => from[axis] as number);
  return {
    dims: keeps ? dims.map((dim, axis) => (reduced.has(axis) ? 1 : dim)) : pick(dims, kept),
    count: countOf(pick(dims, inner)),
    first: once(() => walk(pick(dims, kept), pick(strides, kept), 0)),
    inside: once(() => walk(pick(dims, inner), pick(strides, inner), 0)),
  };
}

function reduce(
  start: number,
  step: (kept: number, value: number) => number,
  finish: (kept: number, count: number) => number = (kept) => kept,
): Operator {
  return (site) => {
    const { dtype, dims: from } = operand(site, 0);
    const { dims, count, first, inside } = reduction(site, listOf(site, "axes"));
    if (count === 0 && !Number.isFinite(start)) {
      throw badShape(site.label, "an empty row has no greatest or least element");
    }
    return {
      dtype,
      dims,
      work: countOf(from),
      run: ([x]) => {
        const steps = inside();
        return Float64Array.from(first(), (base) => {
          let kept = start;
          for (let i = 0; i < steps.length; i++) {
            kept = step(kept, x?.[base + (steps[i] as number)] as number);
          }
          return finish(kept, count);
        });
      },
    };
  };
}

export const reduceSum: Operator = reduce(0, (kept, value) => kept + value);
export const reduceProd: Operator = reduce(1, (kept, value) => kept * value);
export const reduceMean: Operator = reduce(
  0,
  (kept, value) => kept + value,
  (kept, count) => kept / count,
);
export const reduceMax: Operator = reduce(Number.NEGATIVE_INFINITY, Math.max);
export const reduceMin: Operator = reduce(Number.POSITIVE_INFINITY, Math.min);

function position(better: (value: number, kept: number) => boolean): Operator {
  return (site) => {
    const { dims: from } = operand(site, 0);
    const { dims, count, first, inside } = reduction(site, [integerOf(site, "axis")]);
    const takesLast = integerOf(site, "select_last_index") === 1;
    if (count === 0) throw badShape(site.label, "an empty row has no greatest or least element");
    return {
      dtype: "int64",
      dims,
      work: countOf(from),
      run: ([x]) => {
        const steps = inside();
        return Float64Array.from(first(), (base) => {
          let best = 0;
          for (let i = 1; i < steps.length; i++) {
            const value = x?.[base + (steps[i] as number)] as number;
            const kept = x?.[base + (steps[best] as number)] as number;
            if (better(value, kept) || (takesLast && value === kept)) best = i;
          }
          return best;
        });
      },
    };
  };
}

export const argMax: Operator = position((value, kept) => value > kept);
export const argMin: Operator = position((value, kept) => value < kept);

/** One row along `axis` to another of the same length. */
function rows(
  site: OperatorSite,
  change: (row: Float64Array) => Float64Array,
): ReturnType<Operator> {
  const { dtype, dims } = operand(site, 0);
  const axis = axisOf(site.label, integerOf(site, "axis"), dims.length);
  const length = dims[axis] as number;
  const stride = stridesOf(dims)[axis] as number;
  const outer = countOf(dims.slice(0, axis));
  return {
    dtype,
    dims,
    work: countOf(dims),
    run: ([x]) => {
      const out = new Float64Array(countOf(dims));
      for (let o = 0; o < outer; o++) {
        for (let s = 0; s < stride; s++) {
          const base = o * length * stride + s;
          const row = Float64Array.from({ length }, (_, i) => x?.[base + i * stride] as number);
          change(row).forEach((value, i) => {
            out[base + i * stride] = value;
          });
        }
      }
      return out;
    },
  };
}

export const softmax: Operator = (site) =>
  rows(site, (row) => {
    const greatest = row.reduce((kept, value) => Math.max(kept, value), Number.NEGATIVE_INFINITY);
    const powers = row.map((value) => Math.exp(value - greatest));
    const sum = powers.reduce((kept, value) => kept + value, 0);
    return powers.map((power) => power / sum);
  });

export const logSoftmax: Operator = (site) =>
  rows(site, (row) => {
    const greatest = row.reduce((kept, value) => Math.max(kept, value), Number.NEGATIVE_INFINITY);
    const sum = row.reduce((kept, value) => kept + Math.exp(value - greatest), 0);
    return row.map((value) => value - greatest - Math.log(sum));
  });

/** ai.onnx.ml's Normalizer, along the last axis: norm MAX, L1 or L2. A row of zeros stays. */
export const normalizer: Operator = (site) => {
  const norm = textOf(site, "norm");
  if (!["MAX", "L1", "L2"].includes(norm))
    throw badAttribute(site.label, "norm", "MAX, L1, L2", norm);
  return rows(site, (row) => {
    let size = norm === "MAX" ? Number.NEGATIVE_INFINITY : 0;
    for (const value of row) {
      if (norm === "MAX") size = Math.max(size, value);
      else size += norm === "L1" ? Math.abs(value) : value * value;
    }
    const divisor = norm === "L2" ? Math.sqrt(size) : size;
    return divisor === 0 ? row : row.map((value) => value / divisor);
  });
};
