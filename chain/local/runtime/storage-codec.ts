/**
 * Keys and values of the storage items, by the metadata. Built once for each item; hashed keys are remembered, for an
 * epoch asks the same ones of every uid again and again.
 * @module
 */
import type { Codec } from "@polkadot-api/substrate-bindings";
import { BUILDER } from "./codecs.ts";
import { SPEC } from "./spec.ts";

export interface StorageCodec {
  /** Raw key, 0x hex. */
  key(keys: readonly unknown[]): string;
  /** Raw key of all entries that share their first keys. */
  prefix(firstKeys: readonly unknown[]): string;
  keysOf(key: string): readonly unknown[];
  encode(value: unknown): Uint8Array;
  decode(bytes: Uint8Array): unknown;
  /** Of an absent entry: the metadata's default, undefined for an optional item. */
  readonly fallback: unknown;
}

/** Keys remembered for each item; at 256 neurons an epoch touches 256 of most. */
const MAX_REMEMBERED = 10_000;

const codecs = new Map<string, StorageCodec>();

/** @param item "Pallet.Item" */
export function storageCodec(item: string): StorageCodec {
  const known = codecs.get(item);
  if (known !== undefined) return known;
  const codec = build(item);
  codecs.set(item, codec);
  return codec;
}

function build(item: string): StorageCodec {
  const [pallet = "", name = ""] = item.split(".");
  const spec = SPEC.pallets[pallet]?.storage[name];
  if (spec === undefined) throw new RangeError(`the spec has no storage item ${item}`);
  const { keys, value, fallback } = BUILDER.buildStorage(pallet, name);
  const codec = isPairsOfU16(spec.value) ? PAIRS_OF_U16 : (value as Codec<unknown>);
  const byName = new Map<string, string>();
  return {
    key(parts) {
      const text = parts.map(textOf).join("|");
      const known = byName.get(text);
      if (known !== undefined) return known;
      const key = keys.enc(...parts);
      if (byName.size >= MAX_REMEMBERED) byName.clear();
      byName.set(text, key);
      return key;
    },
    prefix: (firstKeys) => keys.enc(...firstKeys),
    keysOf: (key) => keys.dec(key),
    encode: (decoded) => codec.enc(decoded),
    decode: (bytes) => codec.dec(bytes),
    fallback,
  };
}

function textOf(part: unknown): string {
  return part instanceof Uint8Array
    ? Buffer.from(part).toString("hex")
    : JSON.stringify(part, bigints);
}

function bigints(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? `${value}n` : value;
}

/** Rows of weights and bonds: 65,536 pairs in a full subnet, for which the generic codec takes fifty times longer. */
function isPairsOfU16(type: number): boolean {
  const element = SPEC.types[String(SPEC.types[String(type)]?.sequence)]?.tuple;
  return (
    element?.length === 2 && element.every((part) => SPEC.types[String(part)]?.primitive === "U16")
  );
}

type Pairs = readonly (readonly [number, number])[];

const PAIRS_OF_U16 = {
  enc(value: unknown): Uint8Array {
    const pairs = value as Pairs;
    const length = compactLength(pairs.length);
    const bytes = new Uint8Array(length.length + pairs.length * 4);
    bytes.set(length);
    const view = new DataView(bytes.buffer, length.length);
    for (let i = 0; i < pairs.length; i++) {
      const [a, b] = pairs[i] as readonly [number, number];
      view.setUint16(4 * i, a, true);
      view.setUint16(4 * i + 2, b, true);
    }
    return bytes;
  },
  dec(bytes: Uint8Array): Pairs {
    const first = bytes[0] as number;
    const prefix = first & 1 ? 2 : first & 2 ? 4 : 1;
    const count = (bytes.length - prefix) / 4;
    const view = new DataView(bytes.buffer, bytes.byteOffset + prefix);
    const pairs = new Array<readonly [number, number]>(count);
    for (let i = 0; i < count; i++) {
      pairs[i] = [view.getUint16(4 * i, true), view.getUint16(4 * i + 2, true)];
    }
    return pairs;
  },
};

/** SCALE's compact form of a length below 2^30. */
function compactLength(length: number): Uint8Array {
  if (length < 64) return Uint8Array.of(length << 2);
  if (length < 16_384) return Uint8Array.of(((length << 2) & 0xff) | 1, length >> 6);
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, ((length << 2) | 2) >>> 0, true);
  return bytes;
}
