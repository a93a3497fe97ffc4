/**
 * The little of SCALE, Substrate's encoding, that weights need to be hidden: compact lengths, vectors of bytes and of
 * u16, u64. Reading is strict: lengths are believed as far as there are bytes, in their shortest form, to the end.
 * @module
 */
import { ChainError } from "../error.ts";

const U16_MAX = 65_535;
const U64_MAX = 2n ** 64n - 1n;

/** @throws ChainError `MALFORMED_WEIGHTS` for what is no u16 */
export function u16(value: number): Uint8Array {
  if (!Number.isInteger(value) || value < 0 || value > U16_MAX) {
    throw malformed(`expected an integer from 0 to ${U16_MAX}, got ${value}`);
  }
  return Uint8Array.of(value & 0xff, value >> 8);
}

export function u64(value: bigint): Uint8Array {
  if (value < 0n || value > U64_MAX) throw malformed(`expected a u64, got ${value}`);
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

export function vecU8(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([compact(bytes.length), bytes]);
}

export function vecU16(values: readonly number[]): Uint8Array {
  return Buffer.concat([compact(values.length), ...values.map(u16)]);
}

function compact(length: number): Uint8Array {
  const mode = length < 2 ** 6 ? 0 : length < 2 ** 14 ? 1 : 2;
  const encoded = Buffer.alloc(4);
  encoded.writeUInt32LE(((length << 2) | mode) >>> 0);
  return encoded.subarray(0, 1 << mode);
}

export class ScaleReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  u64(): bigint {
    return this.#take(8).readBigUInt64LE();
  }

  vecU8(): Uint8Array {
    return Uint8Array.from(this.#take(this.#compact()));
  }

  vecU16(): number[] {
    const bytes = this.#take(2 * this.#compact());
    return Array.from({ length: bytes.length / 2 }, (_, i) => bytes.readUInt16LE(2 * i));
  }

  end(): void {
    const left = this.#bytes.length - this.#at;
    if (left > 0) throw malformed(`${left} bytes are left over`);
  }

  #compact(): number {
    const mode = (this.#bytes[this.#at] ?? 0) & 3;
    // Mode 3 is for lengths of 2^30 and more: nothing that we read is as long.
    if (mode === 3) throw malformed("a length of more than 30 bits");
    const bytes = 1 << mode;
    const length = this.#take(bytes).readUIntLE(0, bytes) >>> 2;
    if (compact(length).length !== bytes) throw malformed("a length not in its shortest form");
    return length;
  }

  #take(length: number): Buffer {
    const left = this.#bytes.length - this.#at;
    if (length > left) throw malformed(`${length} bytes are expected, but ${left} are left`);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}

export function malformed(problem: string): ChainError {
  return new ChainError(
    "MALFORMED_WEIGHTS",
    `not weights as Subtensor hides them: ${problem}`,
    "Encode them as {hotkey, uids, values, version_key} in SCALE, u16 each and as many values as uids.",
  );
}
