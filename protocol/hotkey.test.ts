import { encodeAddress } from "@polkadot/util-crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { hotkey, hotkeyOf, publicKeyOf } from "./hotkey.ts";
import { alice, anyBytes } from "./testing.ts";

const malformed = expect.objectContaining({ code: "MALFORMED_HOTKEY" });

test("every public key has one text, and the text gives the key back", () => {
  fc.assert(
    fc.property(anyBytes(32), (publicKey) => {
      const text = hotkeyOf(publicKey);
      expect(hotkey(text)).toBe(text);
      expect(text).toMatch(/^5/);
      expect(text).toHaveLength(48);
      expect(new Uint8Array(publicKeyOf(text))).toEqual(publicKey);
    }),
  );
});

test("knows Alice as everybody does", () => {
  expect(alice.hotkey).toBe("5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY");
});

test("refuses a text with any one character changed", () => {
  fc.assert(
    fc.property(fc.nat({ max: 47 }), fc.constantFrom(..."123456789ABCxyz0OIl"), (at, character) => {
      fc.pre(alice.hotkey[at] !== character);
      const text = alice.hotkey.slice(0, at) + character + alice.hotkey.slice(at + 1);
      expect(() => hotkey(text)).toThrow(malformed);
    }),
  );
});

test.each([
  ["another prefix", encodeAddress(publicKeyOf(alice.hotkey), 0)],
  ["a shorter key", encodeAddress(new Uint8Array(8), 42)],
  ["a longer key", encodeAddress(new Uint8Array(33), 42)],
  ["hexadecimal", `0x${"01".repeat(32)}`],
  ["nothing", ""],
  ["white space", ` ${alice.hotkey}`],
  ["a line end", `${alice.hotkey}\n`],
  ["a megabyte", "5".repeat(1 << 20)],
])("refuses %s", (_, text) => {
  expect(() => hotkey(text)).toThrow(malformed);
});

test.each([0, 31, 33, 64])("refuses a public key of %i bytes", (length) => {
  expect(() => hotkeyOf(new Uint8Array(length))).toThrow(malformed);
});
