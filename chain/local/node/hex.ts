/**
 * Bytes as JSON-RPC writes them: 0x and lower-case hexadecimal digits.
 * @module
 */

export function hexOf(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex")}`;
}

/** @param hex 0x hex that was checked when it came in */
export function bytesOf(hex: string): Uint8Array {
  return Buffer.from(hex.slice(2), "hex");
}
