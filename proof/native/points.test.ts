import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { R } from "../groth16/points.ts";
import { scalarsFromBytes, scalarsToBytes } from "./points.ts";

const scalar = fc.oneof(fc.bigInt(0n, R - 1n), fc.constantFrom(0n, 1n, R - 1n, 2n ** 64n));

describe("scalars as bytes", () => {
  test("are little-endian, 32 bytes each", () => {
    const bytes = scalarsToBytes([1n, 2n ** 64n, 0xabcdn << 240n]);
    const places = [...bytes.entries()].filter(([, byte]) => byte !== 0);
    expect(bytes.length).toBe(96);
    expect(places).toEqual([
      [0, 1],
      [32 + 8, 1],
      [64 + 30, 0xcd],
      [64 + 31, 0xab],
    ]);
  });

  test("are the same numbers on the way back", () => {
    fc.assert(
      fc.property(fc.array(scalar, { maxLength: 9 }), (values) => {
        expect(scalarsFromBytes(scalarsToBytes(values))).toEqual(values);
      }),
    );
  });
});
