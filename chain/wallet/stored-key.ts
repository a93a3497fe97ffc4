/**
 * One key on disk: its file read, decrypted and decoded, or made. The layout inside is keyfile.ts's, the guard around it
 * private-file.ts's, the encryption between them encryption.ts's.
 * @module
 */
import { ChainError } from "../error.ts";
import { checkEnvelope, decrypt, encrypt, encryptionOf } from "./encryption.ts";
import { type Key, newKey } from "./key.ts";
import { decodeKeyfile, encodeKeyfile } from "./keyfile.ts";
import { createPrivately, readPrivately } from "./private-file.ts";

/** Where the password of the file at `path` comes from: UTF-8, as typed. Asked only when the file is encrypted. */
export type AskPassword = (path: string) => Promise<Uint8Array>;

/**
 * Reads a key file as Bittensor's tools write it, encrypted or not.
 * @throws ChainError `KEY_MISSING`, `KEY_MODE`, `KEY_MALFORMED`, `KEY_SCHEME`, `KEY_MISMATCH`; `KEY_ENCRYPTED` when a
 * password is needed and there is nobody to ask, `WRONG_PASSWORD`, `KEY_DAMAGED`, `KEY_MEMORY`; what `askPassword` throws
 */
export async function loadKey(path: string, askPassword?: AskPassword): Promise<Key> {
  const content = await readPrivately(path);
  const encryption = encryptionOf(content);
  if (encryption === undefined) return decodeKeyfile(textOf(content, path), path);
  checkEnvelope(content, encryption, path);
  if (askPassword === undefined) {
    throw new ChainError(
      "KEY_ENCRYPTED",
      `${path} is encrypted, and there is nobody to ask for its password`,
      "Give the password by --password-fd or ASSAY_WALLET_PASSWORD, or run in a terminal.",
    );
  }
  const plain = await decrypt(content, encryption, await askPassword(path), path);
  try {
    return decodeKeyfile(textOf(plain, path), path);
  } finally {
    plain.fill(0);
  }
}

/** A hotkey: as `loadKey`, and sr25519. @throws ChainError `KEY_SCHEME` for a key of another scheme */
export async function loadSigner(path: string, askPassword?: AskPassword): Promise<Key> {
  const key = await loadKey(path, askPassword);
  if (key.scheme === "sr25519") return key;
  throw new ChainError(
    "KEY_SCHEME",
    `${path} holds an ed25519 key; hotkeys are sr25519`,
    "Create an sr25519 hotkey and register that.",
  );
}

/**
 * Writes `key` to `path`, encrypted when there is a password, in mode 0600.
 * @throws ChainError `KEY_EXISTS`: a key is never overwritten; `KEY_MEMORY`
 */
export async function createKeyFile(path: string, key: Key, password?: Uint8Array): Promise<void> {
  const plain = Buffer.from(encodeKeyfile(key));
  await createPrivately(path, password === undefined ? plain : await encrypt(plain, password));
  plain.fill(0);
}

/** Makes a new sr25519 key and writes it to `path`, unencrypted. @throws ChainError `KEY_EXISTS` */
export async function createHotkeyFile(path: string): Promise<Key> {
  const key = newKey();
  await createKeyFile(path, key);
  return key;
}

function textOf(content: Uint8Array, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(content);
  } catch {
    throw new ChainError(
      "KEY_MALFORMED",
      `${path} is no key file: its bytes are no text`,
      "Expected Bittensor's JSON layout, a mnemonic, a seed or a private key.",
    );
  }
}
