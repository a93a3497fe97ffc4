import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeValueMetadata, encodeValueMetadata, scaleAt } from "./value-metadata.ts";

const isBad = expect.objectContaining({ code: "BAD_METADATA" });
const text =
  '{"version":1,"inputs":[{"name":"pixels","min":0,"max":15,"scale":0.0667}],' +
  '"outputs":[{"name":"logits","scale":0.01,"labels":["0","1"]}]}';

/** Version 2: a scale for each element of the input. */
const listed = text.replace('"version":1', '"version":2').replace("0.0667", "[0.5,2]");

describe("the metadata entry", () => {
  test("decode undoes encode", () => {
    const name = fc.string({ minLength: 1, maxLength: 20 });
    const one = fc.double({ min: 2 ** -100, max: 2 ** 100, noNaN: true });
    const scale = fc.oneof(one, fc.array(one, { minLength: 1, maxLength: 4 }));
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

  test.each([text, listed])("has one spelling", (spelling) => {
    expect(() => decodeValueMetadata(spelling)).not.toThrow();
    expect(encodeValueMetadata(decodeValueMetadata(spelling))).toBe(spelling);
  });

  test("gives each element its scale", () => {
    const { inputs, outputs } = decodeValueMetadata(listed);
    expect([0, 1].map((i) => scaleAt(inputs[0]?.scale ?? 0, i))).toEqual([0.5, 2]);
    expect([0, 1].map((i) => scaleAt(outputs[0]?.scale ?? 0, i))).toEqual([0.01, 0.01]);
  });

  test.each([
    ["spaces", text.replace(",", ", ")],
    ["another order", text.replace('"min":0,"max":15', '"max":15,"min":0')],
    ["a key twice", text.replace('"min":0', '"min":1,"min":0')],
    ["a number written longer", text.replace('"max":15', '"max":15.0')],
    ["a key more", text.replace('"min":0', '"min":0,"mean":3')],
    ["a key less", text.replace('"min":0,', "")],
    ["the second version, but nothing of it", text.replace('"version":1', '"version":2')],
    ["the first version, but a list of scales", listed.replace('"version":2', '"version":1')],
    ["another version", text.replace('"version":1', '"version":3')],
    ["an empty list of scales", listed.replace("[0.5,2]", "[]")],
    ["a list with a scale of zero", listed.replace("[0.5,2]", "[0.5,0]")],
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
