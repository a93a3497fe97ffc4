/**
 * Keys and values of the storage items, by the metadata. Built once for each item; hashed keys are remembered, for an
 * epoch asks the same ones of every uid again and again.
 * @module
 */
import type { Codec } from "@polkadot-api/substrate-bindings";
import { BUILDER } from "./codecs.ts";
import { flatSequenceCodec } from "./flat-sequence.ts";
import { ownBytes } from "./own-bytes.ts";
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
  const codec = flatSequenceCodec(spec.value) ?? (value as Codec<unknown>);
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
    decode: (bytes) => codec.dec(ownBytes(bytes)),
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
