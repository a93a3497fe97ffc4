/**
 * A ceremony makes the keys of a circuit: powers of tau (for every circuit up to a size), then a phase of its own
 * for one circuit. Each step reads files and writes one new file. Contributions use fresh secrets from the operating
 * system that are never written down. Bowe, Gabizon, Miers 2017, "Scalable Multi-party Computation for zk-SNARK
 * Parameters in the Random Beacon Model"; files are snarkjs's `.ptau` and `.zkey`.
 * @module
 */
import type { VerificationKey } from "./groth16/verification-key.ts";
import type { Rejection } from "./rejection.ts";

export interface StepOptions {
  readonly signal?: AbortSignal;
  /** Called with a line for people: what is being done now; and how much of it, from 0 to 1, where that is known. */
  readonly onProgress?: (line: string, done?: number) => void;
}

/** A public number that nobody could choose in advance, hashed 2^iterationsExp times. */
export interface Beacon {
  /** 32 bytes in lower-case hex. */
  readonly hash: string;
  /** 10 to 63: snarkjs's bounds. */
  readonly iterationsExp: number;
}

/** One entry of a file's own record of who took part. */
export interface Contribution {
  readonly name: string;
  readonly kind: "contribution" | "beacon";
  /** The 64-byte transcript hash that a participant publishes, lower-case hex. */
  readonly hash: string;
  readonly beacon?: Beacon;
}

/** Proof that a chain was checked from end to end; only a verifying step makes one. */
export interface VerifiedChain {
  readonly contributions: readonly Contribution[];
  /** The name under which everybody knows these bytes: a file of the perpetual powers of tau. */
  readonly published?: string;
}

export interface Ceremony {
  readonly name: "reference" | "native";

  /** Fresh powers of tau for circuits of up to 2^power rows. Nobody has contributed yet: unsafe until someone has. */
  newPowersOfTau(
    step: { readonly power: number; readonly out: string },
    options?: StepOptions,
  ): Promise<void>;
  contributeToPowersOfTau(
    step: { readonly from: string; readonly out: string; readonly name: string },
    options?: StepOptions,
  ): Promise<Contribution>;
  applyBeaconToPowersOfTau(
    step: {
      readonly from: string;
      readonly out: string;
      readonly name: string;
      readonly beacon: Beacon;
    },
    options?: StepOptions,
  ): Promise<Contribution>;
  /** Computes the Lagrange bases that every key of phase 2 is made from. */
  preparePhase2(
    step: { readonly from: string; readonly out: string },
    options?: StepOptions,
  ): Promise<void>;
  /**
   * Prepared powers of tau that this machine makes alone, and could keep the secrets of: for tests and the local chain.
   * Who contributed is named `development`.
   */
  developmentPowersOfTau(
    step: { readonly power: number; readonly out: string },
    options?: StepOptions,
  ): Promise<readonly Contribution[]>;
  verifyPowersOfTau(
    step: { readonly file: string },
    options?: StepOptions,
  ): Promise<VerifiedChain | Rejection>;

  /** The key before anybody contributed. Its delta is 1: with it anybody forges. */
  newKey(
    step: { readonly r1cs: string; readonly powersOfTau: string; readonly out: string },
    options?: StepOptions,
  ): Promise<void>;
  contributeToKey(
    step: { readonly from: string; readonly out: string; readonly name: string },
    options?: StepOptions,
  ): Promise<Contribution>;
  applyBeaconToKey(
    step: {
      readonly from: string;
      readonly out: string;
      readonly name: string;
      readonly beacon: Beacon;
    },
    options?: StepOptions,
  ): Promise<Contribution>;
  /**
   * Follows the chain from the circuit and the powers of tau to this key. A key without a contribution is a
   * `KEY_UNSAFE`, which snarkjs itself would accept (docs/threats.md).
   */
  verifyKey(
    step: { readonly r1cs: string; readonly powersOfTau: string; readonly key: string },
    options?: StepOptions,
  ): Promise<VerifiedChain | Rejection>;
  exportVerificationKey(
    step: { readonly key: string },
    options?: StepOptions,
  ): Promise<VerificationKey>;

  close(): Promise<void>;
}
