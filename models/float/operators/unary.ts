/**
 * Operators of one operand, element by element. Parameters are attributes by their ONNX names, none by default.
 * ONNX operator schemas; Erf by Cody, "Rational Chebyshev approximations for the error function", 1969, in the form of
 * its series and continued fraction, to 1e-12.
 * @module
 */

import type { UnaryFunction } from "../float-graph.ts";
import { dtypeOf, isFloat, isInteger, narrow, type OnnxDtype } from "../value.ts";
import {
  badAttribute,
  badShape,
  countOf,
  integerOf,
  numberOf,
  type Operator,
  type OperatorSite,
  operand,
  textOf,
} from "./operator.ts";

type Scalar = (x: number) => number;

function unary(site: OperatorSite, compute: Scalar, dtype: OnnxDtype = operand(site, 0).dtype) {
  const { dims } = operand(site, 0);
  return {
    dtype,
    dims,
    work: countOf(dims),
    run: ([x]: readonly Float64Array[]) => (x ?? new Float64Array(0)).map(compute),
  };
}

export const relu: Operator = (site) => unary(site, (x) => (x > 0 ? x : 0));
export const neg: Operator = (site) => unary(site, (x) => -x);

export const clip: Operator = (site) => {
  const [min, max] = [numberOf(site, "min"), numberOf(site, "max")];
  return unary(site, (x) => Math.min(Math.max(x, min), max));
};

export const not: Operator = (site) => {
  if (operand(site, 0).dtype !== "bool") throw badShape(site.label, "its operand is not bool");
  return unary(site, (x) => 1 - x);
};

/** Attribute `to`: the number by which ONNX names the dtype. Floats become integers toward zero. */
export const cast: Operator = (site) => {
  const from = operand(site, 0).dtype;
  const to = dtypeOf(integerOf(site, "to"), site.label);
  if (from === "string" || to === "string") throw badShape(site.label, "strings are not converted");
  const compute: Scalar =
    to === "bool"
      ? (x) => (x === 0 ? 0 : 1)
      : isInteger(to) && isFloat(from)
        ? Math.trunc
        : (x) => x;
  const { run, ...rest } = unary(site, compute, to);
  return { ...rest, run: (values) => narrow(to, run(values)) };
};

/** A function of UnaryFunction, its parameters bound. */
export const unaryFunction: Operator = (site) => {
  const name = textOf(site, "function");
  const make = (
    FUNCTIONS as Readonly<Record<string, ((site: OperatorSite) => Scalar) | undefined>>
  )[name];
  if (make === undefined || !Object.hasOwn(FUNCTIONS, name)) {
    throw badAttribute(site.label, "function", "the name of a function", name);
  }
  return unary(site, make(site));
};

const plain = (compute: Scalar) => () => compute;
const sigmoid: Scalar = (x) => 1 / (1 + Math.exp(-x));
const softplus: Scalar = (x) => (x > 30 ? x : Math.log1p(Math.exp(x)));
const expm1: Scalar = Math.expm1;

const FUNCTIONS: Readonly<Record<UnaryFunction, (site: OperatorSite) => Scalar>> = {
  LeakyRelu: (site) => {
    const alpha = numberOf(site, "alpha");
    return (x) => (x < 0 ? alpha * x : x);
  },
  Sigmoid: plain(sigmoid),
  Tanh: plain(Math.tanh),
  HardSigmoid: (site) => {
    const [alpha, beta] = [numberOf(site, "alpha"), numberOf(site, "beta")];
    return (x) => Math.min(Math.max(alpha * x + beta, 0), 1);
  },
  HardSwish: plain((x) => x * Math.min(Math.max(x / 6 + 0.5, 0), 1)),
  Swish: (site) => {
    const alpha = numberOf(site, "alpha");
    return (x) => x * sigmoid(alpha * x);
  },
  Elu: (site) => {
    const alpha = numberOf(site, "alpha");
    return (x) => (x < 0 ? alpha * expm1(x) : x);
  },
  Selu: (site) => {
    const [alpha, gamma] = [numberOf(site, "alpha"), numberOf(site, "gamma")];
    return (x) => gamma * (x > 0 ? x : alpha * expm1(x));
  },
  Celu: (site) => {
    const alpha = numberOf(site, "alpha");
    return (x) => Math.max(0, x) + Math.min(0, alpha * expm1(x / alpha));
  },
  Softplus: plain(softplus),
  Softsign: plain((x) => x / (1 + Math.abs(x))),
  Mish: plain((x) => x * Math.tanh(softplus(x))),
  Exp: plain(Math.exp),
  Log: plain(Math.log),
  Sqrt: plain(Math.sqrt),
  Reciprocal: plain((x) => 1 / x),
  Pow: (site) => {
    const exponent = numberOf(site, "exponent");
    return (x) => x ** exponent;
  },
  Gelu: (site) =>
    textOf(site, "approximate") === "tanh"
      ? (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))
      : (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
  Erf: plain(erf),
  Abs: plain(Math.abs),
  Sign: plain(Math.sign),
  Floor: plain(Math.floor),
  Ceil: plain(Math.ceil),
  Round: plain(roundHalfToEven),
  Sin: plain(Math.sin),
  Cos: plain(Math.cos),
  ThresholdedRelu: (site) => {
    const alpha = numberOf(site, "alpha");
    return (x) => (x > alpha ? x : 0);
  },
};

function roundHalfToEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest < 0.5) return floor;
  return rest > 0.5 || floor % 2 !== 0 ? floor + 1 : floor;
}

/** The sigmoid that turns the scores of a classifier into probabilities, which may be dropped; see tails.ts. */
export const logistic: Operator = (site) => unary(site, sigmoid);

/** Below 2.5 the Maclaurin series, which loses no more than 1e-13 there; above, Laplace's continued fraction. */
function erf(x: number): number {
  const size = Math.abs(x);
  if (size > 6) return Math.sign(x);
  if (size < 2.5) {
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = size;
  for (let n = 60; n >= 1; n--) fraction = size + n / 2 / fraction;
  return Math.sign(x) * (1 - Math.exp(-size * size) / (Math.sqrt(Math.PI) * fraction));
}
