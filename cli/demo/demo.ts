/**
 * `assay demo`: the whole loop on one machine. Real digits, a real model, every answer proven and verified; scores turn
 * into weights and weights into pay; two dishonest miners earn nothing.
 * @module
 */
import { join } from "node:path";
import { type Command, Option } from "commander";
import { buildEngines, type EngineName } from "../../proof/open.ts";
import { newRun } from "../../store/home.ts";
import { openJournal, type PlacedOutcome } from "../../validator/journal.ts";
import { DEVELOPMENT_NOTICE } from "../circuit.ts";
import { type Context, newCommand, onRun } from "../command.ts";
import { type EngineChoice, proverOf, withEngineOption } from "../engine-source.ts";
import { CliError } from "../error.ts";
import { EXIT } from "../exit.ts";
import { DEFAULT_MODEL, openModel } from "../model-source.ts";
import type { Result } from "../output.ts";
import { packageOf } from "../package-source.ts";
import { JOURNAL_FILE } from "../validator.ts";
import { CAST } from "./cast.ts";
import { DemoNetwork, NETUID, type Network, type WeightsWay } from "./network.ts";
import type { DemoEvent } from "./process.ts";
import { type DemoReport, faultsOf, median, renderReport, reportMiners } from "./report.ts";

/** What a person is promised to see. */
const JOBS_WANTED = 8;
const EPOCHS_WANTED = 2;
/** Four times what the run takes on two slow cores: longer means that something hangs. */
const PATIENCE_MS = 150_000;

export function demoCommand(): Command {
  const command = withEngineOption(
    newCommand(
      "demo",
      "see it all: a chain, a validator, two honest miners and two dishonest ones",
    ),
  )
    .addOption(
      new Option(
        "--weights <way>",
        "how weights reach the chain: openly, or under drand's time lock",
      )
        .choices(["plain", "timelocked"])
        .default("plain"),
    )
    .addHelpText(
      "after",
      "\nExamples:\n  $ assay demo --json\n  $ assay demo --weights timelocked\n",
    );
  return onRun<DemoOptions>(command, runDemo);
}

interface DemoOptions extends EngineChoice {
  readonly weights: WeightsWay;
}

async function runDemo(context: Context, choice: DemoOptions): Promise<Result> {
  const { progress, stop } = context;
  const startMs = performance.now();
  const home = await context.openHome();
  const source = await openModel(DEFAULT_MODEL);
  const { entry, graph } = source;
  if (entry === undefined) throw new Error(`${DEFAULT_MODEL} is not in the catalogue`);
  progress.stage(
    `model ${entry.name} ${graph.id.slice(0, 12)}…: ${percent(entry.accuracy.integer)} of 10,000 test digits right ` +
      `(${percent(entry.accuracy.float)} before quantisation)`,
  );

  const setupStartMs = performance.now();
  const chosen = { engine: choice.engine ?? (await preferredEngine(context)) };
  const engine = await proverOf(chosen, context);
  const circuit = await packageOf(source, context, engine).finally(() => engine.close());
  const setupMs = performance.now() - setupStartMs;
  const { constraints } = circuit.manifest.counts;
  progress.stage(`circuit ${circuit.id.slice(0, 12)}…: ${constraints} constraints`);
  progress.stage(DEVELOPMENT_NOTICE);

  const run = await newRun(home);
  const network = new DemoNetwork({
    dir: run.dir,
    home: home.root,
    model: DEFAULT_MODEL,
    engine: engine.name,
    weights: choice.weights,
    signal: stop.signal,
  });
  try {
    const running = await network.start((line) => progress.stage(line));
    const seen = await watchNetwork(running, context);
    const metagraph = await running.chain.metagraph(NETUID);
    await running.validator.stop();
    const outcomes = await readOutcomes(join(running.journal, JOURNAL_FILE));
    const report: DemoReport = {
      model: { id: graph.id, accuracy: entry.accuracy },
      circuit: { id: circuit.id, constraints },
      miners: reportMiners(running.miners, running.validatorHotkey, outcomes, metagraph),
      weights: choice.weights,
      epochs: seen.epochs,
      seconds: {
        setup: setupMs / 1000,
        prove: median(seen.proveMs) / 1000,
        verify: median(outcomes.flatMap(({ verifyUs }) => verifyUs ?? [])) / 1e6,
        total: (performance.now() - startMs) / 1000,
      },
    };
    return concluded(report, run.dir);
  } finally {
    await network.stop();
  }
}

/** A first run builds the native core: the minute it takes is paid back by every proof. */
async function preferredEngine({ progress, stop }: Context): Promise<EngineName> {
  const { engine, notice } = await buildEngines({
    signal: stop.signal,
    onProgress: (line) => progress.update(line),
  });
  if (notice !== undefined) progress.stage(notice);
  return engine;
}

function concluded(report: DemoReport, dir: string): Result {
  const faults = faultsOf(report, CAST, EPOCHS_WANTED, JOBS_WANTED);
  const text = `${renderReport(report)}\nlogs, journal and chain of this run: ${dir}`;
  if (faults.length === 0) return { data: report, text };
  return {
    data: report,
    text,
    exit: EXIT.failed,
    error: {
      code: "DEMO_FAILED",
      message: faults.join("; "),
      hint: `The logs are in ${join(dir, "logs")}.`,
    },
  };
}

interface Seen {
  /** Epochs whose weights the chain confirmed. */
  readonly epochs: number;
  readonly proveMs: readonly number[];
}

/** Looks on until everything promised has happened, or a process dies, patience ends or somebody presses Ctrl-C. */
async function watchNetwork(network: Network, { progress, stop }: Context): Promise<Seen> {
  const jobs = new Map<string, number>();
  const confirmed = new Map<number, number>();
  const proveMs: number[] = [];
  const names = new Map<string, string>(
    network.miners.map(({ role, hotkey }) => [hotkey, role.name]),
  );
  let epochsAfter = 0;
  let isDone = (): void => {};
  const done = new Promise<void>((resolve) => {
    isDone = resolve;
  });

  const onVerdict = (event: DemoEvent): void => {
    const miner = String(event["miner"]);
    const verdict = event["verdict"] as { kind: string; code?: string };
    if (verdict.code !== "CANCELLED") jobs.set(miner, (jobs.get(miner) ?? 0) + 1);
    const counts = network.miners.map(
      ({ role, hotkey }) => `${role.name} ${jobs.get(hotkey) ?? 0}`,
    );
    progress.update(
      `${counts.join(", ")} answers; last: ${names.get(miner) ?? miner} ${verdict.code ?? verdict.kind}`,
    );
  };
  const enough = (): boolean =>
    network.miners.every(({ hotkey }) => (jobs.get(hotkey) ?? 0) >= JOBS_WANTED) &&
    confirmed.size >= EPOCHS_WANTED &&
    epochsAfter > 0;
  network.validator.onEvent((event) => {
    switch (event.event) {
      case "verdict":
        onVerdict(event);
        break;
      case "weights":
        if (event["way"] === "timelocked") {
          progress.stage(
            `epoch ${event["epoch"]}: weights are committed, drand's round ${event["round"]} opens them in epoch ${event["revealEpoch"]}`,
          );
        }
        break;
      case "weights-confirmed":
        confirmed.set(Number(event["epoch"]), Number(event["block"]));
        progress.stage(`epoch ${event["epoch"]}: weights are on chain, block ${event["block"]}`);
        break;
      case "epoch":
        progress.stage(`epoch ${event["index"]} began: Yuma consensus ran, emission is paid`);
        if (confirmed.size >= EPOCHS_WANTED) epochsAfter++;
        break;
      case "alarm":
        progress.stage(`validator: ${event["code"]}: ${event["message"]}`);
        break;
    }
    if (enough()) isDone();
  });
  for (const { role, process } of network.miners) {
    process.onEvent((event) => {
      const stages = event["stages"] as Record<string, number> | undefined;
      if (event.event === "solved" && role.isHonest && stages?.["prove"] !== undefined)
        proveMs.push(stages["prove"]);
    });
  }

  const timeout = AbortSignal.timeout(PATIENCE_MS);
  const ended = new Promise<never>((_, reject) => {
    stop.signal.addEventListener("abort", () => reject(stop.signal.reason), { once: true });
    timeout.addEventListener("abort", () => reject(impatience(confirmed.size)), { once: true });
  });
  await Promise.race([done, network.watch, ended]);
  return { epochs: confirmed.size, proveMs };
}

function impatience(epochs: number): CliError {
  return new CliError(
    "TIMEOUT",
    `after ${PATIENCE_MS / 1000} s weights reached the chain in ${epochs} epochs, expected ${EPOCHS_WANTED}`,
    "The machine may be busy: run it again when other programs rest, or look into the logs.",
  );
}

async function readOutcomes(path: string): Promise<PlacedOutcome[]> {
  const journal = await openJournal(path, { readOnly: true });
  try {
    return [...journal.outcomesAfter()];
  } finally {
    await journal.close();
  }
}

function percent(fraction: number): string {
  return `${(fraction * 100).toFixed(2)} %`;
}
