/**
 * MatMulInteger: [M, K] × [K, N] → int32 [M, N], both sides shifted by their zero points first.
 * The right side is constant, so its interval is tight: each output is a sum of independent inputs,
 * and both ends are attained. Refused: one signed and one unsigned side, because onnxruntime
 * saturates intermediate sums there on x64 without VNNI, and two machines give two results.
 * @module
 */
import {
  badOperands,
  type Interval,
  int32Interval,
  type Kernel,
  type Operand,
  type Operator,
  operandOf,
  RANGES,
  requireAtMost,
  requireAttributes,
  requireSize,
  type Site,
} from "./operator.ts";

export const matmulInteger: Operator = (site: Site): Kernel => {
  requireAttributes(site, []);
  requireAtMost(site, 4);
  const left = operandOf(site, 0);
  const right = operandOf(site, 1);
  const [rows, inner, columns] = sizes(site, left, right);
  requireSize(site, [rows, columns]);
  if (left.dtype !== right.dtype || (left.dtype !== "uint8" && left.dtype !== "int8")) {
    throw badOperands(
      site,
      `it multiplies ${left.dtype} by ${right.dtype}; only uint8 by uint8 and int8 by int8 give the` +
        " same result on every CPU",
    );
  }
  if (right.values === undefined)
    throw badOperands(site, "input 1 (the weights) is not a constant");
  const leftZero = zeroPoint(site, 2, left, 1);
  const rightZero = zeroPoint(site, 3, right, columns);
  const zero = leftZero[0] as number;
  // Row-major [K, N] with the zero point taken off once, so that both loops below read it in order.
  const weights = right.values.map((w, i) => w - (rightZero[i % rightZero.length] as number));

  const evaluate = (x: Int32Array): Int32Array => {
    const out = new Int32Array(rows * columns);
    for (let row = 0; row < rows; row++) {
      const to = row * columns;
      for (let k = 0; k < inner; k++) {
        const factor = (x[row * inner + k] as number) - zero;
        // Half of what follows a ReLU is zero, and most of an image.
        if (factor === 0) continue;
        const from = k * columns;
        for (let j = 0; j < columns; j++) {
          out[to + j] = (out[to + j] as number) + factor * (weights[from + j] as number);
        }
      }
    }
    return out;
  };

  const bound = ({ min, max }: Interval): Interval => {
    const least = new Float64Array(rows * columns);
    const greatest = new Float64Array(rows * columns);
    for (let row = 0; row < rows; row++) {
      const to = row * columns;
      for (let k = 0; k < inner; k++) {
        const low = (min[row * inner + k] as number) - zero;
        const high = (max[row * inner + k] as number) - zero;
        const from = k * columns;
        for (let j = 0; j < columns; j++) {
          const weight = weights[from + j] as number;
          least[to + j] = (least[to + j] as number) + weight * (weight > 0 ? low : high);
          greatest[to + j] = (greatest[to + j] as number) + weight * (weight > 0 ? high : low);
        }
      }
    }
    return int32Interval(site, least, greatest);
  };

  return {
    output: { dtype: "int32", dims: [rows, columns] },
    evaluate: (operand) => evaluate(operand(0)),
    bound: (operand) => bound(operand(0)),
  };
};

function sizes(site: Site, left: Operand, right: Operand): [number, number, number] {
  const [rows, inner] = left.dims;
  const [innerToo, columns] = right.dims;
  if (
    left.dims.length !== 2 ||
    right.dims.length !== 2 ||
    rows === undefined ||
    columns === undefined ||
    inner === undefined ||
    inner !== innerToo
  ) {
    throw badOperands(
      site,
      `shapes [${left.dims}] and [${right.dims}] do not multiply; expected [M, K] and [K, N]`,
    );
  }
  return [rows, inner, columns];
}

/** A constant scalar or list of one, or of one per column where the operator allows it; 0 when omitted. */
function zeroPoint(site: Site, index: number, of: Operand, columns: number): Int32Array {
  const operand = site.operands[index];
  if (operand === undefined) return new Int32Array(1);
  const { values, dims, dtype } = operand;
  const isFitting = dims.length === 0 || (dims.length === 1 && [1, columns].includes(dims[0] ?? 0));
  if (values === undefined || dtype !== of.dtype || !isFitting) {
    throw badOperands(
      site,
      `input ${index} (a zero point) is ${dtype} [${dims}], expected a constant ${of.dtype} scalar` +
        `${columns > 1 ? ` or [${columns}]` : ""} in ${RANGES[of.dtype].join(" to ")}`,
    );
  }
  return values;
}
