/**
 * The operators that map each element by itself: Relu, Clip and Cast.
 * Cast to a narrower type keeps the low bits (300 becomes uint8 44), as onnxruntime does; graphs
 * clip first.
 * @module
 */
import { ModelError } from "../error.ts";
import { dtypeName } from "../onnx/tensor.ts";
import {
  badOperands,
  type Dtype,
  type Interval,
  type Kernel,
  type Operator,
  operandOf,
  RANGES,
  requireAtMost,
  requireAttributes,
  type Site,
} from "./operator.ts";

export const relu: Operator = (site) => {
  requireAttributes(site, []);
  requireAtMost(site, 1);
  const { dtype, dims } = operandOf(site, 0);
  // onnxruntime has no Relu on uint8, where it would change nothing.
  if (dtype !== "int32" && dtype !== "int8") {
    throw badOperands(site, `the operand is ${dtype}, expected int32 or int8`);
  }
  return monotone({ dtype, dims }, (x) => Math.max(x, 0));
};

export const clip: Operator = (site) => {
  requireAttributes(site, []);
  requireAtMost(site, 3);
  const { dtype, dims } = operandOf(site, 0);
  if (dtype === "int64") throw badOperands(site, "the operand is int64, expected int32 or 8 bits");
  const low = limit(site, 1, dtype) ?? RANGES[dtype][0];
  const high = limit(site, 2, dtype) ?? RANGES[dtype][1];
  if (low > high)
    throw badOperands(site, `the lower limit ${low} is above the upper limit ${high}`);
  return monotone({ dtype, dims }, (x) => Math.min(Math.max(x, low), high));
};

export const cast: Operator = (site) => {
  requireAttributes(site, ["to"]);
  requireAtMost(site, 1);
  const { dtype: from, dims } = operandOf(site, 0);
  const to = castTarget(site);
  if (from === "int64") throw badOperands(site, "the operand is int64, expected int32 or 8 bits");
  const bits = to === "int32" ? 32 : 8;
  const wrap = (x: number): number =>
    to === "uint8" ? x & 0xff : to === "int8" ? (x << 24) >> 24 : x;
  return {
    output: { dtype: to, dims },
    evaluate: (operand) => operand(0).map(wrap),
    bound: (operand) => {
      const { min, max } = operand(0);
      const wrappedMin = min.map(wrap);
      const wrappedMax = max.map(wrap);
      // Where the interval crosses a multiple of the modulus the result can be anything of its type.
      min.forEach((low, i) => {
        const high = max[i] as number;
        const isCrossing =
          high - low >= 2 ** bits || (wrappedMin[i] as number) > (wrappedMax[i] as number);
        if (isCrossing) [wrappedMin[i], wrappedMax[i]] = RANGES[to];
      });
      return { min: wrappedMin, max: wrappedMax };
    },
  };
};

/** A map that never decreases takes its extremes at the ends of the interval. */
function monotone(output: Kernel["output"], map: (x: number) => number): Kernel {
  return {
    output,
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

function castTarget(site: Site): "uint8" | "int8" | "int32" {
  const code = site.attributes.get("to") ?? 0;
  const name = dtypeName(code);
  if (name === "uint8" || name === "int8" || name === "int32") return name;
  throw new ModelError(
    "UNSUPPORTED_DTYPE",
    `${site.label}: casts to ${name}`,
    "Cast to uint8, int8 or int32.",
  );
}
