/**
 * The runtime APIs that every Substrate chain has: version, metadata, nonces, fees, and what the pool would say.
 * @module
 */
import { type Codec, compactNumber } from "@polkadot-api/substrate-bindings";
import type { Hotkey } from "../../chain.ts";
import { BASE_FEE, lengthFee } from "./fees.ts";
import type { Runtime } from "./runtime.ts";
import type { State } from "./state.ts";

export interface Asked {
  readonly runtime: Runtime;
  readonly state: State;
  readonly headHash: string;
  /** What an extrinsic without its length prefix costs its signer, in rao. */
  feeOf(extrinsic: Uint8Array): bigint;
  readonly codec: { readonly args: Codec<unknown[]>; readonly value: Codec<unknown> };
}

/** @returns the SCALE bytes of the answer */
export type CoreApi = (asked: Asked, args: readonly unknown[]) => Uint8Array;

/** Metadata is handed out as bytes within bytes. */
function opaque(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(Buffer.concat([compactNumber.enc(bytes.length), bytes]));
}

const NO_WEIGHT = { ref_time: 0n, proof_size: 0n };

export const CORE_APIS: Readonly<Record<string, CoreApi>> = {
  Core_version({ runtime, state, codec }) {
    const version = runtime.versionOf(state);
    return codec.value.enc({
      spec_name: version.specName,
      impl_name: version.implName,
      authoring_version: version.authoringVersion,
      spec_version: version.specVersion,
      impl_version: version.implVersion,
      apis: version.apis,
      transaction_version: version.transactionVersion,
      system_version: version.stateVersion,
    });
  },
  Metadata_metadata: ({ runtime }) => opaque(runtime.metadata(14)),
  Metadata_metadata_at_version({ runtime }, [version]) {
    if (version !== 14 && version !== 15) return Uint8Array.of(0);
    return new Uint8Array(Buffer.concat([Uint8Array.of(1), opaque(runtime.metadata(version))]));
  },
  Metadata_metadata_versions: ({ codec }) => codec.value.enc([14, 15]),
  AccountNonceApi_account_nonce: ({ state, codec }, [account]) =>
    codec.value.enc(state.get("System.Account", [account as Hotkey]).nonce),
  TransactionPaymentApi_query_info: ({ codec, feeOf }, [extrinsic]) =>
    codec.value.enc({
      weight: NO_WEIGHT,
      class: { type: "Normal", value: undefined },
      partial_fee: feeOf(extrinsic as Uint8Array),
    }),
  TransactionPaymentApi_query_fee_details({ codec, feeOf }, [extrinsic, length]) {
    const len_fee = lengthFee(length as number);
    const fee = feeOf(extrinsic as Uint8Array);
    const parts = { base_fee: BASE_FEE, len_fee, adjusted_weight_fee: 0n };
    return codec.value.enc({ inclusion_fee: fee === 0n ? undefined : parts, tip: 0n });
  },
  TransactionPaymentApi_query_weight_to_fee: ({ codec }) => codec.value.enc(0n),
  TransactionPaymentApi_query_length_to_fee: ({ codec }, [length]) =>
    codec.value.enc(lengthFee(length as number)),
};
