/**
 * Functions of one element, as a table: the element rounded to at most 8 bits is an index, and the entry
 * is the function's value in the output's scale. Sigmoid, Exp and the like are worked out here, in
 * doubles, and stored: the table in the graph is what the function is from then on, on every machine.
 * @module
 */
import type { FloatNode, FloatTensor } from "../float/float-graph.ts";
import { dtypeFor } from "./emit-form.ts";
import { runFloatNode } from "./float-step.ts";
import { type Grid, gridOf } from "./linear-form.ts";
import { type Quantiser, TABLE_BITS } from "./quantiser.ts";
import { nearest } from "./real.ts";
import type { Target } from "./round-form.ts";
import { inputOf, outputOf, type Rule } from "./rule.ts";
import { chooseTarget } from "./target.ts";
import type { Integers } from "./writer.ts";

/** An entry where the function has no finite value: the logarithm of 0, say. No sample comes there. */
const NO_VALUE = 0;

export const table: Rule = (quantiser, node) => {
  const image = imageOf(quantiser, node);
  const [x, value] = [inputOf(node, 0), outputOf(node)];
  const grid = tableInput(quantiser, x, image);
  const target = tableTarget(quantiser, value);
  const source = emitTable(quantiser, node.name, grid, target, image);
  quantiser.setGrid(value, { source, step: target.step });
};

/** Most functions are flat far out, and the error that counts is theirs: what is read may be clipped hard. */
const TABLE_PART = 0.1;

type Image = (values: Float64Array) => Float64Array;

/** Writes the entry, in the target's steps, that each integer stands for. */
export function emitTable(
  { writer }: Quantiser,
  name: string,
  { source, step }: Grid,
  target: Target,
  image: Image,
): Integers {
  const count = source.max - source.min + 1;
  const reals = image(Float64Array.from({ length: count }, (_, i) => step * (source.min + i)));
  const entries = reals.map((y) => {
    if (!Number.isFinite(y)) return NO_VALUE;
    return Math.min(Math.max(nearest(y / target.step), target.low), target.high);
  });
  const least = entries.reduce((a, b) => Math.min(a, b));
  const greatest = entries.reduce((a, b) => Math.max(a, b));
  let index = writer.cast(`${name}.wide`, source, "int32");
  if (source.min !== 0) {
    const first = writer.scalar(`${name}.first`, "int32", source.min);
    index = writer.node(`${name}.index`, "Sub", [index.name, first]);
  }
  const dtype = dtypeFor(least, greatest);
  const stored = writer.constant(`${name}.table`, dtype, [count], entries);
  return writer.node(`${name}.entry`, "Gather", [stored, index.name], { axis: 0 });
}

/** The element in at most 8 bits, in the step that serves the function best; as it is, where it is bytes already. */
function tableInput(quantiser: Quantiser, x: string, image: Image): Grid {
  const known = gridOf(quantiser.form(x));
  if (known !== undefined && known.source.dtype !== "int32") return known;
  const reals = quantiser.calibration.real(x);
  const finite = (values: Float64Array): Float64Array =>
    image(values).map((y) => (Number.isFinite(y) ? y : NO_VALUE));
  return quantiser.roundForm(
    quantiser.form(x),
    chooseTarget(reals, TABLE_BITS, TABLE_PART, finite),
  );
}

/** An answer has as many levels as a table can give. */
function tableTarget(quantiser: Quantiser, value: string): Target {
  if (!quantiser.isAnswer(value)) return quantiser.target(value);
  return chooseTarget(quantiser.calibration.real(value), TABLE_BITS, 1);
}

/** The node's function, parameters bound, of as many elements as are given. */
function imageOf(quantiser: Quantiser, node: FloatNode): Image {
  const { dtype } = quantiser.typeOf(inputOf(node, 0));
  const result = quantiser.typeOf(outputOf(node));
  return (values) => {
    const dims = [values.length];
    const operand: FloatTensor = { dtype, dims, values };
    return runFloatNode(node, [operand], { dtype: result.dtype, dims });
  };
}
