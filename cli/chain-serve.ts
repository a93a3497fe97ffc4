/**
 * `assay chain serve`: publishes where a hotkey can be reached. A miner does this by itself when it starts.
 * @module
 */
import type { Command } from "commander";
import { addressOf } from "./chain-metagraph.ts";
import {
  type SigningOptions,
  signAndSend,
  signingKeyOf,
  withSigningOptions,
} from "./chain-sign.ts";
import { connectChain, type SubnetOptions, withSubnetOptions } from "./chain-source.ts";
import { newCommand, onRun } from "./command.ts";
import { ipAddress, wholeNumber } from "./options.ts";
import { hotkeyPathsOf, loadHotkey, type WalletOptions, withWalletOptions } from "./wallet.ts";

interface ServeOptions extends SubnetOptions, WalletOptions, SigningOptions {
  readonly ip: string;
  readonly port: number;
}

export function serveCommand(): Command {
  const command = withSigningOptions(
    withWalletOptions(
      withSubnetOptions(newCommand("serve", "publish where a hotkey can be reached")),
    ),
  )
    .requiredOption("--ip <address>", "IPv4 or IPv6 address that others reach", ipAddress)
    .requiredOption("--port <port>", "its port", wholeNumber(1, 65_535))
    .addHelpText(
      "after",
      "\nExample:\n  $ assay chain serve --network test --netuid 7 -w mine -H miner --ip 203.0.113.5 --port 8091\n",
    );
  return onRun<ServeOptions>(command, async (context, options) => {
    const key = await signingKeyOf(hotkeyPathsOf(options), () => loadHotkey(options));
    const chain = await connectChain(options, { context });
    try {
      const { netuid, ip, port } = options;
      const endpoint = { ip, port };
      return await signAndSend(context, options, {
        chain,
        key,
        intent: { kind: "serve", netuid, endpoint },
        send: (hotkey) => chain.publishEndpoint(netuid, endpoint, hotkey),
        done: ({ block }) =>
          `${key.address} is published at ${addressOf(endpoint)} since block ${block.number}`,
      });
    } finally {
      await chain.close();
    }
  });
}
