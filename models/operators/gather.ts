/**
 * Gather and GatherElements. With constant indices they move elements. Gather of a constant along its
 * first axis, by indices that depend on the input, is a table; every index must provably lie in it.
 * @module
 */
import { ModelError } from "../error.ts";
import { elementCount } from "../onnx/tensor.ts";
import { axisIn, integerAttribute, requireAttributes } from "./attributes.ts";
import { gridIndex, offsets, stridesOf } from "./grid.ts";
import { moveFrom } from "./movement.ts";
import {
  badOperands,
  type Interval,
  type Kernel,
  type Operand,
  type Operator,
  operandOfDtype,
  requireAtMost,
  requireSize,
  type Site,
} from "./operator.ts";
import { rangeExtremes } from "./range-extremes.ts";
import { MOVABLE } from "./reshape.ts";

export const gather: Operator = (site) => {
  requireAttributes(site, ["axis"]);
  requireAtMost(site, 2);
  const source = operandOfDtype(site, 0, MOVABLE);
  const { dtype, dims } = source;
  const indices = operandOfDtype(site, 1, ["int32", "int64"]);
  const axis = axisIn(site, integerAttribute(site, "axis", 0), dims.length);
  const gathered = [...dims.slice(0, axis), ...indices.dims, ...dims.slice(axis + 1)];
  requireSize(site, gathered);
  if (indices.values === undefined) return lookUp(site, source, axis, indices, gathered);
  const strides = stridesOf(dims);
  const places = dims.map((size, at) => offsets(size, strides[at]));
  places[axis] = placesOf(site, indices.values, dims[axis] as number).map(
    (at) => at * (strides[axis] as number),
  );
  return moveFrom(0, { dtype, dims: gathered }, gridIndex(places));
};

export const gatherElements: Operator = (site) => {
  requireAttributes(site, ["axis"]);
  requireAtMost(site, 2);
  const { dtype, dims } = operandOfDtype(site, 0, MOVABLE);
  const indices = operandOfDtype(site, 1, ["int32", "int64"]);
  const axis = axisIn(site, integerAttribute(site, "axis", 0), dims.length);
  if (indices.values === undefined)
    throw badOperands(site, "input 1 (the indices) is not a constant");
  const isFitting =
    indices.dims.length === dims.length &&
    indices.dims.every((size, at) => at === axis || size <= (dims[at] as number));
  if (!isFitting) {
    throw badOperands(site, `indices of [${indices.dims}] do not fit [${dims}] along axis ${axis}`);
  }
  const strides = stridesOf(dims);
  const others = indices.dims.map((size, at) => offsets(size, at === axis ? 0 : strides[at]));
  const along = placesOf(site, indices.values, dims[axis] as number);
  const at = gridIndex(others).map(
    (rest, i) => rest + (along[i] as number) * (strides[axis] as number),
  );
  return moveFrom(0, { dtype, dims: indices.dims }, at);
};

/** Constant indices, with those counted from the end counted from the start. */
function placesOf(site: Site, indices: Int32Array, size: number): Int32Array {
  const outside = indices.find((index) => index < -size || index >= size);
  if (outside !== undefined)
    throw badOperands(site, `index ${outside} is outside ${size} elements`);
  return indices.map((index) => (index < 0 ? index + size : index));
}

function lookUp(
  site: Site,
  source: Operand,
  axis: number,
  indices: Operand,
  gathered: readonly number[],
): Kernel {
  const { values, dims, dtype } = source;
  if (values === undefined)
    throw badOperands(site, "neither its table nor its indices are constant");
  if (axis !== 0) throw badOperands(site, `it looks up along axis ${axis}, expected axis 0`);
  const size = dims[0] as number;
  const width = elementCount(dims.slice(1));
  const count = elementCount(indices.dims);
  const columns = Array.from({ length: width }, (_, column) =>
    Int32Array.from({ length: size }, (_, index) => values[index * width + column] as number),
  );
  const evaluate = (at: Int32Array): Int32Array => {
    const out = new Int32Array(count * width);
    for (let i = 0; i < count; i++) {
      const row = at[i] as number;
      for (let column = 0; column < width; column++) {
        out[i * width + column] = values[row * width + column] as number;
      }
    }
    return out;
  };
  const bound = ({ min, max }: Interval): Interval => {
    const outside = min.findIndex((low, i) => low < 0 || (max[i] as number) >= size);
    if (outside >= 0) {
      throw new ModelError(
        "INDEX_OUT_OF_RANGE",
        `${site.label}: index ${outside} can reach [${min[outside]}, ${max[outside]}],` +
          ` the table has ${size} entries`,
        "Clip the index to the table, or make the table longer.",
      );
    }
    const least = new Int32Array(count * width);
    const greatest = new Int32Array(count * width);
    columns.forEach((entries, column) => {
      const extremes = rangeExtremes(entries);
      for (let i = 0; i < count; i++) {
        const [low, high] = extremes(min[i] as number, max[i] as number);
        least[i * width + column] = low;
        greatest[i * width + column] = high;
      }
    });
    return { min: least, max: greatest };
  };
  return {
    output: { dtype, dims: gathered },
    form: {
      kind: "table",
      at: gridIndex([offsets(count), offsets(width, 0)]),
      entries: (i) => columns[i % width] as Int32Array,
    },
    evaluate: (operand) => evaluate(operand(1)),
    bound: (operand) => bound(operand(1)),
  };
}
