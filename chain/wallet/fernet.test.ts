import { createCipheriv, createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkFernet, fernetKeyOf, openFernet } from "./fernet.ts";
import { decodeKeyfile } from "./keyfile.ts";
import { readVector, readVectors } from "./testing.ts";

const bytesOf = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });

/** The other half of the format, by its specification. */
function seal(plain: Uint8Array, key: Uint8Array, iv: Uint8Array): Uint8Array {
  const cipher = createCipheriv("aes-128-cbc", key.subarray(16), iv);
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(1_600_000_000n);
  const body = Buffer.concat([Buffer.of(0x80), time, iv, cipher.update(plain), cipher.final()]);
  const mac = createHmac("sha256", key.subarray(0, 16)).update(body).digest();
  const token = Buffer.concat([body, mac]).toString("base64url");
  return Buffer.from(token.padEnd(Math.ceil(token.length / 4) * 4, "="));
}

describe("openFernet", () => {
  test("opens what Python's cryptography sealed (some seconds: the format wants 10,000,000 rounds)", async () => {
    const vector = (await readVectors()).find(({ encryption }) => encryption === "fernet");
    const content = await readVector(vector?.file ?? "");
    const key = await fernetKeyOf(Buffer.from(vector?.password ?? ""));
    const plain = Buffer.from(openFernet(content, key, "w")).toString();
    expect(decodeKeyfile(plain, "w").hotkey).toBe(vector?.address);
  });

  test("opens the specification's own token", () => {
    // generate.json of github.com/fernet/spec.
    const key = Buffer.from("cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=", "base64url");
    const token =
      "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==";
    expect(Buffer.from(openFernet(Buffer.from(token), key, "w")).toString()).toBe("hello");
  });

  test("gives back any content to its key, and nothing once a bit is changed", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 500 }),
        bytesOf(32),
        bytesOf(16),
        fc.nat(),
        (plain, key, iv, seed) => {
          const token = seal(plain, key, iv);
          expect(Buffer.from(openFernet(token, key, "w"))).toEqual(Buffer.from(plain));
          const raw = Buffer.from(Buffer.from(token).toString(), "base64url");
          const at = 1 + (seed % (raw.length - 1));
          raw[at] = (raw[at] ?? 0) ^ 1;
          expect(() => openFernet(Buffer.from(raw.toString("base64url")), key, "w")).toThrow(
            expect.objectContaining({ code: "WRONG_PASSWORD" }),
          );
        },
      ),
      { numRuns: 50 },
    );
  });

  test.each([
    ["another version", "gQAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ"],
    ["letters of no base64", "gAAAAA!!"],
    ["fewer bytes than its parts have", "gAAAAAAdwJ6wAAECAwQFBgcICQ"],
    [
      "half a block",
      Buffer.concat([Buffer.of(0x80), Buffer.alloc(24 + 8 + 32)]).toString("base64url"),
    ],
  ])("refuses %s before it asks what the password is", (_, token) => {
    expect(() => checkFernet(Buffer.from(token), "w")).toThrow(
      expect.objectContaining({ code: "KEY_DAMAGED" }),
    );
  });
});
