import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeValueMetadata, encodeValueMetadata } from "./value-metadata.ts";

const isBad = expect.objectContaining({ code: "BAD_METADATA" });
const text =
  '{"version":1,"inputs":[{"name":"pixels","min":0,"max":15,"scale":0.0667}],' +
  '"outputs":[{"name":"logits","scale":0.01,"labels":["0","1"]}]}';

describe("the metadata entry", () => {
  test("decode undoes encode", () => {
    const name = fc.string({ minLength: 1, maxLength: 20 });
    const scale = fc.double({ min: 2 ** -100, max: 2 ** 100, noNaN: true });
    const i32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    const metadata = fc.record({
      inputs: fc.array(fc.record({ name, min: i32, max: i32, scale }), { maxLength: 3 }),
      outputs: fc.array(
        fc.record({ name, scale, labels: fc.array(fc.stringMatching(/^[ -~]{1,9}$/)) }),
        { maxLength: 3 },
      ),
    });
    fc.assert(
      fc.property(metadata, (value) => {
        expect({ ...decodeValueMetadata(encodeValueMetadata(value)), version: undefined }).toEqual({
          ...value,
          version: undefined,
        });
      }),
    );
  });

  test("has one spelling", () => {
    expect(() => decodeValueMetadata(text)).not.toThrow();
    expect(encodeValueMetadata(decodeValueMetadata(text))).toBe(text);
  });

  test.each([
    ["spaces", text.replace(",", ", ")],
    ["another order", text.replace('"min":0,"max":15', '"max":15,"min":0')],
    ["a key twice", text.replace('"min":0', '"min":1,"min":0')],
    ["a number written longer", text.replace('"max":15', '"max":15.0')],
    ["a key more", text.replace('"min":0', '"min":0,"mean":3')],
    ["a key less", text.replace('"min":0,', "")],
    ["another version", text.replace('"version":1', '"version":2')],
    ["a minimum beyond int32", text.replace('"min":0', '"min":-2147483649')],
    ["a fraction for a minimum", text.replace('"min":0', '"min":0.5')],
    ["a scale of zero", text.replace("0.0667", "0")],
    ["a negative scale", text.replace("0.0667", "-1")],
    ["an empty label", text.replace('["0"', '[""')],
    ["a label with a control character", text.replace('["0"', '["\\u001b[31m"')],
    ["text for a list", text.replace('["0","1"]', '"01"')],
    ["half of it", text.slice(0, 40)],
    ["nothing", ""],
  ])("is refused with %s", (_, other) => {
    expect(other).not.toBe(text);
    expect(() => decodeValueMetadata(other)).toThrow(isBad);
  });
});
