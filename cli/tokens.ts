/**
 * Amounts as people write them: tokens with up to nine decimals. Everything inside counts rao.
 * @module
 */
import { InvalidArgumentError } from "commander";

const RAO_PER_TOKEN = 1_000_000_000n;
/** As many as will ever be. */
const MAX_TOKENS = 21_000_000n;

/** A parser for commander: tokens in decimal notation. @returns rao */
export function tokenAmount(text: string): bigint {
  const [, whole, decimals = ""] = /^(\d{1,8})(?:\.(\d{1,9}))?$/.exec(text) ?? [];
  const rao =
    whole === undefined ? -1n : BigInt(whole) * RAO_PER_TOKEN + BigInt(decimals.padEnd(9, "0"));
  if (rao >= 0n && rao <= MAX_TOKENS * RAO_PER_TOKEN) return rao;
  throw new InvalidArgumentError(
    `Expected tokens from 0 to ${MAX_TOKENS} with at most nine decimals, such as 1.5.`,
  );
}

/** All decimals that say something. */
export function decimal(rao: bigint): string {
  const whole = rao / RAO_PER_TOKEN;
  const rest = (rao % RAO_PER_TOKEN).toString().padStart(9, "0").replace(/0+$/, "");
  return rest === "" ? `${whole}` : `${whole}.${rest}`;
}

export function tokens(rao: bigint): string {
  return `${decimal(rao)} τ`;
}

/** Four decimals, for a column. */
export function rounded(rao: bigint): string {
  const parts = (rao + 50_000n) / 100_000n;
  return `${parts / 10_000n}.${(parts % 10_000n).toString().padStart(4, "0")}`;
}
