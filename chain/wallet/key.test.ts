import { inspect } from "node:util";
import { ed25519 } from "@noble/curves/ed25519.js";
import { hexToU8a, u8aToHex } from "@polkadot/util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isSignedBy, type Scheme } from "../account.ts";
import { devSigner, keyOfPhrase, keyOfPrivateKey, keyOfSeed, newKey } from "./key.ts";
import { ADDRESS, ALICE, ED25519_ADDRESS, PHRASE, PRIVATE_KEY, SEED } from "./testing.ts";

const MESSAGE = new TextEncoder().encode("a job");
const SCHEMES: readonly Scheme[] = ["sr25519", "ed25519"];
const seed = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe("a key", () => {
  test("of the development phrase has the addresses that everybody knows", () => {
    expect(keyOfPhrase(PHRASE)?.hotkey).toBe(ADDRESS);
    expect(keyOfPhrase(PHRASE, "ed25519")?.hotkey).toBe(ED25519_ADDRESS);
    expect(keyOfSeed(hexToU8a(SEED), "sr25519").hotkey).toBe(ADDRESS);
  });

  test("gives its private key in schnorrkel's form", () => {
    const { privateKey } = keyOfSeed(hexToU8a(SEED), "sr25519").exposeSecret();
    expect(u8aToHex(privateKey)).toBe(PRIVATE_KEY);
  });

  test.each(SCHEMES)("of any seed is the same again from its private key: %s", (scheme) => {
    fc.assert(
      fc.property(seed, (bytes) => {
        const key = keyOfSeed(bytes, scheme);
        const again = keyOfPrivateKey(key.exposeSecret().privateKey, scheme);
        expect(again?.hotkey).toBe(key.hotkey);
        const signature = again?.sign(MESSAGE) ?? new Uint8Array();
        expect(isSignedBy(key.hotkey, MESSAGE, signature, scheme)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  test("signs in ed25519 what an independent implementation verifies", () => {
    const key = newKey("ed25519");
    expect(ed25519.verify(key.sign(MESSAGE), MESSAGE, key.publicKey)).toBe(true);
  });

  test("does not sign for the other scheme", () => {
    for (const [mine, other] of [SCHEMES, [...SCHEMES].reverse()] as [Scheme, Scheme][]) {
      const key = newKey(mine);
      expect(isSignedBy(key.hotkey, MESSAGE, key.sign(MESSAGE), mine)).toBe(true);
      expect(isSignedBy(key.hotkey, MESSAGE, key.sign(MESSAGE), other)).toBe(false);
    }
  });

  test("of libsodium's 64 bytes is taken when its halves belong together, and only then", () => {
    const key = newKey("ed25519");
    const whole = Buffer.concat([key.exposeSecret().privateKey, key.publicKey]);
    expect(keyOfPrivateKey(whole, "ed25519")?.hotkey).toBe(key.hotkey);
    whole[63] = (whole[63] ?? 0) ^ 1;
    expect(keyOfPrivateKey(whole, "ed25519")).toBeUndefined();
  });

  test.each([0, 31, 33, 63, 65])("is not made of %i bytes", (length) => {
    for (const scheme of SCHEMES) {
      expect(keyOfPrivateKey(new Uint8Array(length).fill(1), scheme)).toBeUndefined();
    }
  });

  test("that is new has as many words as asked for, and is another each time", () => {
    for (const words of [12, 24] as const) {
      expect(newKey("sr25519", words).exposeSecret().phrase?.split(" ")).toHaveLength(words);
    }
    expect(newKey().hotkey).not.toBe(newKey().hotkey);
  });

  test("shows its secret neither in JSON, nor printed, nor among its properties", () => {
    const key = newKey();
    const { phrase = "", seed = new Uint8Array(), privateKey } = key.exposeSecret();
    const shown = [
      JSON.stringify(key),
      String(key),
      inspect(key, { depth: 9, showHidden: true }),
      JSON.stringify({ ...key }),
    ].join("\n");
    for (const secret of [phrase, Buffer.from(seed), Buffer.from(privateKey)]) {
      expect(secret.length).toBeGreaterThan(30);
      expect(shown).not.toContain(secret.toString("hex"));
    }
    expect(shown).not.toContain([...seed.subarray(0, 8)].join(","));
  });
});

test("devSigner is the account that Substrate's tools call //Alice", () => {
  const alice = devSigner("//Alice");
  expect(alice.hotkey).toBe(ALICE);
  expect(isSignedBy(alice.hotkey, MESSAGE, alice.sign(MESSAGE))).toBe(true);
});
