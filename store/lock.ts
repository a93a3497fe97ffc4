/**
 * A lock is a file that names who holds it: one process at a time writes what it guards. The file appears whole
 * (linked, never created empty), and a lock whose holder is dead is taken over.
 *
 * Dead is decided by three facts, because a pid comes back: the boot of the machine, the pid, and the moment at which
 * that process began (Linux; elsewhere the pid alone). A holder on another machine or in another pid namespace cannot
 * be seen from here, so it counts as alive: waiting is a nuisance, two writers are a loss.
 * @module
 */
import { randomBytes } from "node:crypto";
import { link, mkdir, readFile, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { temporaryBeside, writeSynced } from "./atomic.ts";
import { errnoOf, StoreError, writeError } from "./error.ts";
import { identifySelf, isAlive, type ProcessIdentity, processIdentitySchema } from "./process.ts";

export interface Lock {
  readonly path: string;
  /** Lets go; the second call does nothing. */
  release(): Promise<void>;
}

export interface LockOptions {
  /** How long to wait for another holder, in milliseconds. Default 0: refuse at once. `Infinity` waits for ever. */
  readonly waitMs?: number;
  /** Ends the waiting; the promise rejects with its reason. */
  readonly signal?: AbortSignal;
}

/** Milliseconds between two looks while waiting: a person does not notice it, and a look costs one small read. */
const LOOK_EVERY_MS = 50;

interface Holder extends ProcessIdentity {
  /** 32 hexadecimal digits, new for every acquisition. */
  readonly nonce: string;
}

const holderSchema: z.ZodType<Holder> = z.strictObject({
  ...processIdentitySchema.shape,
  nonce: z.string().regex(/^[0-9a-f]{32}$/),
});

/**
 * Takes the lock at `path`, making its folder if need be.
 * @throws StoreError `LOCKED`, which names the holder, when it is still held after `waitMs`
 */
export async function acquireLock(path: string, options: LockOptions = {}): Promise<Lock> {
  const { waitMs = 0, signal } = options;
  const giveUpAt = performance.now() + waitMs;
  await makeFolder(dirname(path));
  const self: Holder = { ...(await identifySelf()), nonce: randomBytes(16).toString("hex") };
  for (;;) {
    signal?.throwIfAborted();
    if (await tryLink(path, self)) return heldLock(path, self);
    const holder = await readHolder(path);
    if (holder === "gone") continue;
    if (holder !== "unreadable" && !(await isAlive(holder))) {
      await removeStale(path, holder, options);
      continue;
    }
    const leftMs = giveUpAt - performance.now();
    if (leftMs <= 0) throw locked(path, holder);
    await sleep(Math.min(LOOK_EVERY_MS, leftMs), undefined, signal ? { signal } : {});
  }
}

function heldLock(path: string, self: Holder): Lock {
  let held = true;
  return {
    path,
    async release(): Promise<void> {
      if (!held) return;
      held = false;
      const holder = await readHolder(path);
      // Somebody removed the file by hand and another took the lock: that one is not ours to remove.
      if (typeof holder === "object" && holder.nonce === self.nonce)
        await rm(path, { force: true });
    },
  };
}

/** True when the lock is now ours. */
async function tryLink(path: string, self: Holder): Promise<boolean> {
  const temporary = temporaryBeside(path);
  try {
    await writeSynced(temporary, JSON.stringify(self), 0o600);
    await link(temporary, path);
    return true;
  } catch (cause) {
    if (errnoOf(cause) === "EEXIST") return false;
    throw writeError(cause, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

/**
 * Removes the lock of a dead holder. Two processes may see the same dead holder; if each removed the file, the second
 * would remove the lock that the first had just taken. So only who holds `<path>.takeover`, itself a lock, removes,
 * and looks again before it does.
 */
async function removeStale(path: string, stale: Holder, options: LockOptions): Promise<void> {
  const takeover = await acquireLock(`${path}.takeover`, {
    ...options,
    // The holder of a takeover only reads and removes one small file, so this is soon over.
    waitMs: Math.max(options.waitMs ?? 0, 5_000),
  });
  try {
    const holder = await readHolder(path);
    if (typeof holder === "object" && holder.nonce === stale.nonce) await rm(path, { force: true });
  } finally {
    await takeover.release();
  }
}

async function readHolder(path: string): Promise<Holder | "gone" | "unreadable"> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    if (errnoOf(cause) === "ENOENT") return "gone";
    throw writeError(cause, path);
  }
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch {
    return "unreadable";
  }
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw writeError(cause, folder);
  }
}

function locked(path: string, holder: Holder | "unreadable"): StoreError {
  if (holder === "unreadable") {
    return new StoreError(
      "LOCKED",
      `${path} is there and is not a lock that this version wrote`,
      "Make sure that no other Assay runs on this folder, then remove the file.",
    );
  }
  return new StoreError(
    "LOCKED",
    `${path} is held by process ${holder.pid} on ${holder.host}`,
    `Stop that process, or use another folder. If it does not run any more, remove ${path}.`,
  );
}
