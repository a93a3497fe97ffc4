/**
 * The form of an operator: what a node computes, written as index maps and small integers, so that whoever proves it
 * need not know ONNX. A few kinds cover every operator of the integer graph; a new operator whose kind exists is
 * proven without a line in circuits/. `evaluate` stays the definition: a test computes every kernel by its form too.
 *
 * An element of operand k is named by (k, index), the index row-major in the operand's shape. Output element i is
 * given by its index i. Callbacks are called in a fixed order, which the circuit's bytes follow.
 * @module
 */

export type Form =
  /** out[i] = operand[from[i]][at[i]], or `fill` where from[i] is -1. `from` is one number where all agree. */
  | {
      readonly kind: "move";
      readonly from: number | Int32Array;
      readonly at: Int32Array;
      readonly fill: number;
    }
  /** out[i] = constant + Σ weight · operand[k][index], over the terms of row i. Weights are int32 and not 0. */
  | { readonly kind: "linear"; readonly row: LinearRow }
  /** out[i] = operand 0[at[i]] / divisors[i], truncated toward zero as ONNX's Div. Divisors are at least 1. */
  | { readonly kind: "quotient"; readonly at: Int32Array; readonly divisors: Int32Array }
  /** The remainder of the same division: of the dividend's sign (fmod = 1), or of the divisor's, which is positive. */
  | {
      readonly kind: "remainder";
      readonly at: Int32Array;
      readonly divisors: Int32Array;
      readonly sign: "dividend" | "divisor";
    }
  /** out[i] = min(max(operand 0[i], low), high). An open end is infinite. */
  | { readonly kind: "clamp"; readonly low: number; readonly high: number }
  /** The low bits of operand 0[i], signed or not: a narrowing Cast. Provable only where it changes nothing. */
  | { readonly kind: "wrap"; readonly min: number; readonly max: number }
  /** out[i] = the greatest (or least) of the elements of row i, of which there is at least one. */
  | { readonly kind: "extreme"; readonly which: "greatest" | "least"; readonly row: ElementRow }
  /** out[i] = the position in row i of its greatest (or least) element; of equals, the first (or the last). */
  | {
      readonly kind: "extreme-position";
      readonly which: "greatest" | "least";
      readonly ofEquals: "first" | "last";
      readonly row: ElementRow;
    }
  /** out[i] = Σ (operand 0[a] - zeros[0]) · (operand 1[b] - zeros[1]); both operands depend on the input. */
  | {
      readonly kind: "product";
      readonly zeros: readonly [number, number];
      readonly row: (i: number, term: (a: number, b: number) => void) => void;
    }
  /** out[i] = 1 where the relation holds between operand 0[left[i]] and operand 1[right[i]], else 0. */
  | {
      readonly kind: "compare";
      readonly relation: "equal" | "less" | "less-or-equal" | "greater" | "greater-or-equal";
      readonly left: Int32Array;
      readonly right: Int32Array;
    }
  /** Of truth values 0 and 1. */
  | {
      readonly kind: "logic";
      readonly connective: "and" | "or" | "xor";
      readonly left: Int32Array;
      readonly right: Int32Array;
    }
  /** out[i] = operand 0[condition[i]] is 1 ? operand 1[yes[i]] : operand 2[no[i]]. */
  | {
      readonly kind: "select";
      readonly condition: Int32Array;
      readonly yes: Int32Array;
      readonly no: Int32Array;
    }
  /** out[i] = entries(i)[operand 1[at[i]]]; operand 0 is the constant that the entries come from. */
  | {
      readonly kind: "table";
      readonly at: Int32Array;
      /** As long as the index can be large, and the same object for equal tables. */
      readonly entries: (i: number) => Int32Array;
    }
  /** out[i] = |operand 0[i]|. */
  | { readonly kind: "absolute" }
  /** out[i] = -1, 0 or 1, as operand 0[i] is negative, zero or positive. */
  | { readonly kind: "sign" };

/** Calls `term` for each term of output element i, and returns the constant. */
export type LinearRow = (
  i: number,
  term: (operand: number, index: number, weight: number) => void,
) => number;

/** Calls `element` for each element of row i, in the order that positions count. */
export type ElementRow = (i: number, element: (operand: number, index: number) => void) => void;
