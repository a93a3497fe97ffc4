/**
 * Sealing a message until a round of a beacon is out: identity-based encryption to the round, whose pulse is the key.
 * Byte for byte the format of ideal-lab5/timelock (revision 5416406), which Subtensor opens at an epoch. A message grows
 * by 244 bytes; sealing takes about 15 ms, opening 13.
 *
 *   U (96 bytes), ‹V›, ‹W›, ‹body›, ‹"AES_GCM_"›      where ‹x› is the length of x, a little-endian u64, then x
 *   body: ‹ciphertext of AES-256-GCM, its tag of 16 bytes at the end›, ‹nonce›
 *
 * Boneh, Franklin 2001, §4.2 (FullIdent): r = H3(sigma, M), U = rP, V = sigma ⊕ H2(e(Q, key)^r), W = M ⊕ H4(sigma).
 * H2 and H4 are SHA-256, H3 too, modulo the group order; M is the key for AES. The pairing is taken as e(r·Q, key),
 * whose lines are known already.
 * Stricter than Subtensor in one thing: bytes after the end are refused.
 * @module
 */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { ChainError } from "../error.ts";
import { type Beacon, keyLines } from "./beacon.ts";
import {
  decodeKey,
  decodeSignature,
  G2_BASE,
  identityOf,
  linesOf,
  PUBLIC_KEY_BYTES,
  pair,
  scalarOf,
  sha256,
  targetBytes,
} from "./pairing.ts";

/** What commit_timelocked_weights takes. */
export const MAX_SEALED_BYTES = 5_000;

const LENGTH_BYTES = 8;
const HASH_BYTES = 32;
const TAG_BYTES = 16;
const NONCE_BYTES = 12;
const SUITE = Buffer.from("AES_GCM_");
const CIPHER = "aes-256-gcm";

const OVERHEAD_BYTES =
  PUBLIC_KEY_BYTES + 2 * HASH_BYTES + TAG_BYTES + NONCE_BYTES + SUITE.length + 6 * LENGTH_BYTES;
/** The longest message whose seal a chain takes. */
export const MAX_MESSAGE_BYTES: number = MAX_SEALED_BYTES - OVERHEAD_BYTES;

/**
 * @param random a source of that many secret bytes; for tests. Whoever knows them opens the seal.
 * @throws ChainError `SEAL_TOO_LONG`, `MALFORMED_ROUND`, `MALFORMED_BEACON`
 */
export function seal(
  message: Uint8Array,
  round: number,
  beacon: Beacon,
  random: (bytes: number) => Uint8Array = randomBytes,
): Uint8Array {
  if (message.length > MAX_MESSAGE_BYTES) {
    throw new ChainError(
      "SEAL_TOO_LONG",
      `the message has ${message.length} bytes, a seal holds ${MAX_MESSAGE_BYTES}`,
      "Set fewer weights: those of zero need not be sent.",
    );
  }
  const Q = identityOf(round);
  const key = random(HASH_BYTES);
  const sigma = random(HASH_BYTES);
  const nonce = random(NONCE_BYTES);

  const r = scalarOf(sha256(sigma, key));
  const U = G2_BASE.multiply(r).toBytes();
  const V = xor(sigma, sha256(targetBytes(pair(Q.multiply(r), keyLines(beacon)))));
  const W = xor(key, sha256(sigma));

  const cipher = createCipheriv(CIPHER, key, nonce);
  const encrypted = [cipher.update(message), cipher.final(), cipher.getAuthTag()];
  const body = [withLength(...encrypted), withLength(nonce)];
  return Uint8Array.from(
    Buffer.concat([U, withLength(V), withLength(W), withLength(...body), withLength(SUITE)]),
  );
}

/**
 * @param signature the pulse of the round to which it was sealed
 * @throws ChainError `MALFORMED_SEAL`, `MALFORMED_SIGNATURE`, `WRONG_PULSE`, `SEAL_BROKEN`
 */
export function open(sealed: Uint8Array, signature: Uint8Array): Uint8Array {
  return opener(signature)(sealed);
}

/**
 * Opens what was sealed to one round: many commits meet one pulse, and it is decoded once.
 * @throws ChainError `MALFORMED_SIGNATURE`; what it returns throws as `open`
 */
export function opener(signature: Uint8Array): (sealed: Uint8Array) => Uint8Array {
  const pulse = decodeSignature(signature);
  return (sealed) => {
    const { U, V, W, encrypted, tag, nonce } = readSeal(sealed);
    const point = decodeKey(U);
    if (point === undefined) throw malformed("U is no point of G2");
    const sigma = xor(V, sha256(targetBytes(pair(pulse, linesOf(point)))));
    const key = xor(W, sha256(sigma));
    const r = scalarOf(sha256(sigma, key));
    // Whatever pulse is tried, some sigma comes out; only the right one explains U.
    if (r === 0n || !G2_BASE.multiplyUnsafe(r).equals(point)) throw wrongPulse();
    try {
      const decipher = createDecipheriv(CIPHER, key, nonce).setAuthTag(tag);
      return Uint8Array.from(Buffer.concat([decipher.update(encrypted), decipher.final()]));
    } catch {
      throw new ChainError(
        "SEAL_BROKEN",
        "the pulse opens the seal, but the message inside was changed after it was sealed",
        "Seal and send it again.",
      );
    }
  };
}

interface Seal {
  readonly U: Uint8Array;
  readonly V: Uint8Array;
  readonly W: Uint8Array;
  readonly encrypted: Uint8Array;
  readonly tag: Uint8Array;
  readonly nonce: Uint8Array;
}

function readSeal(sealed: Uint8Array): Seal {
  if (sealed.length > MAX_SEALED_BYTES) {
    throw malformed(`expected at most ${MAX_SEALED_BYTES} bytes, got ${sealed.length}`);
  }
  const outer = new Reader(sealed);
  const U = outer.take(PUBLIC_KEY_BYTES, "U");
  const V = outer.vector("V", HASH_BYTES);
  const W = outer.vector("W", HASH_BYTES);
  const body = outer.vector("the body");
  const suite = outer.vector("the cipher suite", SUITE.length);
  outer.end();
  if (!SUITE.equals(suite)) throw malformed("the cipher suite is not AES_GCM_");

  const inner = new Reader(body);
  const ciphertext = inner.vector("the ciphertext");
  const nonce = inner.vector("the nonce", NONCE_BYTES);
  inner.end();
  if (ciphertext.length < TAG_BYTES) throw malformed("the ciphertext has no tag");
  const tagAt = ciphertext.length - TAG_BYTES;
  const [encrypted, tag] = [ciphertext.subarray(0, tagAt), ciphertext.subarray(tagAt)];
  return { U, V, W, encrypted, tag, nonce };
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  take(length: number, what: string): Uint8Array {
    const left = this.#bytes.length - this.#at;
    if (length > left) throw malformed(`${what} has ${length} bytes, but ${left} are left`);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  vector(what: string, expected?: number): Uint8Array {
    const prefix = Buffer.from(this.take(LENGTH_BYTES, `the length of ${what}`));
    const length = prefix.readBigUInt64LE();
    if (expected !== undefined && length !== BigInt(expected)) {
      throw malformed(`${what} has ${length} bytes, expected ${expected}`);
    }
    return this.take(Number(length), what);
  }

  end(): void {
    const left = this.#bytes.length - this.#at;
    if (left > 0) throw malformed(`${left} bytes are left over`);
  }
}

function withLength(...parts: readonly Uint8Array[]): Buffer {
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeBigUInt64LE(BigInt(parts.reduce((sum, part) => sum + part.length, 0)));
  return Buffer.concat([length, ...parts]);
}

function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((byte, i) => byte ^ (b[i] ?? 0));
}

function malformed(problem: string): ChainError {
  return new ChainError(
    "MALFORMED_SEAL",
    `not a timelock seal: ${problem}`,
    "Seal it in Subtensor's format (commit-reveal version 4).",
  );
}

function wrongPulse(): ChainError {
  return new ChainError(
    "WRONG_PULSE",
    "the pulse does not open the seal",
    "Take the pulse of the round, and of the beacon, to which it was sealed.",
  );
}
