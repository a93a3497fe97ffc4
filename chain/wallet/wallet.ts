/**
 * A wallet: Bittensor's folder of a coldkey and its hotkeys.
 *
 *     ~/.bittensor/wallets/<name>/coldkey             secret, encrypted: not needed by a miner or a validator
 *                                 coldkeypub.txt      its address
 *                                 hotkeys/<hotkey>            secret
 *                                 hotkeys/<hotkey>pub.txt     its address
 *
 * Nothing here overwrites: neither a key nor an address that is another's.
 * @module
 */
import { mkdir, open, readdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { writeFileAtomic } from "../../store/atomic.ts";
import { ChainError } from "../error.ts";
import { type Encryption, encryptionOf } from "./encryption.ts";
import type { Key } from "./key.ts";
import { decodePublicKeyfile, encodePublicKeyfile, type PublicKey } from "./keyfile.ts";
import { exists, refuseTaken } from "./private-file.ts";
import { createKeyFile, loadKey } from "./stored-key.ts";

/** Where one key of a wallet is kept. */
export interface KeyPaths {
  readonly secret: string;
  readonly public: string;
}

/** A secret file as it lies there: what can be told without its password. */
export interface SecretFile {
  readonly path: string;
  /** Permission bits. */
  readonly mode: number;
  /** `unreadable`: it is there, and this user may not open it. */
  readonly encryption: Encryption | "none" | "unreadable";
}

export interface ListedKey {
  readonly kind: "coldkey" | "hotkey";
  /** The hotkey's name; `coldkey` for the coldkey. */
  readonly name: string;
  /** By the public file, else by the secret where it is not encrypted; undefined when neither tells. */
  readonly key: PublicKey | undefined;
  /** undefined when only the address is on this machine. */
  readonly secret: SecretFile | undefined;
}

export interface ListedWallet {
  readonly name: string;
  readonly folder: string;
  /** The coldkey first, when there is any trace of it; then the hotkeys by name. */
  readonly keys: readonly ListedKey[];
}

const PUBLIC_SUFFIX = "pub.txt";
/** A public file is under 300 bytes. */
const MAX_PUBLIC_BYTES = 4_096;

/** @throws ChainError `WALLET_NAME` */
export function walletFolder(root: string, name: string): string {
  return join(root, checkedName(name, "wallet"));
}

/** @throws ChainError `WALLET_NAME` */
export function coldkeyPaths(root: string, name: string): KeyPaths {
  const folder = walletFolder(root, name);
  return { secret: join(folder, "coldkey"), public: join(folder, `coldkey${PUBLIC_SUFFIX}`) };
}

/** @throws ChainError `WALLET_NAME` */
export function hotkeyPaths(root: string, name: string, hotkey: string): KeyPaths {
  const secret = join(walletFolder(root, name), "hotkeys", checkedName(hotkey, "hotkey"));
  return { secret, public: `${secret}${PUBLIC_SUFFIX}` };
}

/**
 * Writes a key's two files: the secret, encrypted when there is a password, and the address.
 * @throws ChainError `KEY_EXISTS`, before anything is written
 */
export async function createKey(paths: KeyPaths, key: Key, password?: Uint8Array): Promise<void> {
  // Both places are looked at first: half a key is worse than none.
  await refuseTaken(paths.secret);
  const isThere = await isPublicFileOf(paths.public, key);
  await createKeyFile(paths.secret, key, password);
  if (!isThere) await writeFileAtomic(paths.public, encodePublicKeyfile(key));
}

/**
 * Writes only an address: what a machine needs to know of a coldkey that is kept elsewhere.
 * @throws ChainError `KEY_EXISTS` when the file there tells another address
 */
export async function createPublicKey(path: string, key: PublicKey): Promise<void> {
  if (await isPublicFileOf(path, key)) return;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFileAtomic(path, encodePublicKeyfile(key));
}

/** @throws ChainError `KEY_MISSING`, `KEY_MALFORMED`, `KEY_SCHEME` or `KEY_MISMATCH` */
export async function loadPublicKey(path: string): Promise<PublicKey> {
  const content = await readFile(path).catch((cause: unknown) => {
    throw new ChainError(
      "KEY_MISSING",
      `no public key file could be read at ${path}`,
      "Create it from the address.",
      { cause },
    );
  });
  return decodePublicKeyfile(content.subarray(0, MAX_PUBLIC_BYTES).toString(), path);
}

/** The wallets under `root`, by name; none when the folder is not there. */
export async function listWallets(root: string): Promise<readonly ListedWallet[]> {
  const wallets: ListedWallet[] = [];
  for (const name of await visibleNames(root)) {
    const isFolder = await stat(join(root, name)).then((entry) => entry.isDirectory());
    if (isFolder) wallets.push(await listWallet(root, name));
  }
  return wallets;
}

export async function listWallet(root: string, name: string): Promise<ListedWallet> {
  const folder = walletFolder(root, name);
  const keys = [await listKey("coldkey", "coldkey", coldkeyPaths(root, name))];
  for (const hotkey of await hotkeyNames(join(folder, "hotkeys"))) {
    keys.push(await listKey("hotkey", hotkey, hotkeyPaths(root, name, hotkey)));
  }
  return { name, folder, keys: keys.flatMap((key) => key ?? []) };
}

async function listKey(
  kind: ListedKey["kind"],
  name: string,
  paths: KeyPaths,
): Promise<ListedKey | undefined> {
  const secret = await secretFile(paths.secret);
  const listed = await loadPublicKey(paths.public).catch(() => undefined);
  const key = listed ?? (secret?.encryption === "none" ? await quietly(paths.secret) : undefined);
  if (secret === undefined && key === undefined) return undefined;
  return { kind, name, key, secret };
}

/** A list shows what it can; why a file cannot be read is for `checkWallet` to say. */
async function quietly(path: string): Promise<PublicKey | undefined> {
  return loadKey(path).catch(() => undefined);
}

async function secretFile(path: string): Promise<SecretFile | undefined> {
  const stats = await stat(path).catch(() => undefined);
  if (!stats?.isFile()) return undefined;
  const start = await firstBytes(path).catch(() => undefined);
  const encryption = start === undefined ? "unreadable" : (encryptionOf(start) ?? "none");
  return { path, mode: stats.mode & 0o777, encryption };
}

async function firstBytes(path: string): Promise<Uint8Array> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(32), 0, 32, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Names of secrets and of addresses alike: a hotkey may be known here only by its address. */
async function hotkeyNames(folder: string): Promise<readonly string[]> {
  const names = (await visibleNames(folder)).filter((name) => !name.endsWith(".lock"));
  const bare = names.map((name) =>
    name.endsWith(PUBLIC_SUFFIX) ? name.slice(0, -PUBLIC_SUFFIX.length) : name,
  );
  return [...new Set(bare)].filter((name) => name !== "").sort();
}

async function visibleNames(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => !name.startsWith(".")).sort();
}

async function isPublicFileOf(path: string, { hotkey }: PublicKey): Promise<boolean> {
  if (!(await exists(path))) return false;
  const there = await loadPublicKey(path);
  if (there.hotkey === hotkey) return true;
  throw new ChainError(
    "KEY_EXISTS",
    `${path} tells the address ${there.hotkey}, not ${hotkey}`,
    "Choose another name: that one belongs to another key.",
  );
}

/** One name of a folder: it leads nowhere else, and no reader takes it for another kind of file. */
function checkedName(name: string, what: "wallet" | "hotkey"): string {
  const isPlain = /^[^./\\\0][^/\\\0]{0,127}$/.test(name);
  if (isPlain && !name.endsWith(PUBLIC_SUFFIX) && !name.endsWith(".lock")) return name;
  throw new ChainError(
    "WALLET_NAME",
    `${JSON.stringify(name.slice(0, 80))} is no name of a ${what}`,
    `Choose up to 128 characters without slashes that neither begin with a dot nor end in ${PUBLIC_SUFFIX} or .lock.`,
  );
}
