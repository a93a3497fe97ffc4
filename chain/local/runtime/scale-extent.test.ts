import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyCallOf, CALLS } from "../pallets/any-call.ts";
import { callOf } from "../pallets/testing.ts";
import { CALL_CODEC } from "./codecs.ts";
import { assertExtent } from "./scale-extent.ts";
import { EXTRINSIC_TYPES, SPEC } from "./spec.ts";

const CALL = [EXTRINSIC_TYPES.call];
const index = (pallet: string): number => SPEC.pallets[pallet]?.index ?? 0;

describe("bytes are as long as their types say", () => {
  test.each(CALLS)("%s, with whatever arguments, and not one byte less or more", (name) => {
    for (const call of fc.sample(anyCallOf(name), 2)) {
      const bytes = CALL_CODEC.enc(call);
      expect(() => assertExtent(bytes, CALL)).not.toThrow();
      expect(() => assertExtent(bytes.subarray(0, -1), CALL)).toThrow(RangeError);
      const longer = new Uint8Array(Buffer.concat([bytes, Uint8Array.of(0)]));
      expect(() => assertExtent(longer, CALL)).toThrow(RangeError);
    }
  });

  test("refuses lengths for which there are no bytes, of whatever element", () => {
    for (const length of ["feffffff", "03ffffffff", "13ffffffffffffffff", "fd03", "08"]) {
      for (const [type, { sequence }] of Object.entries(SPEC.types)) {
        if (sequence === undefined) continue;
        const bytes = Uint8Array.from(Buffer.from(length, "hex"));
        expect(() => assertExtent(bytes, [Number(type)])).toThrow(RangeError);
      }
    }
  });

  test("refuses calls in calls beyond 256", () => {
    const nested = (depth: number): Uint8Array => {
      const one = [index("Utility"), 0, 1 << 2];
      const remark = CALL_CODEC.enc(callOf("System.remark", { remark: new Uint8Array() }));
      return Uint8Array.from([...Array.from({ length: depth }, () => one).flat(), ...remark]);
    };
    expect(() => assertExtent(nested(256), CALL)).not.toThrow();
    expect(() => assertExtent(nested(257), CALL)).toThrow("256 deep");
    expect(() => assertExtent(nested(40_000), CALL)).toThrow("256 deep");
  });
});
