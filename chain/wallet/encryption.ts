/**
 * Encrypted key files, told apart by their first bytes.
 * @module
 */
import { ANSIBLE_PREFIX, checkAnsibleVault, openAnsibleVault } from "./ansible-vault.ts";
import { checkFernet, FERNET_PREFIX, fernetKeyOf, openFernet } from "./fernet.ts";
import { checkNacl, NACL_PREFIX, naclKeyOf, openNacl, sealNacl } from "./nacl.ts";
import { wrongPassword } from "./refusals.ts";

export type Encryption = "nacl" | "ansible-vault" | "fernet";

const PREFIXES: readonly (readonly [Encryption, string])[] = [
  ["nacl", NACL_PREFIX],
  ["ansible-vault", ANSIBLE_PREFIX],
  ["fernet", FERNET_PREFIX],
];

/** @returns undefined for a file that is not encrypted */
export function encryptionOf(content: Uint8Array): Encryption | undefined {
  const start = Buffer.from(content.subarray(0, 32)).toString("latin1");
  return PREFIXES.find(([, prefix]) => start.startsWith(prefix))?.[0];
}

/**
 * @param path for messages only
 * @throws ChainError `KEY_DAMAGED`, `WRONG_PASSWORD`, `KEY_MEMORY`
 */
export async function decrypt(
  content: Uint8Array,
  encryption: Encryption,
  password: Uint8Array,
  path: string,
): Promise<Uint8Array> {
  // No writer takes an empty password, and argon2 here has no answer for one.
  if (password.length === 0) throw wrongPassword(path);
  switch (encryption) {
    case "nacl":
      return openNacl(content, await naclKeyOf(password), path);
    case "ansible-vault":
      return openAnsibleVault(content, password, path);
    case "fernet":
      return openFernet(content, await fernetKeyOf(password), path);
  }
}

/**
 * What can be seen without a password: nobody should be asked for one, and wait for its derivation, to be told that the
 * file is cut short.
 * @throws ChainError `KEY_DAMAGED`
 */
export function checkEnvelope(content: Uint8Array, encryption: Encryption, path: string): void {
  const check = { nacl: checkNacl, "ansible-vault": checkAnsibleVault, fernet: checkFernet };
  check[encryption](content, path);
}

/** As Bittensor's tools encrypt today. @throws ChainError `KEY_MEMORY` */
export async function encrypt(plain: Uint8Array, password: Uint8Array): Promise<Uint8Array> {
  return sealNacl(plain, await naclKeyOf(password));
}
