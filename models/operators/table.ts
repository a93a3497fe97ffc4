/**
 * The operators an integer graph may use, by their ONNX name. Each computes the same integers in
 * every opset from 14 to 21 and on every CPU; one that does not cannot be listed here.
 * @module
 */
import { add, div, max, min, mul, sub } from "./elementwise.ts";
import { matmulInteger } from "./matmul-integer.ts";
import type { Operator } from "./operator.ts";
import { flatten, reshape } from "./reshape.ts";
import { cast, clip, relu } from "./unary.ts";

export const OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ["MatMulInteger", matmulInteger],
  ["Add", add],
  ["Sub", sub],
  ["Mul", mul],
  ["Div", div],
  ["Max", max],
  ["Min", min],
  ["Relu", relu],
  ["Clip", clip],
  ["Cast", cast],
  ["Reshape", reshape],
  ["Flatten", flatten],
]);
