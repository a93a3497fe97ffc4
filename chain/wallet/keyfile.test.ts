import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isSignedBy } from "../account.ts";
import { type Key, keyOfSeed, newKey } from "./key.ts";
import {
  decodeKeyfile,
  decodePublicKeyfile,
  encodeKeyfile,
  encodePublicKeyfile,
} from "./keyfile.ts";
import {
  ADDRESS,
  ALICE,
  ED25519_ADDRESS,
  FULL,
  PHRASE,
  PRIVATE_KEY,
  readVector,
  readVectors,
  SEED,
} from "./testing.ts";

const PATH = "/wallets/w/hotkeys/h";
const ED25519 = { ...FULL, privateKey: SEED, ss58Address: ED25519_ADDRESS, cryptoType: 0 };
const MESSAGE = new TextEncoder().encode("a job");

function decode(content: string | object): Key {
  return decodeKeyfile(typeof content === "string" ? content : JSON.stringify(content), PATH);
}

function isAbleToSign(key: Key): boolean {
  return isSignedBy(key.hotkey, MESSAGE, key.sign(MESSAGE), key.scheme);
}

const anyKey = fc
  .record({
    seed: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    scheme: fc.constantFrom("sr25519", "ed25519"),
    isNew: fc.boolean(),
  })
  .map(({ seed, scheme, isNew }) => (isNew ? newKey(scheme) : keyOfSeed(seed, scheme)));

describe("what we write", () => {
  test("reads back as the same key, whatever the key", () => {
    fc.assert(
      fc.property(anyKey, (key) => {
        const again = decodeKeyfile(encodeKeyfile(key), PATH);
        expect([again.hotkey, again.scheme]).toEqual([key.hotkey, key.scheme]);
        expect(again.exposeSecret()).toEqual(key.exposeSecret());
        expect(decodePublicKeyfile(encodePublicKeyfile(key), PATH)).toEqual({
          hotkey: key.hotkey,
          scheme: key.scheme,
        });
      }),
      { numRuns: 50 },
    );
  });

  test("is Bittensor's six fields, all strings, for a key that every release can read", () => {
    const file = JSON.parse(encodeKeyfile(decode(FULL))) as Record<string, unknown>;
    expect(file).toEqual(FULL);
  });

  test("says ed25519 by the number that only its readers understand", () => {
    const file = JSON.parse(encodeKeyfile(decode(ED25519))) as Record<string, unknown>;
    expect(file["cryptoType"]).toBe(0);
    expect(file["privateKey"]).toBe(SEED);
  });

  test("loads from its phrase, its seed or its private key alone", () => {
    fc.assert(
      fc.property(anyKey, (key) => {
        const file = JSON.parse(encodeKeyfile(key)) as Record<string, string>;
        for (const name of ["secretPhrase", "secretSeed", "privateKey"]) {
          const secret = file[name];
          if (secret === undefined) continue;
          const alone = decode({ [name]: secret, ss58Address: key.hotkey });
          expect([alone.hotkey, alone.scheme]).toEqual([key.hotkey, key.scheme]);
        }
      }),
      { numRuns: 20 },
    );
  });

  test("as a public file holds no secret", () => {
    const key = newKey();
    expect(Object.keys(JSON.parse(encodePublicKeyfile(key)) as object).sort()).toEqual([
      "accountId",
      "publicKey",
      "ss58Address",
    ]);
  });
});

describe("decodeKeyfile accepts", () => {
  test.each([
    ["a file as btwallet writes it", FULL],
    ["null for what is not there", { ...FULL, secretPhrase: null, secretSeed: null }],
    ["only the private key, in schnorrkel's form", { privateKey: PRIVATE_KEY }],
    ["only the seed", { secretSeed: SEED }],
    ["only the phrase", { secretPhrase: PHRASE }],
    [
      "the leading space of some releases",
      { secretPhrase: PHRASE, " ss58Address": ADDRESS } as object,
    ],
    ["the scheme as a number", { ...FULL, cryptoType: 1 }],
    ["the scheme as text", { ...FULL, cryptoType: "sr25519", accountType: "hotkey" }],
    ["a wrong scheme beside the right address", { ...FULL, cryptoType: 0 }],
    ["a public key that is not its own, by computing it", { ...FULL, publicKey: SEED }],
    ["a bare seed", SEED.slice(2)],
    ["a bare seed with 0x", SEED],
    ["a bare private key", PRIVATE_KEY.slice(2)],
    ["a bare mnemonic and a newline", `${PHRASE}\n`],
  ])("%s", (_, content) => {
    const key = decode(content);
    expect([key.hotkey, key.scheme]).toEqual([ADDRESS, "sr25519"]);
    expect(isAbleToSign(key)).toBe(true);
  });

  test.each([
    ["by its number", ED25519],
    ["by its word", { ...ED25519, cryptoType: "ed25519" }],
    ["by its number as text", { ...ED25519, cryptoType: "0" }],
    ["by its address alone", { secretSeed: SEED, ss58Address: ED25519_ADDRESS }],
    ["by its address, against its number", { ...ED25519, cryptoType: 1 }],
    ["by a private key of 32 bytes", { privateKey: SEED }],
  ])("an ed25519 key: %s", (_, content) => {
    const key = decode(content);
    expect([key.hotkey, key.scheme]).toEqual([ED25519_ADDRESS, "ed25519"]);
    expect(isAbleToSign(key)).toBe(true);
  });

  test("the phrase before the seed before the private key", () => {
    const other = `0x${"11".repeat(32)}`;
    expect(decode({ secretPhrase: PHRASE, secretSeed: other }).hotkey).toBe(ADDRESS);
    const badKey = `0x${"11".repeat(31)}00${"11".repeat(32)}`;
    expect(decode({ secretSeed: SEED, privateKey: badKey }).hotkey).toBe(ADDRESS);
  });

  test("the files that other software wrote", async () => {
    const plain = (await readVectors()).filter((vector) => vector.encryption === undefined);
    expect(plain.length).toBeGreaterThanOrEqual(6);
    for (const { file, address, scheme, public: isPublic } of plain) {
      const content = Buffer.from(await readVector(file)).toString();
      const key = (isPublic ? decodePublicKeyfile : decodeKeyfile)(content, file);
      expect([file, key.hotkey, key.scheme]).toEqual([file, address, scheme]);
    }
  });
});

describe("decodeKeyfile refuses", () => {
  test("a secret that belongs to another address, whichever its form", () => {
    for (const content of [
      { ...FULL, ss58Address: ALICE },
      { secretSeed: SEED, ss58Address: ALICE },
      { privateKey: PRIVATE_KEY, ss58Address: ALICE },
      { ...ED25519, ss58Address: ALICE },
    ]) {
      expect(() => decode(content)).toThrow(expect.objectContaining({ code: "KEY_MISMATCH" }));
    }
  });

  test.each([
    ["a scheme nobody knows", { ...FULL, cryptoType: 2 }],
    ["a scheme that is not here", { ...FULL, signingScheme: "mldsa" }],
    ["a hashed account", { ...FULL, hashedDescriptor: "0x00" }],
  ])("%s", (_, content) => {
    expect(() => decode(content)).toThrow(expect.objectContaining({ code: "KEY_SCHEME" }));
  });

  test.each([
    ["nothing", ""],
    ["an empty object", "{}"],
    ["JSON cut short", JSON.stringify(FULL).slice(0, -1)],
    ["a list", "[]"],
    ["a field that is no text", { ...FULL, secretSeed: 7 }],
    ["a field nobody knows", { ...FULL, extra: "x" }],
    ["a seed that is too short", { secretSeed: "0x1234" }],
    ["a phrase with a wrong checksum", PHRASE.replace("walk", "obey")],
    ["a private key of zero", `${"00".repeat(64)}`],
    ["a private key above the group's order", `${"ff".repeat(64)}`],
    ["an address alone", { ss58Address: ADDRESS }],
  ])("%s", (_, content) => {
    expect(() => decode(content)).toThrow(expect.objectContaining({ code: "KEY_MALFORMED" }));
  });

  test("any one changed digit of a secret", () => {
    const key = newKey();
    const file = JSON.parse(encodeKeyfile(key)) as Record<string, string>;
    const { secretSeed = "", privateKey = "", ss58Address = "" } = file;
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 63 }), (at) => {
        const flip = (hex: string): string =>
          hex.slice(0, at) + (hex[at] === "7" ? "6" : "7") + hex.slice(at + 1);
        for (const secret of [{ secretSeed: flip(secretSeed) }, { privateKey: flip(privateKey) }]) {
          expect(() => decode({ ...secret, ss58Address })).toThrow();
        }
      }),
      { numRuns: 30 },
    );
  });

  test("and never quotes what is in the file", () => {
    const secret = "correcthorsebatterystaple";
    for (const content of [
      secret,
      `{"secretPhrase": ${secret}}`,
      `{"secretSeed": "${secret}"}`,
      `{"secretPhrase": "${secret}"}`,
      `{"privateKey": "${secret}"}`,
      `{"cryptoType": "${secret.repeat(5)}"}`,
      `{"cryptoType": "${secret}"}`,
      `{"secretSeed": "${SEED}", "ss58Address": "${secret}"}`,
    ]) {
      for (const decoder of [decodeKeyfile, decodePublicKeyfile]) {
        const error = refusalOf(() => decoder(content, PATH));
        const told = [JSON.stringify(error), String(error), error.stack, error.cause].join(" ");
        expect(error).toMatchObject({ name: "ChainError" });
        expect(told).not.toContain(secret);
      }
    }
  });
});

function refusalOf(act: () => unknown): Error {
  try {
    act();
  } catch (error) {
    return error as Error;
  }
  throw new Error("it was not refused");
}

describe("decodePublicKeyfile", () => {
  test("reads the address and the scheme of a file with or without a secret", () => {
    expect(decodePublicKeyfile(JSON.stringify(FULL), PATH).hotkey).toBe(ADDRESS);
    expect(decodePublicKeyfile(JSON.stringify({ ss58Address: ADDRESS }), PATH)).toEqual({
      hotkey: ADDRESS,
      scheme: "sr25519",
    });
  });

  test("refuses a public key that is not the address's", () => {
    const publicKey = `0x${"00".repeat(32)}`;
    for (const field of ["publicKey", "accountId"]) {
      const content = JSON.stringify({ [field]: publicKey, ss58Address: ADDRESS });
      expect(() => decodePublicKeyfile(content, PATH)).toThrow(
        expect.objectContaining({ code: "KEY_MISMATCH" }),
      );
    }
  });

  test.each([
    [
      "an address of another network",
      '{"ss58Address":"13UVJyLnbVp9RBZYFwFGyDvVd1y27Tt8tkntv6Q7JVPhFsTB"}',
    ],
    ["no address", "{}"],
    ["a bare seed", SEED],
  ])("refuses %s", (_, content) => {
    expect(() => decodePublicKeyfile(content, PATH)).toThrow(
      expect.objectContaining({ code: "KEY_MALFORMED" }),
    );
  });
});
