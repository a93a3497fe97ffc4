/**
 * The doctor of wallet files: what is there, who may read it, whether it is what it says; each with what to do. It
 * changes nothing, and it opens what is encrypted only when it is given passwords.
 * @module
 */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { ChainError } from "../error.ts";
import { checkEnvelope, encryptionOf } from "./encryption.ts";
import type { PublicKey } from "./keyfile.ts";
import { exists, readPrivately } from "./private-file.ts";
import { type AskPassword, loadKey, loadSigner } from "./stored-key.ts";
import {
  coldkeyPaths,
  hotkeyPaths,
  type KeyPaths,
  type ListedKey,
  listWallet,
  loadPublicKey,
} from "./wallet.ts";

export interface Finding {
  readonly level: "pass" | "warn" | "fail";
  readonly path: string;
  readonly what: string;
  /** What to do; with every warning and failure. */
  readonly fix?: string;
  /** Of a failure. */
  readonly code?: string;
}

const WRITABLE_BY_OTHERS = 0o022;

/** @param askPassword when given, encrypted files are opened too */
export async function checkWallet(
  root: string,
  name: string,
  askPassword?: AskPassword,
): Promise<readonly Finding[]> {
  const { folder, keys } = await listWallet(root, name);
  const findings: Finding[] = [...(await checkFolder(folder))];
  const hotkeys = join(folder, "hotkeys");
  if (await exists(hotkeys)) findings.push(...(await checkFolder(hotkeys)));
  if (!keys.some(({ kind }) => kind === "coldkey")) {
    findings.push({
      level: "warn",
      path: folder,
      what: "nothing tells which coldkey owns its hotkeys",
      fix: "Run assay keys create coldkeypub --address <the coldkey's address>.",
    });
  }
  for (const key of keys) {
    const isColdkey = key.kind === "coldkey";
    const paths = isColdkey ? coldkeyPaths(root, name) : hotkeyPaths(root, name, key.name);
    findings.push(...(await checkKey(key, paths, askPassword)));
  }
  return findings;
}

async function checkFolder(folder: string): Promise<readonly Finding[]> {
  const stats = await stat(folder).catch(() => undefined);
  if (!stats?.isDirectory()) {
    return [
      {
        level: "fail",
        path: folder,
        what: "there is no such wallet",
        fix: "Check --wallet.path and --wallet.name, or run assay keys create.",
        code: "KEY_MISSING",
      },
    ];
  }
  if (process.platform === "win32" || (stats.mode & WRITABLE_BY_OTHERS) === 0) return [];
  return [
    {
      level: "fail",
      path: folder,
      what: `mode ${(stats.mode & 0o777).toString(8)} lets others put files of theirs here`,
      fix: `Run chmod 700 ${folder}, and check that the keys in it are yours.`,
      code: "KEY_MODE",
    },
  ];
}

async function checkKey(
  { kind, secret }: ListedKey,
  paths: KeyPaths,
  askPassword: AskPassword | undefined,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const isTold = await exists(paths.public);
  const told = isTold
    ? await attempt(findings, paths.public, () => loadPublicKey(paths.public))
    : undefined;
  if (secret === undefined) {
    if (told) findings.push(pass(paths.public, `${told.hotkey}; its secret is not here`));
    return findings;
  }
  const isOpened = secret.encryption === "none" || askPassword !== undefined;
  const opened = await attempt<PublicKey | "sealed">(findings, paths.secret, () =>
    isOpened ? open(kind, paths.secret, askPassword) : inspect(paths.secret),
  );
  if (opened === undefined) return findings;
  if (opened !== "sealed" && told && opened.hotkey !== told.hotkey) {
    findings.push({
      level: "fail",
      path: paths.public,
      what: `it tells ${told.hotkey}, and the secret beside it is of ${opened.hotkey}`,
      fix: "Find out which is right before you use either; then remove the public file.",
      code: "KEY_MISMATCH",
    });
    return findings;
  }
  if (!isTold) {
    findings.push({
      level: "warn",
      path: paths.public,
      what: "it is missing: nobody learns the address without the secret",
      fix:
        kind === "coldkey"
          ? "Run assay keys create coldkeypub --address <its address>."
          : "Make it again from the address with btcli (regen-hotkeypub); nothing here needs it.",
    });
  }
  const address = opened === "sealed" ? "encrypted, not opened" : opened.hotkey;
  findings.push(pass(paths.secret, address), ...advice(kind, secret.encryption, paths.secret));
  return findings;
}

function advice(
  kind: ListedKey["kind"],
  encryption: NonNullable<ListedKey["secret"]>["encryption"],
  path: string,
): readonly Finding[] {
  if (kind === "coldkey" && encryption === "none") {
    return [
      {
        level: "warn",
        path,
        what: "the coldkey lies here unencrypted",
        fix: "Take it off this machine: no miner or validator needs it. Keep it where you register and stake, encrypted.",
      },
    ];
  }
  if (encryption === "ansible-vault" || encryption === "fernet") {
    return [
      {
        level: "warn",
        path,
        what: `its encryption (${encryption}) is an old one`,
        fix: "Create it anew in another wallet with assay keys create coldkey --from-mnemonic.",
      },
    ];
  }
  return [];
}

function open(
  kind: ListedKey["kind"],
  path: string,
  askPassword: AskPassword | undefined,
): Promise<PublicKey> {
  return (kind === "hotkey" ? loadSigner : loadKey)(path, askPassword);
}

/** Mode, owner and envelope: all that shows without a password. */
async function inspect(path: string): Promise<"sealed"> {
  const content = await readPrivately(path);
  const encryption = encryptionOf(content);
  if (encryption !== undefined) checkEnvelope(content, encryption, path);
  return "sealed";
}

async function attempt<T>(
  findings: Finding[],
  path: string,
  act: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof ChainError)) throw error;
    const { message: what, hint: fix, code } = error;
    findings.push({ level: "fail", path, what, fix, code });
    return undefined;
  }
}

function pass(path: string, what: string): Finding {
  return { level: "pass", path, what };
}
