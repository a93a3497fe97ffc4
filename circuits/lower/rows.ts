/**
 * The rows of a circuit while it is made: wires, sparse sums of wires, rows A·w × B·w = C·w over Fr, and beside them the
 * witness program, which computes every wire from the inputs in the order in which the wires were made. Everything is
 * small integers in growable typed arrays; the few numbers of full size stand in maps of their own.
 *
 * Weights belong into C. A Groth16 key stores coefficients of A and B only, and a prover multiplies by those only; so a
 * gadget meets a long sum once, in a row 0 × 0 = sum − (its bits), and works with the bits from there.
 * @module
 */

/**
 * constant + Σ coefficients[k] · wire wires[k]. Wires are different from each other, ascending, never wire 0;
 * coefficients are integers, not 0, of magnitude below 2^53. `min` and `max` bound the sum as an integer, for every
 * witness whose wires lie in their ranges: all widths rest on them, and they must be below 2^52 in magnitude.
 */
export interface Sum {
  readonly wires: Uint32Array;
  readonly coefficients: Float64Array;
  readonly constant: number;
  readonly min: number;
  readonly max: number;
}

/** What a step of the witness program does. Wires that are not computed yet read as 0. */
export const STEP = {
  /** The wire is what makes its row hold: it stands in C of `row` with coefficient 1 or −1, and is computed last. */
  solve: 0,
  /** `count` wires from `wire` on become the bits, lowest first, of C of `row`, read while they are 0. */
  bits: 1,
  /**
   * `wire` is p and `wire + 1` is v of the two rows p × S = 0 and S × v = g − p, which stand at `row` and `row + 1`:
   * p = g where S is 0 and else 0; v = (g − p) / S, or 0. v is of full size unless g = p.
   */
  zeroTest: 2,
  /** An entry of `programs`, called with what it needs. */
  program: 3,
} as const;

/** Computes wires of full size (Poseidon, tag): given the value of any earlier wire, sets its own. */
export type FullProgram = (
  valueOf: (wire: number) => bigint,
  set: (wire: number, value: bigint) => void,
) => void;

/** One of A, B, C, row by row: the terms of row i stand from offsets[i] to offsets[i + 1]. Wire 0 is the constant 1. */
export interface Matrix {
  readonly offsets: Uint32Array;
  readonly wires: Uint32Array;
  readonly coefficients: Float64Array;
  /** Position to value in [0, r), where a coefficient is no small integer; what stands in `coefficients` is 0. */
  readonly full: ReadonlyMap<number, bigint>;
}
