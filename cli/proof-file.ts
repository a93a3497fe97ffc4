/**
 * The file that `assay prove` writes and `assay verify` reads: a statement and its proof in snarkjs's JSON, so that
 * snarkjs itself can check the proof too.
 * @module
 */
import { z } from "zod";
import type { Proof } from "../proof/groth16/proof.ts";
import { proofFromJson } from "../proof/groth16/proof-json.ts";
import type { Rejection } from "../proof/rejection.ts";
import { type Digest, digest } from "../store/digest.ts";

export interface ProofFile {
  readonly circuit: Digest;
  readonly tag: bigint;
  readonly input: Int32Array;
  readonly outputs: Int32Array;
  readonly proof: Proof;
}

/** A file of a public network: refused before it is parsed when it is larger than any honest one. */
export const MAX_PROOF_FILE_BYTES: number = 4 * 1024 * 1024;

const int32 = z
  .int()
  .min(-(2 ** 31))
  .max(2 ** 31 - 1);
const schema = z.strictObject({
  format: z.literal("assay/proof/1"),
  circuit: z.string().regex(/^[0-9a-f]{64}$/),
  tag: z.string().regex(/^(0|[1-9]\d{0,74})$/),
  input: z.array(int32).max(1 << 20),
  outputs: z.array(int32).max(1 << 16),
  proof: z.unknown(),
});

export function proofFileToJson(file: Omit<ProofFile, "proof">, proof: unknown): unknown {
  return {
    format: "assay/proof/1",
    circuit: file.circuit,
    tag: file.tag.toString(),
    input: [...file.input],
    outputs: [...file.outputs],
    proof,
  };
}

/** What came from outside is either wholly understood or refused: the reason is an answer, not an exception. */
export function proofFileFromJson(value: unknown): ProofFile | Rejection {
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    return { code: "MALFORMED", at: parsed.error.issues[0]?.path.join(".") ?? "file" };
  }
  const { circuit, tag, input, outputs } = parsed.data;
  const proof = proofFromJson(parsed.data.proof);
  if ("code" in proof) return proof;
  return {
    circuit: digest(circuit),
    tag: BigInt(tag),
    input: Int32Array.from(input),
    outputs: Int32Array.from(outputs),
    proof,
  };
}
