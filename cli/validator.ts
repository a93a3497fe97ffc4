/**
 * `assay validator start`: hand out work, verify every proof, score, set weights.
 * @module
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import { openVerifier } from "../circuits/verify.ts";
import type { ValidatorEvent } from "../validator/event.ts";
import { openJournal } from "../validator/journal.ts";
import { startValidator } from "../validator/validator.ts";
import { connectNeuron, type NeuronOptions, withNeuronOptions } from "./chain-source.ts";
import { DEVELOPMENT_NOTICE } from "./circuit.ts";
import { type Context, newCommand, onRun } from "./command.ts";
import { type EngineChoice, proverOf, withEngineOption } from "./engine-source.ts";
import { CliError } from "./error.ts";
import { openLog } from "./log.ts";
import { DEFAULT_MODEL, openModel } from "./model-source.ts";
import { portNumber, wholeNumber } from "./options.ts";
import type { Output } from "./output.ts";
import { packageOf } from "./package-source.ts";

interface ValidatorStartOptions extends NeuronOptions, EngineChoice {
  readonly model: string;
  readonly budgetMs: number;
  readonly intervalMs: number;
  readonly concurrency: number;
  readonly host: string;
  readonly "http.port": number;
  readonly dir?: string;
}

/** What --onboard stakes: ten times what a miner asks of a validator by default. */
const ONBOARD_STAKE_RAO = 10_000n * 1_000_000_000n;

export function validatorStartCommand(): Command {
  const command = withEngineOption(
    withNeuronOptions(newCommand("start", "hand out jobs, verify the answers, set weights")),
  )
    .option("--model <model>", "the model to ask for", DEFAULT_MODEL)
    .option("--budget-ms <ms>", "time a miner has for one job", wholeNumber(100, 3_600_000), 30_000)
    .option(
      "--interval-ms <ms>",
      "time from one job handed out to the next",
      wholeNumber(0, 3_600_000),
      500,
    )
    .option("--concurrency <n>", "jobs in flight", wholeNumber(1, 256), 16)
    .option("--host <address>", "address for health and metrics", "127.0.0.1")
    .option(
      "--http.port <port>",
      "port for health and metrics; 0 takes a free one",
      portNumber,
      9095,
    )
    .option("--dir <dir>", "where the journal is kept (default: in $ASSAY_HOME/runs)")
    .addHelpText(
      "after",
      "\nExample:\n  $ assay validator start --network ws://127.0.0.1:9944 --onboard\n",
    );
  return onRun<ValidatorStartOptions>(command, serveValidator);
}

async function serveValidator(
  context: Context,
  options: ValidatorStartOptions,
): Promise<undefined> {
  const { output, stop } = context;
  const engine = await proverOf(options, context);
  const closing: (() => Promise<void>)[] = [() => engine.close()];
  try {
    const source = await openModel(options.model);
    const { entry } = source;
    if (entry === undefined) {
      throw new CliError(
        "NO_FRESH_INPUTS",
        `${source.graph.name} is not in the catalogue, so there is no rule for drawing fresh inputs`,
        "Validate a model of the catalogue.",
      );
    }
    // The chain first: whoever cannot reach it need not wait for keys to be made.
    const { chain, signer } = await connectNeuron(
      options,
      { context, name: "validator" },
      ONBOARD_STAKE_RAO,
    );
    closing.push(() => chain.close());
    const circuit = await packageOf(source, context, engine);
    const verifier = await openVerifier(circuit.dir, {
      engine,
      allowDevelopmentKeys: chain.isLocal,
    });
    if (verifier.setup === "development") output.warn(DEVELOPMENT_NOTICE);

    const run = `validator-${chain.genesisHash.slice(0, 8)}-${options.netuid}-${signer.hotkey}`;
    const dir = options.dir ?? join((await context.openHome()).runs, run);
    await mkdir(dir, { recursive: true, mode: 0o700 });
    const journal = await openJournal(join(dir, JOURNAL_FILE));
    closing.push(() => journal.close());

    const validator = await startValidator(
      {
        netuid: options.netuid,
        lockDir: join((await context.openHome()).root, "locks"),
        budgetMs: options.budgetMs,
        jobIntervalMs: options.intervalMs,
        maxInFlight: options.concurrency,
        awaitRegistration: options.awaitRegistration === true,
        status: { host: options.host, port: options["http.port"] },
      },
      {
        chain,
        signer,
        models: [{ verifier, freshInput: (seed) => entry.freshInput(seed).input }],
        journal,
        log: openLog("validator", output.options),
        onEvent: (event) => tell(output, event),
      },
    );
    closing.push(() => validator.close());
    output.event(
      "serving",
      { hotkey: signer.hotkey, circuit: circuit.id, journal: journal.path },
      `validator ${signer.hotkey} asks for circuit ${circuit.id.slice(0, 12)}…, journal ${journal.path}`,
    );
    await Promise.race([stop.requested, validator.failed]);
  } finally {
    for (const close of closing.reverse()) await close();
  }
  return undefined;
}

export const JOURNAL_FILE = "journal.sqlite";

function tell(output: Output, event: ValidatorEvent): void {
  const { type, ...facts } = event;
  output.event(type, facts, sentence(event));
}

function sentence(event: ValidatorEvent): string {
  switch (event.type) {
    case "started":
      return `journal read${event.cancelled === 0 ? "" : `, ${event.cancelled} open jobs cancelled`}`;
    case "job":
      return `job ${event.job} to uid ${event.uid}`;
    case "verdict": {
      const { verdict, latencyUs, detail } = event;
      const what = verdict.kind === "accepted" ? "accepted" : `${verdict.kind} ${verdict.code}`;
      const when = latencyUs === undefined ? "" : ` after ${Math.round(latencyUs / 1000)} ms`;
      return `job ${event.job} ${what}${when}${detail === undefined ? "" : ` (${detail})`}`;
    }
    case "epoch":
      return `epoch ${event.index} began at block ${event.block}`;
    case "weights":
      return event.way === "set"
        ? `weights for ${event.weights.length} miners in block ${event.block.number}`
        : `weights for ${event.weights.length} miners committed in block ${event.block.number}, to be revealed in epoch ${event.revealEpoch}`;
    case "weights-confirmed":
      return `weights of epoch ${event.epoch} are on chain`;
    case "alarm":
      return `alarm ${event.code}: ${event.message}. ${event.hint}`;
    case "recovered":
      return `recovered ${event.code}`;
  }
}
