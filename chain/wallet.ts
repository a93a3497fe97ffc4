/**
 * Hotkeys on disk, in Bittensor's JSON layout, so that one file serves Assay, btcli and btwallet alike. A coldkey of
 * the local chain has the same form. Files are 0600 from their first byte and refused when anybody else may read them.
 * No message from here ever quotes a file's content.
 *
 * `privateKey` holds schnorrkel's canonical secret (scalar, then nonce); the library below wants the scalar times the
 * cofactor 8, as ed25519 does. Both forms are 64 bytes, so the address tells whether the right one was read.
 * @module
 */
import { constants } from "node:fs";
import { access, type FileHandle, open } from "node:fs/promises";
import { ristretto255 } from "@noble/curves/ed25519.js";
import { bytesToNumberLE, concatBytes, numberToBytesLE } from "@noble/curves/utils.js";
import { Keyring } from "@polkadot/keyring";
import type { KeyringPair } from "@polkadot/keyring/types";
import { hexToU8a, isHex, u8aToHex } from "@polkadot/util";
import {
  ed25519PairFromSeed,
  mnemonicGenerate,
  mnemonicToMiniSecret,
  mnemonicValidate,
  sr25519PairFromSeed,
} from "@polkadot/util-crypto";
import type { Keypair } from "@polkadot/util-crypto/types";
import { z } from "zod";
import { writeFileAtomic } from "../store/atomic.ts";
import { acquireLock } from "../store/lock.ts";
import { hotkeyOf } from "./account.ts";
import type { Signer } from "./chain.ts";
import { ChainError } from "./error.ts";

/** A hotkey file is under 1 KiB; hashed-account descriptors of newer writers may add some. */
const MAX_KEY_FILE_BYTES = 16 * 1024;
const PRIVATE_MODE = 0o600;
const READABLE_BY_OTHERS = 0o077;

// Used to make pairs only; neither keeps any.
const SR25519 = new Keyring({ type: "sr25519", ss58Format: 42 });
const ED25519 = new Keyring({ type: "ed25519", ss58Format: 42 });

// Old btwallet reads the file as a map of optional strings, so any field may be absent or null.
const text = z.string().max(4096).nullish();
const KeyFile = z.strictObject({
  accountId: text,
  publicKey: text,
  privateKey: text,
  secretPhrase: text,
  secretSeed: text,
  ss58Address: text,
  // Newer writers say which scheme it is: 0 or "ed25519", 1 or "sr25519".
  cryptoType: z.union([z.string().max(32), z.number().int()]).nullish(),
  accountType: text,
  signingScheme: text,
  hashedDescriptor: text,
});
type KeyFile = z.infer<typeof KeyFile>;

/**
 * Makes a new hotkey from 128 fresh bits and writes it to `path` with mode 0600.
 * @throws ChainError `KEY_EXISTS`: a key is never overwritten
 */
export async function createHotkeyFile(path: string): Promise<Signer> {
  const phrase = mnemonicGenerate(12);
  const seed = mnemonicToMiniSecret(phrase);
  const { publicKey, secretKey } = sr25519PairFromSeed(seed);
  const hotkey = hotkeyOf(publicKey);
  // String fields only, and no cryptoType: older readers refuse numbers, and sr25519 is everybody's default.
  const file = {
    accountId: u8aToHex(publicKey),
    publicKey: u8aToHex(publicKey),
    privateKey: u8aToHex(dividedByCofactor(secretKey)),
    secretPhrase: phrase,
    secretSeed: u8aToHex(seed),
    ss58Address: hotkey,
  };
  // Rename replaces silently; the lock makes "is there one already?" and the write one step.
  const lock = await acquireLock(`${path}.lock`, { waitMs: 5_000 });
  try {
    if (await exists(path)) {
      throw new ChainError(
        "KEY_EXISTS",
        `there is already a file at ${path}`,
        "Load that key, or choose another path; remove the file yourself if its account is worth nothing.",
      );
    }
    await writeFileAtomic(path, `${JSON.stringify(file)}\n`, { mode: PRIVATE_MODE });
  } finally {
    await lock.release();
  }
  return signerOf(SR25519.createFromPair({ publicKey, secretKey }));
}

/**
 * Reads a hotkey file as Bittensor's tools write it: JSON, a bare mnemonic, a bare seed (64 hexadecimal digits) or a
 * bare private key (128).
 * @throws ChainError `KEY_MISSING`, `KEY_MODE`, `KEY_ENCRYPTED`, `KEY_MALFORMED`, `KEY_SCHEME` or `KEY_MISMATCH`
 */
export async function loadSigner(path: string): Promise<Signer> {
  const content = await readPrivately(path);
  const file = parseKeyFile(path, content.trim());
  const seed = seedOf(path, file);
  const pair = seed
    ? SR25519.createFromPair(sr25519PairFromSeed(seed))
    : SR25519.createFromPair(pairOfPrivateKey(path, file.privateKey));
  const expected = file.ss58Address;
  if (expected && pair.address !== expected) {
    if (seed && ED25519.createFromPair(ed25519PairFromSeed(seed)).address === expected)
      throw wrongScheme(path);
    throw new ChainError(
      "KEY_MISMATCH",
      `the secret in ${path} belongs to ${pair.address}, which is not the address the file gives`,
      "The file was edited or damaged: restore it from the mnemonic.",
    );
  }
  return signerOf(pair);
}

/**
 * A well-known development account: anybody knows its secret, so it holds nothing outside a local chain.
 * @param path a derivation of the development phrase, such as `//Alice`
 */
export function devSigner(path: `//${string}`): Signer {
  return signerOf(SR25519.createFromUri(path));
}

function signerOf(pair: KeyringPair): Signer {
  return { hotkey: hotkeyOf(pair.publicKey), sign: (message) => pair.sign(message) };
}

async function readPrivately(path: string): Promise<string> {
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY);
  } catch (cause) {
    throw new ChainError(
      "KEY_MISSING",
      `no key file could be opened at ${path}`,
      "Check the path, or create a key there.",
      { cause },
    );
  }
  try {
    // Asked of the open file, not of the path: what is checked is what is read.
    const { mode, uid, size } = await file.stat();
    if (process.platform !== "win32") {
      if ((mode & READABLE_BY_OTHERS) !== 0) {
        throw new ChainError(
          "KEY_MODE",
          `${path} has mode ${(mode & 0o777).toString(8)}, expected 600: others may read the secret`,
          `Run chmod 600 ${path}; if others use this machine, take the key for stolen.`,
        );
      }
      if (uid !== process.getuid?.()) {
        throw new ChainError(
          "KEY_MODE",
          `${path} belongs to user ${uid}, not to the user who runs this`,
          "Make the file your own with chown, or run as its owner.",
        );
      }
    }
    if (size > MAX_KEY_FILE_BYTES)
      throw malformed(path, `${size} bytes are too many for a key file`);
    return await file.readFile("utf8");
  } finally {
    await file.close();
  }
}

function parseKeyFile(path: string, content: string): KeyFile {
  if (/^(\$NACL|\$ANSIBLE_VAULT|gAAAAA)/.test(content)) {
    throw new ChainError(
      "KEY_ENCRYPTED",
      `${path} is encrypted, which Assay does not read`,
      "Use a plain hotkey file (btcli writes hotkeys unencrypted unless told otherwise).",
    );
  }
  if (/^(0x)?[0-9a-fA-F]{64}$/.test(content)) return { secretSeed: with0x(content) };
  if (/^(0x)?[0-9a-fA-F]{128}$/.test(content)) return { privateKey: with0x(content) };
  if (!content.startsWith("{")) return { secretPhrase: content };

  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    // No cause: the parser quotes what it stumbled over, and that may be the secret.
    throw malformed(path, "it is no JSON");
  }
  const parsed = KeyFile.safeParse(trimKeys(value));
  if (!parsed.success) {
    // Only the names of fields; zod's own message may quote values.
    const fields = parsed.error.issues.map((issue) => issue.path.join(".") || issue.code);
    throw malformed(path, `unexpected ${[...new Set(fields)].join(", ")}`);
  }
  const { cryptoType } = parsed.data;
  if (cryptoType === 0 || /^(0|ed25519)$/i.test(String(cryptoType))) throw wrongScheme(path);
  return parsed.data;
}

/** Some releases of btwallet wrote " ss58Address" with a leading space. */
function trimKeys(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key.trim(), field]));
}

/** 32 bytes, from the phrase before the seed: the order of Bittensor's own loader. */
function seedOf(path: string, file: KeyFile): Uint8Array | undefined {
  if (file.secretPhrase) {
    if (mnemonicValidate(file.secretPhrase)) return mnemonicToMiniSecret(file.secretPhrase);
    throw malformed(path, "its phrase is no BIP-39 mnemonic");
  }
  if (!file.secretSeed) return undefined;
  if (isHex(file.secretSeed, 256)) return hexToU8a(file.secretSeed);
  throw malformed(path, "its seed is not 32 bytes in hexadecimal");
}

function pairOfPrivateKey(path: string, privateKey: string | null | undefined): Keypair {
  if (!isHex(privateKey, 512)) throw malformed(path, "it holds no phrase, seed or private key");
  const canonical = hexToU8a(privateKey);
  const scalar = bytesToNumberLE(canonical.subarray(0, 32));
  if (scalar === 0n || scalar >= ristretto255.Point.Fn.ORDER) {
    throw malformed(path, "its private key is out of range");
  }
  // The public key is computed, never read: a file that pairs a secret with another's key must not sign for it.
  const publicKey = ristretto255.Point.BASE.multiply(scalar).toBytes();
  return { publicKey, secretKey: multipliedByCofactor(canonical) };
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

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function malformed(path: string, what: string): ChainError {
  return new ChainError(
    "KEY_MALFORMED",
    `${path} is no hotkey file: ${what}`,
    "Expected Bittensor's JSON layout, a mnemonic, a seed or a private key.",
  );
}

function wrongScheme(path: string): ChainError {
  return new ChainError(
    "KEY_SCHEME",
    `${path} holds an ed25519 key; hotkeys are sr25519`,
    "Create an sr25519 hotkey and register that.",
  );
}

function with0x(hex: string): string {
  return hex.startsWith("0x") ? hex : `0x${hex}`;
}
