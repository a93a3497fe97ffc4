/**
 * Fixed binary layouts: what is signed and hashed is never text. Integers are big-endian; every layout begins with its
 * domain, 16 bytes of ASCII padded with zeros, so that bytes of one layout are never bytes of another.
 * @module
 */

export const DOMAIN_BYTES = 16;

/** What stands at the head of each layout. A change of a layout is a new number. */
export type Domain = "assay/job/1" | "assay/answer/1" | "assay/tag/1" | "assay/seed/1";

const MAX_U16 = 0xffff;
const MAX_U32 = 0xffff_ffff;

function domainBytes(domain: Domain): Uint8Array {
  const padded = new Uint8Array(DOMAIN_BYTES);
  padded.set(new TextEncoder().encode(domain));
  return padded;
}

/** Writes a layout front to back. Throws RangeError rather than wrap a number or cut a field. */
export class ByteWriter {
  readonly #chunks: Uint8Array[];

  constructor(domain: Domain) {
    this.#chunks = [domainBytes(domain)];
  }

  u16(value: number): this {
    requireUnsigned(value, MAX_U16);
    const bytes = new Uint8Array(2);
    new DataView(bytes.buffer).setUint16(0, value);
    this.#chunks.push(bytes);
    return this;
  }

  u32(value: number): this {
    requireUnsigned(value, MAX_U32);
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, value);
    this.#chunks.push(bytes);
    return this;
  }

  fixed(value: Uint8Array, length: number): this {
    if (value.length !== length) {
      throw new RangeError(`field of ${length} bytes, got ${value.length}`);
    }
    this.#chunks.push(value);
    return this;
  }

  /** The count as u32, then each element in two's complement. */
  int32s(values: Int32Array): this {
    this.u32(values.length);
    this.#chunks.push(int32Bytes(values));
    return this;
  }

  finish(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#chunks));
  }
}

/** Four bytes an element, two's complement, big-endian, without a count. */
export function int32Bytes(values: Int32Array): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => {
    view.setInt32(4 * i, value);
  });
  return bytes;
}

function requireUnsigned(value: number, max: number): void {
  if (!Number.isInteger(value) || value < 0 || value > max || Object.is(value, -0)) {
    throw new RangeError(`expected an integer from 0 to ${max}, got ${value}`);
  }
}

/** Reads a layout front to back. Throws RangeError on bytes that are missing, left over or of another domain. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;

  constructor(bytes: Uint8Array, domain: Domain) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (!Buffer.from(this.fixed(DOMAIN_BYTES)).equals(domainBytes(domain))) {
      throw new RangeError(`expected the domain ${domain}`);
    }
  }

  u16(): number {
    return this.#view.getUint16(this.#advance(2));
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4));
  }

  /** A copy: what was decoded does not change when the caller reuses its buffer. */
  fixed(length: number): Uint8Array {
    const from = this.#advance(length);
    return new Uint8Array(this.#bytes.subarray(from, from + length));
  }

  int32s(maxCount: number): Int32Array {
    const count = this.u32();
    // Before any allocation: the count is the sender's word.
    if (count > maxCount) throw new RangeError(`expected at most ${maxCount} values, got ${count}`);
    const from = this.#advance(4 * count);
    return Int32Array.from({ length: count }, (_, i) => this.#view.getInt32(from + 4 * i));
  }

  finish(): void {
    const left = this.#bytes.length - this.#offset;
    if (left !== 0) throw new RangeError(`${left} bytes left over`);
  }

  #advance(length: number): number {
    const from = this.#offset;
    if (from + length > this.#bytes.length) {
      throw new RangeError(`${this.#bytes.length} bytes end inside a field at byte ${from}`);
    }
    this.#offset = from + length;
    return from;
  }
}
