/**
 * Ansible vaults, in which Bittensor's tools once kept coldkeys. Read only: what we encrypt is `$NACL`.
 *
 * A line `$ANSIBLE_VAULT;1.1;AES256` (1.2 adds a label), then hexadecimal lines of the text "salt ⏎ mac ⏎ ciphertext",
 * each hexadecimal again. PBKDF2-SHA256 of the password, 10,000 rounds, gives cipher key, MAC key and counter block;
 * AES-256-CTR over PKCS#7 padded text; HMAC-SHA256 over the ciphertext.
 * Ansible, "Encrypting content with Ansible Vault", file format 1.1.
 * @module
 */
import { createDecipheriv, createHmac, pbkdf2, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { damaged, wrongPassword } from "./refusals.ts";

export const ANSIBLE_PREFIX = "$ANSIBLE_VAULT";

const ROUNDS = 10_000;
const KEY_BYTES = 32;
const BLOCK_BYTES = 16;
const MAC_BYTES = 32;

interface Vault {
  readonly salt: Buffer;
  readonly mac: Buffer;
  readonly ciphertext: Buffer;
}

/**
 * @param path for messages only
 * @throws ChainError `KEY_DAMAGED`, `WRONG_PASSWORD`
 */
export async function openAnsibleVault(
  content: Uint8Array,
  password: Uint8Array,
  path: string,
): Promise<Uint8Array> {
  const { salt, mac, ciphertext } = decodeVault(content, path);
  const derived = await promisify(pbkdf2)(
    password,
    salt,
    ROUNDS,
    2 * KEY_BYTES + BLOCK_BYTES,
    "sha256",
  );
  const macKey = derived.subarray(KEY_BYTES, 2 * KEY_BYTES);
  const expected = createHmac("sha256", macKey).update(ciphertext).digest();
  if (!timingSafeEqual(expected, mac)) throw wrongPassword(path);
  const decipher = createDecipheriv(
    "aes-256-ctr",
    derived.subarray(0, KEY_BYTES),
    derived.subarray(2 * KEY_BYTES),
  );
  const padded = Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  const padding = padded.at(-1) ?? 0;
  // The MAC held, so whoever wrote this knew the password; it is still no vault of Ansible's.
  const isPadded =
    padding >= 1 &&
    padding <= BLOCK_BYTES &&
    padding <= padded.length &&
    padded.subarray(-padding).every((byte) => byte === padding);
  if (!isPadded) throw damaged(path, "its padding is wrong");
  return padded.subarray(0, padded.length - padding);
}

/** What can be seen without a password. @throws ChainError `KEY_DAMAGED` */
export function checkAnsibleVault(content: Uint8Array, path: string): void {
  decodeVault(content, path);
}

function decodeVault(content: Uint8Array, path: string): Vault {
  const [header = "", ...lines] = Buffer.from(content).toString("latin1").trim().split(/\r?\n/);
  if (!/^\$ANSIBLE_VAULT;(1\.1;AES256|1\.2;AES256;[^;]*)\s*$/.test(header)) {
    throw damaged(path, "it is an Ansible vault, but not of format 1.1 or 1.2 with AES256");
  }
  const body = hex(lines.map((line) => line.trim()).join(""));
  const parts = body?.toString("latin1").split("\n").map(hex);
  const [salt, mac, ciphertext] = parts ?? [];
  if (
    parts?.length !== 3 ||
    salt === undefined ||
    mac?.length !== MAC_BYTES ||
    ciphertext === undefined
  ) {
    throw damaged(path, "its vault is not salt, mac and ciphertext in hexadecimal");
  }
  return { salt, mac, ciphertext };
}

/** Strictly: Buffer.from would stop at the first wrong digit and keep what came before. */
function hex(text: string): Buffer | undefined {
  return /^([0-9a-fA-F]{2})+$/.test(text) ? Buffer.from(text, "hex") : undefined;
}
