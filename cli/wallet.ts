/**
 * Which keys a command uses: Bittensor's wallet folders, `<path>/<name>/hotkeys/<hotkey>` and `<path>/<name>/coldkey`,
 * under the flags that Bittensor's people know.
 * @module
 */
import { stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import type { Signer } from "../chain/chain.ts";
import { createHotkeyFile, loadSigner } from "../chain/wallet.ts";

export interface WalletOptions {
  readonly "wallet.path": string;
  readonly "wallet.name": string;
  readonly "wallet.hotkey": string;
}

export function withWalletOptions(command: Command): Command {
  return command
    .option("--wallet.path <dir>", "folder of wallets", join(homedir(), ".bittensor", "wallets"))
    .option("-w, --wallet.name <name>", "wallet", "default")
    .option("-H, --wallet.hotkey <name>", "hotkey of the wallet", "default");
}

export function hotkeyPath(options: WalletOptions): string {
  return join(options["wallet.path"], options["wallet.name"], "hotkeys", options["wallet.hotkey"]);
}

function coldkeyPath(options: WalletOptions): string {
  return join(options["wallet.path"], options["wallet.name"], "coldkey");
}

/** The hotkey that signs for a miner or validator. The coldkey stays where it is. */
export function loadHotkey(options: WalletOptions): Promise<Signer> {
  return loadSigner(hotkeyPath(options));
}

/** Both keys of a wallet for the local chain, made when they are missing: unencrypted, worth nothing elsewhere. */
export async function ensureLocalWallet(
  options: WalletOptions,
): Promise<{ hotkey: Signer; coldkey: Signer }> {
  return {
    hotkey: await loadOrCreate(hotkeyPath(options)),
    coldkey: await loadOrCreate(coldkeyPath(options)),
  };
}

async function loadOrCreate(path: string): Promise<Signer> {
  const exists = await stat(path).then(
    () => true,
    () => false,
  );
  return exists ? loadSigner(path) : createHotkeyFile(path);
}
