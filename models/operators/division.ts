/**
 * Div and Mod of int32 by positive constants. Div truncates toward zero, as onnxruntime does (the ONNX
 * text leaves it open), so a graph that needs floor keeps its dividend non-negative.
 * @module
 */
import { ModelError } from "../error.ts";
import { flagAttribute, requireAttributes } from "./attributes.ts";
import { align } from "./broadcast.ts";
import {
  badOperands,
  type Interval,
  type Kernel,
  type Operator,
  operandOfDtype,
  requireAtMost,
  type Site,
} from "./operator.ts";

export const div: Operator = (site) => {
  requireAttributes(site, []);
  const { dims, at, divisors } = divisionOf(site);
  // Exact: the double nearest to a quotient of two int32 is on the same side of every integer.
  const divide = (x: Int32Array): Int32Array =>
    at.map((index, i) => (x[index] as number) / (divisors[i] as number));
  return {
    output: { dtype: "int32", dims },
    form: { kind: "quotient", at, divisors },
    evaluate: (operand) => divide(operand(0)),
    // By a positive number the quotient never decreases.
    bound: (operand): Interval => ({
      min: divide(operand(0).min),
      max: divide(operand(0).max),
    }),
  };
};

export const mod: Operator = (site) => {
  requireAttributes(site, ["fmod"]);
  const isDividendSigned = flagAttribute(site, "fmod", false);
  const { dims, at, divisors } = divisionOf(site);
  const remainder = isDividendSigned
    ? (x: number, d: number): number => x % d
    : (x: number, d: number): number => x - d * Math.floor(x / d);
  const bound = ({ min, max }: Interval): Interval => {
    const least = new Int32Array(at.length);
    const greatest = new Int32Array(at.length);
    at.forEach((index, i) => {
      const low = min[index] as number;
      const high = max[index] as number;
      const d = divisors[i] as number;
      // Between two multiples of the divisor the remainder grows by one with each integer.
      const isOneStretch = Math.floor(low / d) === Math.floor(high / d);
      if (!isDividendSigned || low >= 0) {
        least[i] = isOneStretch ? remainder(low, d) : 0;
        greatest[i] = isOneStretch ? remainder(high, d) : d - 1;
        return;
      }
      // Below zero it reaches from 1 - d to 0; a multiple of the divisor is the end of its stretch.
      const below = Math.min(high, 0);
      const isOneBelow = Math.ceil(low / d) === Math.ceil(below / d);
      least[i] = isOneBelow ? remainder(low, d) : 1 - d;
      greatest[i] = high >= 0 ? Math.min(high, d - 1) : isOneBelow ? remainder(high, d) : 0;
    });
    return { min: least, max: greatest };
  };
  return {
    output: { dtype: "int32", dims },
    form: { kind: "remainder", at, divisors, sign: isDividendSigned ? "dividend" : "divisor" },
    evaluate: (operand) => {
      const x = operand(0);
      return at.map((index, i) => remainder(x[index] as number, divisors[i] as number));
    },
    bound: (operand) => bound(operand(0)),
  };
};

/** For each element of the output, the index of the dividend and the divisor. */
function divisionOf(site: Site): {
  dims: Kernel["output"]["dims"];
  at: Int32Array;
  divisors: Int32Array;
} {
  requireAtMost(site, 2);
  const dividend = operandOfDtype(site, 0, ["int32"]);
  const divisor = operandOfDtype(site, 1, ["int32"]);
  const { values } = divisor;
  if (values === undefined) throw badOperands(site, "input 1 (the divisor) is not a constant");
  const bad = values.findIndex((value) => value < 1);
  if (values[bad] === 0) {
    throw new ModelError(
      "DIVISION_BY_ZERO",
      `${site.label}: divisor ${bad} is 0`,
      "Divide by a positive constant.",
    );
  }
  if (bad >= 0) {
    throw badOperands(site, `divisor ${bad} is ${values[bad]}, expected a positive constant`);
  }
  const { dims, indices } = align(site, [dividend.dims, divisor.dims]);
  const [at, by] = indices as [Int32Array, Int32Array];
  return { dims, at, divisors: by.map((index) => values[index] as number) };
}
