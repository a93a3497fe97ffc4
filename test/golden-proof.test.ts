import { readFileSync } from "node:fs";
import { bn254 } from "@noble/curves/bn254.js";
import { expect, test } from "vitest";
import { isRejection } from "../proof/groth16/points.ts";
import { compressProof, decompressProof } from "../proof/groth16/proof-bytes.ts";

/** The generators as another library has them; docs/protocol.md shows the bytes of (G1, G2, −G1). */
const GOLDEN =
  "8000000000000000000000000000000000000000000000000000000000000001" +
  "998e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2" +
  "1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed" +
  "c000000000000000000000000000000000000000000000000000000000000001";

const bytes = new Uint8Array(Buffer.from(GOLDEN, "hex"));

test("the golden proof bytes are the two generators, and stand in docs/protocol.md", () => {
  const proof = decompressProof(bytes);
  if (isRejection(proof)) throw new Error(`refused: ${proof.code} at ${proof.at}`);
  const { x, y } = bn254.G2.Point.BASE.toAffine();
  expect(proof.a).toEqual({ x: 1n, y: 2n });
  expect(proof.b).toEqual({ x: [x.c0, x.c1], y: [y.c0, y.c1] });
  expect(proof.c).toEqual({ x: 1n, y: bn254.fields.Fp.ORDER - 2n });
  expect(Buffer.from(compressProof(proof)).toString("hex")).toBe(GOLDEN);
  const document = readFileSync(new URL("../docs/protocol.md", import.meta.url), "utf8");
  expect(document.replace(/\s/g, "")).toContain(GOLDEN);
});

test.each([
  ["00: no uncompressed point", 0x00],
  ["01: no point at infinity", 0x40],
])("flags %s are refused at every point", (_, flags) => {
  for (const offset of [0, 32, 96]) {
    const changed = bytes.slice();
    changed[offset] = ((changed[offset] ?? 0) & 0x3f) | flags;
    expect(decompressProof(changed)).toMatchObject({ code: "NON_CANONICAL" });
  }
});
