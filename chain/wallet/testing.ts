/**
 * For tests: Substrate's development phrase and what Bittensor's tools make of it, none of it secret; and the key files
 * of test/vectors/keyfiles, which other software wrote, with the modes that git does not keep.
 * @module
 */
import { chmod, copyFile, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Scheme } from "../account.ts";
import type { Encryption } from "./encryption.ts";

export const PHRASE = "bottom drive obey lake curtain smoke basket hold race lonely fit walk";
export const SEED = "0xfac7959dbfe72f052e5a0c3c8d6530f202b02fd8f9f5ca3580ec8deb7797479e";
/** schnorrkel's form. */
export const PRIVATE_KEY =
  "0x05d65584630d16cd4af6d0bec10f34bb504a5dcb62dba2122d49f5a663763d0afd190cce74df356432b410bd64682309d6dedb27c76845daf388557cbac3ca34";
export const PUBLIC_KEY = "0x46ebddef8cd9bb167dc30878d7113b7e168e6f0646beffd77d69d39bad76b47a";
export const ADDRESS = "5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV";
/** The account that the same phrase has in ed25519. */
export const ED25519_ADDRESS = "5DFJF7tY4bpbpcKPJcBTQaKuCDEPCpiz8TRjpmLeTtweqmXL";
export const ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";

/** The file of that key, as every release reads it. */
export const FULL: Readonly<Record<string, string>> = {
  accountId: PUBLIC_KEY,
  publicKey: PUBLIC_KEY,
  privateKey: PRIVATE_KEY,
  secretPhrase: PHRASE,
  secretSeed: SEED,
  ss58Address: ADDRESS,
};

export interface Vector {
  readonly file: string;
  readonly madeBy: string;
  readonly address: string;
  readonly scheme: Scheme;
  readonly encryption?: Encryption;
  readonly password?: string;
  readonly public?: boolean;
}

const VECTORS = fileURLToPath(new URL("../../test/vectors/keyfiles/", import.meta.url));

export async function readVectors(): Promise<readonly Vector[]> {
  const text = await readFile(join(VECTORS, "expected.json"), "utf8");
  return (JSON.parse(text) as { files: Vector[] }).files;
}

export async function readVector(file: string): Promise<Uint8Array> {
  return readFile(join(VECTORS, file));
}

/** Copies a vector to `folder`, in mode 0600. @returns its path there */
export async function placeVector(file: string, folder: string): Promise<string> {
  const path = join(folder, basename(file));
  await copyFile(join(VECTORS, file), path);
  await chmod(path, 0o600);
  return path;
}
