/**
 * What the tests of this folder draw from: people who sign, any job, and every way to change one.
 * @module
 */
import { Keyring } from "@polkadot/keyring";
import fc from "fast-check";
import { type Digest, digest } from "./digest.ts";
import { toHex } from "./hex.ts";
import { hotkeyOf } from "./hotkey.ts";
import { type Job, type JobId, jobId, MAX_BUDGET_MS } from "./job.ts";
import type { Signer } from "./signature.ts";

/** The signer of a well-known development key such as `//Alice`. */
export function signerOf(uri: string): Signer {
  const pair = new Keyring({ type: "sr25519", ss58Format: 42 }).addFromUri(uri);
  return { hotkey: hotkeyOf(pair.publicKey), sign: (message) => pair.sign(message) };
}

export const alice: Signer = signerOf("//Alice");
export const bob: Signer = signerOf("//Bob");
export const charlie: Signer = signerOf("//Charlie");

export function anyBytes(length: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength: length, maxLength: length });
}

export const anyDigest: fc.Arbitrary<Digest> = anyBytes(32).map((bytes) => digest(toHex(bytes)));
export const anyJobId: fc.Arbitrary<JobId> = anyBytes(16).map((bytes) => jobId(toHex(bytes)));
export const anyUint32: fc.Arbitrary<number> = fc.nat({ max: 0xffff_ffff });

export function anyInt32s(maxLength = 20, minLength = 0): fc.Arbitrary<Int32Array> {
  return fc.int32Array({ minLength, maxLength });
}

/** A job of Alice to Bob with at least one input. */
export const anyJob: fc.Arbitrary<Job> = fc.record({
  id: anyJobId,
  netuid: fc.nat({ max: 0xffff }),
  circuit: anyDigest,
  validator: fc.constant(alice.hotkey),
  miner: fc.constant(bob.hotkey),
  block: fc.record({ number: anyUint32, hash: anyDigest }),
  expiryBlock: anyUint32,
  budgetMs: fc.integer({ min: 1, max: MAX_BUDGET_MS }),
  input: anyInt32s(20, 1),
});

/** For every field, values of its type: a field that is added to `Job` does not compile without its line here. */
const anyField: { readonly [K in keyof Job]: fc.Arbitrary<Job[K]> } = {
  id: anyJobId,
  netuid: fc.nat({ max: 0xffff }),
  circuit: anyDigest,
  validator: fc.constantFrom(bob.hotkey, charlie.hotkey),
  miner: fc.constantFrom(alice.hotkey, charlie.hotkey),
  block: fc.record({ number: anyUint32, hash: anyDigest }),
  expiryBlock: anyUint32,
  budgetMs: fc.integer({ min: 1, max: MAX_BUDGET_MS }),
  input: anyInt32s(20, 1),
};

export interface Change {
  readonly job: Job;
  readonly changed: Job;
  readonly field: string;
}

/** A job and the same job with exactly one field changed: any field, each half of `block`, one element of the input. */
export const anyChange: fc.Arbitrary<Change> = anyJob.chain((job) => {
  const whole = Object.entries(anyField).map(([field, values]) =>
    (values as fc.Arbitrary<unknown>).map((value) => ({
      job,
      field,
      changed: { ...job, [field]: value },
    })),
  );
  const parts: fc.Arbitrary<Change>[] = [
    anyUint32.map((number) => ({
      job,
      field: "block.number",
      changed: { ...job, block: { ...job.block, number } },
    })),
    anyDigest.map((hash) => ({
      job,
      field: "block.hash",
      changed: { ...job, block: { ...job.block, hash } },
    })),
    fc
      .tuple(fc.nat({ max: job.input.length - 1 }), fc.integer({ min: 1, max: 0xffff_ffff }))
      .map(([at, by]) => ({
        job,
        field: `input[${at}]`,
        changed: { ...job, input: job.input.map((value, i) => (i === at ? value + by : value)) },
      })),
    fc.constant({
      job,
      field: "input.length",
      changed: { ...job, input: Int32Array.from([...job.input, 0]) },
    }),
  ];
  return fc.oneof(...whole, ...parts).filter(({ changed }) => !isSame(job, changed));
});

function isSame(one: Job, other: Job): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** The bytes with one bit turned. */
export function anyFlip(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
  return fc.nat({ max: 8 * bytes.length - 1 }).map((bit) => {
    const flipped = bytes.slice();
    const at = bit >> 3;
    flipped[at] = (flipped[at] ?? 0) ^ (1 << (bit & 7));
    return flipped;
  });
}
