/**
 * Where Assay keeps its files. `ptau`, `packages` and `tables` are cache and may be deleted; every network run has a folder of
 * its own in `runs`, with chain, journal and keys, so that two runs never meet. Folders are 0700: keys lie below.
 *
 *     <home>/version     the layout's number
 *     <home>/ptau/       powers of tau
 *     <home>/packages/   circuit packages, by name
 *     <home>/tables/     what is computed once of a proving key
 *     <home>/commits/    commits of weights that wait to be revealed; not a cache
 *     <home>/runs/<id>/  one network
 *
 * XDG Base Directory Specification 0.8; Apple File System Programming Guide; Windows Known Folders.
 * @module
 */
import { randomBytes } from "node:crypto";
import { chmod, lstat, mkdir, readdir, readFile, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { isTemporary, sweepTemporaries, writeFileAtomic } from "./atomic.ts";
import { errnoOf, StoreError, writeError } from "./error.ts";

export interface Home {
  readonly root: string;
  readonly ptau: string;
  readonly packages: string;
  readonly tables: string;
  readonly runs: string;
}

export interface Run {
  /** UTC time and 8 random digits: sorts by age. */
  readonly id: string;
  readonly dir: string;
}

/** The layout above. A change that an older Assay would misread is a new number. */
const HOME_VERSION = "1";
const VERSION_FILE = "version";
const PRIVATE = 0o700;

/** No key or package takes a day to write: what is older was left by a crash. */
const TEMPORARY_LIFE_MS = 86_400_000;

/** Whoever uses a table says so by its time. A key that nobody has used for a month is one that was replaced. */
const TABLE_LIFE_MS = 30 * 86_400_000;

/**
 * ASSAY_HOME, else the platform's place for a user's files.
 * @param env the environment, which only the command line reads
 */
export function defaultHome(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform = process.platform,
): string {
  const chosen = env["ASSAY_HOME"];
  if (chosen !== undefined && chosen !== "") return resolve(chosen);
  const user = homedir();
  if (platform === "win32") {
    return join(env["LOCALAPPDATA"] || join(user, "AppData", "Local"), "assay");
  }
  if (platform === "darwin") return join(user, "Library", "Application Support", "assay");
  const xdg = env["XDG_DATA_HOME"];
  // The specification: a relative path is to be ignored.
  const data = xdg !== undefined && isAbsolute(xdg) ? xdg : join(user, ".local", "share");
  return join(data, "assay");
}

/**
 * Opens the data folder, making it if it is not there.
 * @param root see `defaultHome`
 * @throws StoreError `HOME_VERSION` | `HOME_FOREIGN` | `DISK_FULL` | `WRITE_FAILED`
 */
export async function openHome(root: string): Promise<Home> {
  const home: Home = {
    root,
    ptau: join(root, "ptau"),
    packages: join(root, "packages"),
    tables: join(root, "tables"),
    runs: join(root, "runs"),
  };
  await makePrivate(root);
  await settleVersion(root);
  for (const folder of [home.ptau, home.packages, home.tables, home.runs]) {
    await makePrivate(folder);
    await sweepTemporaries(folder, TEMPORARY_LIFE_MS);
  }
  await sweepUnused(home.tables, TABLE_LIFE_MS);
  // Keys lie here: closed even when somebody opened it.
  await chmod(home.runs, PRIVATE);
  return home;
}

/** A fresh folder for one network: never one that was there. */
export async function newRun(home: Home): Promise<Run> {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const id = `${time}-${randomBytes(4).toString("hex")}`;
  const dir = join(home.runs, id);
  try {
    // Not recursive: it fails when the folder is there.
    await mkdir(dir, { mode: PRIVATE });
  } catch (cause) {
    throw writeError(cause, dir);
  }
  return { id, dir };
}

/** Removes the files of `folder` that nobody has modified for so long. */
async function sweepUnused(folder: string, olderThanMs: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    // Somebody else may be sweeping, too.
    const stats = await lstat(path).catch(() => undefined);
    if (!stats?.isFile() || Date.now() - stats.mtimeMs < olderThanMs) continue;
    await rm(path, { force: true });
  }
}

async function makePrivate(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: PRIVATE });
  } catch (cause) {
    throw errnoOf(cause) === "EEXIST" || errnoOf(cause) === "ENOTDIR"
      ? foreign(folder, "a file stands where a folder is needed", { cause })
      : writeError(cause, folder);
  }
}

/** The version is written before anything else, so whoever opens the folder at the same time finds it or nothing. */
async function settleVersion(root: string): Promise<void> {
  const path = join(root, VERSION_FILE);
  const found = (await readVersion(path)) ?? (await writeFirstVersion(root, path));
  if (found === HOME_VERSION) return;
  throw new StoreError(
    "HOME_VERSION",
    `${root} has layout version ${JSON.stringify(found.slice(0, 20))}, expected ${HOME_VERSION}`,
    `Use the Assay that wrote it, or set ASSAY_HOME to another folder. To begin anew, move ${root} away (keys and journals are in ${join(root, "runs")}).`,
  );
}

async function writeFirstVersion(root: string, path: string): Promise<string> {
  const others = (await readdir(root)).filter((name) => !isTemporary(name));
  if (others.includes(VERSION_FILE)) return (await readVersion(path)) ?? "";
  if (others.length > 0) {
    throw foreign(root, `it holds other things (${others.slice(0, 3).join(", ")})`);
  }
  await writeFileAtomic(path, `${HOME_VERSION}\n`);
  return HOME_VERSION;
}

async function readVersion(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, "utf8")).trim();
  } catch (cause) {
    if (errnoOf(cause) === "ENOENT") return undefined;
    throw writeError(cause, path);
  }
}

function foreign(path: string, why: string, options?: ErrorOptions): StoreError {
  return new StoreError(
    "HOME_FOREIGN",
    `${path} cannot be Assay's data folder: ${why}`,
    "Set ASSAY_HOME to a new or an empty folder.",
    options,
  );
}
