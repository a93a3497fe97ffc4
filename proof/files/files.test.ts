/** @module The readers of iden3's binary files: what is written is read, and every damaged file is refused. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { R } from "../groth16/points.ts";
import { countNonZeros, firstBrokenRow, readR1cs } from "./r1cs.ts";
import { encodeWitness, readWitness } from "./witness.ts";

const MALFORMED: unknown = expect.objectContaining({ code: "MALFORMED_FILE" });

function u32(value: number): number[] {
  return [value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >>> 24) & 255];
}

function field(value: bigint): number[] {
  return [...Buffer.from(value.toString(16).padStart(64, "0"), "hex").reverse()];
}

function section(id: number, payload: readonly number[]): number[] {
  return [...u32(id), ...u32(payload.length), ...u32(0), ...payload];
}

function combination(...terms: readonly (readonly [number, bigint])[]): number[] {
  return [
    ...u32(terms.length),
    ...terms.flatMap(([wire, value]) => [...u32(wire), ...field(value)]),
  ];
}

/** out = a · b, with a public: wires 1, out, a, b. */
function productFile(
  changes: { prime?: bigint; version?: number; wire?: number } = {},
): Uint8Array {
  const { prime = R, version = 1, wire = 3 } = changes;
  const header = [...u32(32), ...field(prime), ...u32(4), ...u32(1), ...u32(1), ...u32(1)];
  const labels = [...u32(4), ...u32(0)];
  const row = [combination([2, 1n]), combination([wire, 1n]), combination([1, 1n])].flat();
  const magic = [...Buffer.from("r1cs")];
  return Uint8Array.from([
    ...[...magic, ...u32(version), ...u32(2)],
    ...section(1, [...header, ...labels, ...u32(1)]),
    ...section(2, row),
  ]);
}

describe("an .r1cs file", () => {
  it("is read as it was written", () => {
    const r1cs = readR1cs(productFile());
    expect(r1cs).toMatchObject({ nWires: 4, nPubOut: 1, nPubIn: 1, nPrvIn: 1 });
    expect(countNonZeros(r1cs)).toBe(3);
  });

  it("says which witness satisfies it", () => {
    const r1cs = readR1cs(productFile());
    expect(firstBrokenRow(r1cs, [1n, 35n, 5n, 7n])).toBeUndefined();
    expect(firstBrokenRow(r1cs, [1n, R - 35n, R - 5n, 7n])).toBeUndefined();
    expect(firstBrokenRow(r1cs, [1n, 36n, 5n, 7n])).toBe(0);
    // The constant wire must be 1, and every wire be there.
    expect(firstBrokenRow(r1cs, [2n, 35n, 5n, 7n])).toBe(0);
    expect(firstBrokenRow(r1cs, [1n, 35n, 5n])).toBe(0);
  });

  it.each<[string, Uint8Array]>([
    ["of another field", productFile({ prime: R + 2n })],
    ["of another version", productFile({ version: 2 })],
    ["with a wire that is not there", productFile({ wire: 4 })],
    ["with bytes left over", Uint8Array.from([...productFile(), 0])],
    ["of another kind", encodeWitness([1n])],
    ["that is empty", new Uint8Array()],
  ])("is refused: %s", (_, bytes) => {
    expect(() => readR1cs(bytes)).toThrow(MALFORMED as Error);
  });

  it("is refused cut short anywhere", () => {
    const whole = productFile();
    for (let length = 0; length < whole.length; length++) {
      expect(() => readR1cs(whole.subarray(0, length))).toThrow(MALFORMED as Error);
    }
  });

  it("is read or refused with any byte changed, never anything else", () => {
    const whole = productFile();
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const changed = Uint8Array.from(whole);
        changed[at] = (changed[at] ?? 0) ^ mask;
        try {
          readR1cs(changed);
        } catch (error) {
          expect(error).toEqual(MALFORMED);
        }
      }),
    );
  });
});

describe("a .wtns file", () => {
  const values = fc.array(fc.bigInt({ min: 0n, max: R - 1n }), { maxLength: 20 });

  it("is undone by reading", () => {
    fc.assert(
      fc.property(values, (witness) => {
        expect(readWitness(encodeWitness(witness))).toEqual(witness);
      }),
    );
  });

  it("is refused cut short, prolonged or with a number not below r", () => {
    const whole = encodeWitness([1n, 2n, R - 1n]);
    for (let length = 0; length < whole.length; length++) {
      expect(() => readWitness(whole.subarray(0, length))).toThrow(MALFORMED as Error);
    }
    expect(() => readWitness(Uint8Array.from([...whole, 0]))).toThrow(MALFORMED as Error);
    const wild = Uint8Array.from(whole).fill(0xff, whole.length - 32);
    expect(() => readWitness(wild)).toThrow(MALFORMED as Error);
  });

  it.each([-1n, R, 2n ** 300n])("is not written with %s in it", (value) => {
    expect(() => encodeWitness([1n, value])).toThrow(
      expect.objectContaining({ code: "NON_CANONICAL" }),
    );
  });
});
