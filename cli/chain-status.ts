/**
 * `assay chain status`: how a hotkey stands on its subnet, what it may do now, and how well the chain can be seen from
 * here. Needs no secret.
 * @module
 */
import type { Command } from "commander";
import type { EpochInfo, Head, Hotkey, Neuron } from "../chain/chain.ts";
import { addressOf, plainNeuron } from "./chain-metagraph.ts";
import { signingKeyOf } from "./chain-sign.ts";
import { connectChain, networkOf, type SubnetOptions, withSubnetOptions } from "./chain-source.ts";
import { newCommand, onRun } from "./command.ts";
import type { Result } from "./output.ts";
import { tokens } from "./tokens.ts";
import { hotkeyPathsOf, loadHotkey, type WalletOptions, withWalletOptions } from "./wallet.ts";

interface StatusOptions extends SubnetOptions, WalletOptions {}

interface Standing {
  readonly network: readonly string[];
  readonly genesisHash: string;
  readonly isLocal: boolean;
  readonly blockMs: number;
  readonly head: Head;
  /** Milliseconds by which this machine's clock is ahead of the newest finalised block. */
  readonly behindMs: number;
  readonly netuid: number;
  readonly hotkey: Hotkey;
  readonly balance: bigint;
  readonly epoch: EpochInfo;
  readonly self: Neuron | undefined;
}

export function statusCommand(): Command {
  const command = withWalletOptions(
    withSubnetOptions(newCommand("status", "how a hotkey stands, and what it may do now")),
  ).addHelpText(
    "after",
    "\nExamples:\n  $ assay chain status -w mine -H validator\n" +
      "  $ assay chain status --network finney --netuid 2 -w mine -H miner --json\n",
  );
  return onRun<StatusOptions>(command, async (context, options) => {
    const { address: hotkey } = await signingKeyOf(hotkeyPathsOf(options), () =>
      loadHotkey(options),
    );
    const chain = await connectChain(options, { context });
    try {
      const { netuid } = options;
      const [head, timeMs, epoch, metagraph, account] = await Promise.all([
        chain.finalisedHead(),
        chain.chainTimeMs(),
        chain.epochInfo(netuid),
        chain.metagraph(netuid),
        chain.account(hotkey),
      ]);
      const { genesisHash, isLocal, blockMs } = chain;
      return report({
        ...{ network: networkOf(options), genesisHash, isLocal, blockMs },
        ...{ head, behindMs: Date.now() - timeMs, netuid, hotkey, epoch },
        balance: account.balance,
        self: metagraph.neurons.find((neuron) => neuron.hotkey === hotkey),
      });
    } finally {
      await chain.close();
    }
  });
}

/** Blocks until a transaction with weights may be sent; it enters the block after the head. */
export function blocksUntilWeights(head: number, self: Neuron, epoch: EpochInfo): number {
  return Math.max(0, self.lastUpdate + epoch.weightsRateLimit - (head + 1));
}

function report(standing: Standing): Result {
  const { self, epoch, head } = standing;
  const wait = self === undefined ? undefined : blocksUntilWeights(head.number, self, epoch);
  const data = {
    ...standing,
    self: self === undefined ? null : plainNeuron(self),
    blocksUntilWeights: wait ?? null,
  };
  return { data, text: [...chainLines(standing), "", ...ownLines(standing, wait)].join("\n") };
}

function chainLines({ network, isLocal, blockMs, head, behindMs, netuid, epoch }: Standing) {
  const left = epoch.nextEpochBlock - head.number;
  const reveal =
    epoch.commitReveal === "off"
      ? "off: weights stand as soon as they are set"
      : `${epoch.commitReveal}: weights show ${epoch.revealPeriodEpochs} epochs after they are committed`;
  return [
    `chain          ${network.join(", ")}${isLocal ? ", local" : ""}, a block every ${blockMs / 1000} s`,
    `finalised      block ${head.number}, ${(behindMs / 1000).toFixed(1)} s ago by this machine's clock`,
    `subnet         ${netuid}, epoch ${epoch.index}, the next at block ${epoch.nextEpochBlock} (${left} blocks)`,
    `commit-reveal  ${reveal}`,
  ];
}

function ownLines({ hotkey, balance, self }: Standing, wait: number | undefined): string[] {
  const lines = [`hotkey         ${hotkey}, ${tokens(balance)}`];
  if (self === undefined) return [...lines, "registered     no"];
  const weights =
    self.weights.length === 0
      ? "none"
      : `for ${self.weights.length} uids, block ${self.lastUpdate}`;
  return [
    ...lines,
    `registered     uid ${self.uid}, since block ${self.registeredAt}, coldkey ${self.coldkey}`,
    `stake          ${tokens(self.stake)}, ${self.validatorPermit ? "validator permit" : "no validator permit"}`,
    `axon           ${addressOf(self.endpoint) || "not published"}`,
    `weights        ${weights}; ${wait === 0 ? "new ones may be set now" : `new ones in ${wait} blocks`}`,
    `last epoch     emission ${tokens(self.emission)}`,
  ];
}
