/**
 * Operators on integers as the explicit nodes that the reader of floats has already: zero points are taken off first, a
 * shift is a product or a quotient, a running sum is a product with a triangle of ones. All of them are linear, so that
 * in a circuit they cost nothing.
 * @module
 */
import { ModelError } from "../error.ts";
import type { Value } from "../float/draft.ts";
import { windowAttributes } from "../float/translate/linear.ts";
import * as moves from "../float/translate/moves.ts";
import type { Site, Translator } from "../float/translate/site.ts";
import { FLOAT_TRANSLATORS, type Translators } from "../float/translate/table.ts";
import { dtypeCode } from "../onnx/build.ts";

const convInteger: Translator = (site) => {
  const x = withoutZero(site, 0, 2, []);
  const kernel = site.input(1).dims.slice(2);
  const weights = withoutZero(site, 1, 3, [1, ...kernel.map(() => 1)]);
  const windows = windowAttributes(site, x.dims.slice(2), kernel);
  site.ignore("kernel_shape");
  return [site.draft.emit("Conv", [x, weights], { ...windows, group: site.number("group", 1) })];
};

const matmulInteger: Translator = (site) => {
  // A zero point of the left side is one per row, of the right side one per column.
  const operands = [withoutZero(site, 0, 2, [1]), withoutZero(site, 1, 3, [])];
  if (operands.some(({ dims }) => dims.length < 2)) {
    throw site.refuse("an operand is no matrix", "Reshape it to [1, n] or [n, 1].");
  }
  return [site.draft.emit("MatMul", operands)];
};

/** Operand minus its zero point as int32, the zero point spread over `after` more axes. */
function withoutZero(site: Site, at: number, zeroAt: number, after: readonly number[]): Value {
  const { draft } = site;
  const value = asInt32(site, site.input(at));
  const zero = site.inputs[zeroAt];
  if (zero === undefined) return value;
  const known = site.constant(zeroAt, "a zero point");
  const dims = known.values.length === 1 ? [] : [known.values.length, ...after];
  return draft.emit("Sub", [value, draft.numbers("int32", dims, known.values)]);
}

function asInt32({ draft }: Site, value: Value): Value {
  if (value.dtype === "int32") return value;
  return draft.emit("Cast", [value], { to: dtypeCode("int32") });
}

/** Of unsigned integers, by constants. To the left a bit that falls off is an overflow, which is refused where it can be. */
const bitShift: Translator = (site) => {
  const { draft } = site;
  const value = site.input(0);
  const by = site.constant(1, "the number of bits");
  const direction = site.text("direction");
  if (by.values.some((bits) => bits > 30)) {
    throw site.refuse("it shifts by more than 30 bits", "Shift by less: results are 32-bit.");
  }
  const factors = draft.constant(
    by,
    by.values.map((bits) => 2 ** bits),
  );
  return [draft.emit(direction === "LEFT" ? "Mul" : "Div", [value, factors])];
};

const cumSum: Translator = (site) => {
  const { draft } = site;
  const value = site.input(0);
  const rank = value.dims.length;
  const [stated = 0] = site.integersOf(1, "the axis") ?? [];
  const axis = stated < 0 ? stated + rank : stated;
  const size = value.dims[axis];
  if (size === undefined) throw outside(site, stated, rank);
  const isExclusive = site.flag("exclusive", 0);
  const isReverse = site.flag("reverse", 0);
  // Sum k takes element i in when i ≤ k, or where it runs backwards i ≥ k; an exclusive one leaves i = k out.
  const takes = (i: number, k: number): boolean =>
    (isReverse ? i >= k : i <= k) && !(isExclusive && i === k);
  const ones = Array.from({ length: size * size }, (_, at) =>
    Number(takes(Math.floor(at / size), at % size)),
  );
  const order = [...value.dims.keys()].filter((at) => at !== axis);
  const perm = [...order, axis];
  const rows = value.dims.reduce((product, dim) => product * dim, 1) / size;
  const turned = draft.emit("Transpose", [value], { perm });
  const flat = draft.reshape(turned, [rows, size]);
  const sums = draft.emit("MatMul", [flat, draft.numbers(value.dtype, [size, size], ones)]);
  const whole = draft.reshape(
    sums,
    perm.map((at) => value.dims[at] as number),
  );
  return [draft.emit("Transpose", [whole], { perm: perm.map((_, at) => perm.indexOf(at)) })];
};

/** What lies above or below a diagonal, and zeros: a product with a mask. */
const trilu: Translator = (site) => {
  const { draft } = site;
  const value = site.input(0);
  const [rows, columns] = value.dims.slice(-2);
  if (value.dims.length < 2 || rows === undefined || columns === undefined) {
    throw site.refuse("its operand is no matrix", "Give it a matrix.");
  }
  const [diagonal = 0] = site.integersOf(1, "the diagonal") ?? [];
  const isUpper = site.flag("upper", 1);
  const mask = Array.from({ length: rows * columns }, (_, at) => {
    const distance = (at % columns) - Math.floor(at / columns);
    return Number(isUpper ? distance >= diagonal : distance <= diagonal);
  });
  return [draft.emit("Mul", [value, draft.numbers(value.dtype, [rows, columns], mask)])];
};

function outside(site: Site, axis: number, rank: number): ModelError {
  return new ModelError(
    "BAD_ATTRIBUTE",
    `${site.label}: axis ${axis} is outside rank ${rank}`,
    "Correct the axis.",
  );
}

/** By indices that depend on the input: a table, along its first axis. */
const gather: Translator = (site) => {
  const [table, index] = [site.input(0), site.input(1)];
  if (index.values !== undefined || table.values === undefined) return moves.gather(site);
  const axis = site.number("axis", 0);
  if (axis !== 0 && axis !== -table.dims.length) {
    throw site.refuse(
      "its indices depend on the input, and are not of the first axis",
      "Transpose the table first.",
    );
  }
  const dims = [...index.dims, ...table.dims.slice(1)];
  const type = { dtype: table.dtype, dims };
  const entry = site.draft.write(
    "Gather",
    [table, asInt32(site, index)],
    new Map([["axis", 0]]),
    type,
  );
  site.draft.count(entry, site.label);
  return [entry];
};

const INTEGER: Readonly<Record<string, Translator>> = {
  ConvInteger: convInteger,
  MatMulInteger: matmulInteger,
  BitShift: bitShift,
  CumSum: cumSum,
  Gather: gather,
  Trilu: trilu,
};

/** Everything that is read of a model on integers. */
export const EXACT_TRANSLATORS: Translators = new Map(
  [...FLOAT_TRANSLATORS].map(([domain, table]) => [
    domain,
    domain === "" ? new Map([...table, ...Object.entries(INTEGER)]) : table,
  ]),
);
