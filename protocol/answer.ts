/**
 * An answer: what a miner returns for a job. Outputs and proof are claims to check; the signature says who makes them.
 * The miner signs (docs/protocol.md, "Answer"):
 *
 *     0 domain · 16 digest of the job · 48 job id · 64 count of the outputs · 68 outputs, 4 bytes each · proof, 128 bytes
 * @module
 */
import { z } from "zod";
import { ByteWriter } from "./bytes.ts";
import { ProtocolError } from "./error.ts";
import { bytesField, decode, int32sField } from "./fields.ts";
import { fromHex, toPrefixedHex } from "./hex.ts";
import { JOB_ID_BYTES, type Job, type JobId, jobDigest, jobId, jobIdField } from "./job.ts";
import { SIGNATURE_BYTES, type Signer, verifySignature } from "./signature.ts";

/** A compressed Groth16 proof over BN254: A and C 32 bytes each, B 64. */
export const PROOF_BYTES = 128;

/** Integers of one output. In the longest way of writing them they stay within wire.ts's MAX_ANSWER_BYTES. */
export const MAX_OUTPUT_VALUES = 4_096;

export interface Answer {
  /** The id of the job it answers. */
  readonly job: JobId;
  /** Every public output integer, in the order of the circuit's signals. */
  readonly outputs: Int32Array;
  /** 128 bytes, compressed; this folder does not look inside. */
  readonly proof: Uint8Array;
  /** 64 bytes: the miner's, over `encodeAnswer`. Decoding does not check it; `answerHasValidSignature` does. */
  readonly signature: Uint8Array;
}

/**
 * The bytes that the miner signs: they name the job twice, by the digest of all its fields and by the id that the
 * answer itself carries, so that nothing in an answer stands outside its signature.
 * @throws ProtocolError `MALFORMED_ANSWER` for a value outside its range
 */
export function encodeAnswer(job: Job, answer: Omit<Answer, "signature">): Uint8Array {
  try {
    if (answer.outputs.length > MAX_OUTPUT_VALUES) {
      throw new RangeError(`outputs: expected at most ${MAX_OUTPUT_VALUES}`);
    }
    return new ByteWriter("assay/answer/1")
      .fixed(fromHex(jobDigest(job)), 32)
      .fixed(fromHex(jobId(answer.job)), JOB_ID_BYTES)
      .int32s(answer.outputs)
      .fixed(answer.proof, PROOF_BYTES)
      .finish();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new ProtocolError(
      "MALFORMED_ANSWER",
      cause.message,
      "Write the answer as docs/protocol.md fixes it.",
      { cause },
    );
  }
}

/** @throws ProtocolError `WRONG_SIGNER` when the signer is not the job's miner */
export function signAnswer(
  job: Job,
  solution: { readonly outputs: Int32Array; readonly proof: Uint8Array },
  signer: Signer,
): Answer {
  if (signer.hotkey !== job.miner) {
    throw new ProtocolError(
      "WRONG_SIGNER",
      `the job is for miner ${job.miner}, the signer is ${signer.hotkey}`,
      "Sign with the hotkey that the job names.",
    );
  }
  const unsigned = { job: job.id, outputs: solution.outputs, proof: solution.proof };
  return { ...unsigned, signature: signer.sign(encodeAnswer(job, unsigned)) };
}

/** True only when the miner that the job names signed exactly this answer to exactly this job. */
export function answerHasValidSignature(job: Job, answer: Answer): boolean {
  return (
    answer.job === job.id &&
    answer.proof.length === PROOF_BYTES &&
    answer.outputs.length <= MAX_OUTPUT_VALUES &&
    verifySignature(encodeAnswer(job, answer), answer.signature, job.miner)
  );
}

export const answerSchema: z.ZodType<Answer> = z.strictObject({
  job: jobIdField,
  outputs: int32sField(MAX_OUTPUT_VALUES),
  proof: bytesField(PROOF_BYTES),
  signature: bytesField(SIGNATURE_BYTES),
});

/** The body of a 200 to `POST /v1/jobs`. */
export function answerToJson(answer: Answer): unknown {
  return {
    job: answer.job,
    outputs: [...answer.outputs],
    proof: toPrefixedHex(answer.proof),
    signature: toPrefixedHex(answer.signature),
  };
}

/** Checks form, not truth: call `answerHasValidSignature`. @throws ProtocolError `MALFORMED_ANSWER` */
export function answerFromJson(value: unknown): Answer {
  return decode(answerSchema, value, "MALFORMED_ANSWER");
}
