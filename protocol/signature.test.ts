import fc from "fast-check";
import { expect, test } from "vitest";
import { hotkeyOf } from "./hotkey.ts";
import { verifySignature } from "./signature.ts";
import { alice, anyFlip, bob } from "./testing.ts";

const message = new TextEncoder().encode("assay");
const signature = alice.sign(message);

/** Order of the Ristretto group, little-endian: adding it to the scalar gives a second form of one signature. */
const L = 2n ** 252n + 27742317777372353535851937790883648493n;

test("accepts a signature of the hotkey over the message", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (any) => {
      expect(verifySignature(any, alice.sign(any), alice.hotkey)).toBe(true);
    }),
    { numRuns: 20 },
  );
});

test("refuses another message, another hotkey and every turned bit", () => {
  expect(verifySignature(new TextEncoder().encode("assaY"), signature, alice.hotkey)).toBe(false);
  expect(verifySignature(new Uint8Array(0), signature, alice.hotkey)).toBe(false);
  expect(verifySignature(message, signature, bob.hotkey)).toBe(false);
  for (let bit = 0; bit < 8 * signature.length; bit++) {
    const flipped = signature.slice();
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect(verifySignature(message, flipped, alice.hotkey)).toBe(false);
  }
});

test("refuses a signature wrapped as wallets wrap what people sign", () => {
  const wrapped = new TextEncoder().encode("<Bytes>assay</Bytes>");
  expect(verifySignature(message, alice.sign(wrapped), alice.hotkey)).toBe(false);
});

test.each([0, 1, 32, 63, 65, 66, 1_000])("refuses a signature of %i bytes", (length) => {
  expect(verifySignature(message, new Uint8Array(length), alice.hotkey)).toBe(false);
  const cut = new Uint8Array(length);
  cut.set(signature.subarray(0, length));
  expect(verifySignature(message, cut, alice.hotkey)).toBe(false);
});

test("refuses a scalar that is not reduced", () => {
  const scalar = signature.slice(32);
  scalar[31] = (scalar[31] ?? 0) & 0x7f;
  const shifted = BigInt(`0x${Buffer.from(scalar).reverse().toString("hex")}`) + L;
  const bytes = Buffer.from(shifted.toString(16).padStart(64, "0"), "hex").reverse();
  const second = new Uint8Array([...signature.slice(0, 32), ...bytes]);
  second[63] = (second[63] ?? 0) | 0x80;
  expect(verifySignature(message, second, alice.hotkey)).toBe(false);
});

test("refuses the zero key, for which anybody could sign", () => {
  const nobody = hotkeyOf(new Uint8Array(32));
  const forged = new Uint8Array(64);
  forged[63] = 0x80;
  expect(verifySignature(message, forged, nobody)).toBe(false);
});

test("refuses keys that are no point, without throwing", () => {
  fc.assert(
    fc.property(anyFlip(new Uint8Array(32).fill(0xff)), (publicKey) => {
      expect(verifySignature(message, signature, hotkeyOf(publicKey))).toBe(false);
    }),
  );
});
