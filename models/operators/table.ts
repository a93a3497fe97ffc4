/**
 * The operators an integer graph may use, by their ONNX name. Each computes the same integers in
 * every opset from 14 to 21 and on every CPU; one that does not cannot be listed here.
 * @module
 */
import { argMax, argMin } from "./arg-extremes.ts";
import { cast } from "./cast.ts";
import { equal, greater, greaterOrEqual, less, lessOrEqual } from "./comparison.ts";
import { convInteger } from "./convolution.ts";
import { div, mod } from "./division.ts";
import { add, mul, sub } from "./elementwise.ts";
import { max, maxPool, min, reduceMax, reduceMin } from "./extremes.ts";
import { gather, gatherElements } from "./gather.ts";
import { and, or, where, xor } from "./logic.ts";
import { matmul, matmulInteger } from "./matmul.ts";
import type { Operator } from "./operator.ts";
import { pad } from "./pad.ts";
import { concat, expand, slice, tile, transpose } from "./rearrange.ts";
import { flatten, identity, reshape, squeeze, unsqueeze } from "./reshape.ts";
import { cumSum, reduceSum } from "./sums.ts";
import { abs, clip, neg, not, relu, sign } from "./unary.ts";

export const OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ["ConvInteger", convInteger],
  ["MatMulInteger", matmulInteger],
  ["MatMul", matmul],
  ["Add", add],
  ["Sub", sub],
  ["Mul", mul],
  ["Div", div],
  ["Mod", mod],
  ["Neg", neg],
  ["Abs", abs],
  ["Sign", sign],
  ["Relu", relu],
  ["Clip", clip],
  ["Cast", cast],
  ["Max", max],
  ["Min", min],
  ["MaxPool", maxPool],
  ["ReduceMax", reduceMax],
  ["ReduceMin", reduceMin],
  ["ReduceSum", reduceSum],
  ["CumSum", cumSum],
  ["ArgMax", argMax],
  ["ArgMin", argMin],
  ["Equal", equal],
  ["Less", less],
  ["LessOrEqual", lessOrEqual],
  ["Greater", greater],
  ["GreaterOrEqual", greaterOrEqual],
  ["And", and],
  ["Or", or],
  ["Xor", xor],
  ["Not", not],
  ["Where", where],
  ["Gather", gather],
  ["GatherElements", gatherElements],
  ["Reshape", reshape],
  ["Flatten", flatten],
  ["Squeeze", squeeze],
  ["Unsqueeze", unsqueeze],
  ["Identity", identity],
  ["Transpose", transpose],
  ["Slice", slice],
  ["Concat", concat],
  ["Expand", expand],
  ["Tile", tile],
  ["Pad", pad],
]);
