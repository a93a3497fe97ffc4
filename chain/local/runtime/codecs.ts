/**
 * SCALE codecs by the local chain's own metadata. The library is not the one that our client uses: what one of them
 * gets wrong, the other does not understand.
 *
 * JS forms: AccountId = SS58 text, integers up to 32 bits = number and larger ones = bigint, [u8; n] = 0x hex,
 * Vec<u8> = Uint8Array, Option = value or undefined, enum = {type, value}, struct = object, tuple = array; structs of
 * one field are that field.
 * @module
 */
import { getDynamicBuilder, getLookupFn } from "@polkadot-api/metadata-builders";
import { type Codec, decAnyMetadata, unifyMetadata } from "@polkadot-api/substrate-bindings";
import { denseId, encodeMetadata } from "./metadata.ts";
import type { RuntimeCall } from "./pallet.ts";
import { EXTRINSIC_TYPES, SPEC } from "./spec.ts";

type Builder = ReturnType<typeof getDynamicBuilder>;

export const BUILDER: Builder = getDynamicBuilder(
  getLookupFn(unifyMetadata(decAnyMetadata(encodeMetadata(15)))),
);

export const CALL_CODEC: Codec<RuntimeCall> = BUILDER.buildDefinition(
  denseId(EXTRINSIC_TYPES.call),
);

export interface ApiCodec {
  readonly args: Codec<unknown[]>;
  /** Types of `args`, by the spec. */
  readonly inputs: readonly number[];
  readonly value: Codec<unknown>;
}

/** The codec of a runtime API's inputs (together, as a tuple) and output. Undefined when the metadata has none such. */
export function apiCodec(api: string, method: string): ApiCodec | undefined {
  try {
    const { args, value } = BUILDER.buildRuntimeCall(api, method);
    const inputs = (SPEC.runtimeApis[api]?.[method]?.inputs ?? []).map(({ type }) => type);
    return { args: args as unknown as Codec<unknown[]>, inputs, value };
  } catch {
    return undefined;
  }
}

/** Value of a pallet's constant. */
export function constant(pallet: string, name: string, bytes: string): unknown {
  return BUILDER.buildConstant(pallet, name).dec(bytes);
}
