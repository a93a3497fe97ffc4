/**
 * BLS12-381 as drand's quicknet and Subtensor's timelock use it: signatures and identities in G1 (48 bytes), keys in
 * G2 (96 bytes), points compressed as Zcash does. Points from outside are on the curve and in the subgroup of prime
 * order, and never the point at infinity, or they are refused.
 *
 * A pairing takes about 9 ms; of a key that stays the same, the lines of the Miller loop are kept.
 * @module
 */
import { createHash } from "node:crypto";
import type { Fp2, Fp12 as Target } from "@noble/curves/abstract/tower.js";
import type { WeierstrassPoint } from "@noble/curves/abstract/weierstrass.js";
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { bytesToNumberBE, numberToBytesLE } from "@noble/curves/utils.js";
import { ChainError } from "../error.ts";

export type G1Point = WeierstrassPoint<bigint>;
export type G2Point = WeierstrassPoint<Fp2>;
/** A point of G2, ready to be paired: the coefficients of its lines. */
export type Lines = ReturnType<typeof bls12_381.utils.calcPairingPrecomputes>;

export const SIGNATURE_BYTES = 48;
export const PUBLIC_KEY_BYTES = 96;

/** Domain of drand's unchained scheme bls-unchained-g1-rfc9380. */
const DST = "BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_";
const COORDINATE_BYTES = 48;

const { Fr, Fp12 } = bls12_381.fields;

/** P of the papers: the generator. */
export const G2_BASE: G2Point = bls12_381.G2.Point.BASE;

/** @throws ChainError `MALFORMED_SIGNATURE` */
export function decodeSignature(bytes: Uint8Array): G1Point {
  const point = pointOf(bls12_381.G1.Point, bytes, SIGNATURE_BYTES);
  if (point === undefined) {
    throw new ChainError(
      "MALFORMED_SIGNATURE",
      `expected ${SIGNATURE_BYTES} bytes that name a point of G1, got ${bytes.length} bytes`,
      "Fetch the round's signature again; it is the field `signature` of a drand quicknet pulse.",
    );
  }
  return point;
}

/** @returns undefined for what is not a point of G2 in its one compressed form */
export function decodeKey(bytes: Uint8Array): G2Point | undefined {
  return pointOf(bls12_381.G2.Point, bytes, PUBLIC_KEY_BYTES);
}

function pointOf<F>(
  curve: { fromBytes(bytes: Uint8Array): WeierstrassPoint<F> },
  bytes: Uint8Array,
  length: number,
): WeierstrassPoint<F> | undefined {
  if (bytes.length !== length) return undefined;
  try {
    // Decoding checks the curve equation and the subgroup; a plain copy, as it refuses Node's Buffer.
    const point = curve.fromBytes(Uint8Array.from(bytes));
    return point.is0() ? undefined : point;
  } catch {
    return undefined;
  }
}

/**
 * What a beacon signs for a round, and whom a message for that round is sealed to: H(sha256(round, big-endian)) in G1.
 * @throws ChainError `MALFORMED_ROUND`
 */
export function identityOf(round: number): G1Point {
  if (!Number.isSafeInteger(round) || round < 1) {
    throw new ChainError(
      "MALFORMED_ROUND",
      `a round is a whole number from 1, got ${round}`,
      "Take the round from roundAt or revealRound.",
    );
  }
  const bigEndian = Buffer.alloc(8);
  bigEndian.writeBigUInt64BE(BigInt(round));
  return bls12_381.G1.hashToCurve(sha256(bigEndian), { DST });
}

export function linesOf(point: G2Point): Lines {
  return bls12_381.utils.calcPairingPrecomputes(point);
}

/** e(P, Q): never one, unless one of the points is the one at infinity. */
export function pair(P: G1Point, Q: Lines): Target {
  return pairAll([P, Q]);
}

/** Whether the product of all e(P, Q) is one, at little more than the cost of one pairing. */
export function isProductOne(...pairs: readonly (readonly [P: G1Point, Q: Lines])[]): boolean {
  return Fp12.eql(pairAll(...pairs), Fp12.ONE);
}

function pairAll(...pairs: readonly (readonly [P: G1Point, Q: Lines])[]): Target {
  const loops = pairs.map(([P, Q]): [Lines, bigint, bigint] => {
    const { x, y } = P.toAffine();
    return [Q, x, y];
  });
  return Fp12.finalExponentiate(bls12_381.millerLoopBatch(loops));
}

/** As arkworks writes it: twelve coordinates of 48 bytes, little-endian, from c0.c0.c0 to c1.c2.c1. */
export function targetBytes({ c0, c1 }: Target): Uint8Array {
  const coordinates = [c0.c0, c0.c1, c0.c2, c1.c0, c1.c1, c1.c2].flatMap((c) => [c.c0, c.c1]);
  return Buffer.concat(coordinates.map((c) => numberToBytesLE(c, COORDINATE_BYTES)));
}

/** @returns the number modulo the order of the groups */
export function scalarOf(bigEndian: Uint8Array): bigint {
  return Fr.create(bytesToNumberBE(bigEndian));
}

export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return Uint8Array.from(hash.digest());
}
