/**
 * Which keys a command uses: Bittensor's wallet folders under the flags and variables that Bittensor's people know.
 * @module
 */
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import type { Signer } from "../chain/chain.ts";
import { type Key, newKey } from "../chain/wallet/key.ts";
import { exists } from "../chain/wallet/private-file.ts";
import { loadKey, loadSigner } from "../chain/wallet/stored-key.ts";
import { coldkeyPaths, createKey, hotkeyPaths, type KeyPaths } from "../chain/wallet/wallet.ts";
import { type PasswordOptions, passwordsFrom, withPasswordOption } from "./password.ts";

export interface WalletPathOption {
  readonly "wallet.path": string;
}

export interface WalletOptions extends WalletPathOption, PasswordOptions {
  readonly "wallet.name": string;
  readonly "wallet.hotkey": string;
}

export function withWalletPath(command: Command): Command {
  const fallback = join(homedir(), ".bittensor", "wallets");
  return command.option("--wallet.path <dir>", "folder of wallets", fromEnv("PATH") ?? fallback);
}

export function withWalletOptions(command: Command): Command {
  return withPasswordOption(
    withWalletPath(command)
      .option("-w, --wallet.name <name>", "wallet", fromEnv("NAME") ?? "default")
      .option("-H, --wallet.hotkey <name>", "hotkey of the wallet", fromEnv("HOTKEY") ?? "default"),
  );
}

/** Absolute; a variable or a config file may have left the tilde for us to expand. */
export function walletRoot(options: WalletPathOption): string {
  return resolve(options["wallet.path"].replace(/^~(?=\/|$)/, homedir()));
}

export function hotkeyPathsOf(options: WalletOptions): KeyPaths {
  return hotkeyPaths(walletRoot(options), options["wallet.name"], options["wallet.hotkey"]);
}

export function coldkeyPathsOf(options: WalletOptions): KeyPaths {
  return coldkeyPaths(walletRoot(options), options["wallet.name"]);
}

/** The hotkey that signs for a miner or validator. The coldkey stays where it is. */
export function loadHotkey(options: WalletOptions): Promise<Key> {
  return loadSigner(hotkeyPathsOf(options).secret, passwordsFrom(options).ask);
}

/** For what only an owner may do: register, stake, transfer. Asks for its password. */
export function loadColdkey(options: WalletOptions): Promise<Key> {
  return loadKey(coldkeyPathsOf(options).secret, passwordsFrom(options).ask);
}

/** Both keys of a wallet for the local chain, made when they are missing: unencrypted, worth nothing elsewhere. */
export async function ensureLocalWallet(
  options: WalletOptions,
): Promise<{ hotkey: Signer; coldkey: Signer }> {
  return {
    hotkey: await loadOrCreate(hotkeyPathsOf(options)),
    coldkey: await loadOrCreate(coldkeyPathsOf(options)),
  };
}

async function loadOrCreate(paths: KeyPaths): Promise<Key> {
  if (await exists(paths.secret)) return loadSigner(paths.secret);
  const key = newKey();
  await createKey(paths, key);
  return key;
}

/** Ours before Bittensor's; a flag comes before both. */
function fromEnv(name: "PATH" | "NAME" | "HOTKEY"): string | undefined {
  return process.env[`ASSAY_WALLET_${name}`] ?? process.env[`BT_WALLET_${name}`];
}
