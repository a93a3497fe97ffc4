import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { emitDenseGraph } from "../emit.ts";
import { ModelError } from "../error.ts";
import { readIntegerGraph } from "../integer-graph.ts";
import { TINY } from "../testing.ts";
import { decodeModel, encodeModel, MAX_MODEL_BYTES, requireCanonical } from "./decode.ts";

const bytes = emitDenseGraph(TINY);

describe("decoding", () => {
  test("undoes encoding", () => {
    expect(encodeModel(decodeModel(bytes))).toEqual(bytes);
  });

  test("refuses a file cut anywhere", () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(() => readIntegerGraph(bytes.subarray(0, length))).toThrow(ModelError);
    }
  });

  test("refuses bytes at random, with an error of its own", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        expect(() => decodeModel(noise)).toThrow(ModelError);
      }),
    );
  });

  test("says of an altered byte what is wrong with it, or reads another model", () => {
    const { id } = readIntegerGraph(bytes);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const altered = bytes.slice();
        altered[at] = (altered[at] ?? 0) ^ flip;
        try {
          expect(readIntegerGraph(altered).id).not.toBe(id);
        } catch (error) {
          expect(error).toBeInstanceOf(ModelError);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("refuses what is no ONNX, empty, or over the limit", () => {
    const isMalformed = expect.objectContaining({ code: "MALFORMED_ONNX" });
    expect(() => decodeModel(new Uint8Array())).toThrow(isMalformed);
    expect(() => decodeModel(new TextEncoder().encode("\x89PNG\r\n\x1a\n"))).toThrow(isMalformed);
    expect(() => decodeModel(new Uint8Array(MAX_MODEL_BYTES + 1))).toThrow(
      expect.objectContaining({ code: "TOO_LARGE" }),
    );
  });
});

describe("the canonical form", () => {
  test("is what the emitter writes", () => {
    expect(() => requireCanonical(bytes, decodeModel(bytes))).not.toThrow();
  });

  // The file begins with field 1 (08), ir_version 8 (08).
  test.each([
    ["a longer varint", Uint8Array.of(0x08, 0x88, 0x00, ...bytes.subarray(2))],
    ["a field said twice", Uint8Array.of(...bytes, 0x08, 0x08)],
    ["another order of fields", Uint8Array.of(...bytes.subarray(2), 0x08, 0x08)],
    ["an empty field", Uint8Array.of(...bytes, 0x32, 0x00)],
  ])("is not %s, though it decodes to the same model or nearly", (_, other) => {
    expect(other).not.toEqual(bytes);
    expect(() => decodeModel(other)).not.toThrow();
    expect(() => requireCanonical(other, decodeModel(other))).toThrow(
      expect.objectContaining({ code: "NOT_CANONICAL" }),
    );
  });
});
