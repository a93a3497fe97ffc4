/**
 * Truth values. A comparison is of the difference of its operands with 0, taken of accumulators, so that
 * nothing is rounded but weights; where one operand is a constant and the other an integer tensor the
 * constant becomes the integer threshold that decides alike for every integer.
 * @module
 */
import type { FloatNode, FloatOp } from "../float/float-graph.ts";
import { soleTerm } from "./linear-form.ts";
import { sumOf } from "./linear-rules.ts";
import { inOneScale } from "./pool-rules.ts";
import type { Quantiser } from "./quantiser.ts";
import { scalarOf } from "./real.ts";
import { inputOf, outputOf, type Rule, unsupported, wordOf } from "./rule.ts";
import { table } from "./table-rules.ts";
import type { Integers } from "./writer.ts";

/** The relation that holds between -a and -b where this one holds between a and b. */
const MIRRORED: Readonly<Partial<Record<FloatOp, FloatOp>>> = {
  Equal: "Equal",
  Less: "Greater",
  LessOrEqual: "GreaterOrEqual",
  Greater: "Less",
  GreaterOrEqual: "LessOrEqual",
};

export const comparison: Rule = (quantiser, node) => {
  const { writer } = quantiser;
  const value = outputOf(node);
  const [a, b] = [inputOf(node, 0), inputOf(node, 1)];
  if (quantiser.isTruth(a) || quantiser.isTruth(b)) {
    quantiser.setTruth(value, sameTruth(quantiser, node, a, b));
    return;
  }
  const difference = sumOf(quantiser, node, -1);
  const term = soleTerm(difference);
  const factor = term === undefined ? undefined : scalarOf(term.factor);
  if (term === undefined || factor === undefined || factor === 0) {
    const { source } = quantiser.accumulatorsOf(difference);
    const wide = writer.cast(`${node.name}.wide`, source, "int32");
    const zero = writer.scalar(`${node.name}.zero`, "int32", 0);
    quantiser.setTruth(value, writer.node(`${node.name}.holds`, node.op, [wide.name, zero]));
    return;
  }
  // factor · q + bias ~ 0 is q ~ -bias / factor, turned round where the factor is negative.
  const op = factor > 0 ? node.op : (MIRRORED[node.op] as FloatOp);
  const { bias } = difference;
  const thresholds = bias.values.map((x) => threshold(-x / factor, op, term.source));
  const wide = writer.cast(`${node.name}.wide`, term.source, "int32");
  const constant = writer.constant(`${node.name}.threshold`, "int32", bias.dims, thresholds);
  quantiser.setTruth(value, writer.node(`${node.name}.holds`, op, [wide.name, constant]));
};

/** The integer T with q ~ T exactly where q ~ t, for every integer q of the tensor. */
export function threshold(t: number, op: FloatOp, { min, max }: Integers): number {
  // What is an integer but for the rounding of a division is that integer.
  const whole = Math.floor(t + 0.5);
  const exact = Math.abs(t - whole) <= 1e-9 * Math.max(1, Math.abs(t)) ? whole : t;
  if (op === "Equal") return Number.isInteger(exact) ? clamp(exact, min - 1, max + 1) : min - 1;
  const isFloor = op === "LessOrEqual" || op === "Greater";
  return clamp(isFloor ? Math.floor(exact) : Math.ceil(exact), min - 1, max + 1);
}

function clamp(x: number, low: number, high: number): number {
  return Math.min(Math.max(x, low), high);
}

/** Equal of truth values. */
function sameTruth(quantiser: Quantiser, node: FloatNode, a: string, b: string): Integers {
  const { writer } = quantiser;
  if (node.op !== "Equal" || !quantiser.isTruth(a) || !quantiser.isTruth(b)) {
    throw unsupported(node, "it orders truth values", "Compare numbers.");
  }
  const differ = writer.node(`${node.name}.differ`, "Xor", [
    quantiser.truth(a).name,
    quantiser.truth(b).name,
  ]);
  return writer.node(`${node.name}.holds`, "Not", [differ.name]);
}

/** And, Or, Xor and Not. */
export const connective: Rule = (quantiser, node) => {
  const operands = node.inputs.map((input) => {
    const constant = quantiser.constant(input);
    return constant === undefined
      ? quantiser.truth(input).name
      : quantiser.writer.constant(`${node.name}.constant`, "bool", constant.dims, constant.values);
  });
  quantiser.setTruth(
    outputOf(node),
    quantiser.writer.node(`${node.name}.holds`, node.op, operands),
  );
};

export const where: Rule = (quantiser, node) => {
  const { writer } = quantiser;
  const [condition, yes, no] = [inputOf(node, 0), inputOf(node, 1), inputOf(node, 2)];
  if (quantiser.typeOf(yes).dtype === "bool") {
    throw unsupported(node, "it chooses between truth values", "Write it with And, Or and Not.");
  }
  const { sources, step } = inOneScale(quantiser, node, [yes, no]);
  const branches = sources.every(({ dtype }) => dtype === "uint8")
    ? sources
    : sources.map((source) => writer.cast(`${node.name}.wide`, source, "int32"));
  const constant = quantiser.constant(condition);
  const truth =
    constant === undefined
      ? quantiser.truth(condition).name
      : writer.constant(`${node.name}.condition`, "bool", constant.dims, constant.values);
  const chosen = writer.node(`${node.name}.chosen`, "Where", [
    truth,
    ...branches.map(({ name }) => name),
  ]);
  quantiser.setGrid(outputOf(node), { source: chosen, step });
};

/** Truth values are 0 and 1 as numbers, and a number is true unless it is 0. */
export const cast: Rule = (quantiser, node) => {
  const { writer } = quantiser;
  const [x, value] = [inputOf(node, 0), outputOf(node)];
  const to = wordOf(node, "to");
  if (quantiser.isTruth(x)) {
    if (to === "bool") quantiser.setTruth(value, quantiser.truth(x));
    else {
      const source = writer.cast(`${node.name}.number`, quantiser.truth(x), "uint8");
      quantiser.setGrid(value, { source, step: 1 });
    }
    return;
  }
  if (to !== "bool") return table(quantiser, node);
  const { source } = quantiser.accumulatorsOf(quantiser.form(x));
  const wide = writer.cast(`${node.name}.wide`, source, "int32");
  const zero = writer.scalar(`${node.name}.zero`, "int32", 0);
  const isZero = writer.node(`${node.name}.is_zero`, "Equal", [wide.name, zero]);
  quantiser.setTruth(value, writer.node(`${node.name}.holds`, "Not", [isZero.name]));
};
