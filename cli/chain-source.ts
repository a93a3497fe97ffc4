/**
 * Which chain a command speaks to, and how a neuron that is new there joins it.
 * @module
 */
import type { Command } from "commander";
import type { Signer } from "../chain/chain.ts";
import { connectLocalChain, type LocalChainClient } from "../chain/local/client.ts";
import { onboard } from "../chain/local/onboard.ts";
import { wholeNumber } from "./options.ts";
import { ensureLocalWallet, loadHotkey, type WalletOptions, withWalletOptions } from "./wallet.ts";

export interface NeuronOptions extends WalletOptions {
  readonly network: string;
  readonly netuid: number;
  readonly onboard?: boolean;
}

export function withNeuronOptions(command: Command): Command {
  return withWalletOptions(
    command
      .option("-n, --network <url>", "the chain's endpoint", "ws://127.0.0.1:9944")
      .option("--netuid <n>", "subnet", wholeNumber(0, 65_535), 1)
      .option(
        "--onboard",
        "local chain only: make missing keys, register, and stake what is needed",
      ),
  );
}

export interface Neuron {
  readonly chain: LocalChainClient;
  readonly signer: Signer;
}

/** Connects, and with --onboard makes this hotkey a neuron of the local chain. */
export async function connectNeuron(
  options: NeuronOptions,
  signal: AbortSignal,
  stakeRao?: bigint,
): Promise<Neuron> {
  const chain = await connectLocalChain(options.network, { signal });
  try {
    if (options.onboard !== true) return { chain, signer: await loadHotkey(options) };
    const { hotkey, coldkey } = await ensureLocalWallet(options);
    await onboard(chain, {
      netuid: options.netuid,
      coldkey,
      hotkey: hotkey.hotkey,
      ...(stakeRao === undefined ? {} : { stakeRao }),
    });
    return { chain, signer: hotkey };
  } catch (error) {
    await chain.close();
    throw error;
  }
}
