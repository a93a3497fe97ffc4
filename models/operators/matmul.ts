/**
 * Products of matrices: MatMulInteger of bytes, both sides shifted by their zero points first, and
 * MatMul of int32; of any rank, with batches broadcast. With one constant side each output is a sum of
 * independent inputs, and both ends of its interval are attained. Refused for bytes: one signed and one
 * unsigned side.
 * @module
 */

import { ModelError } from "../error.ts";
import { elementCount } from "../onnx/tensor.ts";
import { requireAttributes } from "./attributes.ts";
import { broadcastDims, broadcastIndex } from "./broadcast.ts";
import type { Form } from "./form.ts";
import {
  badOperands,
  type Interval,
  int32Interval,
  type Kernel,
  type Operand,
  type Operator,
  operandOf,
  operandOfDtype,
  requireAtMost,
  requireSize,
  requireTerms,
  type Site,
} from "./operator.ts";
import { requireSameBytes, zeroPoint } from "./zero-point.ts";

const NO_ZERO = new Int32Array(1);

export const matmul: Operator = (site) => {
  requireAttributes(site, []);
  requireAtMost(site, 2);
  const left = operandOfDtype(site, 0, ["int32"]);
  const right = operandOfDtype(site, 1, ["int32"]);
  return product(site, left, right, 0, NO_ZERO);
};

export const matmulInteger: Operator = (site) => {
  requireAttributes(site, []);
  requireAtMost(site, 4);
  const left = operandOf(site, 0);
  const right = operandOf(site, 1);
  requireSameBytes(site, left, right);
  // onnxruntime reads a zero point per column for a single matrix only.
  const columns = right.dims.length === 2 ? (right.dims[1] as number) : 1;
  const leftZero = zeroPoint(site, 2, left, 1)[0] as number;
  return product(site, left, right, leftZero, zeroPoint(site, 3, right, columns));
};

/** Batches of [rows, inner] × [inner, columns]. */
interface Shapes {
  readonly dims: readonly number[];
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
  /** Where each batch's matrix begins, on either side. */
  readonly leftAt: Int32Array;
  readonly rightAt: Int32Array;
}

function product(
  site: Site,
  left: Operand,
  right: Operand,
  leftZero: number,
  rightZero: Int32Array,
): Kernel {
  const shapes = shapesOf(site, left, right);
  const { dims, rows, inner, columns, leftAt } = shapes;
  const count = leftAt.length * rows * columns;
  const shiftLeft = (x: Int32Array): Int32Array =>
    leftZero === 0 ? x : x.map((value) => value - leftZero);
  const zeros = rightZero.length;
  const isRightShifted = rightZero.some((zero) => zero !== 0);
  // Row-major [inner, columns], so a value's column is what remains of its index.
  const shiftRight = (x: Int32Array): Int32Array =>
    isRightShifted ? x.map((value, i) => value - (rightZero[i % zeros] as number)) : x;
  const leftWeights = left.values === undefined ? undefined : shiftLeft(left.values);
  const rightWeights = right.values === undefined ? undefined : shiftRight(right.values);

  const evaluate = (x: Int32Array, y: Int32Array): Int32Array => {
    const out = new Int32Array(count);
    forEachRow(shapes, (to, leftRow, rightMatrix) => {
      for (let k = 0; k < inner; k++) {
        const factor = x[leftRow + k] as number;
        // Half of what follows a ReLU is zero, and most of an image.
        if (factor === 0) continue;
        const from = rightMatrix + k * columns;
        for (let j = 0; j < columns; j++) {
          out[to + j] = (out[to + j] as number) + Math.imul(factor, y[from + j] as number);
        }
      }
    });
    return out;
  };

  const bound = (x: Interval, y: Interval): Interval => {
    requireExactSums(site, inner, x, y);
    const least = new Float64Array(count);
    const greatest = new Float64Array(count);
    forEachRow(shapes, (to, leftRow, rightMatrix) => {
      for (let k = 0; k < inner; k++) {
        const xLow = x.min[leftRow + k] as number;
        const xHigh = x.max[leftRow + k] as number;
        const from = rightMatrix + k * columns;
        for (let j = 0; j < columns; j++) {
          const yLow = y.min[from + j] as number;
          const yHigh = y.max[from + j] as number;
          // A product is linear in each factor, so its extremes are at the corners.
          const ll = xLow * yLow;
          const lh = xLow * yHigh;
          const hl = xHigh * yLow;
          const hh = xHigh * yHigh;
          least[to + j] = (least[to + j] as number) + Math.min(ll, lh, hl, hh);
          greatest[to + j] = (greatest[to + j] as number) + Math.max(ll, lh, hl, hh);
        }
      }
    });
    return int32Interval(site, least, greatest);
  };

  const shifted = ({ min, max }: Interval, shift: (x: Int32Array) => Int32Array): Interval => ({
    min: shift(min),
    max: shift(max),
  });
  return {
    output: { dtype: "int32", dims },
    form: formOf(site, shapes, leftWeights, rightWeights, leftZero, rightZero),
    terms: count * inner,
    evaluate: (operand) =>
      evaluate(leftWeights ?? shiftLeft(operand(0)), rightWeights ?? shiftRight(operand(1))),
    bound: (operand) => bound(shifted(operand(0), shiftLeft), shifted(operand(1), shiftRight)),
  };
}

/** Calls with where a row of the output, its row on the left and its matrix on the right begin. */
function forEachRow(
  { rows, inner, columns, leftAt, rightAt }: Shapes,
  visit: (to: number, leftRow: number, rightMatrix: number) => void,
): void {
  let to = 0;
  leftAt.forEach((begin, batch) => {
    for (let row = 0; row < rows; row++) {
      visit(to, begin + row * inner, rightAt[batch] as number);
      to += columns;
    }
  });
}

function formOf(
  site: Site,
  shapes: Shapes,
  leftWeights: Int32Array | undefined,
  rightWeights: Int32Array | undefined,
  leftZero: number,
  rightZero: Int32Array,
): Form {
  const { rows, inner, columns, leftAt, rightAt } = shapes;
  /** Where the row of output element i begins on the left, its column on the right, and which column it is. */
  const placeOf = (i: number): readonly [left: number, right: number, column: number] => {
    const column = i % columns;
    const row = Math.floor(i / columns) % rows;
    const batch = Math.floor(i / (columns * rows));
    return [(leftAt[batch] as number) + row * inner, (rightAt[batch] as number) + column, column];
  };
  if (leftWeights === undefined && rightWeights === undefined) {
    if (rightZero.some((zero) => zero !== rightZero[0])) {
      throw badOperands(site, "it multiplies two activations by a zero point per column");
    }
    return {
      kind: "product",
      zeros: [leftZero, rightZero[0] as number],
      row: (i, term) => {
        const [a, b] = placeOf(i);
        for (let k = 0; k < inner; k++) term(a + k, b + k * columns);
      },
    };
  }
  return {
    kind: "linear",
    row: (i, term) => {
      const [a, b, column] = placeOf(i);
      const zero = rightZero[column % rightZero.length] as number;
      let constant = 0;
      for (let k = 0; k < inner; k++) {
        const x = leftWeights?.[a + k];
        const y = rightWeights?.[b + k * columns];
        if (x !== undefined && y !== undefined) constant += x * y;
        else if (x === undefined && y !== undefined && y !== 0) {
          term(0, a + k, y);
          constant -= y * leftZero;
        } else if (x !== undefined && x !== 0) {
          term(1, b + k * columns, x);
          constant -= x * zero;
        }
      }
      return constant;
    },
  };
}

function shapesOf(site: Site, left: Operand, right: Operand): Shapes {
  // A list is a row on the left and a column on the right, and its axis is missing from the output.
  const wideLeft = left.dims.length === 1 ? [1, ...left.dims] : left.dims;
  const wideRight = right.dims.length === 1 ? [...right.dims, 1] : right.dims;
  const [rows, inner] = wideLeft.slice(-2);
  const [innerToo, columns] = wideRight.slice(-2);
  const batches = broadcastDims(wideLeft.slice(0, -2), wideRight.slice(0, -2));
  if (
    rows === undefined ||
    columns === undefined ||
    inner === undefined ||
    inner !== innerToo ||
    batches === undefined
  ) {
    throw badOperands(
      site,
      `shapes [${left.dims}] and [${right.dims}] do not multiply; expected […, M, K] and […, K, N]`,
    );
  }
  const dims = [
    ...batches,
    ...(left.dims.length === 1 ? [] : [rows]),
    ...(right.dims.length === 1 ? [] : [columns]),
  ];
  requireSize(site, dims);
  requireTerms(site.label, elementCount(dims) * inner);
  const matrices = (wide: readonly number[], size: number): Int32Array =>
    broadcastIndex(wide.slice(0, -2), batches).map((matrix) => matrix * size);
  return {
    dims,
    rows,
    inner,
    columns,
    leftAt: matrices(wideLeft, rows * inner),
    rightAt: matrices(wideRight, inner * columns),
  };
}

/**
 * Doubles add up integers exactly below 2^53 only; beyond, a sum could seem to return to int32.
 * @throws ModelError `OVERFLOW`
 */
function requireExactSums(site: Site, inner: number, x: Interval, y: Interval): void {
  const farthest = ({ min, max }: Interval): number => {
    let far = 0;
    for (let i = 0; i < min.length; i++) {
      far = Math.max(far, -(min[i] as number), max[i] as number);
    }
    return far;
  };
  const reach = inner * farthest(x) * farthest(y);
  if (reach < 2 ** 53) return;
  throw new ModelError(
    "OVERFLOW",
    `${site.label}: its sums of ${inner} products can pass through ${reach}, beyond 32-bit integers`,
    "Use smaller weights, fewer bits or a narrower input range.",
  );
}
