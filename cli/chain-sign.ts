/**
 * What all commands share that sign for a chain: first the call, its fee and what stands against it are shown, then a
 * yes is asked for, and only then is the key opened.
 * @module
 */
import type { Command } from "commander";
import type { Chain, Draft, Hotkey, Included, Intent, Signer } from "../chain/chain.ts";
import type { KeyPaths } from "../chain/wallet/wallet.ts";
import { loadPublicKey } from "../chain/wallet/wallet.ts";
import type { Context } from "./command.ts";
import { confirm, withYesOption, type YesOption } from "./confirm.ts";
import type { Result } from "./output.ts";
import { printable } from "./table.ts";
import { tokens } from "./tokens.ts";

export interface SigningOptions extends YesOption {
  readonly dryRun?: boolean;
}

export function withSigningOptions(command: Command): Command {
  return withYesOption(
    command.option("--dry-run", "show what would be signed, its fee and what stands against it"),
  );
}

/** Who signs: the address is known before the secret is touched. */
export interface SigningKey {
  readonly address: Hotkey;
  readonly open: () => Promise<Signer>;
}

/** The address from the public file where there is one, so that looking needs no password. */
export async function signingKeyOf(
  paths: KeyPaths,
  load: () => Promise<Signer>,
): Promise<SigningKey> {
  const known = await loadPublicKey(paths.public).catch(() => undefined);
  if (known !== undefined) return { address: known.hotkey, open: load };
  const signer = await load();
  return { address: signer.hotkey, open: async () => signer };
}

export interface SigningRequest<T extends Included> {
  readonly chain: Chain;
  readonly intent: Intent;
  readonly key: SigningKey;
  /** @returns what the chain made of it */
  readonly send: (signer: Signer) => Promise<T>;
  /** For people, after it is done. */
  readonly done: (outcome: T) => string;
}

/** @throws CliError `CONFIRMATION_NEEDED`, `DECLINED`; ChainError of the chain; what opening the key throws */
export async function signAndSend<T extends Included>(
  { output }: Context,
  options: SigningOptions,
  { chain, intent, key, send, done }: SigningRequest<T>,
): Promise<Result> {
  const draft = await chain.draft(intent, key.address);
  const shown = { signer: key.address, ...draft, args: plainArgs(draft.args) };
  if (options.dryRun === true) {
    return { data: { dryRun: true, ...shown }, text: describe(draft, key.address) };
  }
  if (options.yes !== true) output.note(describe(draft, key.address));
  else for (const obstacle of draft.obstacles) output.warn(printable(obstacle));
  await confirm("Sign and send it?", options, "Add --yes, or --dry-run to look only.");
  const outcome = await send(await key.open());
  return { data: { ...shown, ...outcome }, text: done(outcome) };
}

function describe({ pallet, call, args, fee, obstacles }: Draft, who: Hotkey): string {
  const lines = Object.entries(plainArgs(args)).map(
    ([name, value]) => `  ${name}: ${shortened(JSON.stringify(value))}`,
  );
  return [
    `${pallet}.${call}`,
    ...lines,
    `signed by ${who}`,
    `fee: ${fee === undefined ? "unknown" : fee === 0n ? "none" : tokens(fee)}`,
    ...obstacles.map((obstacle) => `obstacle: ${printable(obstacle)}`),
  ].join("\n");
}

/** A screen's worth: the sealed bytes of a commit say nothing to anybody. */
function shortened(text: string): string {
  return text.length <= 400 ? text : `${text.slice(0, 400)}… (${text.length} characters)`;
}

/** As JSON has it: bytes in hexadecimal, large integers as text. */
function plainArgs(args: Draft["args"]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(args).map(([name, value]) => [name, plain(value)]));
}

function plain(value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Uint8Array) return `0x${Buffer.from(value).toString("hex")}`;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object" && value !== null) return plainArgs(value as Draft["args"]);
  return value;
}
