/**
 * Solves one job: infer, prove, and check before answering for it. Inference in onnxruntime and the circuit's witness are
 * two readings of one model; where they differ, nothing is answered.
 * @module
 */
import type { Prover } from "../circuits/prove.ts";
import type { Inference } from "../models/inference.ts";
import type { Digest } from "../protocol/digest.ts";
import type { Job } from "../protocol/job.ts";
import { tagOf } from "../protocol/tag.ts";
import { MinerError } from "./error.ts";

export interface Solution {
  readonly outputs: Int32Array;
  /** 128 bytes. */
  readonly proof: Uint8Array;
  /** Milliseconds by stage. */
  readonly stages: Readonly<Record<string, number>>;
}

export interface Solver {
  readonly circuit: Digest;
  readonly inputCount: number;
  /** Every input integer lies in it; a job with another is refused before any work. */
  readonly inputRange: { readonly min: number; readonly max: number };
  /** @throws when no proof can be made or it does not hold; the signal's reason when aborted */
  solve(job: Job, signal: AbortSignal): Promise<Solution>;
  close(): Promise<void>;
}

export interface SolverParts {
  readonly prover: Prover;
  readonly inference: Inference;
  /** Off only where somebody else checks: a proof that fails costs score. */
  readonly verifyBeforeAnswer: boolean;
}

/** Closes the inference with itself; the prover's engine belongs to whoever opened it. */
export function openSolver({ prover, inference, verifyBeforeAnswer }: SolverParts): Solver {
  return {
    circuit: prover.circuit as Digest,
    inputCount: prover.inputCount,
    inputRange: prover.manifest.input.range,
    close: () => inference.close(),
    async solve(job, signal) {
      const question = { tag: tagOf(job), input: job.input };
      const startMs = performance.now();
      const [inferred] = await inference.infer([job.input]);
      const inferMs = performance.now() - startMs;
      const { outputs, proof, stages } = await prover.prove(question, { signal });
      if (inferred?.join() !== outputs.join()) {
        throw new MinerError(
          "READERS_DISAGREE",
          `${inference.name} and the circuit give different outputs for job ${job.id}`,
          "Check the package, then the machine's memory.",
        );
      }
      const verifyStartMs = performance.now();
      if (verifyBeforeAnswer) {
        const rejection = await prover.verify({ ...question, outputs }, proof);
        if (rejection !== undefined) {
          throw new MinerError(
            "OWN_PROOF_INVALID",
            `the proof for job ${job.id} does not verify: ${rejection.code} at ${rejection.at}`,
            "Check the package, then the machine's memory.",
          );
        }
      }
      const verify = performance.now() - verifyStartMs;
      return { outputs, proof, stages: { infer: inferMs, ...stages, verify } };
    },
  };
}
