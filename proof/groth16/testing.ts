/**
 * Points and proofs for tests of forms: real points of the groups, of which nothing is proven.
 * @module
 */
import { bn254 } from "@noble/curves/bn254.js";
import { fp2, g2RightSide, Q } from "./points.ts";
import type { G1, G2, Proof } from "./proof.ts";

export function g1Of(scalar: bigint): G1 {
  const { x, y } = bn254.G1.Point.BASE.multiply(scalar).toAffine();
  return { x, y };
}

export function g2Of(scalar: bigint): G2 {
  const { x, y } = bn254.G2.Point.BASE.multiply(scalar).toAffine();
  return { x: [x.c0, x.c1], y: [y.c0, y.c1] };
}

/** A point on the twist and outside the subgroup, as nearly all are: the one of the first x that has one. */
export function twistPoint(): G2 {
  const { Fp, Fp2 } = bn254.fields;
  for (let c0 = 1n; ; c0++) {
    const square = g2RightSide(fp2([c0, 0n]));
    // Euler's criterion, by the norm to Fq: noble's sqrt throws for what is no square.
    const norm = Fp.create(square.c0 ** 2n + square.c1 ** 2n);
    if (Fp.pow(norm, (Q - 1n) / 2n) !== 1n) continue;
    const y = Fp2.sqrt(square);
    return { x: [c0, 0n], y: [y.c0, y.c1] };
  }
}

/** Well formed, and about nothing. */
export function proofOf(a: bigint, b: bigint, c: bigint): Proof {
  return { a: g1Of(a), b: g2Of(b), c: g1Of(c) } as Proof;
}
