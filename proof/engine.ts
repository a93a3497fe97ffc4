/**
 * An engine is one way to make and check Groth16 proofs over BN254. The reference engine is snarkjs in child
 * processes; every other engine is held against it by one test suite. Keys, witnesses and proofs are
 * interchangeable files (`.wtns`, `.zkey`: the iden3 binary formats, written down in docs/protocol.md).
 * @module
 */
import type { Proof } from "./groth16/proof.ts";
import type { VerificationKey } from "./groth16/verification-key.ts";
import type { Rejection } from "./rejection.ts";

export interface ProveRequest {
  /** Path of the `.zkey`. The caller has checked its digest against a manifest. */
  readonly provingKey: string;
  /** Every wire of the circuit: the bytes of a `.wtns` file (plain, below r), or small integers. */
  readonly witness: Uint8Array | SmallWitness;
}

/**
 * A witness as whoever computed it in integers has it: a network's wires are bits and small numbers, and a 32nd of the
 * bytes of a `.wtns` file holds them.
 */
export interface SmallWitness {
  /** One for each wire, negative numbers mod r. What stands here for a wire of `full` does not count. */
  readonly values: Int32Array;
  /** Wire to value in [0, r), where the value does not fit in 32 bits. */
  readonly full: ReadonlyMap<number, bigint>;
}

export interface ProveOptions {
  /** Threads one proof may use; 1 lets several proofs run side by side. Default 1. */
  readonly threads?: number;
  /** Aborting frees the processor at once; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Milliseconds by stage of one proof, in the order in which the stages began. `prove` is the whole proof; its parts,
 * where an engine tells them, are `prove.<part>`, and some run beside each other.
 */
export type StageTimings = Readonly<Record<string, number>>;

export interface Proven {
  readonly proof: Proof;
  /** What the proof is about, in the order of the circuit: outputs, then public inputs. */
  readonly publicSignals: readonly bigint[];
  readonly stages: StageTimings;
}

/** A proof, or its 128 bytes that nobody has looked at yet (proof-bytes.ts). */
export type GivenProof = Proof | Uint8Array;

/** One claim to check: this proof, under this key, about these public signals. */
export interface Claim<P extends GivenProof = Proof> {
  readonly key: VerificationKey;
  readonly publicSignals: readonly bigint[];
  readonly proof: P;
}

export interface Engine {
  readonly name: "reference" | "native";

  /** Proves with fresh randomness from the operating system: two proofs of one witness differ. */
  prove(request: ProveRequest, options?: ProveOptions): Promise<Proven>;

  /**
   * Undefined when the proof holds. Checks the number and the range of the public signals itself, whatever the
   * caller checked before, and decodes a proof that comes as bytes.
   */
  verify(claim: Claim<GivenProof>): Promise<Rejection | undefined>;

  /** As `verify` for each claim, in order. One bad claim never hides or spoils another. */
  verifyBatch(claims: readonly Claim<GivenProof>[]): Promise<readonly (Rejection | undefined)[]>;

  /** Ends every process and thread of the engine; pending proofs reject. */
  close(): Promise<void>;
}

/** Turns named inputs into a witness with a circuit's own program (the WebAssembly that circom emits). */
export interface WitnessCalculator {
  /**
   * @param program path of the `.wasm`
   * @param inputs signal name to its values, flattened row-major; negative numbers are taken mod r
   * @returns the bytes of a `.wtns` file
   * @throws ProofError `WITNESS_FAILED` when an assertion of the circuit does not hold for these inputs
   */
  calculateWitness(
    program: string,
    inputs: Readonly<Record<string, readonly bigint[]>>,
    options?: { readonly signal?: AbortSignal },
  ): Promise<Uint8Array>;
}
