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

describe("files that would fill the memory when decoded", () => {
  /** Field `tag` of a message, `count` times, empty. */
  const many = (tag: number, count: number): Uint8Array => {
    const body = new Uint8Array(2 * count);
    for (let i = 0; i < body.length; i += 2) body[i] = tag;
    return body;
  };
  const inside = (tag: number, body: Uint8Array): Uint8Array => {
    const length: number[] = [];
    for (let rest = body.length; ; rest >>>= 7) {
      length.push(rest > 127 ? (rest & 127) | 128 : rest);
      if (rest <= 127) break;
    }
    return Uint8Array.from([tag, ...length, ...body]);
  };

  // Tags: ModelProto.graph 0x3a; GraphProto.node 0x0a; NodeProto.input 0x0a, attribute 0x2a; AttributeProto.ints 0x42.
  test.each([
    ["nodes", inside(0x3a, many(0x0a, 1_100_000))],
    ["attributes", inside(0x3a, inside(0x0a, many(0x2a, 1_100_000)))],
    ["names of operands", inside(0x3a, inside(0x0a, many(0x0a, 2_200_000)))],
    ["integers", inside(0x3a, inside(0x0a, inside(0x2a, inside(0x42, new Uint8Array(9_000_000)))))],
  ])("are refused before they are decoded: empty %s", (_, file) => {
    expect(() => decodeModel(file)).toThrow(expect.objectContaining({ code: "TOO_LARGE" }));
  });

  test("are not those with many weights", () => {
    // ModelProto.graph, GraphProto.initializer, TensorProto.raw_data.
    const file = inside(0x3a, inside(0x2a, inside(0x4a, new Uint8Array(20_000_000))));
    expect(decodeModel(file).graph?.initializer[0]?.rawData).toHaveLength(20_000_000);
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
