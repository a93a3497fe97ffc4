/**
 * What is linear: convolutions and matrices with constant weights take the scale and the offset of what
 * they read into their weights and bias; sums and products with constants change a form and write
 * nothing. Two operands that both depend on the input are multiplied as integers, and their product
 * has the product of their steps.
 * @module
 */
import type { FloatNode, FloatTensor } from "../float/float-graph.ts";
import { runFloatNode } from "./float-step.ts";
import {
  heavyTerms,
  type LinearForm,
  plusConstant,
  soleTerm,
  sum,
  timesConstant,
} from "./linear-form.ts";
import type { Quantiser } from "./quantiser.ts";
import { along, collapse, combine, expand, type Real, scalar, variesOnlyAlong } from "./real.ts";
import { inputOf, listOf, numberOf, outputOf, type Rule, unsupported } from "./rule.ts";
import type { Integers } from "./writer.ts";

/** Integers of 16 bits and no more may meet int32 weights: 2^15 of their products with 8-bit weights fit int32. */
const MAX_WIDE = 2 ** 16;

/** x as integers · factor + bias, the factor varying only along `axis`. */
interface Affine {
  readonly source: Integers;
  readonly factor: Float64Array;
  readonly bias: Real;
}

/** Reads a value as what a layer can take into its weights; rounds it to bytes where it is anything else. */
function affine(
  quantiser: Quantiser,
  value: string,
  axis: number,
  reads: (source: Integers) => boolean,
): Affine {
  const form = quantiser.form(value);
  const term = soleTerm(form);
  const { dims } = quantiser.typeOf(value);
  if (term !== undefined && reads(term.source) && variesOnlyAlong(term.factor, axis, dims.length)) {
    return { source: term.source, factor: along(term.factor, axis, dims), bias: form.bias };
  }
  const { source, step } = quantiser.grid(value);
  return { source, factor: new Float64Array(dims[axis] as number).fill(step), bias: scalar(0) };
}

export const conv: Rule = (quantiser, node) => {
  const [x, w, b] = [inputOf(node, 0), inputOf(node, 1), node.inputs[2] ?? ""];
  const weights = constantOf(quantiser, node, w, "weights");
  const bias = b === "" ? undefined : constantOf(quantiser, node, b, "bias");
  const { source, factor, bias: offset } = affine(quantiser, x, 1, isBytes);
  const [channels, depth] = weights.dims as [number, number];
  const group = numberOf(node, "group");
  const inner = weights.values.length / (channels * depth);
  const scaled = weights.values.map((weight, i) => {
    const channel = Math.floor(i / (inner * depth));
    const first = Math.floor(channel / (channels / group)) * depth;
    return weight * (factor[first + (Math.floor(i / inner) % depth)] as number);
  });
  const { dims } = quantiser.typeOf(outputOf(node));
  const form: LinearForm = {
    value: outputOf(node),
    dims,
    terms: [
      {
        kind: "conv",
        node,
        source,
        weights: { dims: weights.dims, values: scaled },
        window: {
          strides: listOf(node, "strides"),
          pads: listOf(node, "pads"),
          dilations: listOf(node, "dilations"),
          group,
        },
      },
    ],
    bias: through(quantiser, node, offset, x, weights, "right"),
  };
  const perChannel = { dims: [channels, ...dims.slice(2).map(() => 1)], values: bias?.values };
  const biased =
    perChannel.values === undefined
      ? form
      : plusConstant(form.value, form, { dims: perChannel.dims, values: perChannel.values });
  quantiser.set(biased ?? form);
};

export const matmul: Rule = (quantiser, node) => {
  const [a, b] = [inputOf(node, 0), inputOf(node, 1)];
  const right = quantiser.constant(b);
  const left = quantiser.constant(a);
  if (right === undefined && left === undefined) return matmulOfTwo(quantiser, node);
  const [weights, x, side] =
    right === undefined ? ([left as Real, b, "left"] as const) : ([right, a, "right"] as const);
  const rank = quantiser.typeOf(x).dims.length;
  if (weights.dims.length !== 2 || rank < 2) {
    throw unsupported(
      node,
      `constant weights [${weights.dims}] and an operand of rank ${rank}`,
      "Use weights of two dimensions and inputs of two or more.",
    );
  }
  const axis = side === "right" ? rank - 1 : rank - 2;
  const { source, factor, bias } = affine(quantiser, x, axis, isNarrow);
  const columns = weights.dims[1] as number;
  const scaled = weights.values.map((weight, i) => {
    const k = side === "right" ? Math.floor(i / columns) : i % columns;
    return weight * (factor[k] as number);
  });
  quantiser.set({
    value: outputOf(node),
    dims: quantiser.typeOf(outputOf(node)).dims,
    terms: [
      { kind: "matmul", node, source, side, weights: { dims: weights.dims, values: scaled } },
    ],
    bias: through(quantiser, node, bias, x, weights, side),
  });
};

/** What an offset of the operand becomes behind the layer: the layer of it, borders and all. */
function through(
  quantiser: Quantiser,
  node: FloatNode,
  offset: Real,
  x: string,
  weights: Real,
  side: "left" | "right",
): Real {
  if (offset.values.every((value) => value === 0)) return scalar(0);
  const { dims } = quantiser.typeOf(x);
  const operand: FloatTensor = { dtype: "float", dims, values: expand(offset, dims) };
  const layer: FloatTensor = { dtype: "float", ...weights };
  const result = quantiser.typeOf(outputOf(node));
  const operands = side === "right" ? [operand, layer] : [layer, operand];
  return collapse({ dims: result.dims, values: runFloatNode(node, operands, result) });
}

/** The product of two tensors that depend on the input, bytes of one sign where that can be. */
function matmulOfTwo(quantiser: Quantiser, node: FloatNode): void {
  const { writer } = quantiser;
  const [a, b] = [quantiser.grid(inputOf(node, 0)), quantiser.grid(inputOf(node, 1))];
  const [left, right] = sameType(quantiser, node, [a.source, b.source]) as [Integers, Integers];
  const zeros = (): string => writer.scalar(`${node.name}.zero`, left.dtype, 0);
  const product =
    left.dtype === "int32"
      ? writer.node(`${node.name}.product`, "MatMul", [left.name, right.name])
      : writer.node(`${node.name}.product`, "MatMulInteger", [
          left.name,
          right.name,
          zeros(),
          zeros(),
        ]);
  quantiser.setGrid(outputOf(node), { source: product, step: a.step * b.step });
}

/** Bytes of one sign, or int32 where some hold what others cannot. */
export function sameType(
  { writer }: Quantiser,
  { name }: FloatNode,
  tensors: readonly Integers[],
): readonly Integers[] {
  const dtypes = new Set(tensors.map(({ dtype }) => dtype));
  if (dtypes.size === 1) return tensors;
  const fits = tensors.every(({ min, max }) => min >= -128 && max <= 127);
  return tensors.map((tensor) => writer.cast(`${name}.cast`, tensor, fits ? "int8" : "int32"));
}

export const add: Rule = (quantiser, node) => {
  quantiser.set(sumOf(quantiser, node, 1));
};

export const sub: Rule = (quantiser, node) => {
  quantiser.set(sumOf(quantiser, node, -1));
};

/** The form of operand 0 + sign · operand 1; what does not add is rounded first. */
export function sumOf(quantiser: Quantiser, node: FloatNode, sign: 1 | -1): LinearForm {
  const [a, b] = [inputOf(node, 0), inputOf(node, 1)];
  const value = outputOf(node);
  const attempt = (): LinearForm | undefined => {
    const second = timesConstant(b, quantiser.form(b), scalar(sign));
    return second === undefined ? undefined : sum(value, quantiser.form(a), second);
  };
  const made = attempt();
  if (made !== undefined) return made;
  for (const operand of [b, a]) {
    if (heavyTerms(quantiser.form(operand)).length === 0) continue;
    quantiser.whole(operand);
    const again = attempt();
    if (again !== undefined) return again;
  }
  throw unsupported(node, "its operands cannot be added", "Check their shapes.");
}

export const neg: Rule = (quantiser, node) => {
  quantiser.set(times(quantiser, node, inputOf(node, 0), scalar(-1)));
};

export const mul: Rule = (quantiser, node) => {
  const [a, b] = [inputOf(node, 0), inputOf(node, 1)];
  const [left, right] = [quantiser.constant(a), quantiser.constant(b)];
  if (right !== undefined) quantiser.set(times(quantiser, node, a, right));
  else if (left !== undefined) quantiser.set(times(quantiser, node, b, left));
  else multiply(quantiser, node, a, b);
};

export function times(quantiser: Quantiser, node: FloatNode, value: string, by: Real): LinearForm {
  const made = timesConstant(outputOf(node), quantiser.form(value), by);
  if (made !== undefined) return made;
  quantiser.grid(value);
  const again = timesConstant(outputOf(node), quantiser.form(value), by);
  if (again !== undefined) return again;
  throw unsupported(node, "its operands cannot be multiplied", "Check their shapes.");
}

/** Element by element, of two values that depend on the input. */
export function multiply(quantiser: Quantiser, node: FloatNode, a: string, b: string): void {
  const { writer } = quantiser;
  const [left, right] = [quantiser.grid(a), quantiser.grid(b)];
  const wide = [left, right].map(({ source }) => writer.cast(`${node.name}.wide`, source, "int32"));
  const product = writer.node(
    `${node.name}.product`,
    "Mul",
    wide.map(({ name }) => name),
  );
  quantiser.setGrid(outputOf(node), { source: product, step: left.step * right.step });
}

function constantOf(quantiser: Quantiser, node: FloatNode, value: string, what: string): Real {
  const constant = quantiser.constant(value);
  if (constant !== undefined) return constant;
  throw unsupported(
    node,
    `its ${what} depend on the input`,
    "Only convolutions with constant weights can be proven; export the model with them fixed.",
  );
}

function isBytes({ dtype }: Integers): boolean {
  return dtype !== "int32";
}

function isNarrow({ dtype, min, max }: Integers): boolean {
  return dtype !== "int32" || (min >= -MAX_WIDE && max <= MAX_WIDE);
}

/** x · 1/divisor for a constant divisor. */
export const div: Rule = (quantiser, node) => {
  const divisor = quantiser.constant(inputOf(node, 1));
  const inverse =
    divisor === undefined ? undefined : combine(scalar(1), divisor, (one, x) => one / x);
  if (inverse === undefined || inverse.values.some((x) => !Number.isFinite(x))) {
    throw unsupported(
      node,
      "its divisor depends on the input, or is 0",
      "Divide by constants, or multiply by a Reciprocal.",
    );
  }
  quantiser.set(times(quantiser, node, inputOf(node, 0), inverse));
};
