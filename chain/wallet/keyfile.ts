/**
 * What is inside a key file: Bittensor's JSON, in every form its writers have left on people's disks, and the one form
 * that we write. `read`: the fields below (some releases put a space before ss58Address), any of them absent or null;
 * or, instead of JSON, a bare mnemonic, a bare seed (64 hexadecimal digits) or a bare private key (128).
 *
 * The secret is taken from secretPhrase before secretSeed before privateKey, and the address decides whether that was
 * right: when it belongs to the other scheme, the key is of the other scheme; when to neither, the file is refused.
 * docs/decisions/key-files-are-strings.md tells why we write strings only. No message quotes what is in a file.
 * @module
 */
import { hexToU8a, isHex, u8aToHex } from "@polkadot/util";
import { z } from "zod";
import { hotkey, publicKeyOf, type Scheme } from "../account.ts";
import type { Hotkey } from "../chain.ts";
import { ChainError } from "../error.ts";
import { type Key, keyOfPhrase, keyOfPrivateKey, keyOfSeed } from "./key.ts";

/** What may be known of a key without its secret. */
export interface PublicKey {
  readonly hotkey: Hotkey;
  readonly scheme: Scheme;
}

// Old btwallet reads the file as a map of optional strings, so any field may be absent or null.
const text = z.string().max(4096).nullish();
const fileSchema = z.strictObject({
  accountId: text,
  publicKey: text,
  privateKey: text,
  secretPhrase: text,
  secretSeed: text,
  ss58Address: text,
  // Newer writers say which scheme it is: 0 or "ed25519", 1 or "sr25519".
  cryptoType: z.union([z.string().max(32), z.number().int()]).nullish(),
  accountType: text,
  signingScheme: text,
  hashedDescriptor: text,
});
type Fields = z.infer<typeof fileSchema>;

/**
 * @param content UTF-8 text of an unencrypted key file
 * @param path for messages only
 * @throws ChainError `KEY_MALFORMED`, `KEY_SCHEME` or `KEY_MISMATCH`
 */
export function decodeKeyfile(content: string, path: string): Key {
  const fields = fieldsOf(content.trim(), path);
  const address = fields.ss58Address;
  const candidates = schemesOf(fields, path).flatMap((scheme) => keyOf(fields, scheme, path) ?? []);
  const [first] = candidates;
  if (first === undefined) throw malformed(path, "its private key is neither sr25519 nor ed25519");
  const key = address ? candidates.find((candidate) => candidate.hotkey === address) : first;
  if (key !== undefined) return key;
  throw new ChainError(
    "KEY_MISMATCH",
    `the secret in ${path} belongs to ${first.hotkey}, which is not the address the file gives`,
    "The file was edited or damaged: restore it from the mnemonic.",
  );
}

/** The file of a key with its secret, complete with a newline. */
export function encodeKeyfile(key: Key): string {
  const { phrase, seed, privateKey } = key.exposeSecret();
  return encode(key.hotkey, key.scheme, {
    privateKey: u8aToHex(privateKey),
    ...(phrase === undefined ? {} : { secretPhrase: phrase }),
    ...(seed === undefined ? {} : { secretSeed: u8aToHex(seed) }),
  });
}

/** The file that stands beside a key's and tells its address to those who must not see more. */
export function encodePublicKeyfile({ hotkey, scheme }: PublicKey): string {
  return encode(hotkey, scheme, {});
}

/** @throws ChainError `KEY_MALFORMED`, `KEY_SCHEME` or `KEY_MISMATCH` */
export function decodePublicKeyfile(content: string, path: string): PublicKey {
  const trimmed = content.trim();
  if (!trimmed.startsWith("{")) throw malformed(path, "it is no JSON object");
  const fields = fieldsOf(trimmed, path);
  const address = addressOf(fields, path);
  const publicKey = fields.publicKey ?? fields.accountId;
  if (publicKey && publicKey.toLowerCase() !== u8aToHex(publicKeyOf(address))) {
    throw new ChainError(
      "KEY_MISMATCH",
      `the public key in ${path} is not that of the address in it`,
      "The file was edited or damaged: make it again from the address.",
    );
  }
  return { hotkey: address, scheme: schemesOf(fields, path)[0] };
}

function encode(address: Hotkey, scheme: Scheme, secret: Readonly<Record<string, string>>): string {
  const publicKey = u8aToHex(publicKeyOf(address));
  return `${JSON.stringify({
    accountId: publicKey,
    publicKey,
    ...secret,
    ss58Address: address,
    // The one number: a reader that knows no ed25519 must refuse the file, not load another account from its seed.
    ...(scheme === "ed25519" ? { cryptoType: 0 } : {}),
  })}\n`;
}

function fieldsOf(content: string, path: string): Fields {
  if (/^(0x)?[0-9a-fA-F]{64}$/.test(content)) return { secretSeed: with0x(content) };
  if (/^(0x)?[0-9a-fA-F]{128}$/.test(content)) return { privateKey: with0x(content) };
  if (!content.startsWith("{")) return { secretPhrase: content };

  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    // No cause: the parser quotes what it stumbled over, and that may be the secret.
    throw malformed(path, "it is no JSON");
  }
  const parsed = fileSchema.safeParse(trimNames(value));
  if (parsed.success) return parsed.data;
  // Only the names of fields; zod's own message may quote values.
  const fields = parsed.error.issues.map((issue) => issue.path.join(".") || issue.code);
  throw malformed(path, `unexpected ${[...new Set(fields)].join(", ")}`);
}

/** Some releases of btwallet wrote " ss58Address" with a leading space. */
function trimNames(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name.trim(), field]));
}

/** The scheme that the file names, or everybody's default; then the other. */
function schemesOf(fields: Fields, path: string): readonly [Scheme, Scheme] {
  const named = String(fields.cryptoType ?? fields.signingScheme ?? "sr25519").toLowerCase();
  const isHashed = Boolean(fields.hashedDescriptor) || !/^(0|1|sr25519|ed25519)$/.test(named);
  if (isHashed) {
    throw new ChainError(
      "KEY_SCHEME",
      `${path} holds a key that is neither sr25519 nor ed25519`,
      "Use a key of a classic account: hashed and post-quantum accounts are not signed for here.",
    );
  }
  return /^(0|ed25519)$/.test(named) ? ["ed25519", "sr25519"] : ["sr25519", "ed25519"];
}

function keyOf(fields: Fields, scheme: Scheme, path: string): Key | undefined {
  if (fields.secretPhrase) {
    const key = keyOfPhrase(fields.secretPhrase, scheme);
    if (key === undefined) throw malformed(path, "its phrase is no BIP-39 mnemonic");
    return key;
  }
  if (fields.secretSeed) {
    if (!isHex(fields.secretSeed, 256)) {
      throw malformed(path, "its seed is not 32 bytes in hexadecimal");
    }
    return keyOfSeed(hexToU8a(fields.secretSeed), scheme);
  }
  const { privateKey } = fields;
  if (isHex(privateKey, 512) || isHex(privateKey, 256)) {
    return keyOfPrivateKey(hexToU8a(privateKey), scheme);
  }
  throw malformed(path, "it holds no phrase, seed or private key");
}

function addressOf(fields: Fields, path: string): Hotkey {
  try {
    return hotkey(fields.ss58Address ?? "");
  } catch {
    // No cause: it quotes the text, and a file may hold a secret in the wrong field.
    throw malformed(path, "its ss58Address is no address with prefix 42");
  }
}

function malformed(path: string, what: string): ChainError {
  return new ChainError(
    "KEY_MALFORMED",
    `${path} is no key file: ${what}`,
    "Expected Bittensor's JSON layout, a mnemonic, a seed or a private key.",
  );
}

function with0x(hex: string): string {
  return hex.startsWith("0x") ? hex : `0x${hex}`;
}
