/**
 * Files that hold a secret: mode 0600 from their first byte, never overwritten, and refused when anybody else may read
 * them or owns them.
 * @module
 */
import { constants } from "node:fs";
import { access, type FileHandle, mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { writeFileAtomic } from "../../store/atomic.ts";
import { acquireLock } from "../../store/lock.ts";
import { ChainError } from "../error.ts";

/** An encrypted key file is under 4 KiB; hashed-account descriptors of newer writers may add some. */
const MAX_KEY_FILE_BYTES = 16 * 1024;
const PRIVATE_MODE = 0o600;
const READABLE_BY_OTHERS = 0o077;
/** Long enough for another process to write one file, short enough for a person to wait. */
const LOCK_WAIT_MS = 5_000;

/** @throws ChainError `KEY_MISSING`, `KEY_MODE` or `KEY_MALFORMED` (more bytes than a key file has) */
export async function readPrivately(path: string): Promise<Uint8Array> {
  let file: FileHandle;
  try {
    // Else a pipe in the place of a key would keep us waiting for ever.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    throw new ChainError(
      "KEY_MISSING",
      `no key file could be opened at ${path}`,
      "Check --wallet.path, --wallet.name and --wallet.hotkey, or create a key there.",
      { cause },
    );
  }
  try {
    // Asked of the open file, not of the path: what is checked is what is read.
    const stats = await file.stat();
    if (!stats.isFile()) throw noKey(path, "it is no file");
    refuseOthers(path, stats);
    if (stats.size > MAX_KEY_FILE_BYTES) {
      throw noKey(path, `${stats.size} bytes are too many for a key file`);
    }
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/**
 * Makes the folder too, closed to others, when it is missing.
 * @throws ChainError `KEY_EXISTS`; StoreError `DISK_FULL`, `WRITE_FAILED` or `LOCKED`
 */
export async function createPrivately(path: string, content: Uint8Array | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  // Rename replaces silently; the lock makes "is there one already?" and the write one step.
  const lock = await acquireLock(`${path}.lock`, { waitMs: LOCK_WAIT_MS });
  try {
    await refuseTaken(path);
    await writeFileAtomic(path, content, { mode: PRIVATE_MODE });
  } finally {
    await lock.release();
  }
}

/** @throws ChainError `KEY_EXISTS` */
export async function refuseTaken(path: string): Promise<void> {
  if (!(await exists(path))) return;
  throw new ChainError(
    "KEY_EXISTS",
    `there is already a file at ${path}`,
    "Use that key, or choose another name; remove the file yourself if its account is worth nothing.",
  );
}

export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function refuseOthers(path: string, stats: { readonly mode: number; readonly uid: number }): void {
  if (process.platform === "win32") return;
  if ((stats.mode & READABLE_BY_OTHERS) !== 0) {
    throw new ChainError(
      "KEY_MODE",
      `${path} has mode ${(stats.mode & 0o777).toString(8)}, expected 600: others may read the secret`,
      `Run chmod 600 ${path}; if others use this machine, take the key for stolen.`,
    );
  }
  if (stats.uid !== process.getuid?.()) {
    throw new ChainError(
      "KEY_MODE",
      `${path} belongs to user ${stats.uid}, not to the user who runs this`,
      "Make the file your own with chown, or run as its owner.",
    );
  }
}

function noKey(path: string, what: string): ChainError {
  return new ChainError("KEY_MALFORMED", `${path} is no key file: ${what}`, "Check the path.");
}
