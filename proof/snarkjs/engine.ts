/**
 * The reference engine: snarkjs 0.7.6 in child processes, with a strict layer in front. snarkjs's own verifier accepts
 * shortened signals, other spellings of numbers and points it should not (docs/threats.md): it is only ever given what
 * was decoded strictly and is written in the one canonical way.
 * @module
 */
import type {
  Claim,
  Engine,
  GivenProof,
  Proven,
  ProveOptions,
  ProveRequest,
  WitnessCalculator,
} from "../engine.ts";
import { ProofError } from "../error.ts";
import { widenWitness } from "../files/witness.ts";
import { isRejection } from "../groth16/points.ts";
import { decompressProof } from "../groth16/proof-bytes.ts";
import { proofFromJson, proofToJson, publicSignalsFromJson } from "../groth16/proof-json.ts";
import { refuseSignals } from "../groth16/public-signals.ts";
import { encodeVerificationKey } from "../groth16/verification-key.ts";
import type { Rejection } from "../rejection.ts";
import { Children } from "./children.ts";

export interface ReferenceEngineOptions {
  /** Proofs made side by side, each in a process of its own with one thread. Default 1. */
  readonly children?: number;
}

export function openReferenceEngine({
  children = 1,
}: ReferenceEngineOptions = {}): Engine & WitnessCalculator {
  return new ReferenceEngine(new Children({ size: children, threads: "one" }));
}

class ReferenceEngine implements Engine, WitnessCalculator {
  readonly name = "reference";
  readonly #children: Children;

  constructor(children: Children) {
    this.#children = children;
  }

  async calculateWitness(
    program: string,
    inputs: Readonly<Record<string, readonly bigint[]>>,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<Uint8Array> {
    return await this.#children.run("witness", { program, inputs }, options).catch((error) => {
      throw renamed(
        error,
        "WITNESS_FAILED",
        "Check the names, the number and the range of the inputs.",
      );
    });
  }

  /** `threads` is not for this engine to choose: snarkjs is fastest per processor with one. */
  async prove(request: ProveRequest, { signal }: ProveOptions = {}): Promise<Proven> {
    const options = signal === undefined ? {} : { signal };
    const { provingKey, witness: given } = request;
    const witness = given instanceof Uint8Array ? given : widenWitness(given);
    const { proof, publicSignals, ms } = await this.#children
      .run("prove", { provingKey, witness }, options)
      .catch((error) => {
        throw renamed(
          error,
          "PROVING_FAILED",
          "Check that the key and the witness are of one circuit.",
        );
      });
    const decoded = proofFromJson(proof);
    if (isRejection(decoded)) throw noProof(decoded);
    const count = Array.isArray(publicSignals) ? publicSignals.length : 0;
    const signals = publicSignalsFromJson(publicSignals, count);
    if (isRejection(signals)) throw noProof(signals);
    return { proof: decoded, publicSignals: signals, stages: { prove: ms } };
  }

  async verify({
    key,
    publicSignals,
    proof: given,
  }: Claim<GivenProof>): Promise<Rejection | undefined> {
    const refusal = refuseSignals(publicSignals, key);
    if (refusal !== undefined) return refusal;
    const proof = given instanceof Uint8Array ? decompressProof(given) : given;
    if (isRejection(proof)) return proof;
    const holds = await this.#children.run("verify", {
      key: encodeVerificationKey(key),
      publicSignals: publicSignals.map(String),
      proof: proofToJson(proof),
    });
    return holds ? undefined : { code: "PROOF_INVALID", at: "proof" };
  }

  verifyBatch(claims: readonly Claim<GivenProof>[]): Promise<readonly (Rejection | undefined)[]> {
    return Promise.all(claims.map((claim) => this.verify(claim)));
  }

  close(): Promise<void> {
    return this.#children.close();
  }
}

function noProof({ code, at }: Rejection): ProofError {
  return new ProofError(
    "PROVING_FAILED",
    `snarkjs returned no proof: ${code} at ${at}`,
    "Check the proving key against its manifest.",
  );
}

/** What failed in snarkjs gets the name of what was being done; everything else stays what it is. */
function renamed(error: unknown, code: string, hint: string): unknown {
  if (!(error instanceof ProofError) || error.code !== "CHILD_FAILED") return error;
  return new ProofError(code, error.message, hint, { cause: error });
}
