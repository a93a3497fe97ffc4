/**
 * Bytes that have a buffer of their own. The SCALE library reads the whole buffer behind an array, whatever part of it
 * the array shows; Node's small Buffers are parts of a shared one.
 * @module
 */

export function ownBytes(bytes: Uint8Array): Uint8Array {
  const isOwn = bytes.byteOffset === 0 && bytes.buffer.byteLength === bytes.length;
  return isOwn ? bytes : new Uint8Array(bytes);
}
