/**
 * The operators that rename dimensions and leave elements in place: Reshape and Flatten.
 * @module
 */
import { elementCount } from "../onnx/tensor.ts";
import {
  badOperands,
  type Kernel,
  type Operand,
  type Operator,
  operandOf,
  requireAtMost,
  requireAttributes,
  type Site,
} from "./operator.ts";

export const reshape: Operator = (site) => {
  requireAttributes(site, []);
  requireAtMost(site, 2);
  const operand = operandOf(site, 0);
  const shape = operandOf(site, 1);
  if (shape.dtype !== "int64" || shape.dims.length !== 1 || shape.values === undefined) {
    throw badOperands(site, "input 1 (the shape) is not a constant list of int64");
  }
  // 0 copies the dimension of the operand, -1 takes what is left.
  const wanted = Array.from(shape.values, (size, axis) => (size === 0 ? operand.dims[axis] : size));
  const known = wanted.reduce<number>((product, size) => product * Math.max(size ?? 0, 1), 1);
  const dims = wanted.map((size) => (size === -1 ? elementCount(operand.dims) / known : size));
  const isWhole = dims.every(
    (size): size is number => size !== undefined && size >= 1 && Number.isInteger(size),
  );
  const isSameSize = isWhole && elementCount(dims) === elementCount(operand.dims);
  if (!isSameSize || wanted.filter((size) => size === -1).length > 1) {
    throw badOperands(site, `[${operand.dims}] cannot take the shape [${shape.values}]`);
  }
  return renamed(site, operand, dims);
};

export const flatten: Operator = (site) => {
  requireAttributes(site, ["axis"]);
  requireAtMost(site, 1);
  const operand = operandOf(site, 0);
  const rank = operand.dims.length;
  const axis = site.attributes.get("axis") ?? 1;
  if (axis < -rank || axis > rank) throw badOperands(site, `axis ${axis} is outside rank ${rank}`);
  const split = axis < 0 ? axis + rank : axis;
  const before = elementCount(operand.dims.slice(0, split));
  return renamed(site, operand, [before, elementCount(operand.dims.slice(split))]);
};

function renamed(site: Site, { dtype }: Operand, dims: readonly number[]): Kernel {
  if (dtype === "int64") throw badOperands(site, "the operand is int64, expected int32 or 8 bits");
  return {
    output: { dtype, dims },
    evaluate: (operand) => operand(0),
    bound: (operand) => operand(0),
  };
}
