import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeNpy } from "./npy.ts";
import { encodeNpy } from "./testing.ts";

const int32 = fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), { maxLength: 40 });

describe("decodeNpy", () => {
  test("reads back every int32 array", () => {
    fc.assert(
      fc.property(int32, (numbers) => {
        const elements = new Uint8Array(Int32Array.from(numbers).buffer);
        const decoded = decodeNpy(encodeNpy("<i4", [numbers.length], elements));
        expect([...decoded.values]).toEqual(numbers);
        expect(decoded.dims).toEqual([numbers.length]);
      }),
    );
  });

  test("reads a 28×28 image of bytes", () => {
    const pixels = Uint8Array.from({ length: 784 }, (_, i) => i % 256);
    expect(decodeNpy(encodeNpy("|u1", [28, 28], pixels))).toEqual({
      dims: [28, 28],
      values: Float64Array.from(pixels),
    });
  });

  test("reads back every finite float64 array", () => {
    const anyDouble = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(fc.array(anyDouble, { maxLength: 40 }), (numbers) => {
        const elements = new Uint8Array(Float64Array.from(numbers).buffer);
        expect([...decodeNpy(encodeNpy("<f8", [numbers.length], elements)).values]).toEqual(
          numbers,
        );
      }),
    );
  });

  test("refuses what is not finite, and whole numbers that a double would round", () => {
    for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const elements = new Uint8Array(Float32Array.of(1, wrong).buffer);
      expect(() => decodeNpy(encodeNpy("<f4", [2], elements))).toThrow(/element 1 is not a finite/);
    }
    const large = new Uint8Array(BigInt64Array.of(2n ** 53n + 1n).buffer);
    expect(() => decodeNpy(encodeNpy("<i8", [1], large))).toThrow(/element 0/);
  });

  test("refuses a shape that would fill the memory, before anything is allocated", () => {
    const good = encodeNpy("<i4", [2 ** 31, 2 ** 31], new Uint8Array(8));
    expect(() => decodeNpy(good)).toThrow(/at most/);
  });

  test.each([
    ["a byte too few", (bytes: Uint8Array) => bytes.subarray(0, bytes.length - 1)],
    ["a byte too many", (bytes: Uint8Array) => Buffer.concat([bytes, Buffer.of(0)])],
    ["another magic", (bytes: Uint8Array) => Buffer.concat([Buffer.from("PK"), bytes.subarray(2)])],
    ["an unknown version", (bytes: Uint8Array) => Buffer.from(bytes).fill(9, 6, 7)],
  ])("refuses %s", (_what, spoil) => {
    const good = encodeNpy("<i4", [2], new Uint8Array(8));
    expect(() => decodeNpy(spoil(good))).toThrow(/not a usable .npy file/);
  });

  test("refuses every truncation, and never crashes on noise", () => {
    const good = encodeNpy("<i4", [2], new Uint8Array(8));
    for (let length = 0; length < good.length; length++) {
      expect(() => decodeNpy(good.subarray(0, length))).toThrow(/not a usable .npy file/);
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        expect(() => decodeNpy(Buffer.concat([good.subarray(0, 8), noise]))).toThrow(
          /not a usable/,
        );
      }),
    );
  });

  test("refuses Fortran order", () => {
    const good = Buffer.from(encodeNpy("<i4", [2], new Uint8Array(8))).toString("latin1");
    const fortran = Buffer.from(good.replace("False", "True "), "latin1");
    expect(() => decodeNpy(fortran)).toThrow(/Fortran order/);
  });
});
