/**
 * `assay bench`: how many proofs a second this machine makes. `assay bench prove|verify|setup|all`: the engine against
 * other provers, over circuits that are generated; docs/benchmarks.md tells how to read the figures.
 * @module
 */
import { mkdir } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { CIRCUIT_NAMES } from "../bench/circuits/catalogue.ts";
import { circuitNamed, type PreparedCircuit, prepareCircuit } from "../bench/circuits/prepare.ts";
import { milliseconds } from "../bench/format.ts";

import { benchProve, MAKERS } from "../bench/prove.ts";
import {
  type Bench,
  type BenchName,
  type Report,
  report,
  warningsOf,
  writeReport,
} from "../bench/report.ts";
import { benchSetup } from "../bench/setup.ts";
import { measureThroughput } from "../bench/throughput.ts";
import { benchVerify } from "../bench/verify.ts";
import { openPackage } from "../circuits/package.ts";
import { openProver } from "../circuits/prove.ts";
import { openCeremony, openEngine } from "../proof/open.ts";
import type { Home } from "../store/home.ts";
import { benchChainCommand } from "./bench-chain.ts";
import { benchCompileCommand } from "./bench-compile.ts";
import { resultOf } from "./bench-report.ts";
import { type Context, newCommand, newGroup, onRun } from "./command.ts";
import { type EngineChoice, proverOf, withEngineOption } from "./engine-source.ts";
import { DEFAULT_MODEL, openModel } from "./model-source.ts";
import { wholeNumber } from "./options.ts";
import { packageOf } from "./package-source.ts";

interface HarnessOptions {
  readonly rounds: number;
  readonly full?: boolean;
  readonly fullOpponents?: boolean;
  readonly circuits?: readonly string[];
  readonly provers?: readonly string[];
  readonly signals?: readonly number[];
  readonly batch?: number;
  readonly results?: string;
}

/** The benches of the engine; the others have commands of their own. */
type EngineBench = Exclude<BenchName, "compile" | "chain">;

/** What each bench measures unless told otherwise: without the native core snarkjs makes the keys, and that takes long. */
const CIRCUITS = {
  prove: { usual: ["p14", "d14"], reference: ["p12", "d12"], full: ["p16", "d16", "d18"] },
  setup: { usual: ["d12", "d14"], reference: ["d12"], full: ["d12", "d14", "d16", "d18"] },
} as const;

/** Five turns of each tell a median from an accident; more cost minutes that snarkjs takes. */
const ROUNDS = 5;
/** snarkjs prepares powers of tau for 2^12 in one minute, and for 2^16 in a quarter of an hour. */
const SNARKJS_POWER = { usual: 12, full: 28 };

export function benchCommand(): Command {
  const group = newGroup("bench", "how fast this machine proves, and how that compares", [
    benchCompileCommand(),
    benchChainCommand(),
    harness("prove", "the engine against other provers, on one key and one witness"),
    harness("verify", "verifying one proof and many, against other verifiers"),
    harness("setup", "making keys, step by step"),
    harness("all", "prove, verify and setup"),
  ]);
  group.addCommand(throughputCommand(), { isDefault: true });
  return group;
}

interface ThroughputChoice extends EngineChoice {
  readonly model: string;
  readonly package?: string;
  readonly seconds: number;
}

function throughputCommand(): Command {
  const command = withEngineOption(
    newCommand("throughput", "how many proofs a second this machine makes for a model"),
  )
    .option(
      "--model <model>",
      "a name of the catalogue or the path of an integer ONNX",
      DEFAULT_MODEL,
    )
    .option("--package <dir>", "the circuit package to prove with, instead of --model")
    .option("--seconds <n>", "how long each of the two is measured", wholeNumber(0, 3_600), 10)
    .addHelpText("after", "\nExample:\n  $ assay bench --seconds 5 --json\n");
  return onRun<ThroughputChoice>(command, async (context, options) => {
    const width = availableParallelism();
    const alone = await proverOf(options, context, 1);
    // By its name, so that nothing is said of it twice.
    const sideBySide = await proverOf({ engine: alone.name }, context, width);
    try {
      const circuit =
        options.package === undefined
          ? await packageOf(await openModel(options.model), context, alone)
          : await openPackage(options.package);
      const measured = await measureThroughput(
        {
          alone: await openProver(circuit, { engine: alone }),
          sideBySide: await openProver(circuit, { engine: sideBySide }),
          width,
        },
        circuit.vectors,
        {
          seconds: options.seconds,
          signal: context.stop.signal,
          onProgress: (line) => context.progress.stage(line),
        },
      );
      const { ms, stages } = measured.alone;
      const stageText = Object.entries(stages).map(
        ([name, { median }]) => `${name} ${milliseconds(median)}`,
      );
      return {
        data: { circuit: circuit.id, model: circuit.graph.name, engine: alone.name, ...measured },
        text: [
          `model         ${circuit.graph.name}`,
          `engine        ${alone.name}`,
          `one at a time ${milliseconds(ms.median)} ms an answer (${stageText.join(", ")})`,
          `side by side  ${measured.sideBySide.perSecond.toFixed(1)} answers a second, ${width} at once`,
        ].join("\n"),
      };
    } finally {
      await Promise.all([alone.close(), sideBySide.close()]);
    }
  });
}

function harness(what: EngineBench | "all", description: string): Command {
  const command = newCommand(what, description)
    .option("--rounds <n>", "turns of each", wholeNumber(1, 1_000), ROUNDS)
    .option("--results <dir>", "where the figures are written (default: bench/results in --home)");
  const takes = (name: EngineBench): boolean => what === name || what === "all";
  if (takes("prove") || takes("setup")) {
    command
      .option(
        "--full",
        "the large circuits of docs/benchmarks.md: needs patience, and 8 GB of memory",
      )
      .option("--circuits <names>", `some of ${CIRCUIT_NAMES.join(",")}`, names(CIRCUIT_NAMES));
  }
  if (takes("prove")) {
    command.option("--provers <names>", `some of ${MAKERS.join(",")}`, names(MAKERS));
  }
  if (takes("verify")) {
    command
      .option("--signals <numbers>", "public signals of the keys, as in 1,100", numbers)
      .option("--batch <n>", "proofs verified at once", wholeNumber(2, 1 << 16));
  }
  if (takes("setup")) {
    command.option("--full-opponents", "snarkjs sets up the large circuits, too: takes hours");
  }
  command.addHelpText("after", `\nExample:\n  $ assay bench ${what} --rounds 3\n`);
  return onRun<HarnessOptions>(command, async (context, options) => {
    const home = await context.openHome();
    const benches = what === "all" ? (["prove", "verify", "setup"] as const) : [what];
    const reports: { readonly made: Report<unknown>; readonly file: string }[] = [];
    for (const name of benches) {
      const made = await report(name, { ...options }, () => run(name, home, context, options));
      for (const warning of warningsOf(made)) context.output.warn(warning);
      const file = await writeReport(options.results ?? join(home.root, "bench", "results"), made);
      reports.push({ made, file });
    }
    return resultOf(reports);
  });
}

async function run(
  what: EngineBench,
  home: Home,
  context: Context,
  options: HarnessOptions,
): Promise<Bench<unknown>> {
  const { rounds, provers: makers, signals, batch } = options;
  const cacheDir = join(home.root, "bench");
  await mkdir(cacheDir, { recursive: true });
  const common = {
    rounds,
    signal: context.stop.signal,
    onProgress: (line: string) => context.progress.stage(line),
  };
  switch (what) {
    case "prove":
      return benchProve(prepared(circuitsOf(what, options), home, context), {
        ...common,
        cores: availableParallelism(),
        path: process.env["PATH"] ?? "",
        tablesDir: home.tables,
        ...(makers && { makers }),
      });
    case "verify":
      return benchVerify({ ...common, ...(signals && { signals }), ...(batch && { batch }) });
    case "setup":
      return benchSetup(prepared(circuitsOf(what, options), home, context), {
        ...common,
        snarkjsPower: options.fullOpponents === true ? SNARKJS_POWER.full : SNARKJS_POWER.usual,
        workDir: cacheDir,
      });
  }
}

function circuitsOf(
  what: keyof typeof CIRCUITS,
  { circuits, full }: HarnessOptions,
): readonly string[] {
  if (circuits !== undefined) return circuits;
  const { usual, reference, full: large } = CIRCUITS[what];
  if (full === true) return large;
  return isNativeBuilt() ? usual : reference;
}

function isNativeBuilt(): boolean {
  const ceremony = openCeremony();
  void ceremony.close();
  return ceremony.name === "native";
}

/** One after the other: the files of one large circuit fill a memory. */
async function* prepared(
  circuits: readonly string[],
  home: Home,
  { output, progress, stop }: Context,
): AsyncGenerator<PreparedCircuit> {
  const ceremony = openCeremony({ onNotice: (line) => output.note(line) });
  const witnesses = openEngine();
  try {
    for (const name of circuits) {
      yield await prepareCircuit(
        circuitNamed(name),
        { cacheDir: join(home.root, "bench", "circuits"), ptauDir: home.ptau },
        {
          ceremony,
          witnesses,
          signal: stop.signal,
          onProgress: (line) => progress.stage(line),
        },
      );
    }
  } finally {
    await Promise.all([ceremony.close(), witnesses.close()]);
  }
}

function names(known: readonly string[]): (text: string) => readonly string[] {
  return (text) => {
    const given = text.split(",");
    const stranger = given.find((name) => !known.includes(name));
    if (stranger === undefined) return given;
    throw new InvalidArgumentError(`${stranger} is none of ${known.join(", ")}.`);
  };
}

function numbers(text: string): readonly number[] {
  return text.split(",").map(wholeNumber(1, 1 << 16));
}
