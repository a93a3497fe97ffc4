/**
 * Why a proof, a key or a statement was refused. A bad proof is an answer about whoever sent it, never an
 * exception: verifiers return a `Rejection`, and throw only when this machine is at fault.
 * @module
 */

export type RejectionCode =
  /** Not the shape this format demands: wrong type, key, length or leftover bytes. */
  | "MALFORMED"
  /** A number that is not written in the one way the format allows, or is not below its modulus. */
  | "NON_CANONICAL"
  /** A point that does not satisfy the curve equation, or is the point at infinity where none may be. */
  | "NOT_ON_CURVE"
  /** A point on the curve that lies outside the subgroup of prime order. */
  | "NOT_IN_SUBGROUP"
  /** The number of public signals is not the number the verification key binds. */
  | "WRONG_SIGNAL_COUNT"
  /** A public input or output outside the range that the circuit's static bounds rest on. */
  | "OUT_OF_RANGE"
  /** Everything is well formed and the pairing equation does not hold. */
  | "PROOF_INVALID"
  /** A key whose parameters would let anybody forge: gamma = delta, a generator, infinity, no contribution. */
  | "KEY_UNSAFE"
  /** A chain of contributions, or a key, that does not follow from the files it claims to follow from. */
  | "KEY_MISMATCH";

export interface Rejection {
  readonly code: RejectionCode;
  /** Where: a field path such as `pi_b[0][1]`, `publicSignals[12]` or `contribution 2`. */
  readonly at: string;
}
