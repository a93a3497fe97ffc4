/**
 * A receipt: a request and its answer, exactly as they went over the wire. It carries both signatures, so anybody can
 * check it offline and for ever (docs/protocol.md, "Receipt"): the two checks here, then the proof by circuits/verify.
 * @module
 */
import { z } from "zod";
import { type Answer, answerHasValidSignature, answerSchema, answerToJson } from "./answer.ts";
import { decode } from "./fields.ts";
import { hasValidSignature, jobToJson, type SignedJob, signedJobSchema } from "./job.ts";
import type { Rejected } from "./verdict.ts";

const FORMAT = "assay/receipt/1";

export interface Receipt {
  readonly job: SignedJob;
  readonly answer: Answer;
}

const receiptSchema: z.ZodType<Receipt> = z
  .strictObject({
    format: z.literal(FORMAT),
    request: signedJobSchema,
    answer: answerSchema,
  })
  .transform(({ request, answer }) => ({ job: request, answer }));

/** `{format, request, answer}`: request is the body of the POST, answer the body of its 200. */
export function receiptToJson(receipt: Receipt): unknown {
  return {
    format: FORMAT,
    request: jobToJson(receipt.job),
    answer: answerToJson(receipt.answer),
  };
}

/** Checks form, not truth: call `receiptFault`. @throws ProtocolError `MALFORMED_RECEIPT` */
export function receiptFromJson(value: unknown): Receipt {
  return decode(receiptSchema, value, "MALFORMED_RECEIPT");
}

/**
 * Why the two messages of a receipt do not belong together, or undefined. Undefined does not mean that the proof
 * holds: that is circuits/verify's to say.
 */
export function receiptFault({ job, answer }: Receipt): Rejected | undefined {
  if (!hasValidSignature(job)) {
    return { kind: "rejected", code: "BAD_SIGNATURE", at: "request.signature" };
  }
  if (answer.job !== job.job.id) return { kind: "rejected", code: "WRONG_JOB", at: "answer.job" };
  if (!answerHasValidSignature(job.job, answer)) {
    return { kind: "rejected", code: "BAD_SIGNATURE", at: "answer.signature" };
  }
  return undefined;
}
