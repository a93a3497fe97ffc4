/**
 * The seed of a fresh input. The catalogue's PRF draws the input from it, so that no input ever comes twice, a miner
 * cannot prepare a proof, and anybody can draw the same input again from the job's public fields.
 * @module
 */
import { ByteWriter } from "./bytes.ts";
import { digest, sha256 } from "./digest.ts";
import { fromHex } from "./hex.ts";
import { publicKeyOf } from "./hotkey.ts";
import { JOB_ID_BYTES, type Job } from "./job.ts";

/** What the seed is drawn from. A `Job` is one. */
export interface SeedOrigin extends Pick<Job, "id" | "validator" | "miner"> {
  /** Finalised before the job was made: the one part that the validator did not choose. */
  readonly block: Pick<Job["block"], "hash">;
}

/** @returns 32 bytes: SHA-256 over domain, block hash, validator, miner and job id */
export function freshSeed(origin: SeedOrigin): Uint8Array {
  return sha256(
    new ByteWriter("assay/seed/1")
      .fixed(fromHex(digest(origin.block.hash)), 32)
      .fixed(publicKeyOf(origin.validator), 32)
      .fixed(publicKeyOf(origin.miner), 32)
      .fixed(fromHex(origin.id), JOB_ID_BYTES)
      .finish(),
  );
}
