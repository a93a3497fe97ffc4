/**
 * Sequences whose elements all have one width: rows of weights and bonds, and the vectors with a number for each uid.
 * A full subnet has 65,536 pairs of weights and writes the vectors in every epoch and with every setting of weights; the
 * generic codec takes tens of times longer for the same bytes.
 * @module
 */
import { SPEC } from "./spec.ts";

interface Element {
  readonly bytes: number;
  read(view: DataView, at: number): unknown;
  write(view: DataView, at: number, value: unknown): void;
}

const BOOL: Element = {
  bytes: 1,
  read: (view, at) => view.getUint8(at) !== 0,
  write: (view, at, value) => view.setUint8(at, value ? 1 : 0),
};
const U16: Element = {
  bytes: 2,
  read: (view, at) => view.getUint16(at, true),
  write: (view, at, value) => view.setUint16(at, value as number, true),
};
const U64: Element = {
  bytes: 8,
  read: (view, at) => view.getBigUint64(at, true),
  write: (view, at, value) => view.setBigUint64(at, value as bigint, true),
};
const PAIR_OF_U16: Element = {
  bytes: 4,
  read: (view, at) => [view.getUint16(at, true), view.getUint16(at + 2, true)],
  write(view, at, value) {
    const [a, b] = value as readonly [number, number];
    view.setUint16(at, a, true);
    view.setUint16(at + 2, b, true);
  },
};

export interface SequenceCodec {
  enc(values: unknown): Uint8Array;
  dec(bytes: Uint8Array): unknown;
}

/** @param type a type of the spec; undefined when it is no sequence of this kind */
export function flatSequenceCodec(type: number): SequenceCodec | undefined {
  const element = elementOf(SPEC.types[String(type)]?.sequence);
  return element === undefined ? undefined : codecOf(element);
}

function elementOf(type: number | undefined): Element | undefined {
  const { primitive, tuple, composite } = SPEC.types[String(type)] ?? {};
  if (primitive === "Bool") return BOOL;
  if (primitive === "U16") return U16;
  if (primitive === "U64") return U64;
  // A number with a name of its own, such as a balance.
  if (composite?.length === 1) return elementOf(composite[0]?.type);
  const isPair = tuple?.length === 2 && tuple.every((part) => elementOf(part) === U16);
  return isPair ? PAIR_OF_U16 : undefined;
}

function codecOf(element: Element): SequenceCodec {
  return {
    enc(given) {
      const values = given as readonly unknown[];
      const length = compactLength(values.length);
      const bytes = new Uint8Array(length.length + values.length * element.bytes);
      bytes.set(length);
      const view = new DataView(bytes.buffer, length.length);
      for (let i = 0; i < values.length; i++) element.write(view, i * element.bytes, values[i]);
      return bytes;
    },
    dec(bytes) {
      const mode = (bytes[0] as number) & 3;
      const prefix = mode === 0 ? 1 : mode === 1 ? 2 : 4;
      const count = (bytes.length - prefix) / element.bytes;
      const view = new DataView(bytes.buffer, bytes.byteOffset + prefix);
      return Array.from({ length: count }, (_, i) => element.read(view, i * element.bytes));
    },
  };
}

/** SCALE's compact form of a length below 2^30. */
function compactLength(length: number): Uint8Array {
  if (length < 64) return Uint8Array.of(length << 2);
  if (length < 16_384) return Uint8Array.of(((length << 2) & 0xff) | 1, length >> 6);
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, ((length << 2) | 2) >>> 0, true);
  return bytes;
}
