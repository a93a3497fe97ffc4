import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Answer,
  answerFromJson,
  answerHasValidSignature,
  answerToJson,
  encodeAnswer,
  MAX_OUTPUT_VALUES,
  PROOF_BYTES,
  signAnswer,
} from "./answer.ts";
import { canonicalJson, parseCanonicalJson } from "./canonical-json.ts";
import type { Job } from "./job.ts";
import {
  alice,
  anyBytes,
  anyChange,
  anyFlip,
  anyInt32s,
  anyJob,
  anyJobId,
  bob,
} from "./testing.ts";
import { MAX_ANSWER_BYTES } from "./wire.ts";

const malformed = expect.objectContaining({ code: "MALFORMED_ANSWER" });

const anySolution = fc.record({ outputs: anyInt32s(12, 1), proof: anyBytes(PROOF_BYTES) });

function sample<T>(arbitrary: fc.Arbitrary<T>): T {
  const [value] = fc.sample(arbitrary, { numRuns: 1, seed: 7 });
  if (value === undefined) throw new Error("fast-check drew nothing");
  return value;
}

const job: Job = sample(anyJob);
const answer: Answer = signAnswer(job, sample(anySolution), bob);

describe("the signature of an answer", () => {
  test("is accepted from the miner that the job names", () => {
    fc.assert(
      fc.property(anyJob, anySolution, (any, solution) => {
        expect(answerHasValidSignature(any, signAnswer(any, solution, bob))).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  test("is refused when any one field of the job changed", () => {
    fc.assert(
      fc.property(anyChange, anySolution, ({ job: one, changed }, solution) => {
        expect(answerHasValidSignature(changed, signAnswer(one, solution, bob))).toBe(false);
      }),
      { numRuns: 150 },
    );
  });

  test("is refused when the job id beside it changed", () => {
    fc.assert(
      fc.property(anyJobId, (id) => {
        fc.pre(id !== job.id);
        expect(answerHasValidSignature(job, { ...answer, job: id })).toBe(false);
        expect(encodeAnswer(job, { ...answer, job: id })).not.toEqual(encodeAnswer(job, answer));
      }),
      { numRuns: 30 },
    );
  });

  test("is refused when any one output changed", () => {
    for (let at = 0; at < answer.outputs.length; at++) {
      const outputs = answer.outputs.map((value, i) => (i === at ? value ^ 1 : value));
      expect(answerHasValidSignature(job, { ...answer, outputs })).toBe(false);
    }
  });

  test("is refused when an output was added or taken away", () => {
    const more = Int32Array.from([...answer.outputs, 0]);
    for (const outputs of [more, answer.outputs.slice(0, -1), new Int32Array(0)]) {
      expect(answerHasValidSignature(job, { ...answer, outputs })).toBe(false);
    }
  });

  test("is refused when any one bit of the proof turned", () => {
    fc.assert(
      fc.property(anyFlip(answer.proof), (proof) => {
        expect(answerHasValidSignature(job, { ...answer, proof })).toBe(false);
      }),
    );
  });

  test("is refused when any one of its own bits turned", () => {
    fc.assert(
      fc.property(anyFlip(answer.signature), (signature) => {
        expect(answerHasValidSignature(job, { ...answer, signature })).toBe(false);
      }),
    );
  });

  test("is refused, and not thrown at, when it or the proof has another length", () => {
    for (const length of [0, 1, 63, 65, 127, 129]) {
      const bytes = new Uint8Array(length);
      expect(answerHasValidSignature(job, { ...answer, signature: bytes })).toBe(false);
      expect(answerHasValidSignature(job, { ...answer, proof: bytes })).toBe(false);
    }
  });

  test("of the validator does not stand for that of the miner", () => {
    const signature = alice.sign(encodeAnswer(job, answer));
    expect(answerHasValidSignature(job, { ...answer, signature })).toBe(false);
  });

  test("is not made in another's name", () => {
    expect(() => signAnswer(job, answer, alice)).toThrow(
      expect.objectContaining({ code: "WRONG_SIGNER" }),
    );
  });

  test("is not made over a proof of another length or too many outputs", () => {
    const proof = new Uint8Array(PROOF_BYTES - 1);
    const outputs = new Int32Array(MAX_OUTPUT_VALUES + 1);
    expect(() => signAnswer(job, { ...answer, proof }, bob)).toThrow(malformed);
    expect(() => signAnswer(job, { ...answer, outputs }, bob)).toThrow(malformed);
  });
});

describe("the JSON of an answer", () => {
  test("decodes to the answer that was encoded, over text too", () => {
    fc.assert(
      fc.property(anyJobId, anySolution, anyBytes(64), (id, solution, signature) => {
        const any: Answer = { job: id, ...solution, signature };
        const bytes = canonicalJson(answerToJson(any));
        expect(answerFromJson(parseCanonicalJson(bytes, MAX_ANSWER_BYTES))).toEqual(any);
      }),
    );
  });

  test("of the longest answer fits the limit of a body", () => {
    const outputs = new Int32Array(MAX_OUTPUT_VALUES).fill(-(2 ** 31));
    expect(canonicalJson(answerToJson({ ...answer, outputs })).length).toBeLessThanOrEqual(
      MAX_ANSWER_BYTES,
    );
  });

  test.each<[string, Record<string, unknown>]>([
    ["an id of another length", { job: "00" }],
    ["an id in upper case", { job: "F".repeat(32) }],
    ["outputs as text", { outputs: ["1"] }],
    ["minus zero", { outputs: [-0] }],
    ["an output beyond 32 bits", { outputs: [2 ** 31] }],
    ["too many outputs", { outputs: new Array(MAX_OUTPUT_VALUES + 1).fill(0) }],
    ["outputs that are no array", { outputs: { 0: 1, length: 1 } }],
    ["a proof without 0x", { proof: "00".repeat(PROOF_BYTES) }],
    ["a proof in upper case", { proof: `0x${"AB".repeat(PROOF_BYTES)}` }],
    ["a proof that is too short", { proof: `0x${"00".repeat(PROOF_BYTES - 1)}` }],
    ["a proof that is too long", { proof: `0x${"00".repeat(PROOF_BYTES + 1)}` }],
    ["no signature", { signature: undefined }],
    ["an empty signature", { signature: "" }],
    ["a signature that is null", { signature: null }],
    ["an unknown key", { tag: "1" }],
  ])("is refused with %s", (_, change) => {
    const json = { ...(answerToJson(answer) as Record<string, unknown>), ...change };
    expect(() => answerFromJson(json)).toThrow(malformed);
  });

  test("is refused with a key __proto__", () => {
    const text = JSON.stringify(answerToJson(answer)).replace("{", '{"__proto__":{"job":"0"},');
    expect(() => answerFromJson(JSON.parse(text))).toThrow(malformed);
  });

  test("refuses any value that is no answer", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(() => answerFromJson(value)).toThrow(malformed);
      }),
    );
  });
});
