/**
 * `assay chain register`: a seat for a hotkey, paid and signed by its coldkey.
 * @module
 */
import type { Command } from "commander";
import { ChainError } from "../chain/error.ts";
import {
  type SigningOptions,
  signAndSend,
  signingKeyOf,
  withSigningOptions,
} from "./chain-sign.ts";
import { connectChain, type SubnetOptions, withSubnetOptions } from "./chain-source.ts";
import { type Context, newCommand, onRun } from "./command.ts";
import type { Result } from "./output.ts";
import { tokenAmount, tokens } from "./tokens.ts";
import {
  coldkeyPathsOf,
  hotkeyPathsOf,
  loadColdkey,
  loadHotkey,
  type WalletOptions,
  withWalletOptions,
} from "./wallet.ts";

interface RegisterOptions extends SubnetOptions, WalletOptions, SigningOptions {
  readonly maxCost?: bigint;
}

export function registerCommand(): Command {
  const command = withSigningOptions(
    withWalletOptions(
      withSubnetOptions(newCommand("register", "buy a seat in a subnet for a hotkey")),
    ),
  )
    .option(
      "--max-cost <tokens>",
      "the most it may cost (default: a tenth more than now)",
      tokenAmount,
    )
    .addHelpText(
      "after",
      "\nExamples:\n  $ assay chain register --network test --netuid 7 -w mine -H miner --dry-run\n" +
        "  $ assay chain register --network test --netuid 7 -w mine -H miner\n",
    );
  return onRun<RegisterOptions>(command, register);
}

async function register(context: Context, options: RegisterOptions): Promise<Result> {
  const { address: hotkey } = await signingKeyOf(hotkeyPathsOf(options), () => loadHotkey(options));
  const key = await signingKeyOf(coldkeyPathsOf(options), () => loadColdkey(options));
  const chain = await connectChain(options, { context });
  try {
    const { netuid, maxCost } = options;
    const { neurons } = await chain.metagraph(netuid);
    const seat = neurons.find((neuron) => neuron.hotkey === hotkey);
    if (seat !== undefined) {
      const text = `${hotkey} is registered on subnet ${netuid} as uid ${seat.uid} already`;
      return { data: { netuid, hotkey, uid: seat.uid, cost: 0n, isNew: false }, text };
    }
    const cost = await chain.registrationCost(netuid);
    if (maxCost !== undefined && cost > maxCost) throw tooDear(netuid, cost, maxCost);
    context.output.note(`a seat on subnet ${netuid} costs ${tokens(cost)} now`);
    // Of the cost that was shown: while somebody thinks it over, the price may rise.
    const limitRao = maxCost ?? cost + cost / 10n;
    return await signAndSend(context, options, {
      chain,
      key,
      intent: { kind: "register", netuid, hotkey, limitRao },
      send: async (coldkey) => {
        const uid = await chain.register(netuid, hotkey, coldkey, limitRao);
        return { netuid, hotkey, uid, cost, isNew: true, block: await chain.finalisedHead() };
      },
      done: ({ uid }) => `registered ${hotkey} on subnet ${netuid} as uid ${uid}`,
    });
  } finally {
    await chain.close();
  }
}

function tooDear(netuid: number, cost: bigint, maxCost: bigint): ChainError {
  return new ChainError(
    "RegistrationPriceLimitExceeded",
    `a seat on subnet ${netuid} costs ${tokens(cost)}, at most ${tokens(maxCost)} were allowed`,
    "Wait until the price has fallen, or allow more.",
  );
}
