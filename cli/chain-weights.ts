/**
 * `assay chain weights`: what a validator has set, or sets. A validator that runs sets its weights by itself; this is
 * for looking, and for subnets where somebody decides by hand.
 * @module
 */
import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import type { Hotkey, Metagraph, Weights, WeightsSet } from "../chain/chain.ts";
import {
  type SigningOptions,
  signAndSend,
  signingKeyOf,
  withSigningOptions,
} from "./chain-sign.ts";
import {
  connectChain,
  notRegistered,
  type SubnetOptions,
  withSubnetOptions,
} from "./chain-source.ts";
import { newCommand, onRun } from "./command.ts";
import { CliError } from "./error.ts";
import type { Result } from "./output.ts";
import { renderTable } from "./table.ts";
import { hotkeyPathsOf, loadHotkey, type WalletOptions, withWalletOptions } from "./wallet.ts";
import { weightsOfJson, weightsOfList } from "./weights-input.ts";

interface WeightsOptions extends SubnetOptions, WalletOptions, SigningOptions {
  readonly weights?: string;
  readonly file?: string;
}

export function weightsCommand(): Command {
  const command = withSigningOptions(
    withWalletOptions(
      withSubnetOptions(newCommand("weights", "show the weights of a validator, or set them")),
    ),
  )
    .option("--weights <list>", "set these: uid:weight,uid:weight,… on any scale")
    .option("--file <file>", 'set those of a JSON file: {"uid": weight} or [[uid, weight], …]')
    .addHelpText(
      "after",
      "\nExamples:\n  $ assay chain weights -w mine -H validator\n" +
        "  $ assay chain weights -w mine -H validator --weights 1:0.7,4:0.3 --dry-run\n",
    );
  return onRun<WeightsOptions>(command, async (context, options) => {
    const { netuid } = options;
    const weights = await wantedWeights(options);
    const key = await signingKeyOf(hotkeyPathsOf(options), () => loadHotkey(options));
    const chain = await connectChain(options, { context });
    try {
      if (weights === undefined) return shown(await chain.metagraph(netuid), key.address);
      return await signAndSend<WeightsSet>(context, options, {
        chain,
        key,
        intent: { kind: "setWeights", netuid, weights },
        send: (hotkey) => chain.setWeights(netuid, weights, hotkey),
        done: sentence,
      });
    } finally {
      await chain.close();
    }
  });
}

function sentence({ way, block, revealEpoch, round }: WeightsSet): string {
  switch (way) {
    case "set":
      return `the weights stand since block ${block.number}`;
    case "timelocked":
      return `committed in block ${block.number}; the chain reveals them in epoch ${revealEpoch}, with drand's round ${round}`;
    case "hashed":
      return `committed in block ${block.number}; they must be revealed in epoch ${revealEpoch}: a validator of this wallet that runs does so`;
  }
}

function shown({ netuid, block, neurons }: Metagraph, hotkey: Hotkey): Result {
  const self = neurons.find((neuron) => neuron.hotkey === hotkey);
  if (self === undefined) throw notRegistered(hotkey, netuid);
  const { uid, weights, lastUpdate } = self;
  const rows = weights.map(([to, weight]) => ({ to, weight, hotkey: neurons[to]?.hotkey ?? "" }));
  const head = `uid ${uid} of subnet ${netuid} at block ${block}, last update ${lastUpdate}`;
  if (rows.length === 0) {
    return { data: { netuid, block, uid, lastUpdate, weights }, text: `${head}: no weights` };
  }
  const table = renderTable(
    [
      { title: "UID", align: "right", cell: ({ to }) => `${to}` },
      { title: "WEIGHT", align: "right", cell: ({ weight }) => `${weight}` },
      { title: "HOTKEY", cell: ({ hotkey: who }) => who },
    ],
    rows,
  );
  return { data: { netuid, block, uid, lastUpdate, weights }, text: `${head}\n\n${table}` };
}

async function wantedWeights({ weights, file }: WeightsOptions): Promise<Weights | undefined> {
  if (weights !== undefined && file !== undefined) {
    throw new CliError("USAGE", "--weights and --file contradict each other", "Give one of them.");
  }
  if (weights !== undefined) return weightsOfList(weights);
  if (file === undefined) return undefined;
  const content = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new CliError("MALFORMED_INPUT", `${file} cannot be read`, "Check the path.", { cause });
  });
  return weightsOfJson(content);
}
