/** @module The container of iden3's files: sections are found by name, whatever their order, and nothing is passed over. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readSections } from "./reader.ts";

const MALFORMED: unknown = expect.objectContaining({ code: "MALFORMED_FILE" });
const KNOWN = [1, 2, 3];

type Section = readonly [id: number, payload: Uint8Array];

function fileOf(sections: readonly Section[], count: number = sections.length): Uint8Array {
  const head = Buffer.alloc(12);
  head.write("r1cs", "latin1");
  head.writeUInt32LE(1, 4);
  head.writeUInt32LE(count, 8);
  const parts = sections.flatMap(([id, payload]) => {
    const lengths = Buffer.alloc(12);
    lengths.writeUInt32LE(id, 0);
    lengths.writeBigUInt64LE(BigInt(payload.length), 4);
    return [lengths, payload];
  });
  return new Uint8Array(Buffer.concat([head, ...parts]));
}

const payload = fc.uint8Array({ maxLength: 40 });
const sections = fc.tuple(payload, payload, payload).chain((all) =>
  fc.shuffledSubarray(
    all.map((one, i): Section => [i + 1, one]),
    { minLength: 3 },
  ),
);

describe("a file of sections", () => {
  it("gives each payload as it was written, in any order of sections", () => {
    fc.assert(
      fc.property(sections, (written) => {
        const read = readSections(fileOf(written), "r1cs", KNOWN);
        for (const [id, bytes] of written) {
          const cursor = read.section(id);
          expect(cursor.take(cursor.left)).toEqual(bytes);
          cursor.end();
        }
      }),
    );
  });

  const one: Section = [1, new Uint8Array([7])];
  it.each<[string, Uint8Array]>([
    ["a section twice", fileOf([one, one])],
    [
      "a section of another format (4 is circom's list of custom gates)",
      fileOf([one, [4, one[1]]]),
    ],
    ["fewer sections than it says", fileOf([one], 2)],
    ["more sections than it says", fileOf([one], 0)],
    ["2^32 − 1 sections", fileOf([one], 2 ** 32 - 1)],
  ])("is refused with %s", (_, bytes) => {
    expect(() => readSections(bytes, "r1cs", KNOWN)).toThrow(MALFORMED as Error);
  });

  it("is refused with a length that reaches past its end, up to the largest there is", () => {
    for (const length of [2n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 64n - 1n]) {
      const bytes = Buffer.from(fileOf([one]));
      bytes.writeBigUInt64LE(length, 16);
      expect(() => readSections(bytes, "r1cs", KNOWN)).toThrow(MALFORMED as Error);
    }
  });

  it("lacks a section only when it is asked for", () => {
    const read = readSections(fileOf([one]), "r1cs", KNOWN);
    expect(read.section(1).left).toBe(1);
    expect(() => read.section(2)).toThrow(MALFORMED as Error);
  });
});
