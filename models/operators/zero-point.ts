/**
 * What the operators on quantised bytes share: their zero points, and which sides go together.
 * @module
 */
import { badOperands, type Operand, RANGES, type Site } from "./operator.ts";

/**
 * Refuses one signed and one unsigned side: there onnxruntime saturates intermediate sums on x64 without
 * VNNI, and two machines give two results.
 * @throws ModelError `BAD_OPERANDS`
 */
export function requireSameBytes(site: Site, left: Operand, right: Operand): void {
  if (left.dtype === right.dtype && (left.dtype === "uint8" || left.dtype === "int8")) return;
  throw badOperands(
    site,
    `it multiplies ${left.dtype} by ${right.dtype}; only uint8 by uint8 and int8 by int8 give the` +
      " same result on every CPU",
  );
}

/**
 * A constant scalar or list of one, or of one per column where the operator allows it; 0 when omitted.
 * @throws ModelError `BAD_OPERANDS`
 */
export function zeroPoint(site: Site, index: number, of: Operand, columns: number): Int32Array {
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
