/**
 * The rules of the quantiser, by the operators of the float graph.
 * @module
 */
import type { FloatNode, FloatOp } from "../float/float-graph.ts";
import { absolute, clip, leakyRelu, prelu, relu, sign } from "./clamp-rules.ts";
import { add, conv, div, matmul, mul, neg, sub } from "./linear-rules.ts";
import { cast, comparison, connective, where } from "./logic-rules.ts";
import { concat, expandTo, gather, pad, reshape, slice, tile, transpose } from "./move-rules.ts";
import {
  argExtreme,
  averagePool,
  extreme,
  maxPool,
  reduceExtreme,
  reduceMean,
  reduceSum,
} from "./pool-rules.ts";
import type { Quantiser } from "./quantiser.ts";
import { type Rule, unsupported, wordOf } from "./rule.ts";
import { softmax } from "./softmax-rule.ts";
import { table } from "./table-rules.ts";
import { treeEnsemble } from "./tree-rule.ts";

/** Every function of one element but these is a table. */
const FUNCTIONS: Readonly<Record<string, Rule>> = {
  Abs: absolute,
  LeakyRelu: leakyRelu,
  Sign: sign,
};

const unary: Rule = (quantiser, node) =>
  (FUNCTIONS[wordOf(node, "function")] ?? table)(quantiser, node);

const mod: Rule = (_, node) => {
  throw unsupported(
    node,
    "a remainder of real numbers jumps where rounding moves it",
    "Compute it outside of the network.",
  );
};

const RULES: Readonly<Record<FloatOp, Rule>> = {
  Conv: conv,
  MatMul: matmul,
  Add: add,
  Sub: sub,
  Mul: mul,
  Neg: neg,
  Div: div,
  Mod: mod,
  AveragePool: averagePool,
  ReduceSum: reduceSum,
  ReduceMean: reduceMean,
  Reshape: reshape,
  Transpose: transpose,
  Slice: slice,
  Concat: concat,
  Gather: gather,
  GatherElements: gather,
  Pad: pad,
  Expand: expandTo,
  Tile: tile,
  Relu: relu,
  Clip: clip,
  PRelu: prelu,
  Unary: unary,
  MaxPool: maxPool,
  ReduceMax: reduceExtreme,
  ReduceMin: reduceExtreme,
  Max: extreme,
  Min: extreme,
  ArgMax: argExtreme,
  ArgMin: argExtreme,
  Equal: comparison,
  Less: comparison,
  LessOrEqual: comparison,
  Greater: comparison,
  GreaterOrEqual: comparison,
  And: connective,
  Or: connective,
  Xor: connective,
  Not: connective,
  Where: where,
  Cast: cast,
  TreeEnsemble: treeEnsemble,
  Softmax: softmax,
};

/** Says what the node's output becomes. */
export function applyRule(quantiser: Quantiser, node: FloatNode): void {
  RULES[node.op](quantiser, node);
}
