/**
 * What is made of truth values: And, Or and Xor of two, and Where, which chooses by one.
 * @module
 */
import { requireAttributes } from "./attributes.ts";
import { align } from "./broadcast.ts";
import type { Form } from "./form.ts";
import {
  badOperands,
  type Interval,
  type Kernel,
  type Operator,
  operandOfDtype,
  requireAtMost,
  type Site,
} from "./operator.ts";

type Connective = Extract<Form, { kind: "logic" }>["connective"];

export const and: Operator = (site) => connect(site, "and");
export const or: Operator = (site) => connect(site, "or");
export const xor: Operator = (site) => connect(site, "xor");

function connect(site: Site, connective: Connective): Kernel {
  requireAttributes(site, []);
  requireAtMost(site, 2);
  const a = operandOfDtype(site, 0, ["bool"]);
  const b = operandOfDtype(site, 1, ["bool"]);
  const { dims, indices } = align(site, [a.dims, b.dims]);
  const [left, right] = indices as [Int32Array, Int32Array];
  const join = (x: Int32Array, y: Int32Array): Int32Array =>
    left.map((index, i) => {
      const p = x[index] as number;
      const q = y[right[i] as number] as number;
      return connective === "and" ? p & q : connective === "or" ? p | q : p ^ q;
    });
  const bound = (x: Interval, y: Interval): Interval => {
    if (connective !== "xor") return { min: join(x.min, y.min), max: join(x.max, y.max) };
    // What is open on either side is open: Xor grows with neither.
    const ends = [join(x.min, y.min), join(x.max, y.max), join(x.min, y.max), join(x.max, y.min)];
    const over = (pick: (...bits: number[]) => number): Int32Array =>
      left.map((_, i) => pick(...ends.map((end) => end[i] as number)));
    return { min: over(Math.min), max: over(Math.max) };
  };
  return {
    output: { dtype: "bool", dims },
    form: { kind: "logic", connective, left, right },
    evaluate: (operand) => join(operand(0), operand(1)),
    bound: (operand) => bound(operand(0), operand(1)),
  };
}

export const where: Operator = (site) => {
  requireAttributes(site, []);
  requireAtMost(site, 3);
  const truth = operandOfDtype(site, 0, ["bool"]);
  const a = operandOfDtype(site, 1, ["uint8", "int32"]);
  const b = operandOfDtype(site, 2, ["uint8", "int32"]);
  const { dtype } = a;
  if (b.dtype !== dtype) {
    throw badOperands(site, `it chooses between ${dtype} and ${b.dtype}, expected one dtype`);
  }
  const { dims, indices } = align(site, [truth.dims, a.dims, b.dims]);
  const [condition, yes, no] = indices as [Int32Array, Int32Array, Int32Array];
  const bound = (chosen: Interval, x: Interval, y: Interval): Interval => {
    const min = new Int32Array(condition.length);
    const max = new Int32Array(condition.length);
    condition.forEach((index, i) => {
      const isNeverYes = chosen.max[index] === 0;
      const isNeverNo = chosen.min[index] === 1;
      const at = yes[i] as number;
      const otherwise = no[i] as number;
      min[i] = Math.min(
        isNeverYes ? Infinity : (x.min[at] as number),
        isNeverNo ? Infinity : (y.min[otherwise] as number),
      );
      max[i] = Math.max(
        isNeverYes ? -Infinity : (x.max[at] as number),
        isNeverNo ? -Infinity : (y.max[otherwise] as number),
      );
    });
    return { min, max };
  };
  return {
    output: { dtype, dims },
    form: { kind: "select", condition, yes, no },
    evaluate: (operand) => {
      const chosen = operand(0);
      const x = operand(1);
      const y = operand(2);
      return condition.map((index, i) =>
        chosen[index] === 1 ? (x[yes[i] as number] as number) : (y[no[i] as number] as number),
      );
    },
    bound: (operand) => bound(operand(0), operand(1), operand(2)),
  };
};
