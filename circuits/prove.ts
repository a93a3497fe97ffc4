/**
 * The miner's door to circuits: an input in, the model's answer and its proof out.
 * @module
 */
import type { Engine, StageTimings } from "../proof/engine.ts";
import { isRejection, R } from "../proof/groth16/points.ts";
import { compressProof } from "../proof/groth16/proof-bytes.ts";
import type { Rejection } from "../proof/rejection.ts";
import type { Digest } from "../store/digest.ts";
import { lowerAgain } from "./draft.ts";
import { CircuitError } from "./error.ts";
import { countOf, splitInput } from "./interface.ts";
import type { Manifest } from "./manifest.ts";
import type { CircuitPackage } from "./package.ts";
import {
  claimOfShown,
  type Question,
  refuseQuestion,
  type Statement,
  showAll,
} from "./statement.ts";

export type { Question, Statement };

export interface ProvenAnswer {
  readonly outputs: Int32Array;
  /** 128 bytes. */
  readonly proof: Uint8Array;
  readonly stages: StageTimings;
}

export interface Prover {
  readonly circuit: Digest;
  readonly model: Digest;
  readonly manifest: Manifest;
  /** @throws CircuitError `OUT_OF_RANGE` | `WRONG_SIGNAL_COUNT` before any work; ProofError from the engine */
  prove(question: Question, options?: { readonly signal?: AbortSignal }): Promise<ProvenAnswer>;
  /** As any verifier does it. A prover checks its own proof before it answers for it. */
  verify(statement: Statement, proof: Uint8Array): Promise<Rejection | undefined>;
}

/**
 * Lowers the model again: its integers become every wire of the circuit without a program of anybody else's.
 * @param circuit opened, so every file of it is checked
 * @throws CircuitError `R1CS_MISMATCH` when the package's circuit is not its model's
 */
export async function openProver(
  circuit: CircuitPackage,
  { engine }: { readonly engine: Engine },
): Promise<Prover> {
  const { manifest } = circuit;
  const lowered = lowerAgain(circuit.graph, manifest, circuit.dir);
  return {
    circuit: circuit.id,
    model: manifest.model,
    manifest,
    async verify(statement, proof) {
      const refusal = refuseQuestion(statement, manifest);
      if (refusal !== undefined) return refusal;
      const claim = claimOfShown(circuit, showAll(statement, manifest), proof);
      return isRejection(claim) ? claim : engine.verify(claim);
    },
    async prove(question, options = {}) {
      const refusal = refuseQuestion(question, manifest);
      if (refusal !== undefined) throw unprovable(refusal, manifest);
      options.signal?.throwIfAborted();
      const startMs = performance.now();
      const { tag, input, salts } = question;
      const witness = lowered.witness({
        tag,
        inputs: splitInput(input, manifest.inputs),
        ...(salts && { salts }),
      });
      const witnessMs = performance.now() - startMs;
      const request = { provingKey: circuit.path("provingKey"), witness };
      const { proof, publicSignals, stages } = await engine.prove(request, options);
      const outputs = publicSignals.slice(0, manifest.publicSignals.outputs);
      return {
        outputs: Int32Array.from(outputs, signedOf),
        proof: compressProof(proof),
        stages: { witness: witnessMs, ...stages },
      };
    },
  };
}

/** x mod r back to the integer it stands for; the static bounds keep every output within 32 bits. */
function signedOf(signal: bigint): number {
  return Number(signal > R / 2n ? signal - R : signal);
}

function unprovable({ code, at }: Rejection, { inputs }: Manifest): CircuitError {
  const wanted = inputs.map(
    ({ name, dims, range: { min, max } }) =>
      `${name}: ${countOf(dims)} integers from ${min} to ${max}`,
  );
  return new CircuitError(
    code,
    `refused at ${at}: this circuit takes ${wanted.join(", ")}`,
    "Quantise the input as the model's card says.",
  );
}
