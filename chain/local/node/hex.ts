/**
 * Bytes as JSON-RPC writes them: 0x and lower-case hexadecimal digits.
 * @module
 */

export function hexOf(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex")}`;
}

/** @param hex 0x hex that was checked when it came in */
export function bytesOf(hex: string): Uint8Array {
  return plain(Buffer.from(hex.slice(2), "hex"));
}

/** A copy with memory of its own: the SCALE codecs read a view on a part of some memory from the memory's beginning. */
export function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}
