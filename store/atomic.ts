/**
 * Files that are there whole or not at all: written under a temporary name beside their place, flushed to the disk,
 * renamed, and the folder flushed too, because after a power cut a rename is only as durable as its folder.
 * Pillai et al. 2014, "All File Systems Are Not Created Equal", OSDI, §3.
 * @module
 */
import { randomBytes } from "node:crypto";
import { lstat, open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { StoreError, writeError } from "./error.ts";

export interface WriteOptions {
  /** Permission bits of the file, whatever the umask. Default 0644; secrets are 0600 from their first byte on. */
  readonly mode?: number;
}

const DEFAULT_MODE = 0o644;
const TEMPORARY = /^\..+\.[0-9a-f]{16}\.tmp$/;

/**
 * A name that nobody else uses, on the same file system as `path`, for what will be placed there. A crash leaves it
 * behind; `sweepTemporaries` finds it by its form.
 */
export function temporaryBeside(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomBytes(8).toString("hex")}.tmp`);
}

export function isTemporary(name: string): boolean {
  return TEMPORARY.test(name);
}

/**
 * Replaces `path` by `content`. Whoever reads meanwhile, and whoever looks after a crash, finds the old bytes or the
 * new ones, complete. When this resolves the new bytes are on the disk.
 * @throws StoreError `DISK_FULL` | `WRITE_FAILED`; the old file is then untouched and no temporary file is left
 */
export async function writeFileAtomic(
  path: string,
  content: Uint8Array | string,
  options: WriteOptions = {},
): Promise<void> {
  const temporary = temporaryBeside(path);
  try {
    await writeSynced(temporary, content, options.mode ?? DEFAULT_MODE);
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (cause) {
    await rm(temporary, { force: true });
    throw writeError(cause, path);
  }
}

/** Writes a file that must not exist, and flushes it. On failure the file may be there in part: the caller removes it. */
export async function writeSynced(
  path: string,
  content: Uint8Array | string,
  mode: number,
): Promise<void> {
  // Closed to others until it is complete; chmod afterwards, because open's mode is cut by the umask.
  const file = await open(path, "wx", mode & 0o600);
  try {
    await file.writeFile(content);
    await file.chmod(mode);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Moves a finished file to its place, replacing what is there. Both must be on one file system: make it at
 * `temporaryBeside(to)`.
 * @throws StoreError `DISK_FULL` | `WRITE_FAILED`; `from` is then still there
 */
export async function placeFile(from: string, to: string): Promise<void> {
  await place(from, to, () => syncFile(from));
}

/**
 * Moves a finished folder to its place with everything in it flushed. An empty folder may stand there, a full one not.
 * @throws StoreError `ALREADY_THERE` | `DISK_FULL` | `WRITE_FAILED`; `from` is then still there
 */
export async function placeFolder(from: string, to: string): Promise<void> {
  await place(from, to, () => syncTree(from));
}

async function place(from: string, to: string, sync: () => Promise<void>): Promise<void> {
  try {
    await sync();
    await rename(from, to);
    await syncFolder(dirname(to));
    if (dirname(from) !== dirname(to)) await syncFolder(dirname(from));
  } catch (cause) {
    throw writeError(cause, to);
  }
}

/**
 * Removes temporary files and folders that a crash left in `folder`.
 * @param olderThanMs age from which on nobody can still be writing one
 * @returns the names removed
 */
export async function sweepTemporaries(folder: string, olderThanMs: number): Promise<string[]> {
  const removed: string[] = [];
  for (const name of await readdir(folder)) {
    if (!isTemporary(name)) continue;
    const path = join(folder, name);
    const stats = await lstat(path).catch(() => undefined);
    if (stats === undefined || Date.now() - stats.mtimeMs < olderThanMs) continue;
    await rm(path, { recursive: true, force: true });
    removed.push(name);
  }
  return removed;
}

async function syncTree(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await syncTree(path);
    else if (entry.isFile()) await syncFile(path);
    else {
      throw new StoreError(
        "WRITE_FAILED",
        `${path} is neither a file nor a folder`,
        "Place folders of plain files only.",
      );
    }
  }
  await syncFolder(folder);
}

async function syncFile(path: string): Promise<void> {
  // r+: Windows flushes only what is open for writing.
  const file = await open(path, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  // Windows opens no folder; NTFS journals the rename itself.
  if (process.platform === "win32") return;
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
