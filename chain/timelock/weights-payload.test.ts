import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_MESSAGE_BYTES } from "./seal.ts";
import {
  decodeWeightsPayload,
  encodeWeightsPayload,
  type WeightsPayload,
} from "./weights-payload.ts";

const HOTKEY = new Uint8Array(32).fill(0xaa);
const refused = expect.objectContaining({ code: "MALFORMED_WEIGHTS" });

const anyWeights = fc.array(fc.tuple(fc.nat(65_535), fc.nat(65_535)), { maxLength: 300 });
const anyPayload: fc.Arbitrary<WeightsPayload> = fc
  .record({
    hotkey: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    weights: anyWeights,
    versionKey: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  })
  .map(({ hotkey, weights, versionKey }) => ({
    hotkey,
    uids: weights.map(([uid]) => uid),
    values: weights.map(([, value]) => value),
    versionKey,
  }));

describe("the payload of a timelocked commit", () => {
  test("is laid out as SCALE says", () => {
    const payload = { hotkey: HOTKEY, uids: [1, 256], values: [65_535, 2], versionKey: 7n };
    const hex = Buffer.from(encodeWeightsPayload(payload)).toString("hex");
    expect(hex).toBe(
      ["80", "aa".repeat(32), "0801000001", "08ffff0200", "0700000000000000"].join(""),
    );
  });

  test("decodes to what was encoded, with a hotkey and without", () => {
    fc.assert(
      fc.property(anyPayload, (payload) => {
        expect(decodeWeightsPayload(encodeWeightsPayload(payload))).toEqual(payload);
      }),
    );
    const legacy = { uids: [3], values: [9], versionKey: 0n };
    expect(Buffer.from(encodeWeightsPayload(legacy)).toString("hex")).toBe(
      "040300" + "040900" + "0000000000000000",
    );
    expect(decodeWeightsPayload(encodeWeightsPayload(legacy))).toEqual(legacy);
  });

  test("keeps 256 weights in one commit", () => {
    const uids = Array.from({ length: 256 }, (_, uid) => uid);
    const full = { hotkey: HOTKEY, uids, values: uids, versionKey: 1n };
    expect(encodeWeightsPayload(full)).toHaveLength(33 + 2 * 514 + 8);
    expect(decodeWeightsPayload(encodeWeightsPayload(full))).toEqual(full);
  });

  test("refuses it cut off anywhere, and with a byte too many", () => {
    const bytes = encodeWeightsPayload({ hotkey: HOTKEY, uids: [1], values: [2], versionKey: 3n });
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeWeightsPayload(bytes.subarray(0, length))).toThrow(refused);
    }
    expect(() => decodeWeightsPayload(Buffer.concat([bytes, Buffer.of(0)]))).toThrow(refused);
  });

  test("never breaks in another way, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        try {
          const payload = decodeWeightsPayload(bytes);
          expect(Buffer.from(encodeWeightsPayload(payload))).toEqual(Buffer.from(bytes));
        } catch (error) {
          expect(error).toEqual(refused);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ["a length that no memory holds", "feffffff"],
    ["a length in more bytes than it needs", "0100" + "00" + "0000000000000000"],
    ["a length of the longest form", "0300000000"],
    ["more uids than values", "08010002000401000000000000000000"],
  ])("refuses %s", (_, hex) => {
    expect(() => decodeWeightsPayload(Buffer.from(hex, "hex"))).toThrow(refused);
  });

  test("refuses to encode what is no u16, no u64, no hotkey, or uneven", () => {
    const good: WeightsPayload = { hotkey: HOTKEY, uids: [1], values: [2], versionKey: 3n };
    for (const bad of [
      { ...good, uids: [65_536] },
      { ...good, values: [-1] },
      { ...good, values: [0.5] },
      { ...good, values: [] },
      { ...good, versionKey: 2n ** 64n },
      { ...good, hotkey: HOTKEY.subarray(1) },
    ]) {
      expect(() => encodeWeightsPayload(bad)).toThrow(refused);
    }
    expect(() => decodeWeightsPayload(new Uint8Array(MAX_MESSAGE_BYTES + 1))).toThrow(refused);
  });
});
