/**
 * Claims to verify, with as many public signals as one likes and no circuit behind them: whoever knows the secrets of a
 * key can simulate proofs under it (Groth 2016, §3.2), and a verifier cannot tell, nor does it take another time.
 * @module
 */
import { randomBytes } from "node:crypto";
import { bn254 } from "@noble/curves/bn254.js";
import type { Claim, GivenProof } from "../proof/engine.ts";
import { isRejection, R } from "../proof/groth16/points.ts";
import type { G1, G2, Proof } from "../proof/groth16/proof.ts";
import { compressProof } from "../proof/groth16/proof-bytes.ts";
import {
  decodeVerificationKey,
  encodeVerificationKey,
  type VerificationKey,
} from "../proof/groth16/verification-key.ts";
import { BenchError } from "./error.ts";

/** A claim as it comes from outside: the proof still in its 128 bytes. */
export type SentClaim = Claim<Uint8Array>;

const { Fr } = bn254.fields;

/** So many claims under one key. Every signal is an element of full size. */
export function simulateClaims(nPublic: number, count: number): SentClaim[] {
  const secrets = { alpha: scalar(), beta: scalar(), gamma: scalar(), delta: scalar() };
  const ic = Array.from({ length: nPublic + 1 }, scalar);
  const key = keyOf(secrets, ic);
  return Array.from({ length: count }, () => {
    const publicSignals = Array.from({ length: nPublic }, scalar);
    return { key, publicSignals, proof: compressProof(simulate(secrets, ic, publicSignals)) };
  });
}

interface Secrets {
  readonly alpha: bigint;
  readonly beta: bigint;
  readonly gamma: bigint;
  readonly delta: bigint;
}

/** a and b as one likes, and the c that makes ab = αβ + Σ·γ + cδ. */
function simulate(
  { alpha, beta, gamma, delta }: Secrets,
  ic: readonly bigint[],
  publicSignals: readonly bigint[],
): Proof {
  const [a, b] = [scalar(), scalar()];
  const sum = [1n, ...publicSignals].reduce((all, w, i) => all + w * (ic[i] ?? 0n), 0n);
  const c = Fr.create((a * b - alpha * beta - sum * gamma) * Fr.inv(delta));
  return { a: g1(a), b: g2(b), c: g1(c) } as Proof;
}

function keyOf({ alpha, beta, gamma, delta }: Secrets, ic: readonly bigint[]): VerificationKey {
  const points = {
    nPublic: ic.length - 1,
    alpha: g1(alpha),
    beta: g2(beta),
    gamma: g2(gamma),
    delta: g2(delta),
    ic: ic.map(g1),
  } as unknown as VerificationKey;
  const key = decodeVerificationKey(encodeVerificationKey(points));
  if (!isRejection(key)) return key;
  throw new BenchError(key.code, `a simulated key is refused at ${key.at}`, "Report this.");
}

/** The same claim about something else: no verifier may accept it. */
export function forged<P extends GivenProof>(claim: Claim<P>): Claim<P> {
  const first = ((claim.publicSignals[0] ?? 0n) + 1n) % R;
  return { ...claim, publicSignals: claim.publicSignals.with(0, first) };
}

/** Not zero: what is multiplied by it would be infinity. */
function scalar(): bigint {
  return (BigInt(`0x${randomBytes(48).toString("hex")}`) % (R - 1n)) + 1n;
}

function g1(of: bigint): G1 {
  const { x, y } = bn254.G1.Point.BASE.multiply(of).toAffine();
  return { x, y };
}

function g2(of: bigint): G2 {
  const { x, y } = bn254.G2.Point.BASE.multiply(of).toAffine();
  return { x: [x.c0, x.c1], y: [y.c0, y.c1] };
}
