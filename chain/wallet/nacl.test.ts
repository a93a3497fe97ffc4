import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { decodeKeyfile } from "./keyfile.ts";
import { checkNacl, naclKeyOf, openNacl, sealNacl } from "./nacl.ts";
import { readVector, readVectors, type Vector } from "./testing.ts";

const bytesOf = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });

describe("a file that bittensor-wallet encrypted", () => {
  let vector: Vector;
  let content: Uint8Array;
  let key: Uint8Array;
  // Once for all: the derivation is 5 s and 512 MiB by design.
  beforeAll(async () => {
    vector = (await readVectors()).find(({ encryption }) => encryption === "nacl") as Vector;
    content = await readVector(vector.file);
    key = await naclKeyOf(Buffer.from(vector.password ?? ""));
  });

  test("opens with its password, letters outside ASCII included", () => {
    const plain = Buffer.from(openNacl(content, key, "w")).toString();
    expect(decodeKeyfile(plain, "w").hotkey).toBe(vector.address);
  });

  test("does not open with one bit of any byte changed", () => {
    fc.assert(
      fc.property(fc.integer({ min: 5, max: content.length - 1 }), fc.nat(7), (at, bit) => {
        const changed = Uint8Array.from(content);
        changed[at] = (changed[at] ?? 0) ^ (1 << bit);
        expect(() => openNacl(changed, key, "w")).toThrow(
          expect.objectContaining({ code: "WRONG_PASSWORD" }),
        );
      }),
    );
  });

  test("does not open cut short, and says which of the two it is where that can be known", () => {
    expect(() => openNacl(content.subarray(0, -1), key, "w")).toThrow(
      expect.objectContaining({ code: "WRONG_PASSWORD" }),
    );
    for (const length of [5, 29, 45]) {
      const cut = content.subarray(0, length);
      expect(() => openNacl(cut, key, "w")).toThrow(
        expect.objectContaining({ code: "KEY_DAMAGED" }),
      );
      expect(() => checkNacl(cut, "w")).toThrow(expect.objectContaining({ code: "KEY_DAMAGED" }));
    }
  });
});

describe("a sealed box", () => {
  test("gives back any content to its key, and nothing to another", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 2_000 }),
        bytesOf(32),
        bytesOf(32),
        (plain, key, other) => {
          fc.pre(!Buffer.from(key).equals(other));
          const sealed = sealNacl(plain, key);
          expect(Buffer.from(openNacl(sealed, key, "w"))).toEqual(Buffer.from(plain));
          expect(() => openNacl(sealed, other, "w")).toThrow(
            expect.objectContaining({ code: "WRONG_PASSWORD" }),
          );
        },
      ),
      { numRuns: 30 },
    );
  });

  test("is another each time", () => {
    const [plain, key] = [new Uint8Array(8), new Uint8Array(32)];
    expect(sealNacl(plain, key)).not.toEqual(sealNacl(plain, key));
  });

  test("is what NaCl's own test has", () => {
    // tests/secretbox.c of NaCl 20110221: the first words of its output.
    const key = Buffer.from(
      "1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389",
      "hex",
    );
    const nonce = Buffer.from("69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37", "hex");
    const plain = Buffer.from(
      "be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffc",
      "hex",
    );
    const sealed = Buffer.from(sealNacl(plain, key, nonce));
    expect(sealed.subarray(5, 29)).toEqual(nonce);
    // The stream begins alike; the tag is over this shorter text and is pinned by the vector above.
    expect(sealed.subarray(45, 61).toString("hex")).toBe("8e993b9f48681273c29650ba32fc76ce");
  });
});
