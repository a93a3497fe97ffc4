/**
 * Softmax inside of a network: e^(x - greatest) by a table, their sum, its reciprocal by a table, and the
 * products. The greatest is taken off first, so that the table's input is never positive.
 * @module
 */
import { gridForm, sum, timesConstant } from "./linear-form.ts";
import { TABLE_BITS } from "./quantiser.ts";
import { scalar } from "./real.ts";
import { inputOf, numberOf, outputOf, type Rule, unsupported } from "./rule.ts";
import { emitTable } from "./table-rules.ts";

/** e^-8 is below half of the last of eight bits: what is so far below the greatest counts as nothing. */
const FARTHEST = 8;

/** Of the exponentials: 1 is 255 steps. */
const EXPONENTIALS = { step: 1 / 255, low: 0, high: 255 };

export const softmax: Rule = (quantiser, node) => {
  const { writer } = quantiser;
  const [x, value] = [inputOf(node, 0), outputOf(node)];
  const { dims } = quantiser.typeOf(x);
  const stated = numberOf(node, "axis");
  const axis = stated < 0 ? stated + dims.length : stated;
  const length = dims[axis] as number;
  // The greatest is found among bytes; what is taken off is off by no more than their rounding.
  const grid = quantiser.grid(x);
  const greatest = writer.node(`${node.name}.greatest`, "ReduceMax", [grid.source.name], {
    axes: [axis],
    keepdims: 1,
  });
  const negated = timesConstant(x, gridForm(x, { source: greatest, step: grid.step }), scalar(-1));
  const below = negated && sum(x, gridForm(x, grid), negated);
  if (below === undefined) throw unsupported(node, "its axis does not fit", "Check its shape.");
  const levels = 2 ** TABLE_BITS - 1;
  const depth = quantiser.roundForm(below, {
    step: Math.max(FARTHEST / levels, grid.step),
    low: -levels,
    high: 0,
  });
  const exponentials = emitTable(quantiser, `${node.name}.exp`, depth, EXPONENTIALS, (y) =>
    y.map(Math.exp),
  );
  const wide = writer.cast(`${node.name}.wide`, exponentials, "int32");
  const total = writer.node(
    `${node.name}.total`,
    "ReduceSum",
    [wide.name, writer.list(`${node.name}.axes`, [axis])],
    { keepdims: 1 },
  );
  // The greatest alone counts 255, so the total stands for 1 to length, in steps of length / 255.
  const inverted = quantiser.roundForm(gridForm(value, { source: total, step: 1 / levels }), {
    step: length / levels,
    low: 1,
    high: levels,
  });
  const inverse = emitTable(quantiser, `${node.name}.inverse`, inverted, EXPONENTIALS, (y) =>
    y.map((total) => 1 / total),
  );
  const factor = writer.cast(`${node.name}.factor`, inverse, "int32");
  const product = writer.node(`${node.name}.product`, "Mul", [wide.name, factor.name]);
  quantiser.setGrid(value, { source: product, step: EXPONENTIALS.step * EXPONENTIALS.step });
};
