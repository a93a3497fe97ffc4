/**
 * One key in memory, sr25519 or ed25519. It signs; its secret comes out only where a key file is written, by a method
 * whose name says so, and never by printing, cloning or JSON.
 *
 * A private key has Bittensor's form. sr25519: 64 bytes, schnorrkel's canonical secret (scalar, then nonce), where the
 * library below wants the scalar times the cofactor 8, as ed25519 does. ed25519: the 32 bytes of the seed.
 * @module
 */
import { ristretto255 } from "@noble/curves/ed25519.js";
import { bytesToNumberLE, concatBytes, equalBytes, numberToBytesLE } from "@noble/curves/utils.js";
import { Keyring } from "@polkadot/keyring";
import type { KeyringPair } from "@polkadot/keyring/types";
import {
  ed25519PairFromSeed,
  mnemonicGenerate,
  mnemonicToMiniSecret,
  mnemonicValidate,
  sr25519PairFromSeed,
} from "@polkadot/util-crypto";
import { hotkeyOf, type Scheme } from "../account.ts";
import type { Hotkey, Signer } from "../chain.ts";

export type Words = 12 | 15 | 18 | 21 | 24;

/** What a key file holds of a key that is secret. */
export interface Secret {
  /** Without it the key was made from a seed. */
  readonly phrase?: string;
  /** 32 bytes. Without it only the expanded key is known. */
  readonly seed?: Uint8Array;
  /** 64 bytes for sr25519, 32 for ed25519. */
  readonly privateKey: Uint8Array;
}

// Used to make pairs only; neither keeps any.
const KEYRINGS: Readonly<Record<Scheme, Keyring>> = {
  sr25519: new Keyring({ type: "sr25519", ss58Format: 42 }),
  ed25519: new Keyring({ type: "ed25519", ss58Format: 42 }),
};

export class Key implements Signer {
  readonly scheme: Scheme;
  /** The account, a coldkey's too: the interface of signers calls it so. */
  readonly hotkey: Hotkey;
  readonly #pair: KeyringPair;
  readonly #secret: Secret;

  constructor(scheme: Scheme, pair: KeyringPair, secret: Secret) {
    this.scheme = scheme;
    this.hotkey = hotkeyOf(pair.publicKey);
    this.#pair = pair;
    this.#secret = secret;
  }

  /** 32 bytes. */
  get publicKey(): Uint8Array {
    return this.#pair.publicKey;
  }

  /** 64 bytes; sr25519 signs in the context "substrate". */
  sign(message: Uint8Array): Uint8Array {
    return this.#pair.sign(message);
  }

  /** For writing a key file. Whoever sees the result owns the account. */
  exposeSecret(): Secret {
    return this.#secret;
  }
}

/** A key from a BIP-39 mnemonic of fresh entropy: 128 bits with 12 words, 256 with 24. */
export function newKey(scheme: Scheme = "sr25519", words: Words = 12): Key {
  const phrase = mnemonicGenerate(words);
  return keyOfSeed(mnemonicToMiniSecret(phrase), scheme, phrase);
}

/** @returns undefined when `phrase` is no BIP-39 mnemonic in English */
export function keyOfPhrase(phrase: string, scheme: Scheme = "sr25519"): Key | undefined {
  if (!mnemonicValidate(phrase)) return undefined;
  return keyOfSeed(mnemonicToMiniSecret(phrase), scheme, phrase);
}

/** @param seed 32 bytes */
export function keyOfSeed(seed: Uint8Array, scheme: Scheme, phrase?: string): Key {
  const pair = (scheme === "sr25519" ? sr25519PairFromSeed : ed25519PairFromSeed)(seed);
  return new Key(scheme, KEYRINGS[scheme].createFromPair(pair), {
    ...(phrase === undefined ? {} : { phrase }),
    seed,
    privateKey: scheme === "sr25519" ? dividedByCofactor(pair.secretKey) : seed,
  });
}

/**
 * The public key is computed, never read: a file that pairs a secret with another's key must not sign for it.
 * @returns undefined when the bytes are no private key of this scheme
 */
export function keyOfPrivateKey(privateKey: Uint8Array, scheme: Scheme): Key | undefined {
  return scheme === "sr25519" ? keyOfScalar(privateKey) : keyOfEd25519(privateKey);
}

/**
 * A well-known development account: anybody knows its secret, so it holds nothing outside a local chain.
 * @param path a derivation of the development phrase, such as `//Alice`
 */
export function devSigner(path: `//${string}`): Signer {
  const pair = KEYRINGS.sr25519.createFromUri(path);
  return { hotkey: hotkeyOf(pair.publicKey), sign: (message) => pair.sign(message) };
}

function keyOfScalar(privateKey: Uint8Array): Key | undefined {
  if (privateKey.length !== 64) return undefined;
  const scalar = bytesToNumberLE(privateKey.subarray(0, 32));
  if (scalar === 0n || scalar >= ristretto255.Point.Fn.ORDER) return undefined;
  const publicKey = ristretto255.Point.BASE.multiply(scalar).toBytes();
  const pair = { publicKey, secretKey: multipliedByCofactor(privateKey) };
  return new Key("sr25519", KEYRINGS.sr25519.createFromPair(pair), { privateKey });
}

/** The seed alone, or the seed and its public key, as libsodium has it. */
function keyOfEd25519(privateKey: Uint8Array): Key | undefined {
  if (privateKey.length !== 32 && privateKey.length !== 64) return undefined;
  const key = keyOfSeed(privateKey.slice(0, 32), "ed25519");
  const isWhole = privateKey.length === 32 || equalBytes(privateKey.subarray(32), key.publicKey);
  return isWhole ? key : undefined;
}

/** schnorrkel's scalar to ed25519's: below the group order of 253 bits, so nothing falls off the top. */
function multipliedByCofactor(canonical: Uint8Array): Uint8Array {
  return concatBytes(
    numberToBytesLE(bytesToNumberLE(canonical.subarray(0, 32)) << 3n, 32),
    canonical.subarray(32),
  );
}

function dividedByCofactor(secretKey: Uint8Array): Uint8Array {
  return concatBytes(
    numberToBytesLE(bytesToNumberLE(secretKey.subarray(0, 32)) >> 3n, 32),
    secretKey.subarray(32),
  );
}
