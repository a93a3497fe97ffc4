/**
 * The operators that rename dimensions and leave elements in place: Reshape, Flatten, Squeeze,
 * Unsqueeze and Identity.
 * @module
 */
import { elementCount } from "../onnx/tensor.ts";
import { axesIn, flagAttribute, integerAttribute, requireAttributes } from "./attributes.ts";
import { renamed } from "./movement.ts";
import {
  badOperands,
  constantList,
  type Dtype,
  type Operator,
  operandOfDtype,
  requireAtMost,
  requireSize,
} from "./operator.ts";

/** What a network computes with: all but int64. */
export const MOVABLE: readonly Dtype[] = ["uint8", "int8", "int32", "bool"];

export const reshape: Operator = (site) => {
  requireAttributes(site, ["allowzero"]);
  requireAtMost(site, 2);
  const { dtype, dims: from } = operandOfDtype(site, 0, MOVABLE);
  const shape = constantList(site, 1, "the shape");
  if (shape === undefined) throw badOperands(site, "input 1 (the shape) is missing");
  // 0 copies the dimension of the operand, unless it stands for an empty one; -1 takes what is left.
  const isZeroEmpty = flagAttribute(site, "allowzero", false);
  const wanted = shape.map((size, axis) => (size === 0 && !isZeroEmpty ? from[axis] : size));
  const known = wanted.reduce<number>((product, size) => product * Math.max(size ?? 0, 1), 1);
  const dims = wanted.map((size) => (size === -1 ? elementCount(from) / known : size));
  const isWhole = dims.every(
    (size): size is number => size !== undefined && size >= 1 && Number.isInteger(size),
  );
  const isSameSize = isWhole && elementCount(dims) === elementCount(from);
  if (!isSameSize || wanted.filter((size) => size === -1).length > 1) {
    throw badOperands(site, `[${from}] cannot take the shape [${shape}]`);
  }
  requireSize(site, dims);
  return renamed({ dtype, dims });
};

export const flatten: Operator = (site) => {
  requireAttributes(site, ["axis"]);
  requireAtMost(site, 1);
  const { dtype, dims } = operandOfDtype(site, 0, MOVABLE);
  const rank = dims.length;
  const axis = integerAttribute(site, "axis", 1);
  if (axis < -rank || axis > rank) throw badOperands(site, `axis ${axis} is outside rank ${rank}`);
  const split = axis < 0 ? axis + rank : axis;
  const before = elementCount(dims.slice(0, split));
  return renamed({ dtype, dims: [before, elementCount(dims.slice(split))] });
};

export const squeeze: Operator = (site) => {
  requireAttributes(site, []);
  requireAtMost(site, 2);
  const { dtype, dims } = operandOfDtype(site, 0, MOVABLE);
  const named = constantList(site, 1, "the axes");
  const gone = new Set(
    named === undefined
      ? dims.flatMap((size, axis) => (size === 1 ? [axis] : []))
      : axesIn(site, named, dims.length),
  );
  for (const axis of gone) {
    if (dims[axis] === 1) continue;
    throw badOperands(site, `dimension ${axis} of [${dims}] is not 1`);
  }
  return renamed({ dtype, dims: dims.filter((_, axis) => !gone.has(axis)) });
};

export const unsqueeze: Operator = (site) => {
  requireAttributes(site, []);
  requireAtMost(site, 2);
  const { dtype, dims } = operandOfDtype(site, 0, MOVABLE);
  const axes = constantList(site, 1, "the axes");
  if (axes === undefined) throw badOperands(site, "input 1 (the axes) is missing");
  const rank = dims.length + axes.length;
  const ones = new Set(axesIn(site, axes, rank));
  const rest = dims.values();
  const wider = Array.from({ length: rank }, (_, axis) =>
    ones.has(axis) ? 1 : (rest.next().value ?? 1),
  );
  requireSize(site, wider);
  return renamed({ dtype, dims: wider });
};

export const identity: Operator = (site) => {
  requireAttributes(site, []);
  requireAtMost(site, 1);
  const { dtype, dims } = operandOfDtype(site, 0, MOVABLE);
  return renamed({ dtype, dims });
};
