/**
 * Pad: a border around a tensor, of one constant, or of elements repeated from within. Borders are not
 * negative (a Slice cuts) and, where elements are repeated, no wider than what there is to repeat:
 * beyond that ONNX leaves open what comes.
 * @module
 */
import { axesIn, badAttribute, requireAttributes, wordAttribute } from "./attributes.ts";
import { gridIndex, NOWHERE, stridesOf } from "./grid.ts";
import { moveFrom } from "./movement.ts";
import {
  badOperands,
  constantList,
  type Dtype,
  type Operator,
  operandOfDtype,
  requireAtMost,
  requireSize,
  type Site,
} from "./operator.ts";

export const pad: Operator = (site) => {
  requireAttributes(site, ["mode"]);
  requireAtMost(site, site.opset < 18 ? 3 : 4);
  const { dtype, dims } = operandOfDtype(site, 0, ["uint8", "int8", "int32", "bool"]);
  const mode = wordAttribute(site, "mode", ["constant", "edge", "reflect", "wrap"]);
  if (mode === "wrap" && site.opset < 19) {
    throw badAttribute(site, "mode", `is "wrap", which opset ${site.opset} does not have`);
  }
  const rank = dims.length;
  const named = constantList(site, 3, "the axes", ["int32", "int64"]);
  const axes = axesIn(site, named ?? Array.from(dims.keys()), rank);
  const pads = constantList(site, 1, "the pads");
  if (pads?.length !== 2 * axes.length || pads.some((width) => width < 0)) {
    throw badOperands(
      site,
      `input 1 (the pads) is [${pads ?? ""}], expected ${2 * axes.length} widths that are not negative`,
    );
  }
  const begins = dims.map(() => 0);
  const ends = dims.map(() => 0);
  axes.forEach((axis, i) => {
    begins[axis] = pads[i] as number;
    ends[axis] = pads[i + axes.length] as number;
  });
  const padded = dims.map((size, axis) => (begins[axis] as number) + size + (ends[axis] as number));
  requireSize(site, padded);
  const strides = stridesOf(dims);
  const places = dims.map((size, axis) => {
    const begin = begins[axis] as number;
    const widest = mode === "reflect" ? size - 1 : mode === "wrap" ? size : Infinity;
    if (Math.max(begin, ends[axis] as number) > widest) {
      throw badOperands(site, `axis ${axis} of ${size} has a border too wide to ${mode}`);
    }
    return Int32Array.from({ length: padded[axis] as number }, (_, position) => {
      const at = SOURCES[mode](position - begin, size);
      return at < 0 ? NOWHERE : at * (strides[axis] as number);
    });
  });
  return moveFrom(0, { dtype, dims: padded }, gridIndex(places), fillOf(site, dtype));
};

/** Where along an axis of `size` the element comes from that stands `at` (outside, in the border); -1 for the constant. */
const SOURCES = {
  constant: (at: number, size: number): number => (at < size ? Math.max(at, -1) : -1),
  edge: (at: number, size: number): number => Math.min(Math.max(at, 0), size - 1),
  reflect: (at: number, size: number): number => {
    const mirrored = Math.abs(at);
    return mirrored < size ? mirrored : 2 * (size - 1) - mirrored;
  },
  wrap: (at: number, size: number): number => (at + size) % size,
};

function fillOf(site: Site, dtype: Dtype): number {
  const operand = site.operands[2];
  if (operand === undefined) return 0;
  if (operand.dtype !== dtype || operand.dims.length > 0 || operand.values === undefined) {
    throw badOperands(
      site,
      `input 2 (the fill) is ${operand.dtype} [${operand.dims}], expected a constant ${dtype} scalar`,
    );
  }
  return operand.values[0] as number;
}
