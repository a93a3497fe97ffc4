/**
 * Operators of two or three operands, element by element, with broadcasting: arithmetic, comparisons, truth values.
 * ONNX operator schemas. Integers divide toward zero; Mod takes the sign of the divisor, with fmod of the dividend.
 * @module
 */
import type { OnnxDtype } from "../value.ts";
import { isFloat } from "../value.ts";
import {
  badShape,
  broadcastDims,
  broadcastIndex,
  commonDtype,
  countOf,
  integerOf,
  type Operator,
  once,
  operand,
} from "./operator.ts";

type Binary = (a: number, b: number) => number;

function binary(
  kind: "arithmetic" | "relation" | "truth",
  choose: (dtype: OnnxDtype, attribute: (name: string) => number) => Binary,
): Operator {
  return (site) => {
    const [left, right] = [operand(site, 0), operand(site, 1)];
    const dtype = commonDtype(site);
    if (kind === "truth" ? dtype !== "bool" : dtype === "string") {
      throw badShape(site.label, `operands are ${dtype}`);
    }
    if (kind === "arithmetic" && dtype === "bool") throw badShape(site.label, "operands are bool");
    const compute = choose(dtype, (name) => integerOf(site, name));
    const dims = broadcastDims(site.label, left.dims, right.dims);
    const count = countOf(dims);
    const index = once(() => [broadcastIndex(left.dims, dims), broadcastIndex(right.dims, dims)]);
    return {
      dtype: kind === "arithmetic" ? dtype : "bool",
      dims,
      work: count,
      run: ([a, b]) => {
        const out = new Float64Array(count);
        if (a === undefined || b === undefined) return out;
        const [ia, ib] = index();
        for (let i = 0; i < count; i++) {
          const x = a[ia === undefined ? i : (ia[i] as number)] as number;
          out[i] = compute(x, b[ib === undefined ? i : (ib[i] as number)] as number);
        }
        return out;
      },
    };
  };
}

const always = (compute: Binary) => () => compute;
const relation = (holds: (a: number, b: number) => boolean): Operator =>
  binary(
    "relation",
    always((a, b) => (holds(a, b) ? 1 : 0)),
  );
const truth = (holds: (a: number, b: number) => boolean): Operator =>
  binary(
    "truth",
    always((a, b) => (holds(a, b) ? 1 : 0)),
  );

export const add: Operator = binary(
  "arithmetic",
  always((a, b) => a + b),
);
export const sub: Operator = binary(
  "arithmetic",
  always((a, b) => a - b),
);
export const mul: Operator = binary(
  "arithmetic",
  always((a, b) => a * b),
);
export const max: Operator = binary("arithmetic", always(Math.max));
export const min: Operator = binary("arithmetic", always(Math.min));
export const pow: Operator = binary(
  "arithmetic",
  always((a, b) => a ** b),
);

export const div: Operator = binary("arithmetic", (dtype) =>
  isFloat(dtype) ? (a, b) => a / b : (a, b) => Math.trunc(a / b),
);

export const mod: Operator = binary("arithmetic", (_, attribute) =>
  attribute("fmod") === 1 ? (a, b) => a % b : (a, b) => a - b * Math.floor(a / b),
);

export const equal: Operator = relation((a, b) => a === b);
export const less: Operator = relation((a, b) => a < b);
export const lessOrEqual: Operator = relation((a, b) => a <= b);
export const greater: Operator = relation((a, b) => a > b);
export const greaterOrEqual: Operator = relation((a, b) => a >= b);
export const and: Operator = truth((a, b) => a + b === 2);
export const or: Operator = truth((a, b) => a + b > 0);
export const xor: Operator = truth((a, b) => a !== b);

export const prelu: Operator = (site) => {
  const [x, slope] = [operand(site, 0), operand(site, 1)];
  const dtype = commonDtype(site);
  // PRelu broadcasts one way only: the slope to x.
  const dims = broadcastDims(site.label, x.dims, slope.dims);
  if (countOf(dims) !== countOf(x.dims) || dims.length !== x.dims.length) {
    throw badShape(site.label, "its slope does not fit the shape of x");
  }
  const count = countOf(dims);
  const index = once(() => broadcastIndex(slope.dims, dims));
  return {
    dtype,
    dims,
    work: count,
    run: ([values, slopes]) => {
      const out = new Float64Array(count);
      const at = index();
      for (let i = 0; i < count; i++) {
        const value = values?.[i] as number;
        const k = at === undefined ? i : (at[i] as number);
        out[i] = value < 0 ? value * (slopes?.[k] as number) : value;
      }
      return out;
    },
  };
};

export const where: Operator = (site) => {
  const [condition, yes, no] = [operand(site, 0), operand(site, 1), operand(site, 2)];
  const dtype = commonDtype(site, 1);
  if (condition.dtype !== "bool")
    throw badShape(site.label, "its condition is not of truth values");
  const dims = broadcastDims(
    site.label,
    broadcastDims(site.label, condition.dims, yes.dims),
    no.dims,
  );
  const count = countOf(dims);
  const index = once(() => [condition, yes, no].map((part) => broadcastIndex(part.dims, dims)));
  return {
    dtype,
    dims,
    work: count,
    run: ([c, a, b]) => {
      const [ic, ia, ib] = index();
      return Float64Array.from({ length: count }, (_, i) => {
        const holds = c?.[ic === undefined ? i : (ic[i] as number)] === 1;
        const [from, at] = holds ? [a, ia] : [b, ib];
        return from?.[at === undefined ? i : (at[i] as number)] as number;
      });
    },
  };
};
