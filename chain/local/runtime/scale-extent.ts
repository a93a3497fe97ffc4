/**
 * Walks over SCALE bytes by their types before anything is made of them: every length must be covered by bytes that are
 * there, and calls in calls end. The decoding library takes lengths on trust and reads nothing from beyond the end:
 * eight bytes that promise 2^30 hashes would fill this process's memory. O(bytes), allocates nothing.
 * @module
 */
import { EXTRINSIC_TYPES, type Field, SPEC, type Type } from "./spec.ts";

/** Calls within calls, as Substrate's MAX_EXTRINSIC_DEPTH: without a bound, the stack of whoever runs them would be it. */
const MAX_CALL_DEPTH = 256;

const PRIMITIVE_BYTES: Readonly<Record<string, number>> = {
  ...{ Bool: 1, Char: 4, U8: 1, U16: 2, U32: 4, U64: 8, U128: 16, U256: 32 },
  ...{ I8: 1, I16: 2, I32: 4, I64: 8, I128: 16, I256: 32 },
};

/** @throws RangeError unless `bytes` are as long as values of these types, one after the other, say that they are */
export function assertExtent(bytes: Uint8Array, types: readonly number[]): void {
  const walk = new Walk(bytes);
  for (const type of types) walk.pass(type);
  if (walk.left > 0) throw new RangeError(`${walk.left} bytes are left over`);
}

class Walk {
  readonly #bytes: Uint8Array;
  #at = 0;
  #depth = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  pass(id: number): void {
    const width = widthOf(id);
    if (width !== undefined) this.#skip(width);
    else if (id === EXTRINSIC_TYPES.call) this.#passCall();
    else this.#passParts(typeOf(id));
  }

  #passCall(): void {
    if (this.#depth > MAX_CALL_DEPTH) {
      throw new RangeError(`calls in calls, over ${MAX_CALL_DEPTH} deep`);
    }
    this.#depth += 1;
    this.#passVariant(typeOf(EXTRINSIC_TYPES.call));
    this.#depth -= 1;
  }

  #passParts(type: Type): void {
    const { composite, sequence, compact, array, tuple, variant, primitive } = type;
    if (primitive === "Str") this.#skip(this.#compact());
    else if (compact !== undefined) this.#compact();
    else if (sequence !== undefined) this.#passSequence(sequence);
    else if (array !== undefined) for (let i = 0; i < array[0]; i++) this.pass(array[1]);
    else if (tuple !== undefined) for (const part of tuple) this.pass(part);
    else if (variant !== undefined) this.#passVariant(type);
    else this.#passFields(composite);
  }

  #passSequence(element: number): void {
    const count = this.#compact();
    const width = widthOf(element);
    // Elements without bytes would be as many as the length says.
    if (width === 0 || count > this.left)
      throw new RangeError(`${count} elements, ${this.left} bytes`);
    if (width !== undefined) this.#skip(count * width);
    else for (let i = 0; i < count; i++) this.pass(element);
  }

  #passVariant({ variant = [] }: Type): void {
    const index = this.#byte();
    const chosen = variant.find((one) => one.index === index);
    if (chosen === undefined) throw new RangeError(`no variant ${index}`);
    this.#passFields(chosen.fields);
  }

  #passFields(fields: readonly Field[] = []): void {
    for (const { type } of fields) this.pass(type);
  }

  #byte(): number {
    this.#skip(1);
    return this.#bytes[this.#at - 1] as number;
  }

  #skip(length: number): void {
    if (length > this.left) throw new RangeError(`${length} bytes expected, ${this.left} are left`);
    this.#at += length;
  }

  /** The number, or Infinity when it is none that could be a length here. */
  #compact(): number {
    const first = this.#byte();
    const mode = first & 3;
    if (mode === 0) return first >> 2;
    if (mode === 1) return (first >> 2) + this.#byte() * 2 ** 6;
    if (mode === 2) {
      return (first >> 2) + this.#byte() * 2 ** 6 + this.#byte() * 2 ** 14 + this.#byte() * 2 ** 22;
    }
    this.#skip((first >> 2) + 4);
    return Number.POSITIVE_INFINITY;
  }
}

const widths = new Map<number, number | undefined>();

/** Bytes of every value of a type; undefined when they differ. */
function widthOf(id: number): number | undefined {
  // Set before it is known: a type that contains itself has no width.
  if (!widths.has(id)) {
    widths.set(id, undefined);
    widths.set(id, measure(typeOf(id)));
  }
  return widths.get(id);
}

function measure({ primitive, composite, array, tuple, ...others }: Type): number | undefined {
  // Compact nothing, as which a chain without account indices writes one, is nothing too.
  if (others.compact !== undefined) return widthOf(others.compact) === 0 ? 0 : undefined;
  if (primitive !== undefined) return PRIMITIVE_BYTES[primitive];
  if (array !== undefined) return sum([widthOf(array[1])], array[0]);
  if (tuple !== undefined) return sum(tuple.map(widthOf));
  if (composite !== undefined) return sum(composite.map(({ type }) => widthOf(type)));
  const isEmpty = Object.keys(others).every((key) => key === "path");
  return isEmpty ? 0 : undefined;
}

function sum(parts: readonly (number | undefined)[], times = 1): number | undefined {
  let total = 0;
  for (const part of parts) {
    if (part === undefined) return undefined;
    total += part * times;
  }
  return total;
}

function typeOf(id: number): Type {
  const type = SPEC.types[String(id)];
  if (type === undefined) throw new RangeError(`the spec has no type ${id}`);
  return type;
}
