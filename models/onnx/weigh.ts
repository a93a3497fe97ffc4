/**
 * How much memory a message takes once it is decoded, told from its bytes alone. Two bytes of protobuf can become an object
 * of half a kilobyte: 32 MiB of empty nodes would end the process before any check sees them.
 * Protocol Buffers, "Encoding": https://protobuf.dev/programming-guides/encoding/
 * @module
 */
import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";

/**
 * Bytes of heap, from above: V8 takes 270 for an empty node, 150 for a string or an unknown field, 35 for a BigInt in a
 * list (measured over a million of each, in Node 20); growing lists are copied, which may hold them twice.
 */
const MESSAGE = 512;
const ITEM = 256;
const BIG_INTEGER = 64;
const REAL = 16;
/** Deeper than any graph that is let through, far less deep than the stack. */
const MAX_DEPTH = 32;

const [VARINT, FIXED64, DELIMITED, FIXED32] = [0, 1, 2, 5];

/**
 * An upper bound of the bytes that decoding `bytes` as `schema` allocates; counting stops above `limit`. Bytes that are no
 * message weigh what their readable part does: to refuse them is the decoder's part.
 */
export function weigh(bytes: Uint8Array, schema: DescMessage, limit: number): number {
  return new Scale(bytes, limit).message(schema, 0, bytes.length, 0);
}

class Scale {
  private readonly bytes: Uint8Array;
  private readonly limit: number;
  private at = 0;

  constructor(bytes: Uint8Array, limit: number) {
    this.bytes = bytes;
    this.limit = limit;
  }

  message(schema: DescMessage, start: number, end: number, depth: number): number {
    let weight = MESSAGE;
    if (depth > MAX_DEPTH) return this.limit + 1;
    const fields = fieldsOf(schema);
    this.at = start;
    while (this.at < end && weight <= this.limit) {
      const tag = this.varint(end);
      const wire = tag % 8;
      if (wire === DELIMITED) {
        const length = this.varint(end);
        const from = this.at;
        // A length beyond the end is the decoder's to refuse.
        if (!(from + length <= end)) return weight;
        weight += this.delimited(fields.get(Math.floor(tag / 8)), from, length, depth);
        this.at = from + length;
        continue;
      }
      if (wire === VARINT) this.varint(end);
      else if (wire === FIXED64) this.at += 8;
      else if (wire === FIXED32) this.at += 4;
      else return weight;
      const isKnown = fields.has(Math.floor(tag / 8));
      weight += !isKnown ? ITEM : wire === VARINT ? BIG_INTEGER : REAL;
    }
    return weight;
  }

  private delimited(
    field: DescField | undefined,
    from: number,
    length: number,
    depth: number,
  ): number {
    const child =
      field?.fieldKind === "message" || field?.fieldKind === "list" ? field.message : undefined;
    if (child !== undefined) return this.message(child, from, from + length, depth + 1);
    if (field?.fieldKind === "list" && field.listKind === "scalar") {
      // Listed one by one or packed: a writer may choose, whatever the schema says.
      const { scalar } = field;
      if (scalar === ScalarType.FLOAT) return ITEM + (length / 4) * REAL;
      if (scalar === ScalarType.DOUBLE) return ITEM + (length / 8) * REAL;
      if (scalar !== ScalarType.STRING && scalar !== ScalarType.BYTES) {
        return ITEM + length * BIG_INTEGER;
      }
    }
    // Bytes are copied out of the file, strings take two bytes for a character at most.
    return ITEM + 2 * length;
  }

  /** Numbers beyond 2^53 are no lengths and no tags: their value does not matter. */
  private varint(end: number): number {
    let value = 0;
    for (let scale = 1; this.at < end; scale *= 128) {
      const byte = this.bytes[this.at++] as number;
      value += (byte & 127) * scale;
      if (byte < 128) break;
    }
    return value;
  }
}

const FIELDS = new WeakMap<DescMessage, ReadonlyMap<number, DescField>>();

function fieldsOf(schema: DescMessage): ReadonlyMap<number, DescField> {
  const known = FIELDS.get(schema);
  if (known !== undefined) return known;
  const fields = new Map(schema.fields.map((field) => [field.number, field]));
  FIELDS.set(schema, fields);
  return fields;
}
