/**
 * Cast. To a type that holds every value of the operand's it changes nothing; to a narrower one it keeps
 * the low bits (300 becomes uint8 44), as onnxruntime does, so graphs clip first. A truth value becomes
 * 0 or 1, and a uint8 becomes true unless it is 0.
 * @module
 */
import { ModelError } from "../error.ts";
import { dtypeName } from "../onnx/tensor.ts";
import { integerAttribute, requireAttributes } from "./attributes.ts";
import { renamed } from "./movement.ts";
import {
  type Dtype,
  type Kernel,
  type Operator,
  operandOf,
  RANGES,
  requireAtMost,
  type Site,
} from "./operator.ts";

export const cast: Operator = (site) => {
  requireAttributes(site, ["to"]);
  requireAtMost(site, 1);
  const { dtype: from, dims } = operandOf(site, 0);
  const to = targetOf(site, from);
  const [min, max] = RANGES[to];
  const output = { dtype: to, dims };
  // A position, the only int64 that is computed, is an int32 already.
  const isHeld = RANGES[from][0] >= min && RANGES[from][1] <= max;
  if (isHeld) return renamed(output);
  return to === "bool" ? truth(output) : narrowed(output, min, max);
};

function truth(output: Kernel["output"]): Kernel {
  const isNotZero = (values: Int32Array): Int32Array => values.map((x) => Math.min(x, 1));
  return {
    output,
    form: { kind: "sign" },
    evaluate: (operand) => isNotZero(operand(0)),
    bound: (operand) => ({ min: isNotZero(operand(0).min), max: isNotZero(operand(0).max) }),
  };
}

/** To the 8 bits of [min, max]. */
function narrowed(output: Kernel["output"], min: number, max: number): Kernel {
  const wrap = (x: number): number => (min < 0 ? (x << 24) >> 24 : x & 0xff);
  return {
    output,
    form: { kind: "wrap", min, max },
    evaluate: (operand) => operand(0).map(wrap),
    bound: (operand) => {
      const ends = operand(0);
      const least = ends.min.map(wrap);
      const greatest = ends.max.map(wrap);
      // Where the interval crosses a multiple of the modulus the result can be anything of its type.
      ends.min.forEach((low, i) => {
        const width = (ends.max[i] as number) - low;
        if (width <= max - min && (least[i] as number) <= (greatest[i] as number)) return;
        least[i] = min;
        greatest[i] = max;
      });
      return { min: least, max: greatest };
    },
  };
}

function targetOf(site: Site, from: Dtype): Dtype {
  const name = dtypeName(integerAttribute(site, "to", 0));
  switch (name) {
    case "uint8":
    case "int8":
    case "int32":
      if (from !== "int64" || name === "int32") return name;
      break;
    case "bool":
      if (from === "bool" || from === "uint8") return name;
      break;
  }
  throw new ModelError(
    "UNSUPPORTED_DTYPE",
    `${site.label}: casts ${from} to ${name}`,
    name === "bool"
      ? "Write what is not 0 as Not of Equal."
      : "Cast to uint8, int8 or int32, and a position to int32.",
  );
}
