/**
 * Extrinsics of version 4, from bytes and to bytes.
 *
 *   bytes  = compact length ‖ version ‖ [address ‖ signature ‖ era ‖ nonce ‖ tip ‖ metadata mode] ‖ call
 *   signed = call ‖ era ‖ nonce ‖ tip ‖ mode ‖ spec version ‖ transaction version ‖ genesis ‖ birth block ‖ None
 *
 * and what is signed is hashed when it is longer than 256 bytes (sp_runtime, UncheckedExtrinsic and SignedPayload). All
 * other signed extensions of the metadata are empty.
 * @module
 */
import { blake2AsU8a, ed25519Verify, sr25519Verify } from "@polkadot/util-crypto";
import { compactNumber } from "@polkadot-api/substrate-bindings";
import { hotkeyOf, publicKeyOf } from "../../account.ts";
import type { Hotkey, Signer } from "../../chain.ts";
import { ChainError } from "../../error.ts";
import { CALL_CODEC } from "./codecs.ts";
import { ownBytes } from "./own-bytes.ts";
import type { RuntimeCall } from "./pallet.ts";
import { assertExtent } from "./scale-extent.ts";
import { EXTRINSIC_TYPES } from "./spec.ts";
import { isVerified } from "./verified-signatures.ts";

/** The largest call is a batch of set_weights over a full subnet: some kilobytes. */
export const MAX_EXTRINSIC_BYTES: number = 512 * 1024;

const VERSION = 4;
const SIGNED = 0x80;
const ADDRESS_ID = 0;
const HASHED_ABOVE_BYTES = 256;

export interface Era {
  /** 0 for an extrinsic that never dies. */
  readonly period: number;
  readonly phase: number;
}

export interface SignedExtrinsic {
  readonly kind: "signed";
  readonly signer: Hotkey;
  readonly scheme: "ed25519" | "sr25519" | "ecdsa";
  readonly signature: Uint8Array;
  readonly era: Era;
  readonly nonce: number;
  readonly tip: bigint;
  /** True when the signer asks that a hash of the metadata be signed with it. */
  readonly withMetadataHash: boolean;
  readonly call: RuntimeCall;
  /** Call, and the extensions' own bytes, as they are signed. */
  readonly callBytes: Uint8Array;
  readonly extraBytes: Uint8Array;
}

export type Extrinsic =
  | SignedExtrinsic
  | { readonly kind: "bare"; readonly call: RuntimeCall; readonly callBytes: Uint8Array };

/** What a signature covers beside the extrinsic itself. Hashes are 0x hex. */
export interface Signing {
  readonly specVersion: number;
  readonly transactionVersion: number;
  readonly genesisHash: string;
  /** Of the block in which the era was born; genesis when it never ends. */
  readonly birthHash: string;
}

/**
 * @param bytes with their length prefix; every other byte string of the same meaning is refused
 * @throws ChainError `MALFORMED_EXTRINSIC`
 */
export function decodeExtrinsic(bytes: Uint8Array): Extrinsic {
  if (bytes.length > MAX_EXTRINSIC_BYTES) {
    throw malformed(`${bytes.length} bytes, at most ${MAX_EXTRINSIC_BYTES} are taken`);
  }
  const reader = new Reader(bytes);
  const length = Number(reader.compact());
  if (length !== reader.left)
    throw malformed(`its length says ${length} bytes, ${reader.left} follow`);
  const version = reader.u8();
  if (version === VERSION) return { kind: "bare", ...readCall(reader) };
  if (version !== (SIGNED | VERSION)) throw malformed(`version byte ${version}, expected 4 or 132`);
  if (reader.u8() !== ADDRESS_ID) throw malformed("the signer's address is not an account id");
  const signer = hotkeyOf(reader.take(32));
  const scheme = (["ed25519", "sr25519", "ecdsa"] as const)[reader.u8()];
  if (scheme === undefined) throw malformed("unknown kind of signature");
  const signature = reader.take(scheme === "ecdsa" ? 65 : 64);
  const from = reader.at;
  const era = readEra(reader);
  const nonce = Number(reader.compact());
  if (nonce > 0xffff_ffff) throw malformed("the nonce has more than 32 bits");
  const tip = reader.compact();
  const mode = reader.u8();
  if (mode > 1) throw malformed(`metadata mode ${mode}, expected 0 or 1`);
  const extraBytes = bytes.slice(from, reader.at);
  return {
    ...{ kind: "signed", signer, scheme, signature, era, nonce, tip },
    ...{ withMetadataHash: mode === 1, extraBytes, ...readCall(reader) },
  };
}

/** True when its signer signed exactly this extrinsic, for this chain and runtime. */
export function isSignatureValid(extrinsic: SignedExtrinsic, signing: Signing): boolean {
  const { callBytes, extraBytes, signature, scheme, signer } = extrinsic;
  // An account of an ECDSA key is the key's hash; nobody of a subnet uses one.
  if (scheme === "ecdsa") return false;
  const payload = signedPayload(callBytes, extraBytes, signing);
  const key = publicKeyOf(signer);
  const kind = Uint8Array.of(scheme === "sr25519" ? 1 : 0);
  return isVerified([payload, signature, key, kind], () => {
    try {
      const verify = scheme === "sr25519" ? sr25519Verify : ed25519Verify;
      return verify(messageOf(payload), signature, key);
    } catch {
      return false;
    }
  });
}

export interface Draft {
  readonly nonce: number;
  readonly era?: Era;
  readonly tip?: bigint;
}

/** A signed extrinsic with its length prefix. */
export function signExtrinsic(
  call: RuntimeCall,
  signer: Signer,
  { nonce, era = IMMORTAL, tip = 0n }: Draft,
  signing: Signing,
): Uint8Array {
  const callBytes = CALL_CODEC.enc(call);
  const extraBytes = concat(
    encodeEra(era),
    compactNumber.enc(nonce),
    compactNumber.enc(Number(tip)),
    Uint8Array.of(0),
  );
  const signature = signer.sign(messageOf(signedPayload(callBytes, extraBytes, signing)));
  return withLength(
    concat(
      Uint8Array.of(SIGNED | VERSION, ADDRESS_ID),
      publicKeyOf(signer.hotkey),
      Uint8Array.of(1),
      signature,
      extraBytes,
      callBytes,
    ),
  );
}

/** An extrinsic without a signature: what only the author of a block may bring. */
export function bareExtrinsic(call: RuntimeCall): Uint8Array {
  return withLength(concat(Uint8Array.of(VERSION), CALL_CODEC.enc(call)));
}

export const IMMORTAL: Era = { period: 0, phase: 0 };

/** The block of birth of an era, seen from block `current`. */
export function birthOf({ period, phase }: Era, current: number): number {
  if (period === 0) return 0;
  return Math.floor((Math.max(current, phase) - phase) / period) * period + phase;
}

function signedPayload(call: Uint8Array, extra: Uint8Array, signing: Signing): Uint8Array {
  const versions = new Uint8Array(8);
  const view = new DataView(versions.buffer);
  view.setUint32(0, signing.specVersion, true);
  view.setUint32(4, signing.transactionVersion, true);
  return concat(
    call,
    extra,
    versions,
    bytesOf(signing.genesisHash),
    bytesOf(signing.birthHash),
    Uint8Array.of(0),
  );
}

function messageOf(payload: Uint8Array): Uint8Array {
  return payload.length > HASHED_ABOVE_BYTES ? blake2AsU8a(payload, 256) : payload;
}

function readCall(reader: Reader): { call: RuntimeCall; callBytes: Uint8Array } {
  const callBytes = reader.take(reader.left);
  let call: RuntimeCall;
  let again: Uint8Array;
  try {
    assertExtent(callBytes, [EXTRINSIC_TYPES.call]);
    call = CALL_CODEC.dec(ownBytes(callBytes));
    // The decoder takes compact numbers that are longer than need be.
    again = CALL_CODEC.enc(call);
  } catch {
    throw malformed("its call cannot be decoded");
  }
  if (Buffer.compare(again, callBytes) !== 0) throw malformed("its call is not in canonical form");
  return { call, callBytes };
}

function readEra(reader: Reader): Era {
  const first = reader.u8();
  if (first === 0) return IMMORTAL;
  const encoded = first | (reader.u8() << 8);
  const period = 2 << (encoded & 15);
  const phase = (encoded >> 4) * Math.max(period >> 12, 1);
  if (period < 4 || phase >= period) throw malformed("its era is none");
  return { period, phase };
}

function encodeEra({ period, phase }: Era): Uint8Array {
  if (period === 0) return Uint8Array.of(0);
  const encoded = (Math.log2(period) - 1) | (Math.floor(phase / Math.max(period >> 12, 1)) << 4);
  return Uint8Array.of(encoded & 0xff, encoded >> 8);
}

/** An extrinsic's bytes as they travel: with SCALE's length before them. */
export function withLength(bytes: Uint8Array): Uint8Array {
  return concat(compactNumber.enc(bytes.length), bytes);
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

function bytesOf(hash: string): Uint8Array {
  return Buffer.from(hash.slice(2), "hex");
}

class Reader {
  readonly #bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.at;
  }

  u8(): number {
    return this.take(1)[0] as number;
  }

  take(length: number): Uint8Array {
    if (length > this.left) throw malformed("it ends too early");
    this.at += length;
    return this.#bytes.slice(this.at - length, this.at);
  }

  /** SCALE's compact integer, in its shortest form only. */
  compact(): bigint {
    const first = this.u8();
    const mode = first & 3;
    if (mode === 0) return BigInt(first >> 2);
    const length = mode === 1 ? 1 : mode === 2 ? 3 : (first >> 2) + 4;
    if (length > 16) throw malformed("a number has more than 128 bits");
    const low = mode === 3 ? 0n : BigInt(first >> 2);
    const rest = this.take(length).reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
    const value = mode === 3 ? rest : (rest << 6n) | low;
    const least = mode === 1 ? 1n << 6n : mode === 2 ? 1n << 14n : 1n << BigInt(8 * (length - 1));
    if (value < least || (mode === 3 && value < 1n << 30n)) {
      throw malformed("a compact number is not in its shortest form");
    }
    return value;
  }
}

function malformed(why: string): ChainError {
  return new ChainError(
    "MALFORMED_EXTRINSIC",
    `this is no extrinsic of this chain: ${why}`,
    "Encode it by this chain's metadata, version 4, with its length before it.",
  );
}
