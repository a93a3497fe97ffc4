/**
 * Artefacts are named by what is in them: a size and a SHA-256. Whoever uses one checks it first, so that an altered,
 * truncated or half-downloaded file is an error that names the file, never a wrong proof.
 * @module
 */
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { type Digest, digest, sha256 } from "./digest.ts";
import { errnoOf, StoreError } from "./error.ts";

export interface ArtefactRecord {
  readonly sha256: Digest;
  readonly bytes: number;
}

/** What a file is now: its size and digest. @throws StoreError `ARTEFACT_MISSING` */
export async function recordOf(path: string): Promise<ArtefactRecord> {
  return withFile(path, async (file) => hashOf(file));
}

/** @throws StoreError `ARTEFACT_MISSING` | `ARTEFACT_ALTERED` */
export async function verifyArtefact(path: string, record: ArtefactRecord): Promise<void> {
  await withFile(path, async (file, bytes) => {
    requireSize(path, bytes, record);
    requireSame(path, await hashOf(file), record);
  });
}

/**
 * The bytes, checked: what is returned is what was hashed, whatever happens to the file meanwhile.
 * @throws StoreError `ARTEFACT_MISSING` | `ARTEFACT_ALTERED`
 */
export async function readArtefact(path: string, record: ArtefactRecord): Promise<Uint8Array> {
  return withFile(path, async (file, bytes) => {
    // Before reading: a file that grew to fill the memory is refused by its size.
    requireSize(path, bytes, record);
    const content = new Uint8Array(await file.readFile());
    requireSame(path, { sha256: sha256(content), bytes: content.length }, record);
    return content;
  });
}

async function withFile<T>(
  path: string,
  use: (file: FileHandle, bytes: number) => Promise<T>,
): Promise<T> {
  const file = await openFile(path);
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw missing(path, "is not a file");
    return await use(file, stats.size);
  } finally {
    await file.close();
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    // Without O_NONBLOCK, opening a named pipe that somebody put there would wait for ever. (Windows has neither.)
    return await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (cause) {
    if (errnoOf(cause) === "ENOENT" || errnoOf(cause) === "ENOTDIR") {
      throw missing(path, "does not exist", { cause });
    }
    throw missing(path, `cannot be read (${errnoOf(cause) ?? "unknown reason"})`, { cause });
  }
}

async function hashOf(file: FileHandle): Promise<ArtefactRecord> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of file.createReadStream({ autoClose: false, highWaterMark: 1 << 20 })) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { sha256: digest(hash.digest("hex")), bytes };
}

function requireSize(path: string, bytes: number, record: ArtefactRecord): void {
  if (bytes === record.bytes) return;
  throw altered(path, `${bytes} bytes, expected ${record.bytes}`);
}

function requireSame(path: string, found: ArtefactRecord, record: ArtefactRecord): void {
  requireSize(path, found.bytes, record);
  if (found.sha256 === record.sha256) return;
  throw altered(path, `SHA-256 ${found.sha256}, expected ${record.sha256}`);
}

function missing(path: string, what: string, options?: ErrorOptions): StoreError {
  return new StoreError(
    "ARTEFACT_MISSING",
    `${path} ${what}`,
    "Remove the folder it belongs to; it is made or fetched again when it is needed next.",
    options,
  );
}

function altered(path: string, what: string): StoreError {
  return new StoreError(
    "ARTEFACT_ALTERED",
    `${path} is not what its manifest says: ${what}`,
    "Somebody changed the file, or a copy broke off. Remove the folder it belongs to; it is made or fetched again.",
  );
}
