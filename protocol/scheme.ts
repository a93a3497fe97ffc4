/**
 * The signature schemes under which an account of Bittensor may sign a request: sr25519, which all hotkeys of this
 * protocol are, and ed25519. Which one is an account's is the verifier's to know, never the signature's to say: a check
 * that tries what it is told to try can be told the weaker one.
 * @module
 */
import { ed25519 } from "@noble/curves/ed25519.js";
import { type Hotkey, publicKeyOf } from "./hotkey.ts";
import { verifySignature } from "./signature.ts";

export type SignatureScheme = "sr25519" | "ed25519";

export function isSignatureScheme(text: string): text is SignatureScheme {
  return text === "sr25519" || text === "ed25519";
}

/** True only when the account signed exactly `message` under exactly this scheme; everything else is false. */
export function verifyUnder(
  scheme: SignatureScheme,
  message: Uint8Array,
  signature: Uint8Array,
  account: Hotkey,
): boolean {
  return scheme === "sr25519"
    ? verifySignature(message, signature, account)
    : verifyEd25519(message, signature, account);
}

function verifyEd25519(message: Uint8Array, signature: Uint8Array, account: Hotkey): boolean {
  try {
    // RFC 8032's strict rules: under ZIP 215's, anybody signs for keys of small order.
    return ed25519.verify(signature, message, publicKeyOf(account), { zip215: false });
  } catch {
    return false;
  }
}
