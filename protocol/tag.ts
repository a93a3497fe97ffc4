/**
 * The tag: one public signal of every circuit, squared there, that ties a proof to one job. It covers every field, so
 * a proof made for another input, miner, validator, circuit or time does not verify under this job. As Semaphore and
 * Tornado Cash bind a recipient; docs/protocol.md, "Tag".
 * @module
 */
import { ByteWriter, int32Bytes } from "./bytes.ts";
import { sha256 } from "./digest.ts";
import { toHex } from "./hex.ts";
import { type Job, writeJobFields } from "./job.ts";

/** 248 bits: the most whole bytes that stay below the order of BN254, so no tag has two forms. */
const TAG_BYTES = 31;

/** @returns the first 31 bytes, big-endian, of SHA-256 over domain, fields and the digest of the input: < 2^248 */
export function tagOf(job: Job): bigint {
  const preimage = writeJobFields(new ByteWriter("assay/tag/1"), job)
    .u32(job.input.length)
    .fixed(sha256(int32Bytes(job.input)), 32)
    .finish();
  return BigInt(`0x${toHex(sha256(preimage).subarray(0, TAG_BYTES))}`);
}
