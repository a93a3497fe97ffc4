/**
 * The operators that lay elements out anew along their axes: Transpose, Slice, Concat, Expand and Tile.
 * @module
 */

import {
  axesIn,
  axisIn,
  badAttribute,
  integerAttribute,
  listAttribute,
  requireAttributes,
} from "./attributes.ts";
import { broadcastDims, broadcastIndex } from "./broadcast.ts";
import type { Form } from "./form.ts";
import { gridIndex, offsets, stridesOf } from "./grid.ts";
import { moveFrom } from "./movement.ts";
import {
  badOperands,
  constantList,
  type Interval,
  type Operand,
  type Operator,
  operandOfDtype,
  requireAtMost,
  requireSize,
} from "./operator.ts";
import { MOVABLE } from "./reshape.ts";

export const transpose: Operator = (site) => {
  requireAttributes(site, ["perm"]);
  requireAtMost(site, 1);
  const { dtype, dims } = operandOfDtype(site, 0, MOVABLE);
  const rank = dims.length;
  const perm = listAttribute(site, "perm") ?? Array.from(offsets(rank, -1, rank - 1));
  const isPermutation = perm.length === rank && dims.every((_, axis) => perm.includes(axis));
  if (!isPermutation) {
    throw badAttribute(site, "perm", `is [${perm}], expected the ${rank} dimensions in an order`);
  }
  const strides = stridesOf(dims);
  const moved = perm.map((axis) => dims[axis] as number);
  const axes = perm.map((axis) => offsets(dims[axis] as number, strides[axis]));
  return moveFrom(0, { dtype, dims: moved }, gridIndex(axes));
};

export const slice: Operator = (site) => {
  requireAttributes(site, []);
  requireAtMost(site, 5);
  const { dtype, dims } = operandOfDtype(site, 0, MOVABLE);
  const starts = constantList(site, 1, "the starts", ["int32", "int64"]);
  const ends = constantList(site, 2, "the ends", ["int32", "int64"]);
  if (starts === undefined || ends === undefined) {
    throw badOperands(site, "its starts or ends are missing");
  }
  const named = constantList(site, 3, "the axes", ["int32", "int64"]);
  const axes = axesIn(site, named ?? Array.from(starts.keys()), dims.length);
  const steps = constantList(site, 4, "the steps", ["int32", "int64"]) ?? starts.map(() => 1);
  const lengths = [starts.length, ends.length, axes.length, steps.length];
  if (new Set(lengths).size > 1) {
    throw badOperands(site, `starts, ends, axes and steps have ${lengths.join(", ")} entries`);
  }
  const strides = stridesOf(dims);
  const places = dims.map((size, axis) => offsets(size, strides[axis]));
  axes.forEach((axis, i) => {
    const size = dims[axis] as number;
    const step = steps[i] as number;
    if (step === 0) throw badOperands(site, `the step along axis ${axis} is 0`);
    // A negative place counts from the end; then it is held in what exists, and one outside as an open end.
    const [lowest, highest] = step > 0 ? [0, size] : [-1, size - 1];
    const place = (at: number): number =>
      Math.min(Math.max(at < 0 ? at + size : at, lowest), highest);
    const start = place(starts[i] as number);
    const count = Math.ceil((place(ends[i] as number) - start) / step);
    if (count < 1) throw badOperands(site, `it leaves nothing of axis ${axis}`);
    const stride = strides[axis] as number;
    places[axis] = offsets(count, step * stride, start * stride);
  });
  const sliced = places.map((place) => place.length);
  return moveFrom(0, { dtype, dims: sliced }, gridIndex(places));
};

export const concat: Operator = (site) => {
  requireAttributes(site, ["axis"]);
  const operands = site.operands.map((_, index) => operandOfDtype(site, index, MOVABLE));
  const [first] = operands;
  if (first === undefined || !site.attributes.has("axis")) {
    throw badOperands(site, "it has no input, or no attribute axis");
  }
  const { dtype, dims } = first;
  const axis = axisIn(site, integerAttribute(site, "axis", 0), dims.length);
  for (const other of operands) {
    const isFitting =
      other.dtype === dtype &&
      other.dims.length === dims.length &&
      other.dims.every((size, at) => at === axis || size === dims[at]);
    if (isFitting) continue;
    throw badOperands(
      site,
      `${other.dtype} [${other.dims}] does not join ${dtype} [${dims}] along axis ${axis}`,
    );
  }
  const joined = dims.map((size, at) =>
    at === axis ? operands.reduce((sum, other) => sum + (other.dims[axis] as number), 0) : size,
  );
  requireSize(site, joined);
  const { from, at } = joinedPlaces(operands, axis, joined);
  const join = (parts: readonly Int32Array[]): Int32Array => {
    const out = new Int32Array(at.length);
    for (let i = 0; i < out.length; i++) {
      out[i] = (parts[from[i] as number] as Int32Array)[at[i] as number] as number;
    }
    return out;
  };
  return {
    output: { dtype, dims: joined },
    form: { kind: "move", from, at, fill: 0 } satisfies Form,
    evaluate: (operand) => join(operands.map((_, index) => operand(index))),
    bound: (operand): Interval => ({
      min: join(operands.map((_, index) => operand(index).min)),
      max: join(operands.map((_, index) => operand(index).max)),
    }),
  };
};

/** Of each element of the joined tensor, the operand it comes from and its index there. */
function joinedPlaces(
  operands: readonly Operand[],
  axis: number,
  joined: readonly number[],
): { from: Int32Array; at: Int32Array } {
  const before = joined.slice(0, axis).reduce((product, size) => product * size, 1);
  const runs = operands.map(({ dims }) => dims.slice(axis).reduce((p, size) => p * size, 1));
  const count = before * runs.reduce((sum, run) => sum + run, 0);
  const from = new Int32Array(count);
  const at = new Int32Array(count);
  let to = 0;
  for (let row = 0; row < before; row++) {
    runs.forEach((run, which) => {
      from.fill(which, to, to + run);
      for (let i = 0; i < run; i++) at[to++] = row * run + i;
    });
  }
  return { from, at };
}

export const expand: Operator = (site) => {
  requireAttributes(site, []);
  requireAtMost(site, 2);
  const { dtype, dims } = operandOfDtype(site, 0, MOVABLE);
  const shape = constantList(site, 1, "the shape");
  if (shape === undefined) throw badOperands(site, "input 1 (the shape) is missing");
  const wider = shape.every((size) => size >= 1) ? broadcastDims(dims, shape) : undefined;
  if (wider === undefined) throw badOperands(site, `[${dims}] does not expand to [${shape}]`);
  requireSize(site, wider);
  return moveFrom(0, { dtype, dims: wider }, broadcastIndex(dims, wider));
};

export const tile: Operator = (site) => {
  requireAttributes(site, []);
  requireAtMost(site, 2);
  const { dtype, dims } = operandOfDtype(site, 0, MOVABLE);
  const repeats = constantList(site, 1, "the repeats");
  if (repeats?.length !== dims.length || repeats.some((count) => count < 1)) {
    throw badOperands(
      site,
      `input 1 (the repeats) is [${repeats ?? ""}], expected ${dims.length} positive counts`,
    );
  }
  const tiled = dims.map((size, axis) => size * (repeats[axis] as number));
  requireSize(site, tiled);
  const strides = stridesOf(dims);
  const axes = dims.flatMap((size, axis) => [
    offsets(repeats[axis] as number, 0),
    offsets(size, strides[axis]),
  ]);
  return moveFrom(0, { dtype, dims: tiled }, gridIndex(axes));
};
