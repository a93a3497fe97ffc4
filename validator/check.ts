/**
 * What a reply to a job is worth: docs/protocol.md, "The validator's checks", clause by clause in its order, cheap
 * ones first. Nothing that a miner says beside its proof is believed: the outputs are a claim, the public signals are
 * rebuilt from the job, and every proof is verified.
 * @module
 */
import type { Verifier } from "../circuits/verify.ts";
import { type Answer, answerFromJson, answerHasValidSignature } from "../protocol/answer.ts";
import { parseCanonicalJson } from "../protocol/canonical-json.ts";
import { ProtocolError } from "../protocol/error.ts";
import type { Job } from "../protocol/job.ts";
import { tagOf } from "../protocol/tag.ts";
import type { IgnoreCode, RejectCode } from "../protocol/verdict.ts";
import { MAX_ANSWER_BYTES } from "../protocol/wire.ts";
import { ValidatorError } from "./error.ts";
import type { Reply } from "./exchange.ts";
import type { Conclusion } from "./journal.ts";

type Rejection = NonNullable<Awaited<ReturnType<Verifier["verify"]>>>;

/** @throws ValidatorError `OWN_FAULT` when the job itself cannot be verified; whatever the verifier throws */
export async function concludeOn(
  job: Job,
  reply: Reply,
  verify: Verifier["verify"],
): Promise<Conclusion> {
  switch (reply.kind) {
    // [IGNORE] The last byte had not come when the budget was over: nothing was delivered.
    case "late":
      return ignored("LATE");
    // [IGNORE] No connection, a broken one, or bytes that are not HTTP.
    case "unreachable":
      return ignored("UNREACHABLE", reply.reason);
    // [IGNORE] A full queue is nobody's fault.
    case "busy":
      return ignored("BUSY");
    // [IGNORE] Any other status but 200.
    case "refused":
      return ignored("REFUSED", reply.reason);
    // [IGNORE] We gave up ourselves.
    case "cancelled":
      return ignored("CANCELLED", reply.reason);
    // [REJECT] A 200 of no length, of too much, or packed.
    case "malformed":
      return { ...rejected("MALFORMED_ANSWER", reply.at), latencyUs: reply.latencyUs };
    case "answered": {
      const { latencyUs, body } = reply;
      // [IGNORE] It came whole, but after the budget; the timer that should have ended it was late as well.
      if (latencyUs > job.budgetMs * 1000) return { ...ignored("LATE"), latencyUs };
      return { ...(await concludeOnBody(job, body, verify)), latencyUs, answer: body };
    }
  }
}

async function concludeOnBody(
  job: Job,
  body: Uint8Array,
  verify: Verifier["verify"],
): Promise<Conclusion> {
  const answer = answerOf(body);

  // [REJECT] The body is not an answer.
  if ("malformed" in answer) return rejected("MALFORMED_ANSWER", "body");

  // [REJECT] The answer is about another job.
  if (answer.job !== job.id) return rejected("WRONG_JOB", "job");

  // [REJECT] The job's miner did not sign this answer to this job.
  if (!answerHasValidSignature(job, answer)) return rejected("BAD_SIGNATURE", "signature");

  // [REJECT] Outputs of another number or out of range, a proof that is none, a proof of something else.
  const begunAtMs = performance.now();
  const statement = { tag: tagOf(job), input: job.input, outputs: answer.outputs };
  const rejection = await verify(statement, answer.proof);
  const verifyUs = Math.round((performance.now() - begunAtMs) * 1000);
  if (rejection !== undefined) return { ...rejected(codeOf(rejection), rejection.at), verifyUs };

  return { verdict: { kind: "accepted" }, verifyUs };
}

/** The verifier speaks of statements and proofs; the protocol of what a miner did. */
function codeOf({ code, at }: Rejection): RejectCode {
  switch (code) {
    case "WRONG_SIGNAL_COUNT":
      if (at.startsWith("outputs")) return "WRONG_OUTPUT_COUNT";
      break;
    case "OUT_OF_RANGE":
      if (at.startsWith("outputs")) return "OUTPUT_OUT_OF_RANGE";
      break;
    case "MALFORMED":
    case "NON_CANONICAL":
    case "NOT_ON_CURVE":
    case "NOT_IN_SUBGROUP":
      return "MALFORMED_PROOF";
    case "PROOF_INVALID":
      return "PROOF_INVALID";
    case "KEY_UNSAFE":
    case "KEY_MISMATCH":
      break;
  }
  // Inputs and keys are ours: a miner is not judged by them.
  throw new ValidatorError(
    "OWN_FAULT",
    `the job cannot be verified: ${code} at ${at}`,
    "The model's sampler and its circuit package do not fit together: open the package again.",
  );
}

function answerOf(body: Uint8Array): Answer | { readonly malformed: true } {
  try {
    return answerFromJson(parseCanonicalJson(body, MAX_ANSWER_BYTES));
  } catch (error) {
    if (error instanceof ProtocolError) return { malformed: true };
    throw error;
  }
}

function ignored(code: IgnoreCode, detail?: string): Conclusion {
  return { verdict: { kind: "ignored", code }, detail };
}

function rejected(code: RejectCode, at: string): Conclusion {
  return { verdict: { kind: "rejected", code, at } };
}
