/**
 * Relu and Clip are bounds of a rounding and cost nothing of their own. PRelu and LeakyRelu are sums of x
 * and relu(x): slope · x + (1 - slope) · relu(x). |x| and sign(x) are taken of the rounded integers.
 * @module
 */
import type { FloatNode } from "../float/float-graph.ts";
import { dtypeFor, emitClipped } from "./emit-form.ts";
import { gridForm, gridOf, type LinearForm, sum, timesConstant } from "./linear-form.ts";
import type { Quantiser } from "./quantiser.ts";
import { combine, nearest, type Real, scalar } from "./real.ts";
import { inputOf, numberOf, outputOf, type Rule, unsupported } from "./rule.ts";

export const relu: Rule = (quantiser, node) => clamp(quantiser, node, 0, Number.POSITIVE_INFINITY);

export const clip: Rule = (quantiser, node) =>
  clamp(quantiser, node, numberOf(node, "min"), numberOf(node, "max"));

function clamp(quantiser: Quantiser, node: FloatNode, min: number, max: number): void {
  const value = outputOf(node);
  const form = quantiser.form(inputOf(node, 0));
  // An answer is clipped as it is computed, without being rounded.
  const known = quantiser.isAnswer(value) ? quantiser.accumulatorsOf(form) : gridOf(form);
  if (known !== undefined) {
    const { source, step } = known;
    const low = Math.max(nearest(min / step), source.min);
    const high = Math.max(low, Math.min(nearest(max / step), source.max));
    const clipped = emitClipped(quantiser.writer, source, node.name, { low, high });
    quantiser.setGrid(value, { source: clipped, step });
    return;
  }
  const { step, low, high } = quantiser.target(value);
  const target = {
    step,
    low: Math.max(nearest(min / step), low),
    high: Math.min(nearest(max / step), high),
  };
  quantiser.setGrid(value, quantiser.roundForm(form, target));
}

export const prelu: Rule = (quantiser, node) => {
  const slope = quantiser.constant(inputOf(node, 1));
  if (slope === undefined) {
    throw unsupported(node, "its slope depends on the input", "Export the slope as a constant.");
  }
  leaky(quantiser, node, slope);
};

export const leakyRelu: Rule = (quantiser, node) =>
  leaky(quantiser, node, scalar(numberOf(node, "alpha")));

function leaky(quantiser: Quantiser, node: FloatNode, slope: Real): void {
  const x = inputOf(node, 0);
  const value = outputOf(node);
  const { source, step } = quantiser.grid(x);
  const positive = emitClipped(quantiser.writer, source, node.name, {
    low: 0,
    high: Math.max(source.max, 0),
  });
  const rest = combine(scalar(1), slope, (one, s) => one - s);
  const parts: readonly (LinearForm | undefined)[] = [
    timesConstant(value, gridForm(x, { source, step }), slope),
    rest && timesConstant(value, gridForm(value, { source: positive, step }), rest),
  ];
  const [whole, upper] = parts;
  const form = whole && upper && sum(value, whole, upper);
  if (form === undefined) throw unsupported(node, "its slope does not fit", "Check its shape.");
  quantiser.set(form);
}

export const absolute: Rule = (quantiser, node) => {
  const { writer } = quantiser;
  const { source, step } = quantiser.grid(inputOf(node, 0));
  const wide = writer.cast(`${node.name}.wide`, source, "int32");
  const magnitude = writer.node(`${node.name}.magnitude`, "Abs", [wide.name]);
  const narrow = writer.cast(
    `${node.name}.rounded`,
    magnitude,
    dtypeFor(magnitude.min, magnitude.max),
  );
  quantiser.setGrid(outputOf(node), { source: narrow, step });
};

/** Of the accumulators, where there are any: rounding first would make zeros of small numbers. */
export const sign: Rule = (quantiser, node) => {
  const { writer } = quantiser;
  const { source } = quantiser.accumulatorsOf(quantiser.form(inputOf(node, 0)));
  const wide = writer.cast(`${node.name}.wide`, source, "int32");
  const signs = writer.node(`${node.name}.sign`, "Sign", [wide.name]);
  const narrow = writer.cast(`${node.name}.rounded`, signs, dtypeFor(signs.min, signs.max));
  quantiser.setGrid(outputOf(node), { source: narrow, step: 1 });
};
