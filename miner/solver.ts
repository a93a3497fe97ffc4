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

/** So many integers, each in the range. */
export interface InputStretch {
  readonly count: number;
  readonly min: number;
  readonly max: number;
}

export interface Solver {
  readonly circuit: Digest;
  /** The stretches of a job's input, one for each tensor; a job with another input is refused before any work. */
  readonly inputs: readonly InputStretch[];
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

/**
 * Closes the inference with itself; the prover's engine belongs to whoever opened it.
 * @throws MinerError `PRIVATE_INPUT`: nothing would tie the input of a job to its proof
 */
export function openSolver({ prover, inference, verifyBeforeAnswer }: SolverParts): Solver {
  const tensors = prover.manifest.inputs;
  const hidden = tensors.find(({ visibility }) => visibility === "private");
  if (hidden !== undefined) {
    throw new MinerError(
      "PRIVATE_INPUT",
      `circuit ${prover.circuit} keeps its input ${hidden.name} private, so no job can be served with it`,
      "Serve a package whose inputs are public or hashed.",
    );
  }
  const inputs = tensors.map(({ dims, range }): InputStretch => {
    return { count: dims.reduce((product, dim) => product * dim, 1), ...range };
  });
  return {
    circuit: prover.circuit as Digest,
    inputs,
    close: () => inference.close(),
    async solve(job, signal) {
      const question = { tag: tagOf(job), input: job.input };
      const startMs = performance.now();
      const inferred = (await inference.infer(split(job.input, inputs))).map((row) => row.join());
      const inferMs = performance.now() - startMs;
      const { outputs, proof, stages } = await prover.prove(question, { signal });
      if (inferred.join() !== outputs.join()) {
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

function split(input: Int32Array, stretches: readonly InputStretch[]): Int32Array[] {
  let at = 0;
  return stretches.map(({ count }) => {
    at += count;
    return input.subarray(at - count, at);
  });
}
