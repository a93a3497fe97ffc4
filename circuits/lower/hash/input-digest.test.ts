import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ElementRange, hashInput, packingOf } from "./input-digest.ts";

interface Vector extends ElementRange {
  readonly name: string;
  readonly salt: string;
  readonly digest: string;
  readonly elements: readonly number[];
}

/** Made by circomlibjs 0.1.7, whose Poseidon shares no line with ours. Never changed: a digest given out holds. */
const { vectors } = JSON.parse(
  readFileSync(new URL("../../../test/vectors/input-digests.json", import.meta.url), "utf8"),
) as { readonly vectors: readonly Vector[] };

const ranges = fc.oneof(
  fc.constant({ min: -128, max: 127 }),
  fc.constant({ min: 0, max: 256 }),
  fc.constant({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
);

describe("hashInput", () => {
  it.each(vectors)("gives the golden digest of $name", ({ elements, digest, salt, ...range }) => {
    expect(hashInput(Int32Array.from(elements), range, BigInt(salt))).toBe(BigInt(digest));
  });

  it("gives the digests that the protocol's page shows", () => {
    const page = readFileSync(new URL("../../../docs/protocol.md", import.meta.url), "utf8");
    for (const { digest } of vectors.slice(1, 3)) expect(page).toContain(digest);
  });

  it("changes with any one element, the count, the range and the salt", () => {
    fc.assert(
      fc.property(
        ranges.chain((range) =>
          fc.record({
            range: fc.constant(range),
            elements: fc.array(fc.integer(range), { minLength: 1, maxLength: 40 }),
            at: fc.nat(),
            other: fc.integer(range),
          }),
        ),
        ({ range, elements, at, other }) => {
          const digest = hashInput(Int32Array.from(elements), range);
          const changed = elements.with(at % elements.length, other);
          const isSame = elements[at % elements.length] === other;
          expect(hashInput(Int32Array.from(changed), range) === digest).toBe(isSame);
          expect(hashInput(Int32Array.from([...elements, range.min]), range)).not.toBe(digest);
          expect(hashInput(Int32Array.from(elements), range, 1n)).not.toBe(digest);
        },
      ),
      { numRuns: 25 },
    );
    // The same words, in two ranges.
    const [low, high] = [Int32Array.of(0, 1), Int32Array.of(1, 2)];
    expect(hashInput(low, { min: 0, max: 9 })).not.toBe(hashInput(high, { min: 1, max: 10 }));
  });

  it("refuses an element out of its range, and a salt of more than 128 bits", () => {
    const range = { min: -3, max: 96 };
    for (const element of [-4, 97]) {
      expect(() => hashInput(Int32Array.of(0, element), range)).toThrow(
        expect.objectContaining({
          code: "OUT_OF_RANGE",
          message: expect.stringContaining(`element 1 of a hashed input is ${element}`),
        }),
      );
    }
    for (const salt of [-1n, 2n ** 128n]) {
      expect(() => hashInput(Int32Array.of(0), range, salt)).toThrow(/128 bits/);
    }
    expect(() => hashInput(Int32Array.of(-3, 96), range, 2n ** 128n - 1n)).not.toThrow();
  });
});

describe("packingOf", () => {
  it("takes one byte up to 256 values, two up to 65,536, and four beyond", () => {
    expect(packingOf({ min: -100, max: 155 })).toEqual({ bytes: 1, perWord: 31 });
    expect(packingOf({ min: -100, max: 156 })).toEqual({ bytes: 2, perWord: 15 });
    expect(packingOf({ min: 0, max: 65_535 })).toEqual({ bytes: 2, perWord: 15 });
    expect(packingOf({ min: 0, max: 65_536 })).toEqual({ bytes: 4, perWord: 7 });
  });
});
