/**
 * A transaction of the local chain and its one encoding.
 *
 *   wire    = payload ‖ signature (64)
 *   payload = signer (32) ‖ nonce (u32) ‖ birth block (u32) ‖ call (u8) ‖ the call's fields
 *   signed  = domain ‖ genesis hash ‖ hash of the birth block ‖ payload
 *
 * The genesis hash ties a signature to one kind of chain, the hash of a recent block to this very chain and to the
 * next few minutes, the nonce to one use; it is what Substrate's CheckGenesis, CheckMortality and CheckNonce do.
 * @module
 */
import { type Digest, sha256 } from "../../store/digest.ts";
import { hotkeyOf, isSignedBy, publicKeyOf } from "../account.ts";
import type { Endpoint, Hotkey, Signer } from "../chain.ts";
import { ByteReader, ByteWriter, malformed } from "./bytes.ts";
import { readEndpoint, writeEndpoint } from "./endpoint.ts";

/** Amounts are rao. */
export type Call =
  | { readonly call: "transfer"; readonly to: Hotkey; readonly amount: bigint }
  | { readonly call: "burned_register"; readonly netuid: number; readonly hotkey: Hotkey }
  | {
      readonly call: "add_stake";
      readonly hotkey: Hotkey;
      readonly netuid: number;
      readonly amount: bigint;
    }
  | { readonly call: "serve_axon"; readonly netuid: number; readonly endpoint: Endpoint }
  | {
      readonly call: "set_weights";
      readonly netuid: number;
      readonly uids: readonly number[];
      /** u16 each. */
      readonly values: readonly number[];
      readonly versionKey: bigint;
    };

export interface Transaction {
  readonly signer: Hotkey;
  readonly nonce: number;
  /** A block that the signer saw; the transaction may be included in the `MORTAL_BLOCKS` after it. */
  readonly birth: number;
  readonly call: Call;
}

export interface SignedTransaction extends Transaction {
  readonly signature: Uint8Array;
  /** SHA-256 of the wire bytes: by this a sender asks again what became of it. */
  readonly hash: Digest;
  readonly wire: Uint8Array;
}

/** At 50 ms a block, the fastest that tests use, a transaction still has 12 seconds to arrive. */
export const MORTAL_BLOCKS = 256;

/** More uids than a subnet can have; the rule that names the mistake comes later. */
const MAX_UIDS = 4_096;
const SIGNATURE_BYTES = 64;
const DOMAIN = new TextEncoder().encode("assay-local-transaction/1");

const CALL_CODES = {
  transfer: 0,
  burned_register: 1,
  add_stake: 2,
  serve_axon: 3,
  set_weights: 4,
} as const;

export function signTransaction(
  transaction: Transaction,
  genesisHash: Digest,
  birthHash: Digest,
  signer: Signer,
): SignedTransaction {
  const payload = encodePayload(transaction);
  const signature = signer.sign(signedMessage(payload, genesisHash, birthHash));
  const wire = new ByteWriter().bytes(payload).bytes(signature).finish();
  return { ...transaction, signature, hash: sha256(wire), wire };
}

/** True when the signer of the transaction signed exactly these bytes for this chain. */
export function hasValidSignature(
  transaction: SignedTransaction,
  genesisHash: Digest,
  birthHash: Digest,
): boolean {
  const payload = transaction.wire.subarray(0, -SIGNATURE_BYTES);
  const message = signedMessage(payload, genesisHash, birthHash);
  return isSignedBy(transaction.signer, message, transaction.signature);
}

/** @throws ChainError `MALFORMED_TRANSACTION`; whether the signature holds is asked separately. */
export function decodeTransaction(wire: Uint8Array): SignedTransaction {
  const reader = new ByteReader(wire);
  const signer = hotkeyOf(reader.bytes(32));
  const nonce = reader.u32();
  const birth = reader.u32();
  const call = readCall(reader);
  const signature = reader.bytes(SIGNATURE_BYTES);
  reader.end();
  return { signer, nonce, birth, call, signature, hash: sha256(wire), wire: wire.slice() };
}

export function encodePayload({ signer, nonce, birth, call }: Transaction): Uint8Array {
  const writer = new ByteWriter().bytes(publicKeyOf(signer)).u32(nonce).u32(birth);
  writeCall(writer, call);
  return writer.finish();
}

function writeCall(writer: ByteWriter, call: Call): void {
  writer.u8(CALL_CODES[call.call]);
  switch (call.call) {
    case "transfer":
      writer.bytes(publicKeyOf(call.to)).u64(call.amount);
      return;
    case "burned_register":
      writer.u16(call.netuid).bytes(publicKeyOf(call.hotkey));
      return;
    case "add_stake":
      writer.bytes(publicKeyOf(call.hotkey)).u16(call.netuid).u64(call.amount);
      return;
    case "serve_axon":
      writer.u16(call.netuid);
      writeEndpoint(writer, call.endpoint);
      return;
    case "set_weights":
      writer.u16(call.netuid);
      writeU16s(writer, call.uids);
      writeU16s(writer, call.values);
      writer.u64(call.versionKey);
  }
}

function readCall(reader: ByteReader): Call {
  const code = reader.u8();
  switch (code) {
    case CALL_CODES.transfer:
      return { call: "transfer", to: readHotkey(reader), amount: reader.u64() };
    case CALL_CODES.burned_register:
      return { call: "burned_register", netuid: reader.u16(), hotkey: readHotkey(reader) };
    case CALL_CODES.add_stake:
      return {
        call: "add_stake",
        hotkey: readHotkey(reader),
        netuid: reader.u16(),
        amount: reader.u64(),
      };
    case CALL_CODES.serve_axon:
      return { call: "serve_axon", netuid: reader.u16(), endpoint: readEndpoint(reader) };
    case CALL_CODES.set_weights:
      return {
        call: "set_weights",
        netuid: reader.u16(),
        uids: readU16s(reader),
        values: readU16s(reader),
        versionKey: reader.u64(),
      };
    default:
      throw malformed(`there is no call ${code}`);
  }
}

function readHotkey(reader: ByteReader): Hotkey {
  return hotkeyOf(reader.bytes(32));
}

function writeU16s(writer: ByteWriter, values: readonly number[]): void {
  if (values.length > MAX_UIDS) throw malformed(`${values.length} weights, at most ${MAX_UIDS}`);
  writer.u16(values.length);
  for (const value of values) writer.u16(value);
}

function readU16s(reader: ByteReader): number[] {
  const length = reader.u16();
  if (length > MAX_UIDS) throw malformed(`${length} weights, at most ${MAX_UIDS}`);
  return Array.from({ length }, () => reader.u16());
}

function signedMessage(payload: Uint8Array, genesisHash: Digest, birthHash: Digest): Uint8Array {
  return new ByteWriter()
    .bytes(DOMAIN)
    .bytes(Buffer.from(genesisHash, "hex"))
    .bytes(Buffer.from(birthHash, "hex"))
    .bytes(payload)
    .finish();
}
