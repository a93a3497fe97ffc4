/**
 * The miner's door to circuits: an input in, the model's answer and its proof out.
 * @module
 */
import type { Engine, StageTimings, WitnessCalculator } from "../proof/engine.ts";
import { R } from "../proof/groth16/points.ts";
import { compressProof } from "../proof/groth16/proof-bytes.ts";
import type { Rejection } from "../proof/rejection.ts";
import type { Digest } from "../store/digest.ts";
import { CircuitError } from "./error.ts";
import { witnessInputs } from "./generate.ts";
import type { Manifest } from "./manifest.ts";
import type { CircuitPackage } from "./package.ts";
import { type Question, refuseQuestion, type Statement, verifyStatement } from "./statement.ts";

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
  readonly inputCount: number;
  /** @throws CircuitError `OUT_OF_RANGE` | `WRONG_SIGNAL_COUNT` before any work; ProofError from the engine */
  prove(question: Question, options?: { readonly signal?: AbortSignal }): Promise<ProvenAnswer>;
  /** As any verifier does it. A prover checks its own proof before it answers for it. */
  verify(statement: Statement, proof: Uint8Array): Promise<Rejection | undefined>;
}

/** @param circuit opened, so every file of it is checked */
export async function openProver(
  circuit: CircuitPackage,
  { engine }: { readonly engine: Engine & WitnessCalculator },
): Promise<Prover> {
  const { manifest } = circuit;
  return {
    circuit: circuit.id,
    model: manifest.model,
    manifest,
    inputCount: manifest.publicSignals.inputs,
    verify: (statement, proof) => verifyStatement(circuit, statement, proof, engine),
    async prove(question, options = {}) {
      const refusal = refuseQuestion(question, manifest);
      if (refusal !== undefined) throw unprovable(refusal, manifest);
      const startMs = performance.now();
      const inputs = witnessInputs(question.tag, question.input);
      const witness = await engine.calculateWitness(
        circuit.path("witnessProgram"),
        inputs,
        options,
      );
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

function unprovable({ code, at }: Rejection, manifest: Manifest): CircuitError {
  const { min, max } = manifest.input.range;
  return new CircuitError(
    code,
    `refused at ${at}: this circuit takes ${manifest.publicSignals.inputs} integers from ${min} to ${max}`,
    "Quantise the input as the model's card says.",
  );
}
