/**
 * Signatures that were found good lately. A transaction is judged when it is submitted, after every block while it
 * waits, and once more in its block; verifying one takes a millisecond or two, and a block of settings of weights has
 * hundreds.
 * @module
 */
import { createHash } from "node:crypto";

/** As many as a full pool has. */
const MAX_REMEMBERED = 8_192;

const remembered = new Set<string>();

/**
 * @param parts what the verdict depends on; all but the first of a fixed length
 * @param verify is asked unless the same parts were found good before
 */
export function isVerified(parts: readonly Uint8Array[], verify: () => boolean): boolean {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  const key = hash.digest("base64");
  if (remembered.has(key)) return true;
  if (!verify()) return false;
  if (remembered.size >= MAX_REMEMBERED) remembered.clear();
  remembered.add(key);
  return true;
}
