import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalJson, parseCanonicalJson } from "./canonical-json.ts";
import { digest } from "./digest.ts";
import {
  decodeJob,
  encodeJob,
  hasExpired,
  hasValidSignature,
  type Job,
  jobDigest,
  jobFromJson,
  jobId,
  jobToJson,
  MAX_BUDGET_MS,
  MAX_INPUT_VALUES,
  newJobId,
  signJob,
} from "./job.ts";
import { alice, anyChange, anyFlip, anyJob, bob } from "./testing.ts";
import { MAX_JOB_BYTES } from "./wire.ts";

const job: Job = {
  id: jobId("00112233445566778899aabbccddeeff"),
  netuid: 2,
  circuit: digest("aa".repeat(32)),
  validator: alice.hotkey,
  miner: bob.hotkey,
  block: { number: 100, hash: digest("bb".repeat(32)) },
  expiryBlock: 120,
  budgetMs: 5_000,
  input: Int32Array.of(0, 15, -1),
};
const malformed = expect.objectContaining({ code: "MALFORMED_JOB" });

/** The JSON of the job with one place changed. */
function jsonWith(change: (json: Record<string, unknown>) => void): unknown {
  const { job: fields, signature } = jobToJson(signJob(job, alice)) as {
    job: Record<string, unknown>;
    signature: string;
  };
  const copy = structuredClone(fields);
  change(copy);
  return { job: copy, signature };
}

describe("the bytes of a job", () => {
  test("decode to the job that was encoded", () => {
    fc.assert(
      fc.property(anyJob, (any) => {
        expect(decodeJob(encodeJob(any))).toEqual(any);
      }),
    );
  });

  test("differ, and so does their digest, when any one field differs", () => {
    fc.assert(
      fc.property(anyChange, ({ job: one, changed }) => {
        expect(encodeJob(changed)).not.toEqual(encodeJob(one));
        expect(jobDigest(changed)).not.toBe(jobDigest(one));
      }),
      { numRuns: 500 },
    );
  });

  test("are 178 and four for each input", () => {
    expect(encodeJob(job)).toHaveLength(178 + 4 * 3);
  });

  test("do not change when the buffer they were decoded from does", () => {
    const bytes = Buffer.from(encodeJob(job));
    const decoded = decodeJob(bytes);
    bytes.fill(0);
    expect(decoded).toEqual(job);
  });

  test("refuse every truncation", () => {
    const bytes = encodeJob(job);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeJob(bytes.subarray(0, length))).toThrow(malformed);
    }
  });

  test("refuse anything left over", () => {
    fc.assert(
      fc.property(anyJob, fc.uint8Array({ minLength: 1, maxLength: 9 }), (any, more) => {
        expect(() => decodeJob(new Uint8Array([...encodeJob(any), ...more]))).toThrow(malformed);
      }),
    );
  });

  test("refuse another domain", () => {
    for (let at = 0; at < 16; at++) {
      const bytes = encodeJob(job);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      expect(() => decodeJob(bytes)).toThrow(malformed);
    }
  });

  test("refuse a count that promises more than may come, before any memory is taken for it", () => {
    const bytes = encodeJob(job);
    new DataView(bytes.buffer).setUint32(174, 0xffff_ffff);
    expect(() => decodeJob(bytes)).toThrow(malformed);
  });

  test.each([
    ["netuid", { netuid: 65_536 }],
    ["netuid", { netuid: -1 }],
    ["netuid", { netuid: 1.5 }],
    ["block number", { block: { ...job.block, number: 2 ** 32 } }],
    ["expiry block", { expiryBlock: Number.NaN }],
    ["budget", { budgetMs: 0 }],
    ["budget", { budgetMs: MAX_BUDGET_MS + 1 }],
    ["input", { input: new Int32Array(MAX_INPUT_VALUES + 1) }],
  ])("are not written for a %s out of range: %j", (_, change) => {
    expect(() => encodeJob({ ...job, ...change })).toThrow(malformed);
  });

  test("refuse a budget of nothing", () => {
    const bytes = encodeJob(job);
    new DataView(bytes.buffer).setUint32(170, 0);
    expect(() => decodeJob(bytes)).toThrow(malformed);
  });
});

describe("the signature of a job", () => {
  test("is accepted from the validator that the job names", () => {
    expect(hasValidSignature(signJob(job, alice))).toBe(true);
  });

  test("is refused when any one field of the job changed", () => {
    fc.assert(
      fc.property(anyChange, ({ job: one, changed }) => {
        const { signature } = signJob(one, alice);
        expect(hasValidSignature({ job: changed, signature })).toBe(false);
      }),
      { numRuns: 150 },
    );
  });

  test("is refused when any one of its bits turned", () => {
    const signed = signJob(job, alice);
    fc.assert(
      fc.property(anyFlip(signed.signature), (signature) => {
        expect(hasValidSignature({ job, signature })).toBe(false);
      }),
    );
  });

  test("is refused when it is empty, absent in all but length, or another message's", () => {
    for (const signature of [
      new Uint8Array(0),
      new Uint8Array(64),
      alice.sign(new Uint8Array(0)),
      bob.sign(encodeJob(job)),
    ]) {
      expect(hasValidSignature({ job, signature })).toBe(false);
    }
  });

  test("is not made in another's name", () => {
    expect(() => signJob(job, bob)).toThrow(expect.objectContaining({ code: "WRONG_SIGNER" }));
  });
});

describe("the JSON of a job", () => {
  test("decodes to the job that was encoded, over text too", () => {
    const { signature } = signJob(job, alice);
    fc.assert(
      fc.property(anyJob, (any) => {
        const signed = { job: any, signature };
        const bytes = canonicalJson(jobToJson(signed));
        expect(jobFromJson(parseCanonicalJson(bytes, MAX_JOB_BYTES))).toEqual(signed);
      }),
    );
  });

  test("of the longest job fits the limit of a body", () => {
    const longest: Job = {
      ...job,
      netuid: 65_535,
      block: { ...job.block, number: 0xffff_ffff },
      expiryBlock: 0xffff_ffff,
      budgetMs: MAX_BUDGET_MS,
      input: new Int32Array(MAX_INPUT_VALUES).fill(-(2 ** 31)),
    };
    const bytes = canonicalJson(jobToJson(signJob(longest, alice)));
    expect(bytes.length).toBeLessThanOrEqual(MAX_JOB_BYTES);
    expect(jobFromJson(parseCanonicalJson(bytes, MAX_JOB_BYTES)).job).toEqual(longest);
  });

  test.each<[string, (json: Record<string, unknown>) => void]>([
    ["an upper-case digest", (json) => (json["circuit"] = "AA".repeat(32))],
    ["a digest with 0x", (json) => (json["circuit"] = `0x${"aa".repeat(31)}`)],
    ["an id that is too short", (json) => (json["id"] = "00")],
    ["an id in upper case", (json) => (json["id"] = "A".repeat(32))],
    ["a hotkey in hexadecimal", (json) => (json["miner"] = `0x${"01".repeat(32)}`)],
    ["a hotkey with a space", (json) => (json["miner"] = `${bob.hotkey} `)],
    ["a number as text", (json) => (json["netuid"] = "2")],
    ["a fraction", (json) => (json["netuid"] = 2.5)],
    ["minus zero", (json) => (json["netuid"] = -0)],
    ["a netuid that is too large", (json) => (json["netuid"] = 65_536)],
    ["a negative block", (json) => (json["expiryBlock"] = -1)],
    ["a budget of nothing", (json) => (json["budgetMs"] = 0)],
    ["minus zero in the input", (json) => (json["input"] = [-0])],
    ["a fraction in the input", (json) => (json["input"] = [0.5])],
    ["an input beyond 32 bits", (json) => (json["input"] = [2 ** 31])],
    ["an input as text", (json) => (json["input"] = ["1"])],
    ["an input that is no array", (json) => (json["input"] = { 0: 1, length: 1 })],
    ["a nested input", (json) => (json["input"] = [[1]])],
    ["null", (json) => (json["block"] = null)],
    ["an unknown key", (json) => (json["extra"] = 1)],
    ["a missing key", (json) => delete json["budgetMs"]],
    ["too many inputs", (json) => (json["input"] = new Array(MAX_INPUT_VALUES + 1).fill(0))],
  ])("is refused with %s", (_, change) => {
    expect(() => jobFromJson(jsonWith(change))).toThrow(malformed);
  });

  test.each(["__proto__", "constructor", "prototype", "toString"])(
    "is refused with a key %s anywhere",
    (key) => {
      const text = JSON.stringify(jobToJson(signJob(job, alice)));
      for (const place of ['{"job":{', '"block":{', "{"]) {
        const spoilt = text.replace(place, `${place}"${key}":{"netuid":1},`);
        expect(spoilt).not.toBe(text);
        expect(() => jobFromJson(JSON.parse(spoilt))).toThrow(malformed);
      }
    },
  );

  test.each(["", "0x", `0x${"0".repeat(127)}`, `0x${"A".repeat(128)}`, "00".repeat(64), null, 7])(
    "is refused with the signature %j",
    (signature) => {
      const { job: fields } = jobToJson(signJob(job, alice)) as { job: unknown };
      expect(() => jobFromJson({ job: fields, signature })).toThrow(malformed);
    },
  );

  test("refuses any value that is no job", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(() => jobFromJson(value)).toThrow(malformed);
      }),
    );
  });

  test("answers hostile text with a short error that repeats none of it", () => {
    const hostile = "<script>".repeat(1_000);
    try {
      jobFromJson(jsonWith((json) => (json[hostile] = hostile)));
      expect.unreachable();
    } catch (error) {
      expect(String(error).length).toBeLessThan(200);
      expect(String(error)).not.toContain("script");
    }
  });
});

test("a job id is new every time", () => {
  const ids = Array.from({ length: 1_000 }, newJobId);
  expect(new Set(ids).size).toBe(ids.length);
});

test("a job may be taken in its last block, and not after it", () => {
  expect(hasExpired(job, job.expiryBlock)).toBe(false);
  expect(hasExpired(job, job.expiryBlock + 1)).toBe(true);
});
