/**
 * The key a verifier holds: one Groth16 circuit, its weights included, in a few hundred bytes to a few kilobytes.
 * Groth 2016, §3.2.
 * @module
 */
import type { G1, G2 } from "./proof.ts";

/** Branded: decoded strictly, every point checked, gamma ≠ delta, neither a generator where it may not be. */
export interface VerificationKey {
  readonly nPublic: number;
  readonly alpha: G1;
  readonly beta: G2;
  readonly gamma: G2;
  readonly delta: G2;
  /** nPublic + 1 points: the constant term, then one per public signal. */
  readonly ic: readonly G1[];
  readonly __brand: "VerificationKey";
}
