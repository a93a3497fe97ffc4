/**
 * Simulated claims are claims: they hold by an independent verifier, and a forged one does not.
 * @module
 */
import { describe, expect, it } from "vitest";
import type { Claim } from "../proof/engine.ts";
import { verifyByPairing } from "../proof/groth16/pairing.ts";
import { isRejection } from "../proof/groth16/points.ts";
import { decompressProof } from "../proof/groth16/proof-bytes.ts";
import { forged, type SentClaim, simulateClaims } from "./claims.ts";

function decoded({ key, publicSignals, proof: bytes }: SentClaim): Claim {
  const proof = decompressProof(bytes);
  if (isRejection(proof)) throw new Error(`${proof.code} at ${proof.at}`);
  return { key, publicSignals, proof };
}

describe("a simulated claim", () => {
  it.each([1, 2, 7])("of %i public signals holds, and forged does not", (nPublic) => {
    for (const sent of simulateClaims(nPublic, 2)) {
      const claim = decoded(sent);
      expect(claim.publicSignals).toHaveLength(nPublic);
      expect(verifyByPairing(claim)).toBe(true);
      expect(verifyByPairing(forged(claim))).toBe(false);
    }
  });

  it("is unlike any other, and of one key with those that were made with it", () => {
    const [a, b] = simulateClaims(1, 2);
    expect(a?.key).toBe(b?.key);
    expect(a?.proof).not.toEqual(b?.proof);
    const [other] = simulateClaims(1, 1);
    if (a === undefined || other === undefined) throw new Error("no claim");
    expect(verifyByPairing({ ...decoded(a), key: other.key })).toBe(false);
  });
});
