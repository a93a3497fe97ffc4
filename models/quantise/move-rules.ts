/**
 * Movements pass integers through unchanged. A scale or an offset that differs between elements moves
 * with them. Constants that take part are rounded in the scale of where they go.
 * @module
 */
import type { FloatNode, FloatTensor } from "../float/float-graph.ts";
import type { BuildAttribute } from "../onnx/build.ts";
import { runFloatNode } from "./float-step.ts";
import { type LinearForm, type ScaledTerm, soleTerm } from "./linear-form.ts";
import { sameType } from "./linear-rules.ts";
import type { Quantiser } from "./quantiser.ts";
import { collapse, expand, nearest, type Real, scalarOf } from "./real.ts";
import { inputOf, listOf, numberOf, outputOf, type Rule, unsupported, wordOf } from "./rule.ts";
import type { Integers } from "./writer.ts";

/** How a movement is written: its operands after the first, and its attributes. */
type Writing = (
  quantiser: Quantiser,
  node: FloatNode,
  source: Integers,
) => {
  readonly operands?: readonly string[];
  readonly attributes?: Readonly<Record<string, BuildAttribute>>;
};

/** Ends of a Slice may be the greatest int64; every place of a graph is below 2^31. */
const LAST = 2 ** 31 - 1;

function movement(write: Writing): Rule {
  return (quantiser, node) => {
    const [x, value] = [inputOf(node, 0), outputOf(node)];
    const moved = (source: Integers): Integers => {
      const { operands = [], attributes = {} } = write(quantiser, node, source);
      return quantiser.writer.node(
        `${node.name}.moved`,
        node.op,
        [source.name, ...operands],
        attributes,
      );
    };
    if (quantiser.isTruth(x)) {
      quantiser.setTruth(value, moved(quantiser.truth(x)));
      return;
    }
    const { term, bias } = soleOf(quantiser, x);
    const source = moved(term.source);
    quantiser.set({
      value,
      dims: source.dims,
      terms: [{ ...term, source, factor: movedReal(quantiser, node, x, term.factor) }],
      bias: movedReal(quantiser, node, x, bias),
    });
  };
}

/** The value as one scaled tensor and an offset; rounded where it is more. */
function soleOf(
  quantiser: Quantiser,
  value: string,
): { readonly term: ScaledTerm; readonly bias: Real } {
  const form = quantiser.form(value);
  const term = soleTerm(form);
  if (term !== undefined) return { term, bias: form.bias };
  quantiser.whole(value);
  const rounded = quantiser.form(value);
  return { term: soleTerm(rounded) as ScaledTerm, bias: rounded.bias };
}

/** What is one number stays it; what differs between elements moves with them. */
function movedReal(quantiser: Quantiser, node: FloatNode, x: string, real: Real): Real {
  if (scalarOf(real) !== undefined) return real;
  const { dims } = quantiser.typeOf(x);
  const operand: FloatTensor = { dtype: "float", dims, values: expand(real, dims) };
  const others = node.inputs.slice(1).map((input): FloatTensor => {
    const constant = quantiser.graph.constants.get(input);
    if (constant === undefined) throw new Error(`${node.label} reads a constant`);
    return constant;
  });
  const result = quantiser.typeOf(outputOf(node));
  return collapse({ dims: result.dims, values: runFloatNode(node, [operand, ...others], result) });
}

export const reshape: Rule = movement(({ writer }, node) => ({
  operands: [writer.list(`${node.name}.shape`, listOf(node, "dims"))],
}));

export const transpose: Rule = movement((_, node) => ({
  attributes: { perm: listOf(node, "perm") },
}));

export const slice: Rule = movement(({ writer }, node) => ({
  operands: ["starts", "ends", "axes", "steps"].map((name) =>
    writer.list(
      `${node.name}.${name}`,
      listOf(node, name).map((at) => Math.min(Math.max(at, -LAST), LAST)),
    ),
  ),
}));

export const gather: Rule = (quantiser, node) => {
  const indices = quantiser.graph.constants.get(inputOf(node, 1));
  if (indices === undefined) {
    throw unsupported(
      node,
      "its indices depend on the input",
      "Gather by constant indices, or select by a Where.",
    );
  }
  movement(({ writer }) => ({
    operands: [writer.constant(`${node.name}.indices`, "int64", indices.dims, indices.values)],
    attributes: { axis: numberOf(node, "axis") },
  }))(quantiser, node);
};

export const expandTo: Rule = movement(({ writer }, node) => ({
  operands: [writer.list(`${node.name}.shape`, listOf(node, "dims"))],
}));

export const tile: Rule = movement(({ writer }, node) => ({
  operands: [writer.list(`${node.name}.repeats`, listOf(node, "repeats"))],
}));

export const pad: Rule = (quantiser, node) => {
  const x = inputOf(node, 0);
  const mode = wordOf(node, "mode");
  const value = mode === "constant" ? numberOf(node, "value") : 0;
  // A fill is a number of the tensor's own scale, so the tensor has to have one.
  const isPlain = quantiser.isTruth(x) || mode !== "constant";
  const { step } = isPlain ? { step: 1 } : quantiser.anyGrid(x);
  movement(({ writer }, _, { dtype }) => {
    const range = { uint8: [0, 255], int8: [-128, 127] } as Partial<Record<string, number[]>>;
    const [low = -LAST, high = LAST] = range[dtype] ?? [];
    const fill = Math.min(Math.max(nearest(value / step), low), high);
    const pads = writer.list(`${node.name}.pads`, listOf(node, "pads"));
    return mode === "constant"
      ? { operands: [pads, writer.scalar(`${node.name}.fill`, dtype, fill)], attributes: { mode } }
      : { operands: [pads], attributes: { mode } };
  })(quantiser, node);
};

/**
 * Tensors side by side, each with its own scale. Those that still have to be rounded are rounded to the
 * scale of the whole.
 */
export const concat: Rule = (quantiser, node) => {
  const value = outputOf(node);
  const attributes = { axis: numberOf(node, "axis") };
  const join = (parts: readonly Integers[]): Integers =>
    quantiser.writer.node(
      `${node.name}.joined`,
      "Concat",
      parts.map(({ name }) => name),
      attributes,
    );
  if (node.inputs.some((input) => quantiser.isTruth(input))) {
    quantiser.setTruth(value, join(node.inputs.map((input) => quantiser.truth(input))));
    return;
  }
  const parts = node.inputs.map((input) => {
    const form = quantiser.form(input);
    const term = soleTerm(form);
    if (term !== undefined) return { term, bias: form.bias };
    if (form.terms.length > 0) return soleOf(quantiser, input);
    const { source, step } = quantiser.roundForm(form, quantiser.target(value));
    return {
      term: { kind: "scaled", source, factor: { dims: [], values: Float64Array.of(step) } },
      bias: { dims: [], values: Float64Array.of(0) },
    } as const;
  });
  const sources = sameType(
    quantiser,
    node,
    parts.map(({ term }) => term.source),
  );
  const source = join(sources);
  const joined = (reals: readonly Real[]): Real => {
    const [first] = reals;
    const one = first && scalarOf(first);
    if (first !== undefined && one !== undefined && reals.every((real) => scalarOf(real) === one)) {
      return first;
    }
    const operands = reals.map((real, i): FloatTensor => {
      const { dims } = quantiser.typeOf(inputOf(node, i));
      return { dtype: "float", dims, values: expand(real, dims) };
    });
    const result = quantiser.typeOf(value);
    return collapse({ dims: result.dims, values: runFloatNode(node, operands, result) });
  };
  const form: LinearForm = {
    value,
    dims: source.dims,
    terms: [{ kind: "scaled", source, factor: joined(parts.map(({ term }) => term.factor)) }],
    bias: joined(parts.map(({ bias }) => bias)),
  };
  quantiser.set(form);
};
