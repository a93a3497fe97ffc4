/**
 * Numbers and points as bytes, the way they cross the native door.
 * @module
 */
import type { G1, G2, Proof } from "../groth16/proof.ts";
import type { VerificationKey } from "../groth16/verification-key.ts";

const NUMBER_BYTES = 32;
const G1_BYTES = 2 * NUMBER_BYTES;
const G2_BYTES = 4 * NUMBER_BYTES;
/** A ‖ B ‖ C, uncompressed. */
const PROOF_BYTES = 2 * G1_BYTES + G2_BYTES;

export function proofToBytes({ a, b, c }: Proof): Uint8Array {
  return numbersToBytes([...g1(a), ...g2(b), ...g1(c)]);
}

/** @param bytes from the native core, which proved: three points, checked there */
export function proofFromBytes(bytes: Uint8Array): Proof {
  if (bytes.length !== PROOF_BYTES) throw new Error(`a proof of ${bytes.length} bytes`);
  const [ax = 0n, ay = 0n, bx1 = 0n, bx0 = 0n, by1 = 0n, by0 = 0n, cx = 0n, cy = 0n] =
    numbersFromBytes(bytes);
  const a: G1 = { x: ax, y: ay };
  const b: G2 = { x: [bx0, bx1], y: [by0, by1] };
  const c: G1 = { x: cx, y: cy };
  return { a, b, c } as Proof;
}

/** alpha ‖ beta ‖ gamma ‖ delta ‖ IC. */
export function keyToBytes({ alpha, beta, gamma, delta, ic }: VerificationKey): Uint8Array {
  return numbersToBytes([...g1(alpha), ...[beta, gamma, delta].flatMap(g2), ...ic.flatMap(g1)]);
}

/** The way back, as snarkjs writes a key: decodeVerificationKey reads it like any other that comes from outside. */
export function keyJsonFromBytes(bytes: Uint8Array): unknown {
  const text = numbersFromBytes(bytes).map(String);
  const g1At = (i: number): string[] => [...text.slice(i, i + 2), "1"];
  const g2At = (i: number): string[][] => {
    const [x1 = "", x0 = "", y1 = "", y0 = ""] = text.slice(i, i + 4);
    return [
      [x0, x1],
      [y0, y1],
      ["1", "0"],
    ];
  };
  const icAt = 2 + 3 * 4;
  const count = (text.length - icAt) / 2;
  return {
    protocol: "groth16",
    curve: "bn128",
    nPublic: count - 1,
    vk_alpha_1: g1At(0),
    vk_beta_2: g2At(2),
    vk_gamma_2: g2At(6),
    vk_delta_2: g2At(10),
    vk_alphabeta_12: [],
    IC: Array.from({ length: count }, (_, i) => g1At(icAt + 2 * i)),
  };
}

/** Little-endian, as signals and witnesses are in iden3's files. @param values each in [0, 2^256) */
export function scalarsToBytes(values: readonly bigint[]): Uint8Array {
  const bytes = new Uint8Array(NUMBER_BYTES * values.length);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of values.entries()) {
    for (let word = 0; word < 4; word++) {
      // The lowest 64 bits of what is left are kept.
      view.setBigUint64(NUMBER_BYTES * i + 8 * word, value >> BigInt(64 * word), true);
    }
  }
  return bytes;
}

export function scalarsFromBytes(bytes: Uint8Array): bigint[] {
  return numbersFromBytes(bytes.toReversed()).reverse();
}

function g1({ x, y }: G1): bigint[] {
  return [x, y];
}

function g2({ x, y }: G2): bigint[] {
  return [x[1], x[0], y[1], y[0]];
}

function numbersToBytes(values: readonly bigint[]): Uint8Array {
  const hex = values.map((value) => value.toString(16).padStart(2 * NUMBER_BYTES, "0"));
  return new Uint8Array(Buffer.from(hex.join(""), "hex"));
}

function numbersFromBytes(bytes: Uint8Array): bigint[] {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
  return (hex.match(/.{64}/g) ?? []).map((number) => BigInt(`0x${number}`));
}
