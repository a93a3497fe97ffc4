/**
 * Block headers as Substrate's: SCALE bytes, their blake2-256 hash, and the JSON that clients read.
 *
 *   header = parent hash ‖ compact number ‖ state root ‖ extrinsics root ‖ Vec<digest item>
 *
 * The roots are plain hashes, not roots of Merkle tries: no client that reads by JSON-RPC checks them, and nobody proves
 * storage of a local chain to anybody. They bind a header to its block all the same: the state root is a hash over
 * what the block changed, chained from genesis on.
 * @module
 */
import { blake2AsU8a } from "@polkadot/util-crypto";
import { compactNumber } from "@polkadot-api/substrate-bindings";
import { sha256 } from "../../../store/digest.ts";
import { ownBytes } from "../runtime/own-bytes.ts";
import type { Changes } from "../runtime/state.ts";
import { bytesOf, hexOf } from "./hex.ts";

/** Hashes are 0x hex of 32 bytes. */
export interface Header {
  readonly number: number;
  readonly parentHash: string;
  readonly stateRoot: string;
  readonly extrinsicsRoot: string;
  /** SCALE bytes of the one digest item; genesis has none. */
  readonly digest: Uint8Array | undefined;
}

/** A header in the words of the JSON-RPC. */
export interface HeaderJson {
  readonly parentHash: string;
  readonly number: string;
  readonly stateRoot: string;
  readonly extrinsicsRoot: string;
  readonly digest: { readonly logs: readonly string[] };
}

const HASH_BYTES = 32;
export const ZERO_HASH: string = `0x${"00".repeat(HASH_BYTES)}`;

/** DigestItem::PreRuntime. */
const PRE_RUNTIME = 6;
const AURA_ENGINE = "aura";

export function encodeHeader(header: Header): Uint8Array {
  return Buffer.concat([
    bytesOf(header.parentHash),
    compactNumber.enc(header.number),
    bytesOf(header.stateRoot),
    bytesOf(header.extrinsicsRoot),
    ...(header.digest === undefined ? [Uint8Array.of(0)] : [compactNumber.enc(1), header.digest]),
  ]);
}

/** @param bytes that `encodeHeader` wrote */
export function decodeHeader(bytes: Uint8Array): Header {
  const number = compactNumber.dec(ownBytes(bytes.subarray(HASH_BYTES, HASH_BYTES + 4)));
  let at = HASH_BYTES + compactNumber.enc(number).length;
  const hash = (): string => {
    at += HASH_BYTES;
    return hexOf(bytes.subarray(at - HASH_BYTES, at));
  };
  const [stateRoot, extrinsicsRoot] = [hash(), hash()];
  return {
    ...{ number, parentHash: hexOf(bytes.subarray(0, HASH_BYTES)), stateRoot, extrinsicsRoot },
    digest: bytes[at] === 0 ? undefined : bytes.subarray(at + 1),
  };
}

export function hashHeader(header: Header): string {
  return hashOf(encodeHeader(header));
}

export function headerJson(header: Header): HeaderJson {
  return {
    parentHash: header.parentHash,
    number: `0x${header.number.toString(16)}`,
    stateRoot: header.stateRoot,
    extrinsicsRoot: header.extrinsicsRoot,
    digest: { logs: header.digest === undefined ? [] : [hexOf(header.digest)] },
  };
}

/** Blake2-256 as 0x hex: how Substrate names headers and extrinsics. */
export function hashOf(bytes: Uint8Array): string {
  return hexOf(blake2AsU8a(bytes, 256));
}

/** The claim of an Aura author to the slot of this time: what explorers read the author's turn from. */
export function slotDigest(timestampMs: number, blockMs: number): Uint8Array {
  const item = Buffer.alloc(1 + 4 + 1 + 8);
  item.writeUInt8(PRE_RUNTIME, 0);
  item.write(AURA_ENGINE, 1, "latin1");
  item.set(compactNumber.enc(8), 5);
  item.writeBigUInt64LE(BigInt(Math.floor(timestampMs / blockMs)), 6);
  return item;
}

export function extrinsicsRoot(body: readonly Uint8Array[]): string {
  return rootOf(body);
}

/** @param parentRoot state root of the block before; ZERO_HASH for genesis */
export function nextStateRoot(parentRoot: string, changes: Changes): string {
  const parts: Uint8Array[] = [bytesOf(parentRoot)];
  for (const key of [...changes.keys()].sort()) {
    const value = changes.get(key);
    const keyBytes = bytesOf(key);
    // Lengths before both, so that no two sets of changes have one encoding.
    parts.push(compactNumber.enc(keyBytes.length), keyBytes);
    parts.push(Uint8Array.of(value === undefined ? 0 : 1));
    if (value !== undefined) parts.push(compactNumber.enc(value.length), value);
  }
  return rootOf(parts);
}

/** SHA-256, which this machine has in hardware: a full block and its changes are half a megabyte. */
function rootOf(parts: readonly Uint8Array[]): string {
  return `0x${sha256(...parts)}`;
}
