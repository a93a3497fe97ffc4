/**
 * The digest of an input tensor as rows: the mirror of input-digest.ts, with its letters. Each word meets the rows once,
 * as the first S-box's s, the elements packed by weights 2^{8wj} in C:
 *
 *     0 × 0 = Σ_j (x_j − min)·2^{8wj} + c − s
 *
 * Rows: 622 for the first hash and 626 for each further one (permutation.ts), one for each word and one for the salt; so at
 * most 641 for 15 words. Nothing here is small, and nothing is a hint. Precondition: every element is in its range, by rows
 * of its own (inputs.ts): then words are one-to-one with elements.
 * @module
 */
import { mod } from "@noble/curves/abstract/modular.js";
import { R } from "../../../proof/groth16/points.ts";
import type { Rows } from "../rows.ts";
import { type ElementRange, formOf, INPUT_DOMAIN, packingOf } from "./input-digest.ts";
import { Permutation } from "./permutation.ts";
import { permuteFrom, poseidonConstants, STATE } from "./poseidon.ts";

export interface HashedElements {
  /** The wire of the first element; the others follow. */
  readonly first: number;
  readonly count: number;
  readonly range: ElementRange;
  /** A wire of full size, given. */
  readonly salt: number;
  /** A wire of full size, which the rows make the digest. */
  readonly digest: number;
}

/** Makes `digest` the digest of the elements and the salt, with the step that computes all wires of it. */
export function addInputDigest(rows: Rows, elements: HashedElements): void {
  const { count, range, salt, digest } = elements;
  const words = wordsOf(elements);
  const links: Link[] = [];
  let head: readonly Slot[] = [
    INPUT_DOMAIN,
    formOf(count, range),
    { wires: [salt], weights: [1n], constant: 0n },
  ];
  let taken = 0;
  do {
    const own = words.slice(taken, taken + STATE - 1 - head.length);
    taken += own.length;
    const isLast = taken === words.length;
    const hash = isLast ? digest : rows.addFullWire();
    links.push(addLink(rows, [...head, ...own], { hash, isLast }));
    head = [{ s: hash }];
  } while (taken < words.length);

  rows.stepProgram((read, set) => {
    for (const { state, words: packed, permutation } of links) {
      for (const { s, word } of packed) set(s, sumOf(word, read));
      const boxes = state.map((s) => (typeof s === "bigint" ? s : read(s)));
      permutation.assign(permuteFrom(boxes), set);
    }
  });
}

/** One of the sixteen: a constant, a word, or the wire of the hash before with its constant in it already. */
type Slot = bigint | Word | { readonly s: number };

/** constant + Σ weight · wire. */
interface Word {
  readonly wires: readonly number[];
  readonly weights: readonly bigint[];
  readonly constant: bigint;
}

/** One hash of the chain. */
interface Link {
  /** What its first S-boxes read. */
  readonly state: readonly (number | bigint)[];
  readonly words: readonly { readonly s: number; readonly word: Word }[];
  readonly permutation: Permutation;
}

function addLink(
  rows: Rows,
  slots: readonly Slot[],
  { hash, isLast }: { readonly hash: number; readonly isLast: boolean },
): Link {
  const c = poseidonConstants().c[0] as readonly bigint[];
  const words: { s: number; word: Word }[] = [];
  const state = c.map((constant, i) => {
    // The capacity, and words that are missing, are 0.
    const slot = i === 0 ? 0n : (slots[i - 1] ?? 0n);
    if (typeof slot === "bigint") return (slot + constant) % R;
    if ("s" in slot) return slot.s;
    const word = { ...slot, constant: mod(slot.constant + constant, R) };
    const s = rows.addFullWire();
    rows.addFullRow(NOTHING, NOTHING, {
      wires: [0, ...word.wires, s],
      coefficients: [word.constant, ...word.weights, -1n],
    });
    words.push({ s, word });
    return s;
  });
  // The next hash reads this one in the place of its first input.
  const addend = isLast ? 0n : (c[1] as bigint);
  return { state, words, permutation: new Permutation(rows, state, hash, addend) };
}

const NOTHING = { wires: [], coefficients: [] };

function wordsOf({ first, count, range }: HashedElements): Word[] {
  const { bytes, perWord } = packingOf(range);
  const words: Word[] = [];
  for (let from = 0; from < count; from += perWord) {
    const length = Math.min(perWord, count - from);
    const weights = Array.from({ length }, (_, j) => 1n << BigInt(8 * bytes * j));
    words.push({
      wires: weights.map((_, j) => first + from + j),
      weights,
      constant: -BigInt(range.min) * weights.reduce((sum, weight) => sum + weight, 0n),
    });
  }
  return words;
}

function sumOf({ wires, weights, constant }: Word, read: (wire: number) => bigint): bigint {
  return mod(
    wires.reduce((sum, wire, j) => sum + (weights[j] as bigint) * read(wire), constant),
    R,
  );
}
