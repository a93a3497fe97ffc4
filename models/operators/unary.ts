/**
 * The operators that map each element by itself: Neg, Abs, Sign, Relu, Clip and Not.
 * @module
 */
import { requireAttributes } from "./attributes.ts";
import {
  badOperands,
  type Dtype,
  type Interval,
  int32Interval,
  type Kernel,
  type Operator,
  operandOfDtype,
  RANGES,
  requireAtMost,
  type Site,
} from "./operator.ts";

export const neg: Operator = (site) => {
  const output = soleOperand(site, ["int32"]);
  return {
    output,
    form: {
      kind: "linear",
      row: (i, term) => {
        term(0, i, -1);
        return 0;
      },
    },
    evaluate: (operand) => operand(0).map((x) => -x),
    bound: (operand) => {
      const { min, max } = operand(0);
      const negated = (ends: Int32Array): Float64Array => Float64Array.from(ends, (x) => -x);
      return int32Interval(site, negated(max), negated(min));
    },
  };
};

export const abs: Operator = (site) => {
  const output = soleOperand(site, ["int32"]);
  return {
    output,
    form: { kind: "absolute" },
    evaluate: (operand) => operand(0).map(Math.abs),
    bound: (operand) => {
      const { min, max } = operand(0);
      const least = Float64Array.from(min, (low, i) => Math.max(low, -(max[i] as number), 0));
      const greatest = Float64Array.from(min, (low, i) => Math.max(-low, max[i] as number));
      return int32Interval(site, least, greatest);
    },
  };
};

export const sign: Operator = (site) =>
  monotone(soleOperand(site, ["int32"]), { kind: "sign" }, Math.sign);

export const relu: Operator = (site) => {
  // onnxruntime has no Relu on uint8, where it would change nothing.
  const output = soleOperand(site, ["int32", "int8"]);
  return monotone(output, { kind: "clamp", low: 0, high: Infinity }, (x) => Math.max(x, 0));
};

export const clip: Operator = (site) => {
  requireAttributes(site, []);
  requireAtMost(site, 3);
  const { dtype, dims } = operandOfDtype(site, 0, ["uint8", "int8", "int32"]);
  const low = limit(site, 1, dtype);
  const high = limit(site, 2, dtype);
  const [lowest, highest] = RANGES[dtype];
  const floor = low ?? lowest;
  const ceiling = high ?? highest;
  if (floor > ceiling) {
    throw badOperands(site, `the lower limit ${floor} is above the upper limit ${ceiling}`);
  }
  const form = { kind: "clamp", low: low ?? -Infinity, high: high ?? Infinity } as const;
  return monotone({ dtype, dims }, form, (x) => Math.min(Math.max(x, floor), ceiling));
};

export const not: Operator = (site) => {
  const output = soleOperand(site, ["bool"]);
  const opposite = (truths: Int32Array): Int32Array => truths.map((x) => 1 - x);
  return {
    output,
    form: {
      kind: "linear",
      row: (i, term) => {
        term(0, i, -1);
        return 1;
      },
    },
    evaluate: (operand) => opposite(operand(0)),
    bound: (operand) => ({ min: opposite(operand(0).max), max: opposite(operand(0).min) }),
  };
};

function soleOperand(site: Site, dtypes: readonly Dtype[]): Kernel["output"] {
  requireAttributes(site, []);
  requireAtMost(site, 1);
  const { dtype, dims } = operandOfDtype(site, 0, dtypes);
  return { dtype, dims };
}

/** A map that never decreases takes its extremes at the ends of the interval. */
function monotone(
  output: Kernel["output"],
  form: Kernel["form"],
  map: (x: number) => number,
): Kernel {
  return {
    output,
    form,
    evaluate: (operand) => operand(0).map(map),
    bound: (operand): Interval => {
      const { min, max } = operand(0);
      return { min: min.map(map), max: max.map(map) };
    },
  };
}

function limit(site: Site, index: number, dtype: Dtype): number | undefined {
  const operand = site.operands[index];
  if (operand === undefined) return undefined;
  if (operand.dtype !== dtype || operand.dims.length > 0 || operand.values === undefined) {
    throw badOperands(
      site,
      `input ${index} (a limit) is ${operand.dtype} [${operand.dims}], expected a constant ${dtype} scalar`,
    );
  }
  return operand.values[0];
}
