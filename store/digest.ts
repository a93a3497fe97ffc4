/**
 * SHA-256, the one hash by which artefacts, models and circuits are named.
 * @module
 */
import { createHash } from "node:crypto";
import { StoreError } from "./error.ts";

/** 64 lower-case hexadecimal digits. */
export type Digest = string & { readonly __brand: "Digest" };

/** @throws StoreError `MALFORMED_DIGEST` */
export function digest(text: string): Digest {
  if (!/^[0-9a-f]{64}$/.test(text)) {
    throw new StoreError(
      "MALFORMED_DIGEST",
      `expected 64 lower-case hexadecimal digits, got ${JSON.stringify(text.slice(0, 80))}`,
      "Use a SHA-256 digest as printed by sha256sum.",
    );
  }
  return text as Digest;
}

export function sha256(...parts: readonly Uint8Array[]): Digest {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex") as Digest;
}
