/**
 * `assay bench chain`: what the local chain takes for an epoch, a transaction, and a long life.
 * @module
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import { benchChain } from "../bench/chain.ts";
import { report, warningsOf, writeReport } from "../bench/report.ts";
import { resultOf } from "./bench-report.ts";
import { newCommand, onRun } from "./command.ts";
import { wholeNumber } from "./options.ts";

interface ChainBenchChoice {
  readonly rounds: number;
  readonly blocks: number;
  readonly results?: string;
}

const ROUNDS = 10;
/** What the local chain is promised to live through: three hours at one block a second. */
const BLOCKS = 10_000;

export function benchChainCommand(): Command {
  const command = newCommand("chain", "the local chain: epochs, transactions, memory")
    .option("--rounds <n>", "epochs and transactions of each kind", wholeNumber(1, 1_000), ROUNDS)
    .option("--blocks <n>", "blocks of the long life", wholeNumber(1, 100_000), BLOCKS)
    .option("--results <dir>", "where the figures are written (default: bench/results in --home)")
    .addHelpText("after", "\nExample:\n  $ assay bench chain --rounds 3 --blocks 500\n");
  return onRun<ChainBenchChoice>(command, async (context, options) => {
    const home = await context.openHome();
    const workDir = join(home.root, "bench");
    await mkdir(workDir, { recursive: true });
    const made = await report("chain", { ...options }, () =>
      benchChain({
        rounds: options.rounds,
        blocks: options.blocks,
        workDir,
        signal: context.stop.signal,
        onProgress: (line) => context.progress.stage(line),
      }),
    );
    for (const warning of warningsOf(made)) context.output.warn(warning);
    const file = await writeReport(options.results ?? join(workDir, "results"), made);
    return resultOf([{ made, file }]);
  });
}
