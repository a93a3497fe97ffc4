/**
 * Every operator of a graph while it is read. The float graph's vocabulary is a part of it: the others are folded,
 * rewritten or refused before a graph leaves the reader.
 * @module
 */
import { treeEnsemble } from "../trees.ts";
import { conv } from "./convolution.ts";
import * as elementwise from "./elementwise.ts";
import { matmul } from "./matmul.ts";
import * as moves from "./moves.ts";
import type { Operator } from "./operator.ts";
import { averagePool, maxPool } from "./pools.ts";
import * as reductions from "./reductions.ts";
import * as unary from "./unary.ts";

/** Only between reading and the last pass: folded when constant, dropped when last, else refused. */
export type TransientOp = "BinaryPow" | "ReduceProd" | "LogSoftmax" | "Normalizer" | "Logistic";

const FLOAT_OPERATORS: Readonly<Record<string, Operator>> = {
  Conv: conv,
  MatMul: matmul,
  Add: elementwise.add,
  Sub: elementwise.sub,
  Mul: elementwise.mul,
  Div: elementwise.div,
  Mod: elementwise.mod,
  Max: elementwise.max,
  Min: elementwise.min,
  PRelu: elementwise.prelu,
  Equal: elementwise.equal,
  Less: elementwise.less,
  LessOrEqual: elementwise.lessOrEqual,
  Greater: elementwise.greater,
  GreaterOrEqual: elementwise.greaterOrEqual,
  And: elementwise.and,
  Or: elementwise.or,
  Xor: elementwise.xor,
  Where: elementwise.where,
  Neg: unary.neg,
  Relu: unary.relu,
  Clip: unary.clip,
  Not: unary.not,
  Cast: unary.cast,
  Unary: unary.unaryFunction,
  Reshape: moves.reshape,
  Transpose: moves.transpose,
  Slice: moves.slice,
  Concat: moves.concat,
  Gather: moves.gather,
  GatherElements: moves.gatherElements,
  Pad: moves.pad,
  Expand: moves.expand,
  Tile: moves.tile,
  AveragePool: averagePool,
  MaxPool: maxPool,
  ReduceSum: reductions.reduceSum,
  ReduceMean: reductions.reduceMean,
  ReduceMax: reductions.reduceMax,
  ReduceMin: reductions.reduceMin,
  ArgMax: reductions.argMax,
  ArgMin: reductions.argMin,
  Softmax: reductions.softmax,
  TreeEnsemble: treeEnsemble,
};

const TRANSIENT_OPERATORS: Readonly<Record<TransientOp, Operator>> = {
  BinaryPow: elementwise.pow,
  ReduceProd: reductions.reduceProd,
  LogSoftmax: reductions.logSoftmax,
  Normalizer: reductions.normalizer,
  Logistic: unary.logistic,
};

export const OPERATORS: ReadonlyMap<string, Operator> = new Map([
  ...Object.entries(FLOAT_OPERATORS),
  ...Object.entries(TRANSIENT_OPERATORS),
]);

export function isFloatOp(op: string): boolean {
  return Object.hasOwn(FLOAT_OPERATORS, op);
}
