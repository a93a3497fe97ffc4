/**
 * The file that `assay prove` writes and `assay verify` reads: a statement and its proof in snarkjs's JSON, so that
 * snarkjs itself can check the proof too. Of each input it holds what the statement shows: the elements (of a hashed
 * input with the salt of its digest), the digest alone, or nothing.
 * @module
 */
import { z } from "zod";
import type { Shown, ShownStatement } from "../circuits/verify.ts";
import type { Proof } from "../proof/groth16/proof.ts";
import { proofFromJson } from "../proof/groth16/proof-json.ts";
import type { Rejection } from "../proof/rejection.ts";
import { type Digest, digest } from "../store/digest.ts";

export interface ProofFile extends ShownStatement {
  readonly circuit: Digest;
  readonly proof: Proof;
}

/** A file of a public network: refused before it is parsed when it is larger than any honest one. */
export const MAX_PROOF_FILE_BYTES: number = 4 * 1024 * 1024;

const FORMAT = "assay/proof/2";

const int32 = z
  .int()
  .min(-(2 ** 31))
  .max(2 ** 31 - 1);
/** Decimal, below 10^78, which is above r; what is above its bound is refused where it is used. */
const number = z.string().regex(/^(0|[1-9]\d{0,77})$/);
const schema = z.strictObject({
  format: z.literal(FORMAT),
  circuit: z.string().regex(/^[0-9a-f]{64}$/),
  tag: number,
  inputs: z
    .array(
      z.union([
        z.strictObject({ elements: z.array(int32).max(1 << 20), salt: number.optional() }),
        z.strictObject({ digest: number }),
        z.strictObject({}),
      ]),
    )
    .max(64),
  outputs: z.array(int32).max(1 << 16),
  proof: z.unknown(),
});

export function proofFileToJson(
  { circuit, tag, inputs, outputs }: Omit<ProofFile, "proof">,
  proof: unknown,
): unknown {
  return {
    format: FORMAT,
    circuit,
    tag: tag.toString(),
    inputs: inputs.map(shownToJson),
    outputs: [...outputs],
    proof,
  };
}

/** What came from outside is either wholly understood or refused: the reason is an answer, not an exception. */
export function proofFileFromJson(value: unknown): ProofFile | Rejection {
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    return { code: "MALFORMED", at: parsed.error.issues[0]?.path.join(".") || "file" };
  }
  const { circuit, tag, inputs, outputs } = parsed.data;
  const proof = proofFromJson(parsed.data.proof);
  if ("code" in proof) return proof;
  return {
    circuit: digest(circuit),
    tag: BigInt(tag),
    inputs: inputs.map(shownFromJson),
    outputs: Int32Array.from(outputs),
    proof,
  };
}

function shownToJson(shown: Shown): unknown {
  switch (shown.kind) {
    case "elements": {
      const elements = [...shown.elements];
      return shown.salt === undefined ? { elements } : { elements, salt: shown.salt.toString() };
    }
    case "digest":
      return { digest: shown.digest.toString() };
    case "nothing":
      return {};
  }
}

function shownFromJson(json: z.infer<typeof schema>["inputs"][number]): Shown {
  if ("elements" in json) {
    const elements = Int32Array.from(json.elements);
    return json.salt === undefined
      ? { kind: "elements", elements }
      : { kind: "elements", elements, salt: BigInt(json.salt) };
  }
  return "digest" in json ? { kind: "digest", digest: BigInt(json.digest) } : { kind: "nothing" };
}
