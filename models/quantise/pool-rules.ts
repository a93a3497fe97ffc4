/**
 * Of several elements: the greatest, of rounded integers; sums and means, exact as integers and scaled
 * afterwards; positions of the greatest, of accumulators where there are any.
 * @module
 */
import type { FloatNode, FloatTensor } from "../float/float-graph.ts";
import { dtypeCode } from "../onnx/build.ts";
import { elementCount } from "../onnx/tensor.ts";
import { dtypeFor } from "./emit-form.ts";
import { runFloatNode } from "./float-step.ts";
import { type Grid, gridForm, gridOf, timesConstant } from "./linear-form.ts";
import { sameType } from "./linear-rules.ts";
import type { Quantiser } from "./quantiser.ts";
import { collapse, nearest, type Real } from "./real.ts";
import { inputOf, listOf, numberOf, outputOf, type Rule, unsupported } from "./rule.ts";
import type { Integers } from "./writer.ts";

export const maxPool: Rule = (quantiser, node) => {
  const { source, step } = quantiser.grid(inputOf(node, 0));
  const pooled = quantiser.writer.node(`${node.name}.greatest`, "MaxPool", [source.name], {
    dilations: listOf(node, "dilations"),
    kernel_shape: listOf(node, "kernel_shape"),
    pads: listOf(node, "pads"),
    strides: listOf(node, "strides"),
  });
  quantiser.setGrid(outputOf(node), { source: pooled, step });
};

/** The sum over each window, as a convolution of ones, times the share of one element. */
export const averagePool: Rule = (quantiser, node) => {
  const { writer } = quantiser;
  const { source, step } = quantiser.grid(inputOf(node, 0));
  const channels = source.dims[1] as number;
  const kernel = listOf(node, "kernel_shape");
  const window = {
    dilations: listOf(node, "dilations"),
    group: channels,
    pads: listOf(node, "pads"),
    strides: listOf(node, "strides"),
  };
  const weightZero = source.dtype === "uint8" ? 128 : 0;
  const dims = [channels, 1, ...kernel];
  const ones = new Int32Array(elementCount(dims)).fill(1 + weightZero);
  const sums = writer.node(
    `${node.name}.sums`,
    "ConvInteger",
    [
      source.name,
      writer.constant(`${node.name}.ones`, source.dtype, dims, ones),
      writer.scalar(`${node.name}.input_zero`, source.dtype, 0),
      writer.scalar(`${node.name}.ones_zero`, source.dtype, weightZero),
    ],
    { ...window, kernel_shape: kernel },
  );
  const value = outputOf(node);
  const shares = sharesOf(quantiser, node, kernel, window);
  const form = timesConstant(value, gridForm(value, { source: sums, step }), shares);
  if (form === undefined) throw unsupported(node, "its windows do not fit", "Check its shape.");
  quantiser.set(form);
};

/** What one element counts in the mean of each window: padding may count, or not, or end the last window early. */
function sharesOf(
  quantiser: Quantiser,
  node: FloatNode,
  kernel: readonly number[],
  window: { readonly dilations: readonly number[] } & Record<"pads" | "strides", readonly number[]>,
): Real {
  const { dims } = quantiser.typeOf(inputOf(node, 0));
  const result = quantiser.typeOf(outputOf(node));
  const one = (shape: readonly number[]): FloatTensor => ({
    dtype: "float",
    dims: shape,
    values: new Float64Array(elementCount(shape)).fill(1),
  });
  const plane = { dtype: "float", dims: [1, 1, ...result.dims.slice(2)] } as const;
  const ones = one([1, 1, ...dims.slice(2)]);
  const means = runFloatNode(node, [ones], plane);
  const attributes = new Map(Object.entries({ ...window, group: 1 }));
  const counts = runFloatNode(
    { op: "Conv", inputs: [], outputs: [], attributes },
    [ones, one([1, 1, ...kernel])],
    plane,
  );
  const values = means.map((mean, i) =>
    (counts[i] as number) > 0 ? mean / (counts[i] as number) : 0,
  );
  return collapse({ dims: plane.dims, values });
}

export const reduceSum: Rule = (quantiser, node) => reduce(quantiser, node, 1);

export const reduceMean: Rule = (quantiser, node) => {
  const from = elementCount(quantiser.typeOf(inputOf(node, 0)).dims);
  const to = elementCount(quantiser.typeOf(outputOf(node)).dims);
  reduce(quantiser, node, from / to);
};

function reduce(quantiser: Quantiser, node: FloatNode, divisor: number): void {
  const { writer } = quantiser;
  const { source, step } = quantiser.anyGrid(inputOf(node, 0));
  const wide = writer.cast(`${node.name}.wide`, source, "int32");
  const sums = writer.node(
    `${node.name}.sums`,
    "ReduceSum",
    [wide.name, writer.list(`${node.name}.axes`, listOf(node, "axes"))],
    { keepdims: numberOf(node, "keepdims") },
  );
  quantiser.setGrid(outputOf(node), { source: sums, step: step / divisor });
}

export const reduceExtreme: Rule = (quantiser, node) => {
  const { source, step } = quantiser.grid(inputOf(node, 0));
  const extreme = quantiser.writer.node(`${node.name}.extreme`, node.op, [source.name], {
    axes: listOf(node, "axes"),
    keepdims: numberOf(node, "keepdims"),
  });
  quantiser.setGrid(outputOf(node), { source: extreme, step });
};

/** Max and Min of operands in one scale. */
export const extreme: Rule = (quantiser, node) => {
  const { sources, step } = inOneScale(quantiser, node, node.inputs);
  const of = sameType(quantiser, node, sources);
  const found = quantiser.writer.node(
    `${node.name}.extreme`,
    node.op,
    of.map(({ name }) => name),
  );
  const narrow = quantiser.writer.cast(
    `${node.name}.rounded`,
    found,
    dtypeFor(found.min, found.max),
  );
  quantiser.setGrid(outputOf(node), { source: narrow, step });
};

/** Operands in the scale of the node's output, or in the scale that they have in common already. */
export function inOneScale(
  quantiser: Quantiser,
  node: FloatNode,
  operands: readonly string[],
): { readonly sources: readonly Integers[]; readonly step: number } {
  const variable = operands.filter((operand) => quantiser.constant(operand) === undefined);
  const common = commonStep(quantiser, variable);
  const target = quantiser.target(outputOf(node));
  // A step grows where weights need it to; then all have to follow the one that grew most.
  let step = common ?? target.step;
  for (let again = common === undefined && variable.length > 0; again; ) {
    const steps = variable.map((operand) => quantiser.round(operand, { ...target, step }).step);
    const greatest = steps.reduce((a, b) => Math.max(a, b));
    again = steps.some((each) => each !== greatest);
    step = greatest;
  }
  const sources = operands.map((operand) => {
    const constant = quantiser.constant(operand);
    if (constant !== undefined) return constantIn(quantiser, node, constant, step);
    return (gridOf(quantiser.form(operand)) as Grid).source;
  });
  return { sources, step };
}

function commonStep(quantiser: Quantiser, values: readonly string[]): number | undefined {
  const [first, ...others] = values.map((value) => gridOf(quantiser.form(value))?.step);
  return others.every((step) => step === first) ? first : undefined;
}

/** A constant in steps, as bytes if it fits. */
function constantIn({ writer }: Quantiser, node: FloatNode, { dims, values }: Real, step: number) {
  const limit = 2 ** 24;
  const integers = values.map((x) => Math.min(Math.max(nearest(x / step), -limit), limit));
  const least = integers.reduce((a, b) => Math.min(a, b), 0);
  const greatest = integers.reduce((a, b) => Math.max(a, b), 0);
  const name = writer.constant(`${node.name}.constant`, dtypeFor(least, greatest), dims, integers);
  return writer.integers(name);
}

/** The position of the greatest, as int32. */
export const argExtreme: Rule = (quantiser, node) => {
  const { writer } = quantiser;
  const { source } = quantiser.accumulatorsOf(quantiser.form(inputOf(node, 0)));
  const position = writer.node(`${node.name}.position`, node.op, [source.name], {
    axis: numberOf(node, "axis"),
    keepdims: numberOf(node, "keepdims"),
    select_last_index: numberOf(node, "select_last_index"),
  });
  const narrow = writer.node(`${node.name}.narrow`, "Cast", [position.name], {
    to: dtypeCode("int32"),
  });
  quantiser.setGrid(outputOf(node), { source: narrow, step: 1 });
};
