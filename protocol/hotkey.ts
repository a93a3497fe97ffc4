/**
 * Who works: an sr25519 public key, written as SS58 text with prefix 42, which is how Bittensor writes every account.
 * @module
 */
import { decodeAddress, encodeAddress } from "@polkadot/util-crypto";
import { ProtocolError } from "./error.ts";

/** SS58 text with prefix 42 of a 32-byte key. The brand is that of chain/chain.ts. */
export type Hotkey = string & { readonly __brand: "Hotkey" };

const SS58_PREFIX = 42;
const PUBLIC_KEY_BYTES = 32;

// Checked before decoding, because decodeAddress also takes hexadecimal text and keys of other lengths.
// 35 bytes (prefix, key, checksum) under prefix 42 are always 48 digits of base 58.
const SHAPE = /^5[1-9A-HJ-NP-Za-km-z]{47}$/;

/** True for the one way of writing a key: checksum right, prefix 42, 32 bytes. */
export function isHotkey(text: string): text is Hotkey {
  if (!SHAPE.test(text)) return false;
  try {
    return encodeAddress(decodeAddress(text, false, SS58_PREFIX), SS58_PREFIX) === text;
  } catch {
    return false;
  }
}

/** @throws ProtocolError `MALFORMED_HOTKEY` */
export function hotkey(text: string): Hotkey {
  if (isHotkey(text)) return text;
  throw new ProtocolError(
    "MALFORMED_HOTKEY",
    `expected an SS58 address with prefix 42 (48 characters, beginning with 5), got ${JSON.stringify(text.slice(0, 80))}`,
    "Copy the ss58Address of the hotkey file.",
  );
}

/** @returns 32 bytes */
export function publicKeyOf(key: Hotkey): Uint8Array {
  return decodeAddress(key, false, SS58_PREFIX);
}

/** @param publicKey 32 bytes. @throws ProtocolError `MALFORMED_HOTKEY` */
export function hotkeyOf(publicKey: Uint8Array): Hotkey {
  if (publicKey.length !== PUBLIC_KEY_BYTES) {
    throw new ProtocolError(
      "MALFORMED_HOTKEY",
      `expected a public key of ${PUBLIC_KEY_BYTES} bytes, got ${publicKey.length}`,
      "Pass the sr25519 public key, not the secret and not the address.",
    );
  }
  return hotkey(encodeAddress(publicKey, SS58_PREFIX));
}
