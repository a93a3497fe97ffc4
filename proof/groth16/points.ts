/**
 * When four or six numbers are a point: canonical, on the curve, in the subgroup of prime order. BN254 ("alt_bn128",
 * EIP-196 and EIP-197): G1 has cofactor 1, so that on the curve is in the subgroup; G2 has not.
 * @module
 */
import { bn254 } from "@noble/curves/bn254.js";
import type { Rejection, RejectionCode } from "../rejection.ts";
import type { G1, G2 } from "./proof.ts";

/** The order of the base field Fq, in which coordinates live. */
export const Q: bigint = bn254.fields.Fp.ORDER;
/** The order of the groups and of the scalar field Fr, in which signals live. */
export const R: bigint = bn254.fields.Fr.ORDER;

const { Fp, Fp2 } = bn254.fields;
const B2 = bn254.G2.Point.CURVE().b;

export function g1Fault(point: G1): RejectionCode | undefined {
  const { x, y } = point;
  if (!isCanonical(x) || !isCanonical(y)) return "NON_CANONICAL";
  return Fp.eql(Fp.sqr(y), g1RightSide(x)) ? undefined : "NOT_ON_CURVE";
}

export function g2Fault(point: G2): RejectionCode | undefined {
  if (![...point.x, ...point.y].every(isCanonical)) return "NON_CANONICAL";
  const x = fp2(point.x);
  const y = fp2(point.y);
  if (!Fp2.eql(Fp2.sqr(y), g2RightSide(x))) return "NOT_ON_CURVE";
  return bn254.G2.Point.fromAffine({ x, y }).isTorsionFree() ? undefined : "NOT_IN_SUBGROUP";
}

/** x³ + 3: what y² must be on G1. */
export function g1RightSide(x: bigint): bigint {
  return Fp.create(x * x * x + 3n);
}

/** x³ + 3/(9 + u): what y² must be on the twist. */
export function g2RightSide(x: Fp2Element): Fp2Element {
  return Fp2.add(Fp2.mul(Fp2.sqr(x), x), B2);
}

export interface Fp2Element {
  readonly c0: bigint;
  readonly c1: bigint;
}

export function fp2([c0, c1]: readonly [bigint, bigint]): Fp2Element {
  return { c0, c1 };
}

function isCanonical(value: bigint): boolean {
  return value >= 0n && value < Q;
}

/** A refusal and something decoded are told apart by the code that only a refusal has. */
export function isRejection(value: object): value is Rejection {
  return "code" in value && "at" in value;
}
