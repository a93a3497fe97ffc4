import { hexToU8a } from "@polkadot/util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hotkey, hotkeyOf, isSignedBy, publicKeyOf } from "./account.ts";
import type { Hotkey } from "./chain.ts";
import { devSigner } from "./wallet/key.ts";

const ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
const ALICE_KEY = "0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d";
const anyPublicKey = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe("hotkey", () => {
  test("accepts the address of a public key and names it back", () => {
    fc.assert(
      fc.property(anyPublicKey, (key) => {
        const address = hotkeyOf(key);
        expect(hotkey(address)).toBe(address);
        expect(publicKeyOf(address)).toEqual(key);
      }),
    );
  });

  test("accepts the well-known address of //Alice", () => {
    expect(publicKeyOf(hotkey(ALICE))).toEqual(hexToU8a(ALICE_KEY));
  });

  test("refuses an address with any one character changed", () => {
    for (let at = 0; at < ALICE.length; at++) {
      const changed = ALICE.slice(0, at) + (ALICE[at] === "1" ? "2" : "1") + ALICE.slice(at + 1);
      expect(() => hotkey(changed)).toThrow(expect.objectContaining({ code: "MALFORMED_ADDRESS" }));
    }
  });

  test.each([
    ["another network's prefix", "15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5"],
    ["the hexadecimal form", ALICE_KEY],
    ["a space around it", ` ${ALICE}`],
    ["nothing", ""],
  ])("refuses %s", (_, text) => {
    expect(() => hotkey(text)).toThrow(expect.objectContaining({ code: "MALFORMED_ADDRESS" }));
  });
});

describe("isSignedBy", () => {
  const alice = devSigner("//Alice");
  const message = new TextEncoder().encode("weights of epoch 7");
  const signature = alice.sign(message);

  test("accepts the signer's signature", () => {
    expect(isSignedBy(alice.hotkey, message, signature)).toBe(true);
  });

  test("refuses it for another message, from another signer, cut short or changed", () => {
    expect(isSignedBy(alice.hotkey, message.slice(1), signature)).toBe(false);
    expect(isSignedBy(devSigner("//Bob").hotkey, message, signature)).toBe(false);
    expect(isSignedBy(alice.hotkey, message, signature.slice(1))).toBe(false);
    expect(isSignedBy(alice.hotkey, message, new Uint8Array(64))).toBe(false);
    for (const at of [0, 31, 32, 63]) {
      const changed = signature.slice();
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(isSignedBy(alice.hotkey, message, changed)).toBe(false);
    }
  });

  test("refuses, and does not throw, for a key that is no point of the curve", () => {
    const nobody: Hotkey = hotkeyOf(new Uint8Array(32).fill(0xff));
    expect(isSignedBy(nobody, message, signature)).toBe(false);
  });
});
