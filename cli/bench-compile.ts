/**
 * `assay bench compile`: how long models take to become circuits, how much memory, and how long a witness takes.
 * @module
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import { benchCompile, type CompiledModel } from "../bench/compile.ts";
import { report, warningsOf, writeReport } from "../bench/report.ts";
import { LENET, type NetworkPlan, networkGraph } from "../circuits/lower/drawn-network.ts";
import { catalogue } from "../models/zoo/catalogue.ts";
import { resultOf } from "./bench-report.ts";
import { newCommand, onRun } from "./command.ts";
import { openModel } from "./model-source.ts";
import { wholeNumber } from "./options.ts";

interface CompileOptions {
  readonly rounds: number;
  readonly synthetic?: boolean;
  readonly results?: string;
}

/** A witness takes milliseconds: as many as tell a median from an accident. */
const ROUNDS = 20;

/** Networks whose weights are drawn: what a size costs, whatever it has learnt. */
const SYNTHETIC: Readonly<Record<string, NetworkPlan>> = {
  "lenet-5 (drawn)": LENET,
  // 32 × 32 pixels of three colours through three layers of 3 × 3, halved after each.
  "3 million products (drawn)": convolutions([16, 32, 64]),
  "10 million products (drawn)": convolutions([32, 64, 112]),
};

function convolutions(channels: readonly number[]): NetworkPlan {
  return {
    input: [3, 32, 32],
    inputMax: 15,
    layers: [
      ...channels.map((count) => ({
        kind: "convolution" as const,
        channels: count,
        kernel: 3,
        pad: 1,
        pool: 2,
      })),
      { kind: "dense", outputs: 10 },
    ],
    weightReach: 15,
    activationBits: 5,
    seed: 1,
  };
}

export function benchCompileCommand(): Command {
  const command = newCommand("compile", "from a model to its circuit: seconds, memory, rows")
    .argument("[models...]", "names of the catalogue or paths of integer ONNX (default: all there)")
    .option("--synthetic", "networks of drawn weights too, up to 10 million products")
    .option("--rounds <n>", "witnesses of each", wholeNumber(1, 1_000), ROUNDS)
    .option("--results <dir>", "where the figures are written (default: bench/results in --home)")
    .addHelpText("after", "\nExample:\n  $ assay bench compile mnist-mlp --rounds 3\n");
  return onRun<CompileOptions>(command, async (context, options, names) => {
    const home = await context.openHome();
    const workDir = join(home.root, "bench");
    await mkdir(workDir, { recursive: true });
    const made = await report("compile", { ...options, names }, () =>
      benchCompile(modelsOf(names, options.synthetic === true), {
        rounds: options.rounds,
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

async function* modelsOf(
  names: readonly string[],
  synthetic: boolean,
): AsyncGenerator<CompiledModel> {
  const known = names.length === 0 ? catalogue.map(({ name }) => name) : names;
  for (const name of known) {
    const { graph } = await openModel(name);
    yield { name: graph.name, onnx: graph.bytes };
  }
  if (!synthetic) return;
  for (const [name, plan] of Object.entries(SYNTHETIC)) {
    yield { name, onnx: networkGraph(plan).bytes };
  }
}
