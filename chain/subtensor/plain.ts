/**
 * @polkadot's SCALE objects as plain values, the same for every runtime: integers up to 32 bits are numbers and larger
 * ones bigints, accounts are SS58 text, bytes are Uint8Array, Option is the value or null, an enum is {type, value}, a
 * struct is an object by camelCase names. Readers then say with a schema what they expect.
 * @module
 */
import { GenericAccountId } from "@polkadot/types";
import type { Codec } from "@polkadot/types/types";
import {
  AbstractArray,
  AbstractInt,
  bool,
  Compact,
  Enum,
  Null,
  Option,
  Raw,
  Struct,
  Text,
} from "@polkadot/types-codec";
import { ChainError } from "../error.ts";

export type Plain =
  | number
  | bigint
  | boolean
  | string
  | Uint8Array
  | null
  | readonly Plain[]
  | { readonly [name: string]: Plain };

/** @throws ChainError `UNREADABLE_STATE` for a kind of type that no reader here asks for */
export function plain(value: Codec): Plain {
  if (value instanceof Option) return value.isSome ? plain(value.unwrap()) : null;
  if (value instanceof Compact) return plain(value.unwrap());
  if (value instanceof AbstractInt) {
    return value.bitLength() <= 32 ? value.toNumber() : value.toBigInt();
  }
  if (value instanceof bool) return value.isTrue;
  if (value instanceof GenericAccountId || value instanceof Text) return value.toString();
  if (value instanceof Raw) return new Uint8Array(value);
  if (value instanceof Struct) {
    return Object.fromEntries(
      [...value.entries()].map(([name, field]) => [String(name), plain(field as Codec)]),
    );
  }
  if (value instanceof AbstractArray) return [...value].map((item) => plain(item as Codec));
  if (value instanceof Enum) return { type: value.type, value: plain(value.inner) };
  if (value instanceof Null) return null;
  throw new ChainError(
    "UNREADABLE_STATE",
    `the chain tells something of type ${value.toRawType().slice(0, 80)}`,
    "Update: this version does not read the chain's runtime.",
  );
}
