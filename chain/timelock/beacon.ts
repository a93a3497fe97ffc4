/**
 * drand: a beacon that signs the number of every round at its time, so that the signature of a round is a secret until
 * then and public ever after. A pulse is valid if e(signature, P2) = e(H(round), key).
 * drand.love, scheme bls-unchained-g1-rfc9380; Boneh, Lynn, Shacham 2001.
 * @module
 */
import { ChainError } from "../error.ts";
import {
  decodeKey,
  decodeSignature,
  G2_BASE,
  identityOf,
  isProductOne,
  type Lines,
  linesOf,
  PUBLIC_KEY_BYTES,
  sha256,
} from "./pairing.ts";

export interface Beacon {
  /** A point of G2, compressed: 96 bytes. Never changed: what follows from it is kept. */
  readonly publicKey: Uint8Array;
  /** Unix time of round 1. */
  readonly genesisSeconds: number;
  readonly periodSeconds: number;
}

/** The League of Entropy's quicknet, whose pulses Subtensor stores. */
export const QUICKNET: Beacon = {
  publicKey: Uint8Array.from(
    Buffer.from(
      "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d106451" +
        "0d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a",
      "hex",
    ),
  ),
  genesisSeconds: 1_692_803_367,
  periodSeconds: 3,
};

export const QUICKNET_CHAIN_HASH =
  "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971";

/** @returns the latest round that is out at `unixMs`; 0 before the first */
export function roundAt({ genesisSeconds, periodSeconds }: Beacon, unixMs: number): number {
  const elapsedMs = unixMs - genesisSeconds * 1_000;
  return Math.max(0, Math.floor(elapsedMs / (periodSeconds * 1_000)) + 1);
}

/** @returns Unix milliseconds at which `round` comes out */
export function timeOfRoundMs({ genesisSeconds, periodSeconds }: Beacon, round: number): number {
  return (genesisSeconds + (round - 1) * periodSeconds) * 1_000;
}

/**
 * Whether `signature` is the beacon's for `round`; a malformed one is not. Takes about 12 ms.
 * @throws ChainError `MALFORMED_ROUND`, `MALFORMED_BEACON`
 */
export function verifyPulse(beacon: Beacon, round: number, signature: Uint8Array): boolean {
  const message = identityOf(round);
  const key = keyLines(beacon);
  try {
    const sigma = decodeSignature(signature);
    return isProductOne([sigma.negate(), BASE_LINES], [message, key]);
  } catch (error) {
    if (error instanceof ChainError && error.code === "MALFORMED_SIGNATURE") return false;
    throw error;
  }
}

/** The 32 random bytes that a pulse stands for. */
export function randomnessOf(signature: Uint8Array): Uint8Array {
  return sha256(signature);
}

const BASE_LINES = linesOf(G2_BASE);
const kept = new WeakMap<Beacon, Lines>();

/**
 * The beacon's key, ready to be paired: computed once for every Beacon object.
 * @throws ChainError `MALFORMED_BEACON`
 */
export function keyLines(beacon: Beacon): Lines {
  const known = kept.get(beacon);
  if (known !== undefined) return known;
  const point = decodeKey(beacon.publicKey);
  if (point === undefined) {
    throw new ChainError(
      "MALFORMED_BEACON",
      `expected ${PUBLIC_KEY_BYTES} bytes that name a point of G2, got ${beacon.publicKey.length} bytes`,
      "Read the key from the chain's Drand.BeaconConfig again, or use quicknet's.",
    );
  }
  const lines = linesOf(point);
  kept.set(beacon, lines);
  return lines;
}
