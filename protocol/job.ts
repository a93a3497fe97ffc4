/**
 * A job: one question of one validator to one miner, signed by the validator. Its bytes are fixed (docs/protocol.md,
 * "Job"), because the signature, the tag and the miner's answer rest on them.
 *
 *     0 domain · 16 id · 32 netuid · 34 circuit · 66 validator · 98 miner · 130 block number · 134 block hash
 *     166 expiry block · 170 budget ms · 174 count of the input · 178 input, 4 bytes each
 * @module
 */
import { randomBytes } from "node:crypto";
import { z } from "zod";
import { ByteReader, ByteWriter } from "./bytes.ts";
import { type Digest, digest, sha256 } from "./digest.ts";
import { ProtocolError } from "./error.ts";
import {
  bytesField,
  decode,
  digestField,
  hotkeyField,
  int32sField,
  integerField,
} from "./fields.ts";
import { fromHex, toHex, toPrefixedHex } from "./hex.ts";
import { type Hotkey, hotkeyOf, publicKeyOf } from "./hotkey.ts";
import { SIGNATURE_BYTES, type Signer, verifySignature } from "./signature.ts";

/** 32 lower-case hexadecimal digits: 16 random bytes, never used twice. */
export type JobId = string & { readonly __brand: "JobId" };

export const JOB_ID_BYTES = 16;

/**
 * Integers of one public input: room for 3×64×64 pixels and more. In the longest way of writing them they stay within
 * wire.ts's MAX_JOB_BYTES.
 */
export const MAX_INPUT_VALUES = 16_384;

/** A day. Far above any proof worth waiting for, and below 2^31, which is the longest time a timer of Node holds. */
export const MAX_BUDGET_MS = 86_400_000;

const MAX_U16 = 0xffff;
const MAX_U32 = 0xffff_ffff;

export interface Job {
  readonly id: JobId;
  /** The subnet, 0 to 65535. */
  readonly netuid: number;
  /** Circuit id of the model to run. */
  readonly circuit: Digest;
  readonly validator: Hotkey;
  readonly miner: Hotkey;
  /** A finalised block: the seed of the fresh input (seed.ts). */
  readonly block: { readonly number: number; readonly hash: Digest };
  /** The last block in which the job may be taken. */
  readonly expiryBlock: number;
  /** Milliseconds, 1 to MAX_BUDGET_MS; the miner counts from receipt, the validator from last byte sent. */
  readonly budgetMs: number;
  /** Every public input integer, in the order of the circuit's signals. */
  readonly input: Int32Array;
}

export interface SignedJob {
  readonly job: Job;
  /** 64 bytes: the validator's, over `encodeJob(job)`. Decoding does not check it; `hasValidSignature` does. */
  readonly signature: Uint8Array;
}

export function newJobId(): JobId {
  return jobId(toHex(randomBytes(JOB_ID_BYTES)));
}

/** @throws ProtocolError `MALFORMED_JOB` */
export function jobId(text: string): JobId {
  if (isJobId(text)) return text;
  throw malformed(
    `id: expected 32 lower-case hexadecimal digits, got ${JSON.stringify(text.slice(0, 80))}`,
  );
}

export function isJobId(text: string): text is JobId {
  return /^[0-9a-f]{32}$/.test(text);
}

/** True when a chain whose head is at `block` is past the last block in which the job may be taken. */
export function hasExpired(job: Job, block: number): boolean {
  return block > job.expiryBlock;
}

/** The bytes that the validator signs. @throws ProtocolError `MALFORMED_JOB` for a value outside its range */
export function encodeJob(job: Job): Uint8Array {
  return writing(() => {
    requireInputCount(job);
    return writeJobFields(new ByteWriter("assay/job/1"), job).int32s(job.input).finish();
  });
}

/** Every field but the input, in the order of the layout; the tag hashes the same fields. */
export function writeJobFields(writer: ByteWriter, job: Job): ByteWriter {
  requireBudget(job.budgetMs);
  return writer
    .fixed(fromHex(jobId(job.id)), JOB_ID_BYTES)
    .u16(job.netuid)
    .fixed(fromHex(digest(job.circuit)), 32)
    .fixed(publicKeyOf(job.validator), 32)
    .fixed(publicKeyOf(job.miner), 32)
    .u32(job.block.number)
    .fixed(fromHex(digest(job.block.hash)), 32)
    .u32(job.expiryBlock)
    .u32(job.budgetMs);
}

/** @throws ProtocolError `MALFORMED_JOB` for bytes that `encodeJob` does not write */
export function decodeJob(bytes: Uint8Array): Job {
  return writing(() => {
    const reader = new ByteReader(bytes, "assay/job/1");
    const job: Job = {
      id: jobId(toHex(reader.fixed(JOB_ID_BYTES))),
      netuid: reader.u16(),
      circuit: digest(toHex(reader.fixed(32))),
      validator: hotkeyOf(reader.fixed(32)),
      miner: hotkeyOf(reader.fixed(32)),
      block: { number: reader.u32(), hash: digest(toHex(reader.fixed(32))) },
      expiryBlock: reader.u32(),
      budgetMs: requireBudget(reader.u32()),
      input: reader.int32s(MAX_INPUT_VALUES),
    };
    reader.finish();
    return job;
  });
}

/** SHA-256 of the job's bytes; the answer signs it. */
export function jobDigest(job: Job): Digest {
  return digest(toHex(sha256(encodeJob(job))));
}

/** @throws ProtocolError `WRONG_SIGNER` when the signer is not the job's validator */
export function signJob(job: Job, signer: Signer): SignedJob {
  if (signer.hotkey !== job.validator) {
    throw new ProtocolError(
      "WRONG_SIGNER",
      `the job is of validator ${job.validator}, the signer is ${signer.hotkey}`,
      "Sign with the hotkey that the job names.",
    );
  }
  return { job, signature: signer.sign(encodeJob(job)) };
}

/** True only when the validator that the job names signed exactly this job. */
export function hasValidSignature(signed: SignedJob): boolean {
  return verifySignature(encodeJob(signed.job), signed.signature, signed.job.validator);
}

export const jobIdField: z.ZodType<JobId> = z.custom<JobId>(
  (value) => typeof value === "string" && isJobId(value),
  "expected 32 lower-case hexadecimal digits",
);

const uint32Field = integerField(0, MAX_U32);

export const signedJobSchema: z.ZodType<SignedJob> = z.strictObject({
  job: z.strictObject({
    id: jobIdField,
    netuid: integerField(0, MAX_U16),
    circuit: digestField,
    validator: hotkeyField,
    miner: hotkeyField,
    block: z.strictObject({ number: uint32Field, hash: digestField }),
    expiryBlock: uint32Field,
    budgetMs: integerField(1, MAX_BUDGET_MS),
    input: int32sField(MAX_INPUT_VALUES),
  }),
  signature: bytesField(SIGNATURE_BYTES),
});

/** The body of `POST /v1/jobs`. */
export function jobToJson(signed: SignedJob): unknown {
  const { job, signature } = signed;
  return {
    job: {
      id: job.id,
      netuid: job.netuid,
      circuit: job.circuit,
      validator: job.validator,
      miner: job.miner,
      block: { number: job.block.number, hash: job.block.hash },
      expiryBlock: job.expiryBlock,
      budgetMs: job.budgetMs,
      input: [...job.input],
    },
    signature: toPrefixedHex(signature),
  };
}

/** Checks form, not truth: call `hasValidSignature` on the result. @throws ProtocolError `MALFORMED_JOB` */
export function jobFromJson(value: unknown): SignedJob {
  return decode(signedJobSchema, value, "MALFORMED_JOB");
}

function requireBudget(budgetMs: number): number {
  if (budgetMs >= 1 && budgetMs <= MAX_BUDGET_MS) return budgetMs;
  throw new RangeError(`budgetMs: expected 1 to ${MAX_BUDGET_MS}, got ${budgetMs}`);
}

function requireInputCount(job: Job): void {
  if (job.input.length > MAX_INPUT_VALUES) {
    throw new RangeError(`input: expected at most ${MAX_INPUT_VALUES}, got ${job.input.length}`);
  }
}

/** Turns what the layout refuses (RangeError, a malformed name) into the one error of a malformed job. */
function writing<T>(step: () => T): T {
  try {
    return step();
  } catch (cause) {
    if (cause instanceof RangeError || cause instanceof ProtocolError) {
      throw malformed(cause.message, { cause });
    }
    throw cause;
  }
}

function malformed(what: string, options?: ErrorOptions): ProtocolError {
  return new ProtocolError(
    "MALFORMED_JOB",
    what,
    "Write the job as docs/protocol.md fixes it.",
    options,
  );
}
