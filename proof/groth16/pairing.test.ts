/**
 * The second opinion, against proofs made from known exponents: with the secrets of a key in hand a proof is arithmetic
 * mod r, so this suite needs no circuit, no prover and no file.
 * @module
 */
import { bn254 } from "@noble/curves/bn254.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Claim } from "../engine.ts";
import { verifyByPairing } from "./pairing.ts";
import { isRejection, Q, R } from "./points.ts";
import { compressProof, decompressProof } from "./proof-bytes.ts";
import { g1ToJson, g2ToJson } from "./strict-json.ts";
import { g1Of, g2Of, proofOf } from "./testing.ts";
import { decodeVerificationKey, type VerificationKey } from "./verification-key.ts";

const { Fr } = bn254.fields;

/** What a ceremony must forget: the exponents of alpha, beta, delta and IC; gamma is the generator. */
interface Secrets {
  readonly alpha: bigint;
  readonly beta: bigint;
  readonly delta: bigint;
  readonly ic: readonly [bigint, bigint, bigint];
}

const secrets: Secrets = { alpha: 1001n, beta: 2002n, delta: 3003n, ic: [17n, 29n, 41n] };
const key = keyOf(secrets);

function keyOf({ alpha, beta, delta, ic }: Secrets): VerificationKey {
  const decoded = decodeVerificationKey({
    protocol: "groth16",
    curve: "bn128",
    nPublic: ic.length - 1,
    vk_alpha_1: g1ToJson(g1Of(alpha)),
    vk_beta_2: g2ToJson(g2Of(beta)),
    vk_gamma_2: g2ToJson(g2Of(1n)),
    vk_delta_2: g2ToJson(g2Of(delta)),
    vk_alphabeta_12: [],
    IC: ic.map((exponent) => g1ToJson(g1Of(exponent))),
  });
  if (isRejection(decoded)) throw new Error(`refused: ${decoded.code} at ${decoded.at}`);
  return decoded;
}

/** The C that the equation asks for: (a·b − alpha·beta − Σ) / delta. */
function exponents(a: bigint, b: bigint, [first, second]: readonly [bigint, bigint]) {
  const { alpha, beta, delta, ic } = secrets;
  const sum = ic[0] + first * ic[1] + second * ic[2];
  return { a, b, c: Fr.div(Fr.create(a * b - alpha * beta - sum), delta) };
}

function claimOf(publicSignals: readonly [bigint, bigint]): Claim {
  const { a, b, c } = exponents(123_456_789n, 987_654_321n, publicSignals);
  return { key, publicSignals, proof: proofOf(a, b, c) };
}

const claim = claimOf([5n, R - 7n]);

describe("verification by pairing", () => {
  it("accepts what the equation holds for, and refuses it for any other signal", () => {
    const signal = fc.bigInt({ min: 0n, max: R - 1n });
    fc.assert(
      fc.property(
        signal,
        signal,
        fc.nat(1),
        fc.bigInt({ min: 1n, max: R - 1n }),
        (x, y, at, by) => {
          const honest = claimOf([x, y]);
          expect(verifyByPairing(honest)).toBe(true);
          const changed = honest.publicSignals.with(at, Fr.create((at === 0 ? x : y) + by));
          expect(verifyByPairing({ ...honest, publicSignals: changed })).toBe(false);
        },
      ),
      { numRuns: 10 },
    );
  });

  it("accepts signals that are all zero, and signals whose points add up to infinity", () => {
    expect(verifyByPairing(claimOf([0n, 0n]))).toBe(true);
    const { ic } = secrets;
    const cancelling = claimOf([Fr.div(Fr.neg(ic[0]), ic[1]), 0n]);
    expect(verifyByPairing(cancelling)).toBe(true);
    expect(verifyByPairing({ ...cancelling, publicSignals: [0n, 0n] })).toBe(false);
  });

  it("refuses aliases of a signal, and another number of signals", () => {
    const [first = 0n, second = 0n] = claim.publicSignals;
    expect(verifyByPairing(claim)).toBe(true);
    for (const publicSignals of [
      [first + R, second],
      [first - R, second],
      [first],
      [first, second, 0n],
    ]) {
      expect(verifyByPairing({ ...claim, publicSignals })).toBe(false);
    }
  });

  it("refuses the proof under a key that differs in one point", () => {
    const [k0, k1, k2] = secrets.ic;
    for (const change of [
      { alpha: 1002n },
      { beta: 2003n },
      { delta: 3004n },
      { ic: [k0 + 1n, k1, k2] satisfies Secrets["ic"] },
      { ic: [k0, k2, k1] satisfies Secrets["ic"] },
    ]) {
      expect(verifyByPairing({ ...claim, key: keyOf({ ...secrets, ...change }) })).toBe(false);
    }
  });

  // Groth16 is malleable by design: why no answer is ever identified by the bytes of its proof.
  it("accepts a proof that somebody re-randomised, as every verifier must", () => {
    const { a, b, c } = exponents(123_456_789n, 987_654_321n, [5n, R - 7n]);
    const [r1, r2] = [31_337n, 271_828n];
    const moved = proofOf(
      Fr.div(a, r1),
      Fr.create(r1 * b + r1 * r2 * secrets.delta),
      Fr.create(c + r2 * a),
    );
    const negated = proofOf(Fr.neg(a), Fr.neg(b), c);
    for (const proof of [moved, negated]) {
      expect(compressProof(proof)).not.toEqual(compressProof(claim.proof));
      expect(verifyByPairing({ ...claim, proof })).toBe(true);
    }
  });

  it("refuses each point negated alone", () => {
    const { a, b, c } = claim.proof;
    const minusB = { x: b.x, y: [(Q - b.y[0]) % Q, (Q - b.y[1]) % Q] as const };
    for (const change of [
      { a: { ...a, y: Q - a.y } },
      { b: minusB },
      { c: { ...c, y: Q - c.y } },
    ]) {
      expect(verifyByPairing({ ...claim, proof: { ...claim.proof, ...change } })).toBe(false);
    }
  });

  // proof-bytes.test.ts holds for every bit that what decodes is another proof; a pairing is slow, so here every fifth,
  // which takes each bit of a byte in turn.
  it("refuses every proof that still decodes after one bit was flipped", () => {
    const bytes = compressProof(claim.proof);
    let decoded = 0;
    for (let bit = 0; bit < 8 * bytes.length; bit += 5) {
      const flipped = Uint8Array.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const proof = decompressProof(flipped);
      if (isRejection(proof)) continue;
      decoded++;
      expect(verifyByPairing({ ...claim, proof })).toBe(false);
    }
    // Half of all x have a y on G1.
    expect(decoded).toBeGreaterThan(30);
  });
});
