/**
 * A block's body as one byte string: extrinsics one after the other, each with its length before it.
 * @module
 */

export function encodeBody(extrinsics: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(extrinsics);
}

/** @param bytes that `encodeBody` wrote */
export function decodeBody(bytes: Uint8Array): Uint8Array[] {
  const extrinsics: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + prefixedLength(bytes, at);
    extrinsics.push(bytes.slice(at, end));
    at = end;
  }
  return extrinsics;
}

/** Of a SCALE compact length below 2^30, and what it announces. */
function prefixedLength(bytes: Uint8Array, at: number): number {
  const word = (i: number): number => bytes[at + i] ?? 0;
  const mode = word(0) & 3;
  if (mode === 0) return 1 + (word(0) >> 2);
  if (mode === 1) return 2 + ((word(0) | (word(1) << 8)) >> 2);
  return 4 + ((word(0) | (word(1) << 8) | (word(2) << 16) | (word(3) << 24)) >>> 2);
}
