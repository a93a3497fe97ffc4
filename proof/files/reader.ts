/**
 * The container of the iden3 binary formats: a magic word, a version, sections with their lengths; all little-endian.
 * (docs/protocol.md names the formats; snarkjs 0.7.6 is the reference.) Every length is checked against what is there.
 * @module
 */
import { ProofError } from "../error.ts";

export interface Sections {
  readonly version: number;
  /** The payload of a section that must be there. */
  section(id: number): Cursor;
}

/**
 * @param known the sections of this format: another one may say something that changes what the file means, as circom's
 * custom gates do, and is refused rather than passed over
 * @throws ProofError `MALFORMED_FILE`
 */
export function readSections(bytes: Uint8Array, magic: string, known: readonly number[]): Sections {
  const file = new Cursor(bytes, magic);
  if (new TextDecoder("latin1").decode(file.take(4)) !== magic) {
    throw malformed(magic, `it does not begin with "${magic}"`);
  }
  const version = file.u32();
  const count = file.u32();
  const found = new Map<number, Uint8Array>();
  for (let i = 0; i < count; i++) {
    const id = file.u32();
    if (!known.includes(id)) throw malformed(magic, `section ${id} is of another format`);
    if (found.has(id)) throw malformed(magic, `section ${id} stands twice`);
    found.set(id, file.take(file.u64()));
  }
  file.end();
  return {
    version,
    section(id) {
      const payload = found.get(id);
      if (payload === undefined) throw malformed(magic, `section ${id} is missing`);
      return new Cursor(payload, magic);
    },
  };
}

/** Reads forward through bytes it does not own; never past their end. */
export class Cursor {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #what: string;
  #at = 0;

  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#what = what;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  take(count: number): Uint8Array {
    this.#need(count);
    const part = this.#bytes.subarray(this.#at, this.#at + count);
    this.#at += count;
    return part;
  }

  u32(): number {
    this.#need(4);
    const value = this.#view.getUint32(this.#at, true);
    this.#at += 4;
    return value;
  }

  /** A length: no file of ours needs more than 2^53. */
  u64(): number {
    const low = this.u32();
    const high = this.u32();
    if (high >= 2 ** 21) throw malformed(this.#what, "a length is above 2^53");
    return high * 2 ** 32 + low;
  }

  /** 32 bytes, little-endian. */
  fieldElement(modulus: bigint): bigint {
    const value = BigInt(`0x${Buffer.from(this.take(32)).reverse().toString("hex")}`);
    if (value >= modulus) throw malformed(this.#what, "a number is not below the modulus");
    return value;
  }

  end(): void {
    if (this.left > 0) throw malformed(this.#what, `${this.left} bytes are left over`);
  }

  #need(count: number): void {
    if (count > this.left) {
      throw malformed(this.#what, `it ends early: ${count} bytes expected, ${this.left} left`);
    }
  }
}

export function malformed(what: string, reason: string): ProofError {
  return new ProofError(
    "MALFORMED_FILE",
    `not a ${what} file: ${reason}`,
    "Make the file again, or take it from where it is published.",
  );
}
