import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_OUTPUT_VALUES } from "./answer.ts";
import { canonicalJson, parseCanonicalJson } from "./canonical-json.ts";
import { MAX_BUDGET_MS, MAX_INPUT_VALUES } from "./job.ts";
import { alice, anyDigest } from "./testing.ts";
import {
  errorFromJson,
  errorToJson,
  ignoreCodeOf,
  infoFromJson,
  infoToJson,
  MAX_ANSWER_BYTES,
  MAX_CIRCUITS,
  MAX_ERROR_BYTES,
  MAX_INFO_BYTES,
  MAX_JOB_BYTES,
  MAX_RETRY_AFTER_SECONDS,
  type MinerInfo,
  REFUSAL_STATUS,
  type Refusal,
  type RefusalCode,
  retryAfterFromHeader,
} from "./wire.ts";

const codes = Object.keys(REFUSAL_STATUS) as RefusalCode[];
const printable = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
  minLength: 1,
  maxLength: 256,
});
const anyRefusal: fc.Arbitrary<Refusal> = fc.record({
  code: fc.constantFrom(...codes),
  message: printable,
  hint: printable,
});

describe("a refusal", () => {
  test("reads back as it was written, within the limit of its body", () => {
    fc.assert(
      fc.property(anyRefusal, (refusal) => {
        const bytes = canonicalJson(errorToJson(refusal));
        expect(errorFromJson(parseCanonicalJson(bytes, MAX_ERROR_BYTES))).toEqual(refusal);
      }),
    );
  });

  test.each<[string, unknown]>([
    ["an unknown code", { error: { code: "NICE_TRY", message: "m", hint: "h" } }],
    ["a code of every object", { error: { code: "constructor", message: "m", hint: "h" } }],
    ["an escape sequence", { error: { code: "EXPIRED", message: "\u001b[2J", hint: "h" } }],
    ["a line end", { error: { code: "EXPIRED", message: "m\n", hint: "h" } }],
    ["a long text", { error: { code: "EXPIRED", message: "m".repeat(257), hint: "h" } }],
    ["an empty text", { error: { code: "EXPIRED", message: "", hint: "h" } }],
    ["a missing hint", { error: { code: "EXPIRED", message: "m" } }],
    ["an unknown key", { error: { code: "EXPIRED", message: "m", hint: "h", stack: "s" } }],
    ["no error", {}],
    ["null", null],
  ])("is refused with %s", (_, value) => {
    expect(() => errorFromJson(value)).toThrow(
      expect.objectContaining({ code: "MALFORMED_ERROR" }),
    );
  });

  test("with 429 says that the miner is busy; with any other status, that it would not", () => {
    expect(ignoreCodeOf(429)).toBe("BUSY");
    for (const status of [301, 400, 404, 500, 503]) expect(ignoreCodeOf(status)).toBe("REFUSED");
    expect(codes.filter((code) => ignoreCodeOf(REFUSAL_STATUS[code]) === "BUSY")).toEqual([
      "QUEUE_FULL",
    ]);
  });

  test("never has the status of an answer", () => {
    for (const code of codes) expect(REFUSAL_STATUS[code]).toBeGreaterThanOrEqual(400);
  });
});

describe("Retry-After", () => {
  test("is read as whole seconds", () => {
    expect(retryAfterFromHeader("1")).toBe(1);
    expect(retryAfterFromHeader(String(MAX_RETRY_AFTER_SECONDS))).toBe(MAX_RETRY_AFTER_SECONDS);
  });

  test.each([undefined, "", "0", "-1", "1.5", "01", " 1", "1e3", "3601", "99999999999", "Wed, 21"])(
    "is refused as %j",
    (header) => {
      expect(retryAfterFromHeader(header)).toBeUndefined();
    },
  );
});

describe("what a miner says of itself", () => {
  test("reads back as it was written, within the limit of its body", () => {
    fc.assert(
      fc.property(fc.array(anyDigest, { maxLength: MAX_CIRCUITS }), (circuits) => {
        const info: MinerInfo = { version: "0.1.0", hotkey: alice.hotkey, circuits };
        const bytes = canonicalJson(infoToJson(info));
        expect(infoFromJson(parseCanonicalJson(bytes, MAX_INFO_BYTES))).toEqual(info);
      }),
    );
  });

  test.each<[string, Record<string, unknown>]>([
    ["a version with a space", { version: "0.1 0" }],
    ["a long version", { version: "1".repeat(65) }],
    ["no hotkey", { hotkey: "alice" }],
    ["a circuit that is no digest", { circuits: ["mnist"] }],
    ["too many circuits", { circuits: new Array(MAX_CIRCUITS + 1).fill("ab".repeat(32)) }],
    ["an unknown key", { stake: 1 }],
  ])("is refused with %s", (_, change) => {
    const info = { version: "0.1.0", hotkey: alice.hotkey, circuits: [], ...change };
    expect(() => infoFromJson(info)).toThrow(expect.objectContaining({ code: "MALFORMED_INFO" }));
  });
});

describe("docs/protocol.md", () => {
  const document = readFileSync(new URL("../docs/protocol.md", import.meta.url), "utf8");

  test("has a row for every refusal and no other, with its status", () => {
    const rows = [...document.matchAll(/^\| (\d{3}) +\| `(\w+)` +\| \S/gm)];
    expect(Object.fromEntries(rows.map(([, status, code]) => [code, Number(status)]))).toEqual(
      REFUSAL_STATUS,
    );
    expect(rows).toHaveLength(codes.length);
  });

  test("has a row for every limit, with its value", () => {
    const rows = [...document.matchAll(/^\| `(MAX_\w+)` +\| (\d+) +\| \S/gm)];
    expect(Object.fromEntries(rows.map(([, name, value]) => [name, Number(value)]))).toEqual({
      MAX_JOB_BYTES,
      MAX_ANSWER_BYTES,
      MAX_ERROR_BYTES,
      MAX_INFO_BYTES,
      MAX_INPUT_VALUES,
      MAX_OUTPUT_VALUES,
      MAX_BUDGET_MS,
      MAX_CIRCUITS,
      MAX_RETRY_AFTER_SECONDS,
    });
  });
});
