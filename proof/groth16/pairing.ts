/**
 * The pairing equation on an independent library (@noble/curves): the second opinion against which every engine is
 * tested. e(A, B) = e(alpha, beta) · e(Σ aᵢ·ICᵢ, gamma) · e(C, delta); Groth 2016, §3.2.
 * @module
 */
import { bn254 } from "@noble/curves/bn254.js";
import type { Claim } from "../engine.ts";
import { fp2 } from "./points.ts";
import type { G1, G2 } from "./proof.ts";
import { refuseSignals } from "./public-signals.ts";

type Point1 = InstanceType<typeof bn254.G1.Point>;
type Point2 = InstanceType<typeof bn254.G2.Point>;

/** @returns whether the proof holds; the number and range of the signals are checked, too */
export function verifyByPairing({ key, publicSignals, proof }: Claim): boolean {
  if (refuseSignals(publicSignals, key) !== undefined) return false;
  let sum = point1(key.ic[0]);
  for (const [i, signal] of publicSignals.entries()) {
    if (signal !== 0n) sum = sum.add(point1(key.ic[i + 1]).multiplyUnsafe(signal));
  }
  const pairs = [
    { g1: point1(proof.a).negate(), g2: point2(proof.b) },
    { g1: point1(key.alpha), g2: point2(key.beta) },
    { g1: sum, g2: point2(key.gamma) },
    { g1: point1(proof.c), g2: point2(key.delta) },
  ].filter(({ g1 }) => !g1.equals(bn254.G1.Point.ZERO));
  const { Fp12 } = bn254.fields;
  return Fp12.eql(bn254.pairingBatch(pairs), Fp12.ONE);
}

function point1(point: G1 | undefined): Point1 {
  if (point === undefined) return bn254.G1.Point.ZERO;
  return bn254.G1.Point.fromAffine(point);
}

function point2({ x, y }: G2): Point2 {
  return bn254.G2.Point.fromAffine({ x: fp2(x), y: fp2(y) });
}
