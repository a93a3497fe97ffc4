/**
 * How each operator on integers is written as operators of the integer graph. Values are int32, or bool.
 * @module
 */
import { ModelError } from "../error.ts";
import type { DraftNode } from "../float/draft.ts";
import { dtypeCode } from "../onnx/build.ts";
import type { GraphWriter, Written } from "./graph-writer.ts";
import { type Narrow, narrow } from "./narrow.ts";

export interface Site {
  readonly writer: GraphWriter;
  readonly node: DraftNode;
  /** What the node that gives the result is to be called. */
  readonly name: string;
  readonly inputs: readonly Written[];
}

export type Rule = (site: Site) => Written;

/** The same operator, its operands as they are. */
const same: Rule = ({ writer, node, name, inputs }) => writer.node(name, node.op, inputs);

/** The same operator with a list as a constant operand; over no axes it changes nothing. */
function withList(attribute: string): Rule {
  return ({ writer, node, name, inputs }) => {
    const list = integers(node, attribute);
    if (list.length === 0) return writer.node(name, "Identity", [first(inputs)]);
    return writer.node(name, node.op, [first(inputs), listOf(writer, list)]);
  };
}

/** The same operator with these attributes. */
function withAttributes(...names: readonly string[]): Rule {
  return ({ writer, node, name, inputs }) =>
    writer.node(
      name,
      node.op,
      inputs,
      Object.fromEntries(names.map((key) => [key, attribute(node, key)])),
    );
}

/** A constant has elements, so no shape is an empty list: a scalar is squeezed out of what has one element. */
const reshape: Rule = ({ writer, node, name, inputs }) => {
  const dims = integers(node, "dims");
  if (dims.length === 0) return writer.node(name, "Squeeze", [first(inputs)]);
  return writer.node(name, "Reshape", [first(inputs), listOf(writer, dims)]);
};

/** Over no axes nothing is reduced. */
const reduceExtreme: Rule = (site) => {
  const { writer, node, name, inputs } = site;
  if (integers(node, "axes").length === 0) return writer.node(name, "Identity", [first(inputs)]);
  return withAttributes("axes", "keepdims")(site);
};

const transpose: Rule = (site) => {
  const { writer, node, name, inputs } = site;
  if (integers(node, "perm").length === 0) return writer.node(name, "Identity", [first(inputs)]);
  return withAttributes("perm")(site);
};

const slice: Rule = ({ writer, node, name, inputs }) =>
  writer.node(name, "Slice", [
    first(inputs),
    ...["starts", "ends", "axes", "steps"].map((key) => listOf(writer, integers(node, key))),
  ]);

const pad: Rule = ({ writer, node, name, inputs }) => {
  const source = first(inputs);
  const pads = listOf(writer, integers(node, "pads"));
  const mode = String(node.attributes.get("mode") ?? "constant");
  const fill = writer.constant(source.dtype, [], [integer(node, "value", 0)]);
  const operands = mode === "constant" ? [source, pads, fill] : [source, pads];
  return writer.node(name, "Pad", operands, { mode });
};

const gather: Rule = ({ writer, node, name, inputs }) =>
  writer.node(name, node.op, inputs, { axis: integer(node, "axis", 0) });

const reduceSum: Rule = ({ writer, node, name, inputs }) => {
  const axes = integers(node, "axes");
  if (axes.length === 0) return writer.node(name, "Identity", [first(inputs)]);
  const keepdims = integer(node, "keepdims", 1);
  return writer.node(name, "ReduceSum", [first(inputs), listOf(writer, axes)], { keepdims });
};

/** ONNX has int64 positions; the integer graph goes on with int32. */
const argExtreme: Rule = ({ writer, node, name, inputs }) => {
  const position = writer.node(`${name}.position`, node.op, inputs, {
    axis: integer(node, "axis", 0),
    keepdims: integer(node, "keepdims", 1),
    select_last_index: integer(node, "select_last_index", 0),
  });
  return writer.node(name, "Cast", [position], { to: dtypeCode("int32") });
};

const mod: Rule = ({ writer, node, name, inputs }) =>
  writer.node(name, "Mod", inputs, { fmod: integer(node, "fmod", 0) });

const clip: Rule = ({ writer, node, name, inputs }) => {
  const source = first(inputs);
  const limit = (key: string): Written | undefined => {
    const value = node.attributes.get(key);
    if (typeof value !== "number" || !Number.isFinite(value)) return undefined;
    const inside = Math.min(Math.max(value, -(2 ** 31)), 2 ** 31 - 1);
    return writer.constant(source.dtype, [], [inside]);
  };
  const [low, high] = [limit("min"), limit("max")];
  if (low === undefined && high === undefined) return writer.node(name, "Identity", [source]);
  return writer.node(name, "Clip", high === undefined ? [source, low] : [source, low, high]);
};

const cast: Rule = ({ writer, node, name, inputs }) => {
  const source = first(inputs);
  const to = node.output.dtype === "bool" ? "bool" : "int32";
  if (source.dtype === to) return writer.node(name, "Identity", [source]);
  if (to === "bool") {
    const zero = writer.constant(source.dtype, [], [0]);
    return writer.node(name, "Not", [writer.node(`${name}.zero`, "Equal", [source, zero])]);
  }
  return writer.node(name, "Cast", [source], { to: dtypeCode(to) });
};

/** Functions of one element that integers have. */
const unary: Rule = ({ writer, node, name, inputs }) => {
  const op = String(node.attributes.get("function"));
  const source = first(inputs);
  if (op === "Abs" || op === "Sign") return writer.node(name, op, [source]);
  if (["Floor", "Ceil", "Round"].includes(op)) return writer.node(name, "Identity", [source]);
  throw unsupported(node, `${op} of integers is no integer`);
};

/** Of the windows of an 8-bit tensor: onnxruntime has no other MaxPool, so int32 is moved into one. */
const maxPool: Rule = ({ writer, node, name, inputs }) => {
  const { value, zero } = narrowed(writer, node, first(inputs));
  const pooled = writer.node(`${name}.pool`, "MaxPool", [value], {
    kernel_shape: integers(node, "kernel_shape"),
    strides: integers(node, "strides"),
    pads: integers(node, "pads"),
    dilations: integers(node, "dilations"),
  });
  return widened(writer, name, { value: pooled, zero });
};

const conv: Rule = ({ writer, node, name, inputs }) => {
  const [source, weights, bias] = inputs;
  if (source === undefined || weights?.values === undefined) {
    throw unsupported(node, "its weights are not constants");
  }
  const x = narrowed(writer, node, source);
  const w = narrowed(writer, node, weights);
  const zeros = [x, w].map(({ zero }) => writer.constant("uint8", [], [zero]));
  const attributes = {
    strides: integers(node, "strides"),
    pads: integers(node, "pads"),
    dilations: integers(node, "dilations"),
    group: integer(node, "group", 1),
  };
  const sumName = bias === undefined ? name : `${name}.sum`;
  const sum = writer.node(sumName, "ConvInteger", [x.value, w.value, ...zeros], attributes);
  if (bias?.values === undefined) return sum;
  const channels = [bias.values.length, ...sum.dims.slice(2).map(() => 1)];
  return writer.node(name, "Add", [sum, writer.constant("int32", channels, bias.values)]);
};

export const RULES: Readonly<Record<string, Rule | undefined>> = {
  Add: same,
  Sub: same,
  Mul: same,
  Neg: same,
  Div: same,
  Mod: mod,
  MatMul: same,
  Conv: conv,
  MaxPool: maxPool,
  Relu: same,
  Clip: clip,
  Unary: unary,
  Max: same,
  Min: same,
  ReduceSum: reduceSum,
  ReduceMax: reduceExtreme,
  ReduceMin: reduceExtreme,
  ArgMax: argExtreme,
  ArgMin: argExtreme,
  Equal: same,
  Less: same,
  LessOrEqual: same,
  Greater: same,
  GreaterOrEqual: same,
  And: same,
  Or: same,
  Xor: same,
  Not: same,
  Where: same,
  Cast: cast,
  Reshape: reshape,
  Transpose: transpose,
  Slice: slice,
  Concat: withAttributes("axis"),
  Gather: gather,
  GatherElements: gather,
  Pad: pad,
  Expand: withList("dims"),
  Tile: withList("repeats"),
};

function narrowed(writer: GraphWriter, node: DraftNode, value: Written): Narrow {
  const found = narrow(writer, value);
  if (found !== undefined) return found;
  throw unsupported(
    node,
    `${value.name} spans more than 256 integers around 0, and onnxruntime computes it on 8 bits only`,
  );
}

/** Back to int32, the zero point taken off. */
function widened(writer: GraphWriter, name: string, { value, zero }: Narrow): Written {
  const to = { to: dtypeCode("int32") };
  if (zero === 0) return writer.node(name, "Cast", [value], to);
  const wide = writer.node(`${name}.wide`, "Cast", [value], to);
  return writer.node(name, "Sub", [wide, writer.constant("int32", [], [zero])]);
}

function listOf(writer: GraphWriter, values: readonly number[]): Written {
  return writer.constant("int64", [values.length], values);
}

function first(inputs: readonly Written[]): Written {
  const [input] = inputs;
  if (input === undefined) throw new Error("a node of a read graph has inputs");
  return input;
}

function attribute(node: DraftNode, name: string): number | string | readonly number[] {
  const value = node.attributes.get(name);
  if (typeof value === "number" || typeof value === "string") return value;
  return integers(node, name);
}

function integer(node: DraftNode, name: string, byDefault: number): number {
  const value = node.attributes.get(name) ?? byDefault;
  if (typeof value === "number") return value;
  throw unsupported(node, `its attribute ${name} is not a number`);
}

function integers(node: DraftNode, name: string): readonly number[] {
  const value = node.attributes.get(name);
  if (Array.isArray(value) && value.every((one) => typeof one === "number")) {
    return value as readonly number[];
  }
  throw unsupported(node, `its attribute ${name} is not a list of numbers`);
}

function unsupported({ label }: DraftNode, reason: string): ModelError {
  return new ModelError(
    "UNSUPPORTED_OPERATOR",
    `${label}: ${reason}`,
    "docs/operators.md lists what can be proven on integers.",
  );
}
