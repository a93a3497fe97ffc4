import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalJson, parseCanonicalJson } from "./canonical-json.ts";

const malformed = expect.objectContaining({ code: "MALFORMED_JSON" });
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

test("reads back what it wrote", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 3 }), (drawn) => {
      // Once through JSON: -0 and keys in another order are not what it writes.
      const value: unknown = JSON.parse(JSON.stringify(drawn));
      expect(parseCanonicalJson(canonicalJson(value), 1 << 20)).toEqual(value);
    }),
  );
});

describe("refuses text that says the same in another way", () => {
  test.each([
    ["a space", '{"a": 1}'],
    ["a line end", '{"a":1}\n'],
    ["a byte order mark", '\ufeff{"a":1}'],
    ["a fraction of nothing", '{"a":1.0}'],
    ["an exponent", '{"a":1e0}'],
    ["a large exponent", '{"a":1e2}'],
    ["minus zero", '{"a":-0}'],
    ["a leading zero", '{"a":01}'],
    ["a plus sign", '{"a":+1}'],
    ["hexadecimal", '{"a":0x1}'],
    ["a digit too many for a double", '{"a":9007199254740993}'],
    ["an escaped letter", '{"\\u0061":1}'],
    ["an escaped solidus", '{"a":"\\/"}'],
    ["a key twice", '{"a":1,"a":1}'],
    ["a trailing comma", '{"a":1,}'],
    ["a comment", '{"a":1}//'],
    ["two values", '{"a":1}{"a":1}'],
    ["nothing", ""],
    ["NaN", "NaN"],
  ])("%s", (_, text) => {
    expect(() => parseCanonicalJson(bytesOf(text), 1_000)).toThrow(malformed);
  });
});

test("accepts keys in any order", () => {
  expect(parseCanonicalJson(bytesOf('{"b":1,"a":2}'), 100)).toEqual({ a: 2, b: 1 });
});

test("accepts brackets inside a string, escaped quotes and all", () => {
  const value = { a: '[[[[[["\\[[[[[' };
  expect(parseCanonicalJson(canonicalJson(value), 100)).toEqual(value);
});

test("refuses bytes that are not UTF-8", () => {
  expect(() => parseCanonicalJson(Uint8Array.of(0x22, 0xff, 0x22), 100)).toThrow(malformed);
  expect(() => parseCanonicalJson(Uint8Array.of(0x22, 0xc0, 0x80, 0x22), 100)).toThrow(malformed);
});

test("accepts a text of exactly the limit, and refuses one byte more", () => {
  expect(parseCanonicalJson(bytesOf('"12345678"'), 10)).toBe("12345678");
  expect(() => parseCanonicalJson(bytesOf('"123456789"'), 10)).toThrow(malformed);
});

test("accepts four levels, and refuses five or a million without running out of stack", () => {
  const nested = (depth: number): Uint8Array => bytesOf("[".repeat(depth) + "]".repeat(depth));
  expect(parseCanonicalJson(nested(4), 100)).toEqual([[[[]]]]);
  expect(() => parseCanonicalJson(nested(5), 100)).toThrow(malformed);
  expect(() => parseCanonicalJson(nested(1_000_000), 1 << 24)).toThrow(malformed);
});
