/**
 * ONNX's reductions, with axes written out, and what is last in most networks: Softmax and ArgMax.
 * @module
 */
import type { Value } from "../draft.ts";
import { axisOf, badShape, countOf } from "../operators/operator.ts";
import type { Site, Translator } from "./site.ts";

/** What a reduction does to each element before, and to the sum after. */
type Around = (site: Site, x: Value) => Value;
const square: Around = ({ draft }, x) => draft.emit("Mul", [x, x]);
const absolute: Around = ({ draft }, x) => draft.emit("Unary", [x], { function: "Abs" });
const root: Around = ({ draft }, x) => draft.emit("Unary", [x], { function: "Sqrt" });
const exp: Around = ({ draft }, x) => draft.emit("Unary", [x], { function: "Exp" });
const log: Around = ({ draft }, x) => draft.emit("Unary", [x], { function: "Log" });
const as: Around = (_, x) => x;

/** `since` is the opset that made the axes an operand. */
function reduce(op: string, since: number, before: Around = as, after: Around = as): Translator {
  return (site) => {
    const x = site.input(0);
    const stated = site.listEither("axes", 1, since) ?? [];
    const keepdims = site.flag("keepdims", 1) ? 1 : 0;
    if (stated.length === 0 && site.flag("noop_with_empty_axes", 0)) {
      return [after(site, before(site, x))];
    }
    const axes = (stated.length === 0 ? x.dims.map((_, axis) => axis) : stated).map((axis) =>
      axisOf(site.label, axis, x.dims.length),
    );
    return [after(site, site.draft.emit(op, [before(site, x)], { axes, keepdims }))];
  };
}

export const reduceSum: Translator = reduce("ReduceSum", 13);
export const reduceMean: Translator = reduce("ReduceMean", 18);
export const reduceMax: Translator = reduce("ReduceMax", 18);
export const reduceMin: Translator = reduce("ReduceMin", 18);
export const reduceProd: Translator = reduce("ReduceProd", 18);
export const reduceL1: Translator = reduce("ReduceSum", 18, absolute);
export const reduceL2: Translator = reduce("ReduceSum", 18, square, root);
export const reduceSumSquare: Translator = reduce("ReduceSum", 18, square);
export const reduceLogSum: Translator = reduce("ReduceSum", 18, as, log);
export const reduceLogSumExp: Translator = reduce("ReduceSum", 18, exp, log);

export const globalPool =
  (op: "ReduceMean" | "ReduceMax"): Translator =>
  (site) => {
    const x = site.input(0);
    const axes = x.dims.slice(2).map((_, axis) => axis + 2);
    return [site.draft.emit(op, [x], { axes, keepdims: 1 })];
  };

export const argument =
  (op: "ArgMax" | "ArgMin"): Translator =>
  (site) => {
    const x = site.input(0);
    const axis = axisOf(site.label, site.number("axis", 0), x.dims.length);
    return [
      site.draft.emit(op, [x], {
        axis,
        keepdims: site.flag("keepdims", 1) ? 1 : 0,
        select_last_index: site.flag("select_last_index", 0) ? 1 : 0,
      }),
    ];
  };

/** Until opset 12 the axes from `axis` on were one row together. */
export const softmax =
  (op: "Softmax" | "LogSoftmax"): Translator =>
  (site) => {
    const { draft, opset } = site;
    const x = site.input(0);
    const rank = x.dims.length;
    if (rank === 0) throw badShape(site.label, "its operand is a scalar");
    const axis = axisOf(site.label, site.number("axis", opset < 13 ? 1 : -1), Math.max(rank, 1));
    if (opset >= 13 || axis === rank - 1) return [draft.emit(op, [x], { axis })];
    const rows = [countOf(x.dims.slice(0, axis)), countOf(x.dims.slice(axis))];
    return [draft.reshape(draft.emit(op, [draft.reshape(x, rows)], { axis: 1 }), x.dims)];
  };
