/**
 * Comparisons of two operands of one dtype: Equal, Less, LessOrEqual, Greater, GreaterOrEqual, to bool.
 * @module
 */
import { requireAttributes } from "./attributes.ts";
import { align } from "./broadcast.ts";
import type { Form } from "./form.ts";
import {
  badOperands,
  type Dtype,
  type Interval,
  type Kernel,
  type Operator,
  operandOfDtype,
  requireAtMost,
  type Site,
} from "./operator.ts";

type Relation = Extract<Form, { kind: "compare" }>["relation"];

const INTEGERS: readonly Dtype[] = ["uint8", "int8", "int32"];

export const equal: Operator = (site) => comparison(site, "equal", [...INTEGERS, "bool"]);
export const less: Operator = (site) => comparison(site, "less", INTEGERS);
export const lessOrEqual: Operator = (site) => comparison(site, "less-or-equal", INTEGERS);
export const greater: Operator = (site) => comparison(site, "greater", INTEGERS);
export const greaterOrEqual: Operator = (site) => comparison(site, "greater-or-equal", INTEGERS);

const HOLDS: Readonly<Record<Relation, (a: number, b: number) => boolean>> = {
  equal: (a, b) => a === b,
  less: (a, b) => a < b,
  "less-or-equal": (a, b) => a <= b,
  greater: (a, b) => a > b,
  "greater-or-equal": (a, b) => a >= b,
};

function comparison(site: Site, relation: Relation, dtypes: readonly Dtype[]): Kernel {
  requireAttributes(site, []);
  requireAtMost(site, 2);
  const a = operandOfDtype(site, 0, dtypes);
  const b = operandOfDtype(site, 1, dtypes);
  if (a.dtype !== b.dtype) {
    throw badOperands(site, `operands are ${a.dtype} and ${b.dtype}, expected one dtype`);
  }
  const { dims, indices } = align(site, [a.dims, b.dims]);
  const [left, right] = indices as [Int32Array, Int32Array];
  const holds = HOLDS[relation];
  const compare = (x: Int32Array, y: Int32Array): Int32Array =>
    left.map((index, i) => Number(holds(x[index] as number, y[right[i] as number] as number)));
  const bound = (x: Interval, y: Interval): Interval => {
    switch (relation) {
      // Surely less is less at the operands' worst; possibly, at their best.
      case "less":
      case "less-or-equal":
        return { min: compare(x.max, y.min), max: compare(x.min, y.max) };
      case "greater":
      case "greater-or-equal":
        return { min: compare(x.min, y.max), max: compare(x.max, y.min) };
      case "equal": {
        const min = new Int32Array(left.length);
        const max = new Int32Array(left.length);
        left.forEach((index, i) => {
          const [xLow, xHigh] = [x.min[index] as number, x.max[index] as number];
          const at = right[i] as number;
          const [yLow, yHigh] = [y.min[at] as number, y.max[at] as number];
          min[i] = Number(xLow === xHigh && yLow === yHigh && xLow === yLow);
          max[i] = Number(xLow <= yHigh && yLow <= xHigh);
        });
        return { min, max };
      }
    }
  };
  return {
    output: { dtype: "bool", dims },
    form: { kind: "compare", relation, left, right },
    evaluate: (operand) => compare(operand(0), operand(1)),
    bound: (operand) => bound(operand(0), operand(1)),
  };
}
