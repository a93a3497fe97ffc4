/**
 * Signing a transaction: V4, mortal, over the payload of Substrate: call, era, nonce, tip, metadata mode, then what is
 * not sent along (spec and transaction version, genesis hash, the era's block hash, no metadata hash); what is longer
 * than 256 bytes is signed by its blake2b-256.
 * @module
 */
import type { ApiPromise } from "@polkadot/api";
import type { GenericExtrinsicPayload } from "@polkadot/types";
import type { ExtrinsicEra } from "@polkadot/types/interfaces";
import type { Codec, ExtrinsicPayloadValue } from "@polkadot/types/types";
import { blake2AsU8a } from "@polkadot/util-crypto";
import { type Digest, digest } from "../../store/digest.ts";
import type { Head, Signer } from "../chain.ts";
import { ChainError } from "../error.ts";
import { buildCall, type Call } from "./calls.ts";
import { assertMaySign } from "./extensions.ts";
import type { Session } from "./session.ts";

/** Blocks in which a transaction may be included: 13 minutes on the public networks, and a power of two as eras are. */
export const ERA_BLOCKS = 64;
const LONGEST_PLAIN_PAYLOAD = 256;
/** Variants of MultiSignature. */
const SIGNATURE_KINDS = { ed25519: 0, sr25519: 1 } as const;
const SIGNATURE_BYTES = 64;

export interface Signed {
  /** As author_submitExtrinsic takes it. */
  readonly hex: string;
  /** blake2b-256 of its bytes: its name on the chain. */
  readonly hash: Digest;
  readonly nonce: number;
  /** The finalised block it was signed on; it cannot be included in or before it. */
  readonly birth: Head;
  /** After this block it cannot be included any more. */
  readonly lastBlock: number;
}

/**
 * @throws ChainError `UNKNOWN_SIGNED_EXTENSION`, `CALL_MISSING`, `CALL_CHANGED`, `MALFORMED_CALL`, `BAD_SIGNATURE_SIZE`
 */
export function signCall(session: Session, call: Call, nonce: number, signer: Signer): Signed {
  assertMaySign(session.unknownExtensions, session.url);
  const { api } = session;
  const birth = session.head();
  const transaction = buildCall(api, call);
  const fields = payloadFields(api, transaction.method.toHex(), nonce, birth);
  const payload = buildPayload(api, fields);
  const signature = signer.sign(signedBytes(payload));
  if (signature.length !== SIGNATURE_BYTES) {
    throw new ChainError(
      "BAD_SIGNATURE_SIZE",
      `the signer gave ${signature.length} bytes, expected ${SIGNATURE_BYTES}`,
      "Sign with an sr25519 or ed25519 key.",
    );
  }
  const kind = SIGNATURE_KINDS[signer.scheme ?? "sr25519"];
  transaction.addSignature(signer.hotkey, new Uint8Array([kind, ...signature]), fields);
  const era = api.registry.createType<ExtrinsicEra>("ExtrinsicEra", payload.era.toU8a());
  return {
    hex: transaction.toHex(),
    hash: digest(transaction.hash.toHex().slice(2)),
    nonce,
    birth,
    lastBlock: era.asMortalEra.death(birth.number) - 1,
  };
}

/** @param method the encoded call, in hex */
export function payloadFields(
  api: ApiPromise,
  method: string,
  nonce: number,
  birth: Head,
): ExtrinsicPayloadValue {
  const { registry, runtimeVersion, genesisHash } = api;
  return {
    method,
    era: registry
      .createTypeUnsafe<Codec>("ExtrinsicEra", [{ current: birth.number, period: ERA_BLOCKS }])
      .toHex(),
    nonce,
    tip: 0,
    mode: 0,
    specVersion: runtimeVersion.specVersion.toNumber(),
    transactionVersion: runtimeVersion.transactionVersion.toNumber(),
    genesisHash: genesisHash.toHex(),
    blockHash: `0x${birth.hash}`,
  };
}

export function buildPayload(
  api: ApiPromise,
  fields: ExtrinsicPayloadValue,
): GenericExtrinsicPayload {
  return api.registry.createTypeUnsafe<GenericExtrinsicPayload>("ExtrinsicPayload", [
    fields,
    { version: 4 },
  ]);
}

/** What is given to the key. */
export function signedBytes(payload: GenericExtrinsicPayload): Uint8Array {
  const bytes = payload.toU8a({ method: true });
  return bytes.length > LONGEST_PLAIN_PAYLOAD ? blake2AsU8a(bytes) : bytes;
}
