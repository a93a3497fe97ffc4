/**
 * SHA-256, by which models, circuits and blocks are named in every message. The brand is that of store/digest.ts:
 * a digest checked by either is a digest for both.
 * @module
 */
import { createHash } from "node:crypto";
import { ProtocolError } from "./error.ts";

/** 64 lower-case hexadecimal digits. */
export type Digest = string & { readonly __brand: "Digest" };

export function isDigest(text: string): text is Digest {
  return /^[0-9a-f]{64}$/.test(text);
}

/** @throws ProtocolError `MALFORMED_DIGEST` */
export function digest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new ProtocolError(
    "MALFORMED_DIGEST",
    `expected 64 lower-case hexadecimal digits, got ${JSON.stringify(text.slice(0, 80))}`,
    "Use a SHA-256 digest as printed by sha256sum.",
  );
}

/** The 32 bytes of SHA-256. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash("sha256").update(bytes).digest());
}
