/**
 * The digest of an input tensor that a statement shows instead of its elements: one public signal however large the
 * input is. docs/protocol.md, "Hashed inputs", fixes it byte for byte; circomlibjs computes the same.
 *
 *     word_k = Σ_j (x_{mk+j} − min) · 2^{8wj}                    m = ⌊31 / w⌋ elements of w bytes each
 *     H_0    = Poseidon(domain, form, salt, word_0, …, word_12)
 *     H_i    = Poseidon(H_{i−1}, word_{15i−2}, …, word_{15i+12})   words that are missing are 0; the last H is the digest
 *
 * Two lists of integers in their range never have the same words and form; so whoever opens one digest in two ways has
 * a collision of Poseidon. A salt hides an input of few possibilities from whoever could try them all.
 * @module
 */
import { CircuitError } from "../../error.ts";
import { poseidon } from "./poseidon.ts";

/** What an element may be, both ends included. */
export interface ElementRange {
  readonly min: number;
  readonly max: number;
}

/** How elements of one range stand in the words of a hash. */
export interface Packing {
  /** w: 1, 2 or 4. */
  readonly bytes: number;
  /** m: elements in one word of 31 bytes. */
  readonly perWord: number;
}

/** `assay/input/1`, padded to 16 bytes like every domain of the protocol, as an integer. */
export const INPUT_DOMAIN: bigint = BigInt(
  `0x${Buffer.from("assay/input/1".padEnd(16, "\0"), "latin1").toString("hex")}`,
);
/** Bytes of a word: the most that are below r whatever they are. */
const WORD_BYTES = 31;
/** Words of H_0, beside domain, form and salt; and of every H after, beside the H before. */
const FIRST_WORDS = 13;
const NEXT_WORDS = 15;
/** A salt has at most 128 bits: beyond that nothing is hidden better. */
const SALT_BITS = 128n;

export function packingOf({ min, max }: ElementRange): Packing {
  const span = max - min;
  const bytes = span < 2 ** 8 ? 1 : span < 2 ** 16 ? 2 : 4;
  return { bytes, perWord: Math.floor(WORD_BYTES / bytes) };
}

/** What the words mean: count + 2^32·w + 2^64·(min + 2^31). */
export function formOf(count: number, range: ElementRange): bigint {
  const { bytes } = packingOf(range);
  return BigInt(count) + (BigInt(bytes) << 32n) + (BigInt(range.min + 2 ** 31) << 64n);
}

export function isSalt(salt: bigint): boolean {
  return salt >= 0n && salt >> SALT_BITS === 0n;
}

/**
 * The digest of a tensor's elements, row-major; in [0, r).
 * @param salt below 2^128; 0n where nothing need be hidden
 * @throws CircuitError `OUT_OF_RANGE` for an element or a salt beyond what it may be
 */
export function hashInput(elements: Int32Array, range: ElementRange, salt = 0n): bigint {
  if (!isSalt(salt)) {
    throw new CircuitError(
      "OUT_OF_RANGE",
      "the salt of an input's digest has more than 128 bits",
      "Draw 16 random bytes, or give 0.",
    );
  }
  const words = packWords(elements, range);
  let hash = poseidon(
    padded([INPUT_DOMAIN, formOf(elements.length, range), salt, ...words.slice(0, FIRST_WORDS)]),
  );
  for (let at = FIRST_WORDS; at < words.length; at += NEXT_WORDS) {
    hash = poseidon(padded([hash, ...words.slice(at, at + NEXT_WORDS)]));
  }
  return hash;
}

function packWords(elements: Int32Array, range: ElementRange): bigint[] {
  const { bytes, perWord } = packingOf(range);
  const words: bigint[] = [];
  for (let from = 0; from < elements.length; from += perWord) {
    let word = 0n;
    for (let i = Math.min(from + perWord, elements.length) - 1; i >= from; i--) {
      const element = elements[i] as number;
      if (element < range.min || element > range.max) {
        throw new CircuitError(
          "OUT_OF_RANGE",
          `element ${i} of a hashed input is ${element}, expected ${range.min} to ${range.max}`,
          "The manifest states the range of every input.",
        );
      }
      word = (word << BigInt(8 * bytes)) + BigInt(element - range.min);
    }
    words.push(word);
  }
  return words;
}

/** Sixteen inputs: what is missing is 0. */
function padded(inputs: readonly bigint[]): bigint[] {
  return [...inputs, ...Array<bigint>(16 - inputs.length).fill(0n)];
}
