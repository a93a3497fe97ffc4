/**
 * Fernet tokens, the oldest encryption of Bittensor's key files. Read only: what we encrypt is `$NACL`.
 *
 * base64url of: 0x80, time (8 bytes), iv (16), AES-128-CBC ciphertext, HMAC-SHA256 over all before it. The 32 bytes of
 * the key, MAC half first, are PBKDF2-SHA256 of the password with a salt that is the same for everybody.
 * Fernet spec, github.com/fernet/spec.
 * @module
 */
import { createDecipheriv, createHmac, pbkdf2, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { damaged, wrongPassword } from "./refusals.ts";

/** Version 0x80 and the first 28 bits of the time, which stay zero for 2,000 years, in base64. */
export const FERNET_PREFIX = "gAAAAA";

const SALT = "Iguesscyborgslikemyselfhaveatendencytobeparanoidaboutourorigins";
/** Fixed by the format; some seconds, in another thread. */
const ROUNDS = 10_000_000;
const HALF_KEY_BYTES = 16;
const VERSION = 0x80;
const IV_AT = 1 + 8;
const CIPHERTEXT_AT = IV_AT + 16;
const BLOCK_BYTES = 16;
const MAC_BYTES = 32;

/** 32 bytes. */
export async function fernetKeyOf(password: Uint8Array): Promise<Uint8Array> {
  return promisify(pbkdf2)(password, SALT, ROUNDS, 2 * HALF_KEY_BYTES, "sha256");
}

/**
 * @param key 32 bytes
 * @param path for messages only
 * @throws ChainError `KEY_DAMAGED`, `WRONG_PASSWORD`
 */
export function openFernet(content: Uint8Array, key: Uint8Array, path: string): Uint8Array {
  const token = decodeToken(content, path);
  const signed = token.subarray(0, -MAC_BYTES);
  const expected = createHmac("sha256", key.subarray(0, HALF_KEY_BYTES)).update(signed).digest();
  if (!timingSafeEqual(expected, token.subarray(-MAC_BYTES))) throw wrongPassword(path);
  const decipher = createDecipheriv(
    "aes-128-cbc",
    key.subarray(HALF_KEY_BYTES),
    token.subarray(IV_AT, CIPHERTEXT_AT),
  );
  try {
    return Buffer.concat([decipher.update(signed.subarray(CIPHERTEXT_AT)), decipher.final()]);
  } catch {
    throw damaged(path, "its padding is wrong");
  }
}

/** What can be seen without a password. @throws ChainError `KEY_DAMAGED` */
export function checkFernet(content: Uint8Array, path: string): void {
  decodeToken(content, path);
}

function decodeToken(content: Uint8Array, path: string): Buffer {
  const text = Buffer.from(content).toString("latin1").trim();
  const token = Buffer.from(text, "base64url");
  const isCanonical = token.toString("base64url") === text.replace(/=+$/, "");
  const ciphertextBytes = token.length - CIPHERTEXT_AT - MAC_BYTES;
  if (!isCanonical || token[0] !== VERSION) throw damaged(path, "it is no Fernet token");
  if (ciphertextBytes < BLOCK_BYTES || ciphertextBytes % BLOCK_BYTES !== 0) {
    throw damaged(path, `${token.length} bytes are no length of a Fernet token`);
  }
  return token;
}
