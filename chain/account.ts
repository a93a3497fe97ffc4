/**
 * Names of accounts: an sr25519 public key (32 bytes) and its SS58 text with Substrate's generic prefix 42, one to one.
 * Also the only place of this folder that checks a signature.
 * @module
 */
import { decodeAddress, ed25519Verify, encodeAddress, sr25519Verify } from "@polkadot/util-crypto";
import type { Hotkey } from "./chain.ts";
import { ChainError } from "./error.ts";

/** How an account signs. Hotkeys are sr25519; a coldkey may be either. */
export type Scheme = "sr25519" | "ed25519";

const SS58_PREFIX = 42;
const SIGNATURE_BYTES = 64;

/**
 * @returns `text` itself, known to be the one canonical SS58 text of 32 bytes.
 * @throws ChainError `MALFORMED_ADDRESS`
 */
export function hotkey(text: string): Hotkey {
  // The pattern keeps out the hexadecimal form and the shorter account indices, which decodeAddress also takes.
  const canonical = /^[1-9A-HJ-NP-Za-km-z]{47,48}$/.test(text) && reencode(text) === text;
  if (!canonical) {
    throw new ChainError(
      "MALFORMED_ADDRESS",
      `expected an SS58 address with prefix 42, got ${JSON.stringify(text.slice(0, 80))}`,
      "Copy the address from the ss58Address field of the key file; it begins with 5.",
    );
  }
  return text as Hotkey;
}

function reencode(text: string): string | undefined {
  try {
    return encodeAddress(decodeAddress(text, false, SS58_PREFIX), SS58_PREFIX);
  } catch {
    return undefined;
  }
}

/** The 32 bytes that `hotkey` names. */
export function publicKeyOf(hotkey: Hotkey): Uint8Array {
  return decodeAddress(hotkey, false, SS58_PREFIX);
}

/** @param publicKey 32 bytes; that they are a point of the curve shows only when a signature is checked. */
export function hotkeyOf(publicKey: Uint8Array): Hotkey {
  return encodeAddress(publicKey, SS58_PREFIX) as Hotkey;
}

/** True for a signature by `hotkey` over exactly `message`, sr25519 in the context "substrate"; never throws. */
export function isSignedBy(
  hotkey: Hotkey,
  message: Uint8Array,
  signature: Uint8Array,
  scheme: Scheme = "sr25519",
): boolean {
  if (signature.length !== SIGNATURE_BYTES) return false;
  try {
    const verify = scheme === "sr25519" ? sr25519Verify : ed25519Verify;
    return verify(message, signature, publicKeyOf(hotkey));
  } catch {
    // The key is no point of the curve, or the signature no canonical encoding: nobody signed.
    return false;
  }
}
