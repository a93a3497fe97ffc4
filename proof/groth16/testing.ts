/**
 * Points and proofs for tests of forms: real points of the groups, of which nothing is proven.
 * @module
 */
import { bn254 } from "@noble/curves/bn254.js";
import type { G1, G2, Proof } from "./proof.ts";

export function g1Of(scalar: bigint): G1 {
  const { x, y } = bn254.G1.Point.BASE.multiply(scalar).toAffine();
  return { x, y };
}

export function g2Of(scalar: bigint): G2 {
  const { x, y } = bn254.G2.Point.BASE.multiply(scalar).toAffine();
  return { x: [x.c0, x.c1], y: [y.c0, y.c1] };
}

/** Well formed, and about nothing. */
export function proofOf(a: bigint, b: bigint, c: bigint): Proof {
  return { a: g1Of(a), b: g2Of(b), c: g1Of(c) } as Proof;
}
