/**
 * Bytes as text, in the one way this protocol writes them: lower-case hexadecimal. Names (ids, digests) stand bare;
 * byte strings (proofs, signatures) carry `0x`, so that nobody takes one for the other.
 * @module
 */

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

/** The caller has checked that `text` is an even number of hexadecimal digits: Buffer stops silently at others. */
export function fromHex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "hex"));
}

export function toPrefixedHex(bytes: Uint8Array): string {
  return `0x${toHex(bytes)}`;
}

/** Undefined unless `value` is `0x` and exactly `length` bytes in lower-case hexadecimal. */
export function fromPrefixedHex(value: unknown, length: number): Uint8Array | undefined {
  if (typeof value !== "string" || value.length !== 2 + 2 * length) return undefined;
  if (!/^0x[0-9a-f]*$/.test(value)) return undefined;
  return fromHex(value.slice(2));
}
