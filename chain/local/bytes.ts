/**
 * A fixed binary layout, written and read back: big-endian, no padding, no optional parts. The reader refuses to run
 * past the end and to leave bytes over, so that one value has exactly one encoding.
 * @module
 */
import { ChainError } from "../error.ts";

export class ByteWriter {
  readonly #parts: Uint8Array[] = [];

  u8(value: number): this {
    return this.#number(value, 1);
  }

  u16(value: number): this {
    return this.#number(value, 2);
  }

  u32(value: number): this {
    return this.#number(value, 4);
  }

  u64(value: bigint): this {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(value);
    return this.bytes(bytes);
  }

  bytes(bytes: Uint8Array): this {
    this.#parts.push(bytes);
    return this;
  }

  finish(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#parts));
  }

  #number(value: number, size: number): this {
    const bytes = Buffer.alloc(size);
    bytes.writeUIntBE(value, 0, size);
    return this.bytes(bytes);
  }
}

export class ByteReader {
  readonly #bytes: Buffer;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u8(): number {
    return this.#take(1).readUIntBE(0, 1);
  }

  u16(): number {
    return this.#take(2).readUIntBE(0, 2);
  }

  u32(): number {
    return this.#take(4).readUIntBE(0, 4);
  }

  u64(): bigint {
    return this.#take(8).readBigUInt64BE();
  }

  bytes(length: number): Uint8Array {
    return new Uint8Array(this.#take(length));
  }

  end(): void {
    const left = this.#bytes.length - this.#offset;
    if (left !== 0) throw malformed(`${left} bytes are left over`);
  }

  #take(length: number): Buffer {
    const end = this.#offset + length;
    if (end > this.#bytes.length)
      throw malformed(`it ends ${end - this.#bytes.length} bytes early`);
    const taken = this.#bytes.subarray(this.#offset, end);
    this.#offset = end;
    return taken;
  }
}

export function malformed(what: string): ChainError {
  return new ChainError(
    "MALFORMED_TRANSACTION",
    `these bytes are no transaction of the local chain: ${what}`,
    "Sender and chain are of different versions: use one version of Assay on both sides.",
  );
}
