/**
 * sr25519 signatures (Schnorrkel over Ristretto255, signing context "substrate") of hotkeys. Pure TypeScript: nothing
 * to initialise. Every message signed here begins with a 16-byte domain (bytes.ts), so that no signature of one kind
 * of message, of this protocol or of a chain, is one of another kind.
 * @module
 */
import { sr25519Verify } from "@polkadot/util-crypto";
import { type Hotkey, publicKeyOf } from "./hotkey.ts";

export const SIGNATURE_BYTES = 64;

/** Who signs. The secret stays inside; only signatures come out. */
export interface Signer {
  readonly hotkey: Hotkey;
  /** @returns a signature of 64 bytes */
  sign(message: Uint8Array): Uint8Array;
}

/**
 * True only when `hotkey` signed exactly `message`. Every other outcome is false: an empty or short signature, a
 * point off the curve, a scalar that is not reduced, a missing Schnorrkel marker, the zero key (for which anybody
 * signs), an internal error. There is no way to switch the check off: Bittensor's axons once skipped it for an empty
 * signature (RaoFoundation/bittensor#3392).
 */
export function verifySignature(
  message: Uint8Array,
  signature: Uint8Array,
  hotkey: Hotkey,
): boolean {
  if (signature.length !== SIGNATURE_BYTES) return false;
  try {
    return sr25519Verify(message, signature, publicKeyOf(hotkey)) === true;
  } catch {
    return false;
  }
}
