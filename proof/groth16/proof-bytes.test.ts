/** @module Proofs in 128 bytes: one form each, and the golden one of docs/protocol.md. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isRejection, Q } from "./points.ts";
import type { Proof } from "./proof.ts";
import { compressProof, decompressProof } from "./proof-bytes.ts";
import { g1Of, proofOf } from "./testing.ts";

const scalar = fc.bigInt({ min: 1n, max: 2n ** 200n });
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

function codeOf(bytes: Uint8Array): string | undefined {
  const decoded = decompressProof(bytes);
  return isRejection(decoded) ? decoded.code : undefined;
}

/** A (x = 1, y = 2 and its like) written by hand: flags, then x, big-endian. */
function withPoint(at: number, flags: number, x: bigint): Uint8Array {
  const bytes = compressProof(proofOf(5n, 6n, 7n));
  bytes.set(Buffer.from(x.toString(16).padStart(64, "0"), "hex"), at);
  bytes[at] = (bytes[at] ?? 0) | flags;
  return bytes;
}

describe("a proof in 128 bytes", () => {
  it("is undone by decoding", () => {
    fc.assert(
      fc.property(scalar, scalar, scalar, (a, b, c) => {
        const proof = proofOf(a, b, c);
        const bytes = compressProof(proof);
        expect(bytes).toHaveLength(128);
        expect(decompressProof(bytes)).toEqual(proof);
      }),
      { numRuns: 20 },
    );
  });

  it("has the golden bytes of docs/protocol.md: the two generators, and minus the first", () => {
    const golden =
      "8000000000000000000000000000000000000000000000000000000000000001" +
      "998e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2" +
      "1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed" +
      "c000000000000000000000000000000000000000000000000000000000000001";
    const { a, b } = proofOf(1n, 1n, 1n);
    const proof = { a, b, c: { x: 1n, y: Q - 2n } } as Proof;
    expect(hex(compressProof(proof))).toBe(golden);
    expect(decompressProof(new Uint8Array(Buffer.from(golden, "hex")))).toEqual(proof);
    const page = readFileSync(new URL("../../docs/protocol.md", import.meta.url), "utf8");
    expect(page.replace(/\s/g, "")).toContain(golden);
  });

  it("tells the two roots apart", () => {
    const { x, y } = g1Of(9n);
    for (const chosen of [y, Q - y]) {
      const proof = { ...proofOf(5n, 6n, 7n), a: { x, y: chosen } };
      expect(decompressProof(compressProof(proof))).toEqual(proof);
    }
  });

  it("is another proof or none with any bit flipped", () => {
    const proof = proofOf(12n, 34n, 56n);
    const bytes = compressProof(proof);
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const flipped = Uint8Array.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const decoded = decompressProof(flipped);
      if (isRejection(decoded)) continue;
      expect(decoded).not.toEqual(proof);
      // What decodes has these bytes and no others.
      expect(hex(compressProof(decoded))).toBe(hex(flipped));
    }
  });

  it.each<[string, Uint8Array, string]>([
    ["too short", new Uint8Array(127), "MALFORMED"],
    ["too long", new Uint8Array(129), "MALFORMED"],
    ["uncompressed", withPoint(0, 0x00, 1n), "NON_CANONICAL"],
    ["infinity", withPoint(0, 0x40, 0n), "NON_CANONICAL"],
    ["x at the modulus", withPoint(0, 0x80, Q), "NON_CANONICAL"],
    ["x of C above the modulus", withPoint(96, 0xc0, Q + 1n), "NON_CANONICAL"],
    ["x without a y", withPoint(0, 0x80, 4n), "NOT_ON_CURVE"],
  ])("is refused: %s", (_, bytes, code) => {
    expect(codeOf(bytes)).toBe(code);
  });

  it("is refused with a B on the curve and outside the subgroup", () => {
    const seen = new Set<string | undefined>();
    // Every second small x has a y on the twist; none of them is in the subgroup.
    for (let x = 1n; x <= 12n; x++) {
      const bytes = withPoint(32, 0x80, 0n);
      bytes.set(Buffer.from(x.toString(16).padStart(64, "0"), "hex"), 64);
      seen.add(codeOf(bytes));
    }
    expect([...seen].sort()).toEqual(["NOT_IN_SUBGROUP", "NOT_ON_CURVE"]);
  });
});
