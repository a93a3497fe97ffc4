/**
 * Functions of one element, as a table: the element rounded to at most 8 bits is an index, and the entry
 * is the function's value in the output's scale. Sigmoid, Exp and the like are worked out here, in
 * doubles, and stored: the table in the graph is what the function is from then on, on every machine.
 * @module
 */
import type { FloatNode, FloatTensor } from "../float/float-graph.ts";
import { dtypeFor } from "./emit-form.ts";
import { runFloatNode } from "./float-step.ts";
import { gridOf } from "./linear-form.ts";
import { type Quantiser, TABLE_BITS } from "./quantiser.ts";
import { nearest } from "./real.ts";
import { inputOf, outputOf, type Rule } from "./rule.ts";
import { chooseTarget } from "./target.ts";

/** An entry where the function has no finite value: the logarithm of 0, say. No sample comes there. */
const NO_VALUE = 0;

export const table: Rule = (quantiser, node) => {
  const image = imageOf(quantiser, node);
  const [x, value] = [inputOf(node, 0), outputOf(node)];
  writeTable(quantiser, node, { x, value, image });
};

export interface TableSite {
  readonly x: string;
  readonly value: string;
  readonly image: (values: Float64Array) => Float64Array;
}

/** @param image the function, of each element */
export function writeTable(
  quantiser: Quantiser,
  node: FloatNode,
  { x, value, image }: TableSite,
): void {
  const { writer } = quantiser;
  const { source, step } = tableInput(quantiser, x, image);
  const count = source.max - source.min + 1;
  const reals = image(Float64Array.from({ length: count }, (_, i) => step * (source.min + i)));
  const target = tableTarget(quantiser, value);
  const entries = reals.map((y) => {
    if (!Number.isFinite(y)) return NO_VALUE;
    return Math.min(Math.max(nearest(y / target.step), target.low), target.high);
  });
  const least = entries.reduce((a, b) => Math.min(a, b));
  const greatest = entries.reduce((a, b) => Math.max(a, b));

  let index = writer.cast(`${node.name}.wide`, source, "int32");
  if (source.min !== 0) {
    const first = writer.scalar(`${node.name}.first`, "int32", source.min);
    index = writer.node(`${node.name}.index`, "Sub", [index.name, first]);
  }
  const stored = writer.constant(
    `${node.name}.table`,
    dtypeFor(least, greatest),
    [count],
    entries,
  );
  const looked = writer.node(`${node.name}.entry`, "Gather", [stored, index.name], { axis: 0 });
  quantiser.setGrid(value, { source: looked, step: target.step });
}

/** The element in at most 8 bits, in the step that serves the function best; as it is, where it is bytes already. */
function tableInput(quantiser: Quantiser, x: string, image: TableSite["image"]) {
  const known = gridOf(quantiser.form(x));
  if (known !== undefined && known.source.dtype !== "int32") return known;
  const reals = quantiser.calibration.real(x);
  const finite = (values: Float64Array): Float64Array =>
    image(values).map((y) => (Number.isFinite(y) ? y : NO_VALUE));
  return quantiser.roundForm(quantiser.form(x), chooseTarget(reals, TABLE_BITS, finite));
}

function tableTarget(quantiser: Quantiser, value: string) {
  if (!quantiser.isAnswer(value)) return quantiser.target(value);
  return chooseTarget(quantiser.calibration.real(value), TABLE_BITS);
}

/** The node's function, parameters bound, of as many elements as are given. */
function imageOf(quantiser: Quantiser, node: FloatNode): TableSite["image"] {
  const { dtype } = quantiser.typeOf(inputOf(node, 0));
  const result = quantiser.typeOf(outputOf(node));
  return (values) => {
    const dims = [values.length];
    const operand: FloatTensor = { dtype, dims, values };
    return runFloatNode(node, [operand], { dtype: result.dtype, dims });
  };
}
