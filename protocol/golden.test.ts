import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { answerHasValidSignature, encodeAnswer } from "./answer.ts";
import { canonicalJson, parseCanonicalJson } from "./canonical-json.ts";
import { toHex } from "./hex.ts";
import { decodeJob, encodeJob, hasValidSignature, jobDigest } from "./job.ts";
import { receiptFault, receiptFromJson, receiptToJson } from "./receipt.ts";
import { freshSeed } from "./seed.ts";
import { tagOf } from "./tag.ts";
import { MAX_JOB_BYTES } from "./wire.ts";

// Never made again from this code: a receipt that was given out once must hold for ever, so a failure here is a change
// of the protocol, which needs new domains (docs/protocol.md, "Versions").
const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");
const golden = JSON.parse(read("../test/vectors/protocol.json")) as {
  jobBytes: string;
  jobDigest: string;
  tag: string;
  seed: string;
  answerBytes: string;
  receipt: { request: unknown; answer: unknown };
};
const { job: signed, answer } = receiptFromJson(golden.receipt);
const { job } = signed;

describe("the golden exchange", () => {
  test("has the job bytes, and they decode to the job", () => {
    expect(toHex(encodeJob(job))).toBe(golden.jobBytes);
    expect(decodeJob(Buffer.from(golden.jobBytes, "hex"))).toEqual(job);
  });

  test("has the digest of the job, the tag and the seed", () => {
    expect(jobDigest(job)).toBe(golden.jobDigest);
    expect(String(tagOf(job))).toBe(golden.tag);
    expect(toHex(freshSeed(job))).toBe(golden.seed);
  });

  test("has the answer bytes", () => {
    expect(toHex(encodeAnswer(job, answer))).toBe(golden.answerBytes);
  });

  test("carries signatures that another implementation made, and they hold", () => {
    expect(hasValidSignature(signed)).toBe(true);
    expect(answerHasValidSignature(job, answer)).toBe(true);
    expect(receiptFault({ job: signed, answer })).toBeUndefined();
  });

  test("is written again as it was read, and survives its own text", () => {
    expect(receiptToJson({ job: signed, answer })).toEqual(golden.receipt);
    const bytes = canonicalJson(golden.receipt);
    expect(parseCanonicalJson(bytes, MAX_JOB_BYTES)).toEqual(golden.receipt);
  });

  test("stands in docs/protocol.md byte for byte", () => {
    // The document breaks long values over lines.
    const document = read("../docs/protocol.md").replace(/\s/g, "");
    const timesShown = (value: string): number => document.split(value).length - 1;
    const { request, answer: answerJson } = golden.receipt;
    for (const value of [
      golden.jobBytes,
      golden.jobDigest,
      golden.tag,
      golden.seed,
      golden.answerBytes,
      JSON.stringify(golden.receipt),
    ]) {
      expect(timesShown(value)).toBeGreaterThanOrEqual(1);
    }
    // Once where it is explained, once in the receipt.
    expect(timesShown(JSON.stringify(request))).toBe(2);
    expect(timesShown(JSON.stringify(answerJson))).toBe(2);
  });
});
