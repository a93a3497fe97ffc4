/**
 * A proof in 128 bytes: A (32) ‖ B (64) ‖ C (32). A point is its x, big-endian, and one bit for which of the two y is
 * meant: the form that gnark uses for BN254, written down in docs/protocol.md. Fq has 254 bits, so two bits of the first
 * byte are free: 10 says that y is the smaller root, 11 the larger; 00 and 01 are refused (no uncompressed points, no
 * infinity).
 * @module
 */
import { bn254 } from "@noble/curves/bn254.js";
import type { Rejection } from "../rejection.ts";
import { fp2, g1RightSide, g2Fault, g2RightSide, isRejection, Q } from "./points.ts";
import type { G1, G2, Proof } from "./proof.ts";

export const PROOF_BYTES = 128;

const COMPRESSED = 0x80;
const LARGER = 0x40;
const FLAGS = COMPRESSED | LARGER;

export function compressProof({ a, b, c }: Proof): Uint8Array {
  const bytes = new Uint8Array(PROOF_BYTES);
  writeG1(bytes.subarray(0, 32), a);
  // c1 stands first: in big-endian order the higher coefficient leads.
  writeNumber(bytes.subarray(32, 64), b.x[1]);
  writeNumber(bytes.subarray(64, 96), b.x[0]);
  bytes[32] = (bytes[32] ?? 0) | COMPRESSED | (isLarger2(b.y) ? LARGER : 0);
  writeG1(bytes.subarray(96, 128), c);
  return bytes;
}

/** Every byte string decodes to at most one proof, and a proof has one byte string. */
export function decompressProof(bytes: Uint8Array): Proof | Rejection {
  if (bytes.length !== PROOF_BYTES) return { code: "MALFORMED", at: "proof" };
  const a = readG1(bytes.subarray(0, 32), "proof.a");
  if (isRejection(a)) return a;
  const b = readG2(bytes.subarray(32, 96), "proof.b");
  if (isRejection(b)) return b;
  const c = readG1(bytes.subarray(96, 128), "proof.c");
  if (isRejection(c)) return c;
  return { a, b, c } as Proof;
}

function writeG1(bytes: Uint8Array, { x, y }: G1): void {
  writeNumber(bytes, x);
  bytes[0] = (bytes[0] ?? 0) | COMPRESSED | (isLarger(y) ? LARGER : 0);
}

function readG1(bytes: Uint8Array, at: string): G1 | Rejection {
  const head = readHead(bytes, at);
  if (isRejection(head)) return head;
  const { x, larger } = head;
  const root = squareRoot(bn254.fields.Fp, g1RightSide(x));
  if (root === undefined) return { code: "NOT_ON_CURVE", at };
  // Fq has odd order and no point of G1 has y = 0, so that the two roots differ.
  return { x, y: isLarger(root) === larger ? root : Q - root };
}

function readG2(bytes: Uint8Array, at: string): G2 | Rejection {
  const head = readHead(bytes.subarray(0, 32), at);
  if (isRejection(head)) return head;
  const c0 = readNumber(bytes.subarray(32, 64));
  if (c0 >= Q) return { code: "NON_CANONICAL", at };
  const x: [bigint, bigint] = [c0, head.x];
  const { Fp2 } = bn254.fields;
  const root = squareRoot(Fp2, g2RightSide(fp2(x)));
  if (root === undefined) return { code: "NOT_ON_CURVE", at };
  const chosen = isLarger2([root.c0, root.c1]) === head.larger ? root : Fp2.neg(root);
  const point: G2 = { x, y: [chosen.c0, chosen.c1] };
  const code = g2Fault(point);
  return code === undefined ? point : { code, at };
}

function readHead(bytes: Uint8Array, at: string): { x: bigint; larger: boolean } | Rejection {
  const first = bytes[0] ?? 0;
  if ((first & COMPRESSED) === 0) return { code: "NON_CANONICAL", at };
  const plain = Uint8Array.from(bytes);
  plain[0] = first & ~FLAGS;
  const x = readNumber(plain);
  return x < Q ? { x, larger: (first & LARGER) !== 0 } : { code: "NON_CANONICAL", at };
}

interface RootField<T> {
  sqrt(value: T): T;
  sqr(value: T): T;
  eql(a: T, b: T): boolean;
}

/** Undefined for what is no square: noble throws. */
function squareRoot<T>(field: RootField<T>, value: T): T | undefined {
  try {
    const root = field.sqrt(value);
    return field.eql(field.sqr(root), value) ? root : undefined;
  } catch {
    return undefined;
  }
}

function isLarger(y: bigint): boolean {
  return y > (Q - 1n) / 2n;
}

/** Of y and −y, the larger by c1, and by c0 where c1 is 0. */
function isLarger2([c0, c1]: readonly [bigint, bigint]): boolean {
  return c1 === 0n ? isLarger(c0) : isLarger(c1);
}

function readNumber(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
}

function writeNumber(bytes: Uint8Array, value: bigint): void {
  bytes.set(Buffer.from(value.toString(16).padStart(2 * bytes.length, "0"), "hex"));
}
