/**
 * Which chain a command speaks to, and how a neuron that is new there joins it.
 * @module
 */
import { join } from "node:path";
import { type Command, Option } from "commander";
import type { Chain, Hotkey, Signer } from "../chain/chain.ts";
import { ChainError } from "../chain/error.ts";
import { onboard } from "../chain/local/onboard.ts";
import type { SubtensorChain, SubtensorOptions } from "../chain/subtensor/connect.ts";
import type { Context } from "./command.ts";
import { openLog } from "./log.ts";
import { wholeNumber } from "./options.ts";
import { ensureLocalWallet, loadHotkey, type WalletOptions, withWalletOptions } from "./wallet.ts";

export interface NetworkOptions {
  readonly network?: readonly string[];
}

export interface SubnetOptions extends NetworkOptions {
  readonly netuid: number;
}

export interface NeuronOptions extends WalletOptions, SubnetOptions {
  readonly onboard?: boolean;
  readonly awaitRegistration?: boolean;
}

const DEFAULT_NETWORK = "local";

export function withNetworkOption(command: Command): Command {
  return command.option(
    "-n, --network <name>",
    `finney, test, local (ws://127.0.0.1:9944) or a ws:// address; several times for failover (default: ${DEFAULT_NETWORK})`,
    (name: string, before: readonly string[] | undefined) => [...(before ?? []), name],
  );
}

export function withSubnetOptions(command: Command): Command {
  return withNetworkOption(command).addOption(
    new Option("--netuid <n>", "subnet")
      .argParser(wholeNumber(0, 65_535))
      .default(1)
      .env(process.env["BT_NETUID"] && !process.env["ASSAY_NETUID"] ? "BT_NETUID" : "ASSAY_NETUID"),
  );
}

export function withNeuronOptions(command: Command): Command {
  return withWalletOptions(
    withSubnetOptions(command)
      .option(
        "--onboard",
        "local chain only: make missing keys, register, and stake what is needed",
      )
      .option(
        "--await-registration",
        "without a seat on the subnet: wait for one (default: end with exit code 4)",
      ),
  );
}

/** Our variable before Bittensor's; a flag comes before both. */
export function networkOf({ network }: NetworkOptions): readonly string[] {
  const named = process.env["ASSAY_NETWORK"] || process.env["BT_NETWORK"] || DEFAULT_NETWORK;
  return network ?? [named];
}

/** @polkadot/api is loaded when a chain is spoken to: it takes a second, and most commands have no use for it. */
export async function openChain(
  network: string | readonly string[],
  options: SubtensorOptions,
): Promise<SubtensorChain> {
  const { connectSubtensor } = await import("../chain/subtensor/connect.ts");
  return connectSubtensor(network, options);
}

/** One for all that this user runs: whichever process is there when a reveal is due finds the commit. */
export async function commitDirOf({ openHome }: Context): Promise<string> {
  return join((await openHome()).root, "commits");
}

export interface ConnectParts {
  readonly context: Context;
  /** What a service calls itself in its log; the other commands have none. */
  readonly name?: string;
}

/** @throws ChainError `CHAIN_UNREACHABLE`, `UNKNOWN_NETWORK`, `WRONG_GENESIS` and more */
export async function connectChain(
  options: NetworkOptions,
  { context, name }: ConnectParts,
): Promise<SubtensorChain> {
  const { output, stop } = context;
  return openChain(networkOf(options), {
    signal: stop.signal,
    commitDir: await commitDirOf(context),
    ...(name === undefined ? {} : { log: openLog(name, output.options) }),
  });
}

export interface Neuron {
  readonly chain: SubtensorChain;
  readonly signer: Signer;
}

/** Connects, and with --onboard makes this hotkey a neuron of the local chain. */
export async function connectNeuron(
  options: NeuronOptions,
  parts: ConnectParts,
  stakeRao?: bigint,
): Promise<Neuron> {
  const chain = await connectChain(options, parts);
  try {
    if (options.onboard !== true) {
      const signer = await loadHotkey(options);
      // Here, too: whoever has no seat need not wait for keys of a circuit to be made.
      if (options.awaitRegistration !== true) await requireSeat(chain, options.netuid, signer);
      return { chain, signer };
    }
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

async function requireSeat(chain: Chain, netuid: number, { hotkey }: Signer): Promise<void> {
  const { neurons } = await chain.metagraph(netuid);
  if (!neurons.some((neuron) => neuron.hotkey === hotkey)) throw notRegistered(hotkey, netuid);
}

export function notRegistered(hotkey: Hotkey, netuid: number): ChainError {
  return new ChainError(
    "NOT_REGISTERED",
    `${hotkey} is not registered on subnet ${netuid}`,
    `Register it: assay chain register --netuid ${netuid}. With --await-registration a miner or a validator waits for that.`,
  );
}
