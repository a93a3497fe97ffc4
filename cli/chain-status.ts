/**
 * `assay chain status`: how a hotkey stands on its subnet, what it may do now, and how well the chain can be seen from
 * here. Needs no secret.
 * @module
 */
import type { Command } from "commander";
import type { EpochInfo, Head, Hotkey, Neuron } from "../chain/chain.ts";
import { openCommitStore } from "../chain/subtensor/commit-store.ts";
import type { SubtensorChain } from "../chain/subtensor/connect.ts";
import { addressOf, plainNeuron } from "./chain-metagraph.ts";
import { signingKeyOf } from "./chain-sign.ts";
import {
  commitDirOf,
  connectChain,
  type SubnetOptions,
  withSubnetOptions,
} from "./chain-source.ts";
import { newCommand, onRun } from "./command.ts";
import type { Result } from "./output.ts";
import { tokens } from "./tokens.ts";
import { hotkeyPathsOf, loadHotkey, type WalletOptions, withWalletOptions } from "./wallet.ts";

interface StatusOptions extends SubnetOptions, WalletOptions {}

interface Standing {
  /** The address that answered. */
  readonly endpoint: string;
  readonly genesisHash: string;
  readonly specVersion: number;
  readonly isLocal: boolean;
  readonly blockMs: number;
  readonly head: Head;
  /** Milliseconds since the time that the newest finalised block bears, by this machine's clock. */
  readonly finalityLagMs: number;
  /** Milliseconds by which this machine's clock is ahead of the chain's; undefined when no block came to tell. */
  readonly clockOffsetMs: number | undefined;
  readonly netuid: number;
  readonly hotkey: Hotkey;
  readonly balance: bigint;
  readonly epoch: EpochInfo;
  readonly self: Neuron | undefined;
  readonly pendingCommits: readonly PendingCommit[];
}

/** Weights that this machine committed, and that wait for their reveal. */
interface PendingCommit {
  readonly way: "timelocked" | "hashed";
  readonly revealEpoch: number;
  /** undefined while no finalised block is known to hold it. */
  readonly block: number | undefined;
}

const LEAST_PATIENCE_MS = 5_000;

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
      const { genesisHash, specVersion, isLocal, blockMs, endpoint } = chain;
      const store = await openCommitStore(await commitDirOf(context));
      // First, as it waits for a block.
      const clockOffsetMs = await clockOffset(chain);
      const [head, timeMs, epoch, metagraph, account, commits] = await Promise.all([
        chain.finalisedHead(),
        chain.chainTimeMs(),
        chain.epochInfo(netuid),
        chain.metagraph(netuid),
        chain.account(hotkey),
        store.waiting(genesisHash, netuid, hotkey),
      ]);
      return report({
        ...{ endpoint, genesisHash, specVersion, isLocal, blockMs, clockOffsetMs },
        ...{ head, finalityLagMs: Date.now() - timeMs, netuid, hotkey, epoch },
        balance: account.balance,
        self: metagraph.neurons.find((neuron) => neuron.hotkey === hotkey),
        pendingCommits: commits.map(({ way, revealEpoch, placedAt: block }) => ({
          ...{ way, revealEpoch, block },
        })),
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

function chainLines(standing: Standing): string[] {
  const { endpoint, specVersion, isLocal, blockMs, head, netuid, epoch } = standing;
  const { finalityLagMs, clockOffsetMs } = standing;
  const left = epoch.nextEpochBlock - head.number;
  const reveal =
    epoch.commitReveal === "off"
      ? "off: weights stand as soon as they are set"
      : `${epoch.commitReveal}: weights show ${epoch.revealPeriodEpochs} epochs after they are committed`;
  return [
    `chain          ${endpoint}${isLocal ? ", local" : ""}, spec ${specVersion}, a block every ${blockMs / 1000} s`,
    `finalised      block ${head.number}, ${seconds(finalityLagMs)} ago`,
    `clock          ${clockLine(clockOffsetMs)}`,
    `subnet         ${netuid}, epoch ${epoch.index}, the next at block ${epoch.nextEpochBlock} (${left} blocks)`,
    `commit-reveal  ${reveal}`,
  ];
}

/** Told by blocks as they come; on a busy machine one is late. */
async function clockOffset(chain: SubtensorChain): Promise<number | undefined> {
  const until = performance.now() + Math.max(LEAST_PATIENCE_MS, 3 * chain.blockMs);
  for (;;) {
    const offsetMs = await chain.clockOffsetMs();
    if (offsetMs !== undefined || performance.now() > until) return offsetMs;
  }
}

function clockLine(offsetMs: number | undefined): string {
  if (offsetMs === undefined) return "unknown: no block came";
  const direction = offsetMs < 0 ? "behind" : "ahead of";
  return `this machine is ${seconds(Math.abs(offsetMs))} ${direction} the chain's, way of a block included`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function ownLines(standing: Standing, wait: number | undefined): string[] {
  const { hotkey, balance, self, pendingCommits } = standing;
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
    ...pendingCommits.map(
      ({ way, block, revealEpoch }) =>
        `committed      ${way}, ${block === undefined ? "under way" : `block ${block}`}, to be revealed in epoch ${revealEpoch}`,
    ),
    `last epoch     emission ${tokens(self.emission)}`,
  ];
}
