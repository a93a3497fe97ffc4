/**
 * `$NACL`: how Bittensor's tools encrypt key files today. After the five letters come a nonce of 24 bytes and a
 * secretbox (XSalsa20-Poly1305; Bernstein, "Cryptography in NaCl", 2009) whose key is argon2i of the password
 * (Biryukov et al. 2016, version 1.3) with libsodium's SENSITIVE limits and a salt that is the same for everybody: so a
 * password must be one of its own, and a key costs 5 s and 512 MiB to derive, for its owner as for a thief.
 * @module
 */
import { naclDecrypt, naclEncrypt } from "@polkadot/util-crypto";
import { argon2i } from "hash-wasm";
import { ChainError } from "../error.ts";
import { damaged, wrongPassword } from "./refusals.ts";

export const NACL_PREFIX = "$NACL";

const SALT = Buffer.from("137183dff15a09bc9c90b5518739e9b1", "hex");
/** crypto_pwhash_OPSLIMIT_SENSITIVE and MEMLIMIT_SENSITIVE of argon2i: what the format fixes. */
const PASSES = 8;
const MEMORY_KIB = 512 << 10;
const KEY_BYTES = 32;
const NONCE_BYTES = 24;
const TAG_BYTES = 16;

/**
 * 32 bytes, of a password that is not empty. The event loop stands still for the 5 s it takes.
 * @throws ChainError `KEY_MEMORY` when 512 MiB cannot be had
 */
export async function naclKeyOf(password: Uint8Array): Promise<Uint8Array> {
  try {
    return await argon2i({
      password,
      salt: SALT,
      iterations: PASSES,
      memorySize: MEMORY_KIB,
      parallelism: 1,
      hashLength: KEY_BYTES,
      outputType: "binary",
    });
  } catch {
    // No cause: it is not ours, and what it quotes is not known.
    throw new ChainError(
      "KEY_MEMORY",
      "the password of an encrypted key file could not be hashed",
      "It takes 512 MiB of memory: free some.",
    );
  }
}

/** @param nonce 24 bytes, never used twice with one key; fresh random ones by default */
export function sealNacl(plain: Uint8Array, key: Uint8Array, nonce?: Uint8Array): Uint8Array {
  const box = naclEncrypt(plain, key, nonce);
  return Buffer.concat([Buffer.from(NACL_PREFIX), box.nonce, box.encrypted]);
}

/**
 * @param path for messages only
 * @throws ChainError `KEY_DAMAGED`, `WRONG_PASSWORD`
 */
export function openNacl(content: Uint8Array, key: Uint8Array, path: string): Uint8Array {
  checkNacl(content, path);
  const box = content.subarray(NACL_PREFIX.length);
  const plain = naclDecrypt(box.subarray(NONCE_BYTES), box.subarray(0, NONCE_BYTES), key);
  if (plain === null) throw wrongPassword(path);
  return plain;
}

/** What can be seen without a password. @throws ChainError `KEY_DAMAGED` */
export function checkNacl(content: Uint8Array, path: string): void {
  if (content.length <= NACL_PREFIX.length + NONCE_BYTES + TAG_BYTES) {
    throw damaged(path, `${content.length} bytes are too few for an encrypted key`);
  }
}
