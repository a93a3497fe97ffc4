import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeNpy } from "./npy.ts";

function encodeNpy(descr: string, dims: readonly number[], elements: Uint8Array): Uint8Array {
  const shape = dims.length === 1 ? `${dims[0]},` : dims.join(", ");
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape}), }`;
  const header = `${dict.padEnd(Math.ceil((10 + dict.length + 1) / 64) * 64 - 11)}\n`;
  const length = Buffer.alloc(2);
  length.writeUInt16LE(header.length);
  return Buffer.concat([
    Buffer.from("\u0093NUMPY\u0001\u0000", "latin1"),
    length,
    Buffer.from(header, "latin1"),
    elements,
  ]);
}

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
      values: Int32Array.from(pixels),
    });
  });

  test("reads whole numbers kept as float32 and refuses a fraction", () => {
    const whole = new Uint8Array(Float32Array.of(1, -2, 15).buffer);
    expect([...decodeNpy(encodeNpy("<f4", [3], whole)).values]).toEqual([1, -2, 15]);
    const fraction = new Uint8Array(Float32Array.of(0.5).buffer);
    expect(() => decodeNpy(encodeNpy("<f4", [1], fraction))).toThrow(/element 0 is 0.5/);
  });

  test("refuses a number beyond int32", () => {
    const large = new Uint8Array(BigInt64Array.of(2n ** 31n).buffer);
    expect(() => decodeNpy(encodeNpy("<i8", [1], large))).toThrow(/not a 32-bit whole number/);
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
