/**
 * `assay miner start`: infer, prove, answer, earn.
 * @module
 */
import { join } from "node:path";
import type { Command } from "commander";
import { openProver } from "../circuits/prove.ts";
import { type MinerOptions, startMiner } from "../miner/miner.ts";
import { openSolver, type Solver } from "../miner/solver.ts";
import { openOnnxruntime } from "../models/onnxruntime.ts";
import { connectNeuron, type NeuronOptions, withNeuronOptions } from "./chain-source.ts";
import { DEVELOPMENT_NOTICE } from "./circuit.ts";
import { type Context, newCommand, onRun } from "./command.ts";
import { type EngineChoice, proverOf, withEngineOption } from "./engine-source.ts";
import { openLog } from "./log.ts";
import { DEFAULT_MODEL, openModel } from "./model-source.ts";
import { ipAddress, portNumber, wholeNumber } from "./options.ts";
import { VERSION } from "./output.ts";
import { packageOf } from "./package-source.ts";

export interface MinerStartOptions extends NeuronOptions, EngineChoice {
  readonly host?: string;
  readonly "axon.port": number;
  readonly "axon.externalIp"?: string;
  readonly "axon.externalPort"?: number;
  readonly model: string;
  readonly workers: number;
  readonly queue: number;
  readonly minStake: number;
  readonly legacyDendrite?: boolean;
  readonly dir?: string;
}

export function minerStartCommand(): Command {
  const command = withMinerOptions(newCommand("start", "serve jobs: infer, prove, answer"));
  command.addHelpText(
    "after",
    "\nExamples:\n  $ assay miner start --network ws://127.0.0.1:9944 --onboard\n" +
      "  $ assay miner start --network finney --netuid 2 -w mine -H miner --host 0.0.0.0 --axon.external-ip 203.0.113.5\n",
  );
  return onRun<MinerStartOptions>(command, (context, options) =>
    serveMiner(context, options, { adapt: (solver) => solver }),
  );
}

export function withMinerOptions(command: Command): Command {
  return withEngineOption(withNeuronOptions(command))
    .option(
      "--host <address>",
      "address to listen on (default: 127.0.0.1; on a local chain 127.0.0.2, as no chain takes 127.0.0.1)",
      ipAddress,
    )
    .option("--axon.port <port>", "port to listen on; 0 takes a free one", portNumber, 8091)
    .option(
      "--axon.external-ip <ip>",
      "address to publish, where it is not the one listened on",
      ipAddress,
    )
    .option(
      "--axon.external-port <port>",
      "port to publish with it (default: --axon.port)",
      wholeNumber(1, 65_535),
    )
    .option("--model <model>", "the model to serve", DEFAULT_MODEL)
    .option("--workers <n>", "proofs made side by side", wholeNumber(1, 64), 1)
    .option("--queue <n>", "jobs that may wait", wholeNumber(0, 10_000), 16)
    .option(
      "--min-stake <tao>",
      "stake a validator must hold to be served",
      wholeNumber(0, 21_000_000),
      1_000,
    )
    .option("--legacy-dendrite", "also answer Dendrites of Bittensor 7.2 to 10")
    .option("--dir <dir>", "where the miner keeps what it has seen (default: in $ASSAY_HOME/runs)");
}

/** What a miner does with the honest solver before it serves; only the demo does anything. */
export interface Conduct {
  readonly adapt: (solver: Solver) => Solver;
}

const RAO_PER_TAO = 1_000_000_000n;

/** Runs until it is asked to stop. */
export async function serveMiner(
  context: Context,
  options: MinerStartOptions,
  conduct: Conduct,
): Promise<undefined> {
  const { output, stop } = context;
  const engine = await proverOf(options, context, options.workers);
  const closing: (() => Promise<void>)[] = [() => engine.close()];
  try {
    const source = await openModel(options.model);
    // The chain first: whoever cannot reach it need not wait for keys to be made.
    const { chain, signer } = await connectNeuron(options, { context, name: "miner" });
    closing.push(() => chain.close());
    const circuit = await packageOf(source, context, engine);
    if (circuit.manifest.setup.kind === "development") output.warn(DEVELOPMENT_NOTICE);
    const prover = await openProver(circuit, { engine });
    const inference = await openOnnxruntime(source.graph);
    const solver = conduct.adapt(openSolver({ prover, inference, verifyBeforeAnswer: true }));
    closing.push(() => solver.close());

    const run = `miner-${chain.genesisHash.slice(0, 8)}-${options.netuid}-${signer.hotkey}`;
    const miner = await startMiner(
      {
        host: options.host ?? (chain.isLocal ? "127.0.0.2" : "127.0.0.1"),
        port: options["axon.port"],
        netuid: options.netuid,
        queueLimit: options.queue,
        concurrency: options.workers,
        minStakeRao: BigInt(options.minStake) * RAO_PER_TAO,
        dir: options.dir ?? join((await context.openHome()).runs, run),
        version: VERSION,
        awaitRegistration: options.awaitRegistration === true,
        legacyBridge: options.legacyDendrite === true,
        ...published(options),
      },
      {
        chain,
        signer,
        solvers: [announced(solver, output)],
        log: openLog("miner", output.options),
        onEvent: ({ type, ...facts }) =>
          output.event(
            type,
            facts,
            "message" in facts
              ? `alarm ${facts.code}: ${facts.message}. ${facts.hint}`
              : `recovered ${facts.code}`,
          ),
      },
    );
    closing.push(() => miner.close());
    output.event(
      "serving",
      { hotkey: signer.hotkey, endpoint: miner.endpoint, circuit: circuit.id },
      `miner ${signer.hotkey} serves circuit ${circuit.id.slice(0, 12)}… at ${miner.endpoint.ip}:${miner.endpoint.port}`,
    );
    await Promise.race([stop.requested, miner.failed]);
  } finally {
    for (const close of closing.reverse()) await close();
  }
  return undefined;
}

/** Behind a router, or on every address, the miner is found elsewhere than where it listens. */
function published(options: MinerStartOptions): Pick<MinerOptions, "publicEndpoint"> {
  const ip = options["axon.externalIp"];
  const port = options["axon.externalPort"] ?? options["axon.port"];
  return ip === undefined ? {} : { publicEndpoint: { ip, port } };
}

/** Says what each job cost, so that a person (or the demo) sees where the time goes. */
function announced(solver: Solver, output: Context["output"]): Solver {
  return {
    circuit: solver.circuit,
    inputs: solver.inputs,
    close: () => solver.close(),
    async solve(job, signal) {
      const startMs = performance.now();
      const solution = await solver.solve(job, signal);
      const ms = Math.round(performance.now() - startMs);
      output.event(
        "solved",
        { job: job.id, ms, stages: solution.stages },
        `solved ${job.id} in ${ms} ms`,
      );
      return solution;
    },
  };
}
