import fc from "fast-check";
import { expect, test } from "vitest";
import { signAnswer } from "./answer.ts";
import { canonicalJson, parseCanonicalJson } from "./canonical-json.ts";
import { signJob } from "./job.ts";
import { type Receipt, receiptFault, receiptFromJson, receiptToJson } from "./receipt.ts";
import { alice, anyBytes, anyChange, anyInt32s, anyJob, bob } from "./testing.ts";
import { MAX_ANSWER_BYTES, MAX_JOB_BYTES } from "./wire.ts";

const malformed = expect.objectContaining({ code: "MALFORMED_RECEIPT" });

const anyReceipt: fc.Arbitrary<Receipt> = fc
  .tuple(anyJob, anyInt32s(12), anyBytes(128))
  .map(([job, outputs, proof]) => ({
    job: signJob(job, alice),
    answer: signAnswer(job, { outputs, proof }, bob),
  }));

test("accepts the receipt of an honest exchange, read back from its text", () => {
  fc.assert(
    fc.property(anyReceipt, (receipt) => {
      const bytes = canonicalJson(receiptToJson(receipt));
      const read = receiptFromJson(parseCanonicalJson(bytes, MAX_JOB_BYTES + MAX_ANSWER_BYTES));
      expect(read).toEqual(receipt);
      expect(receiptFault(read)).toBeUndefined();
    }),
    { numRuns: 20 },
  );
});

test("refuses a receipt whose job changed in any one field", () => {
  fc.assert(
    fc.property(anyReceipt, anyChange, ({ answer }, { job, changed }) => {
      const signed = signJob(job, alice);
      const fault = receiptFault({ job: { ...signed, job: changed }, answer });
      expect(fault).toEqual({ kind: "rejected", code: "BAD_SIGNATURE", at: "request.signature" });
    }),
    { numRuns: 50 },
  );
});

test("refuses a receipt put together from two exchanges", () => {
  fc.assert(
    fc.property(anyReceipt, anyReceipt, (one, other) => {
      fc.pre(one.job.job.id !== other.job.job.id);
      expect(receiptFault({ job: one.job, answer: other.answer })).toEqual({
        kind: "rejected",
        code: "WRONG_JOB",
        at: "answer.job",
      });
    }),
    { numRuns: 20 },
  );
});

test("refuses another's answer that was renamed to this job", () => {
  fc.assert(
    fc.property(anyReceipt, anyReceipt, (one, other) => {
      fc.pre(one.job.job.id !== other.job.job.id);
      const answer = { ...other.answer, job: one.job.job.id };
      expect(receiptFault({ job: one.job, answer })).toEqual({
        kind: "rejected",
        code: "BAD_SIGNATURE",
        at: "answer.signature",
      });
    }),
    { numRuns: 20 },
  );
});

test("refuses the JSON of anything but a receipt of this format", () => {
  const [receipt] = fc.sample(anyReceipt, { numRuns: 1, seed: 7 });
  if (receipt === undefined) throw new Error("fast-check drew nothing");
  const json = receiptToJson(receipt) as Record<string, unknown>;
  for (const change of [
    { format: "assay/receipt/2" },
    { format: undefined },
    { verified: true },
    { answer: { ...(json["answer"] as object), signature: "" } },
    { request: json["answer"] },
  ]) {
    expect(() => receiptFromJson({ ...json, ...change })).toThrow(malformed);
  }
  expect(() => receiptFromJson({ request: json["request"], answer: json["answer"] })).toThrow(
    malformed,
  );
});
