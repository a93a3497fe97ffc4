/**
 * A block: a header that binds all before it, the transactions in it and the state after it. There is one author, so a
 * block is final when it exists.
 *
 * The entropy stands for what the lottery of authors gives a real chain: nobody can tell a block's hash beforehand, and
 * what is drawn from it (fresh inputs of jobs) cannot be prepared. The state depends neither on it nor on the clock.
 * @module
 */
import { type Digest, sha256 } from "../../store/digest.ts";
import { ByteReader, ByteWriter } from "./bytes.ts";

export interface Header {
  readonly number: number;
  readonly parent: Digest;
  /** Of the encoded state after this block. */
  readonly stateRoot: Digest;
  /** Of the hashes of its transactions, in order. */
  readonly transactionsRoot: Digest;
  /** Wall clock of the author, for people. */
  readonly timestampMs: number;
  /** 32 random bytes. */
  readonly entropy: Uint8Array;
}

export const ENTROPY_BYTES = 32;
const DOMAIN = new TextEncoder().encode("assay-local-block/1");

export function encodeHeader(header: Header): Uint8Array {
  return new ByteWriter()
    .u32(header.number)
    .bytes(Buffer.from(header.parent, "hex"))
    .bytes(Buffer.from(header.stateRoot, "hex"))
    .bytes(Buffer.from(header.transactionsRoot, "hex"))
    .u64(BigInt(header.timestampMs))
    .bytes(header.entropy)
    .finish();
}

/** @throws ChainError when the bytes are no header */
export function decodeHeader(bytes: Uint8Array): Header {
  const reader = new ByteReader(bytes);
  const header: Header = {
    number: reader.u32(),
    parent: readDigest(reader),
    stateRoot: readDigest(reader),
    transactionsRoot: readDigest(reader),
    timestampMs: Number(reader.u64()),
    entropy: reader.bytes(ENTROPY_BYTES),
  };
  reader.end();
  return header;
}

export function hashHeader(header: Header): Digest {
  return sha256(DOMAIN, encodeHeader(header));
}

export function rootOfTransactions(hashes: readonly Digest[]): Digest {
  return sha256(...hashes.map((hash) => Buffer.from(hash, "hex")));
}

function readDigest(reader: ByteReader): Digest {
  return Buffer.from(reader.bytes(32)).toString("hex") as Digest;
}
