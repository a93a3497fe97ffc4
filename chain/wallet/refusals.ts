/**
 * How encrypted key files are refused, alike for every form of encryption. No message tells what is in a file.
 * @module
 */
import { ChainError } from "../error.ts";

/** The seal does not open: a tag cannot tell a wrong password from a changed byte. */
export function wrongPassword(path: string): ChainError {
  return new ChainError(
    "WRONG_PASSWORD",
    `the password does not open ${path}`,
    "Try again; if you are sure of the password the file is damaged: restore it from its mnemonic.",
  );
}

/** The envelope itself is not what its first bytes promise. */
export function damaged(path: string, what: string): ChainError {
  return new ChainError(
    "KEY_DAMAGED",
    `${path} is damaged: ${what}`,
    "Restore it from a backup, or from its mnemonic.",
  );
}
