/**
 * Passwords that Bittensor's tools leave in the environment: BT_PW_ and the file's path as a name, the value xored with
 * that name and then base64. It hides the password from a glance, not from a reader.
 * @module
 */
import { ChainError } from "../error.ts";

/** @param path absolute, as Bittensor's tools expand it */
export function passwordVariable(path: string): string {
  return `BT_PW_${path.replace(/[/.\\]/g, "_").toUpperCase()}`;
}

/**
 * The password of the key file at `path` from such a variable; undefined when there is none.
 * @throws ChainError `PASSWORD_MALFORMED`, which names the variable and not its value
 */
export function passwordFromEnvironment(
  path: string,
  env: Readonly<Record<string, string | undefined>>,
): Uint8Array | undefined {
  const name = passwordVariable(path);
  const value = env[name];
  if (value === undefined || value === "") return undefined;
  const bytes = Buffer.from(value, "base64");
  if (bytes.toString("base64") !== value) {
    throw new ChainError(
      "PASSWORD_MALFORMED",
      `the variable ${name} does not hold base64, as Bittensor's tools write it`,
      "Unset it, or set ASSAY_WALLET_PASSWORD to the password itself.",
    );
  }
  return xored(bytes, name);
}

function xored(bytes: Uint8Array, name: string): Uint8Array {
  const mask = Buffer.from(name);
  return Uint8Array.from(bytes, (byte, i) => byte ^ (mask[i % mask.length] ?? 0));
}
