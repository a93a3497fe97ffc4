/**
 * A Groth16 proof over BN254: three points, each decoded, on its curve and in its subgroup.
 * Groth 2016, "On the Size of Pairing-based Non-interactive Arguments", §3.2; A, B, C as there.
 * @module
 */

/** An affine point of G1: x and y in Fq, canonical. */
export interface G1 {
  readonly x: bigint;
  readonly y: bigint;
}

/** An affine point of G2: each coordinate is c0 + c1·u in Fq2, u² = −1. */
export interface G2 {
  readonly x: readonly [c0: bigint, c1: bigint];
  readonly y: readonly [c0: bigint, c1: bigint];
}

/** Branded: only a strict decoder or an engine makes one, so whoever holds it need not check the points again. */
export interface Proof {
  readonly a: G1;
  readonly b: G2;
  readonly c: G1;
  readonly __brand: "Proof";
}
