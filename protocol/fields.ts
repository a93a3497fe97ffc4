/**
 * The fields that messages share, as zod schemas: one canonical form each, every length bounded, and the branded type
 * of the inside as the result.
 * @module
 */
import { z } from "zod";
import { type Digest, isDigest } from "./digest.ts";
import { ProtocolError, type ProtocolErrorCode } from "./error.ts";
import { fromPrefixedHex } from "./hex.ts";
import { type Hotkey, isHotkey } from "./hotkey.ts";

export const digestField: z.ZodType<Digest> = z.custom<Digest>(
  (value) => typeof value === "string" && isDigest(value),
  "expected 64 lower-case hexadecimal digits",
);

export const hotkeyField: z.ZodType<Hotkey> = z.custom<Hotkey>(
  (value) => typeof value === "string" && isHotkey(value),
  "expected an SS58 address with prefix 42",
);

/** An integer in plain form; minus zero is not one. */
export function integerField(min: number, max: number): z.ZodType<number> {
  return z.custom<number>(
    (value) => isPlainInteger(value) && value >= min && value <= max,
    `expected an integer from ${min} to ${max}`,
  );
}

/** `0x` and exactly `length` bytes. */
export function bytesField(length: number): z.ZodType<Uint8Array> {
  return z
    .custom<string>(
      (value) => fromPrefixedHex(value, length) !== undefined,
      `expected 0x and ${2 * length} lower-case hexadecimal digits`,
    )
    .transform((value) => fromPrefixedHex(value, length) ?? z.NEVER);
}

/**
 * At most `maxCount` integers of 32 bits. One check over the whole array, not a schema per element: a hostile array
 * costs one pass and one error, not an error object for every element.
 */
export function int32sField(maxCount: number): z.ZodType<Int32Array> {
  return z
    .custom<number[]>(
      (value) => Array.isArray(value) && value.length <= maxCount && value.every(isInt32),
      `expected an array of at most ${maxCount} integers of 32 bits`,
    )
    .transform((values) => Int32Array.from(values));
}

/** The decoded message, or a ProtocolError that names the first field at fault. */
export function decode<T>(schema: z.ZodType<T>, value: unknown, code: ProtocolErrorCode): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const at = issue?.path.length ? issue.path.join(".") : "the message";
  throw new ProtocolError(
    code,
    // Keys and values come from outside: neither is repeated, and the text stays short whatever was sent.
    `${at}: ${issue?.code === "unrecognized_keys" ? "a key that does not belong here" : issue?.message}`,
    "Write the message as docs/protocol.md fixes it.",
  );
}

function isPlainInteger(value: unknown): value is number {
  return Number.isSafeInteger(value) && !Object.is(value, -0);
}

function isInt32(value: unknown): boolean {
  return isPlainInteger(value) && (value | 0) === value;
}
