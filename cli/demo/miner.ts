/**
 * `assay demo-miner`: a miner of the demo's cast. Hidden from the help, because nobody should run a dishonest miner
 * outside the demo.
 * @module
 */
import { type Command, Option } from "commander";
import type { Solver } from "../../miner/solver.ts";
import { hotkey } from "../../protocol/hotkey.ts";
import { newCommand, onRun } from "../command.ts";
import { type MinerStartOptions, serveMiner, withMinerOptions } from "../miner.ts";
import { copier, liar, slowed } from "./behaviour.ts";
import { type Behaviour, CAST } from "./cast.ts";

interface DemoMinerOptions extends MinerStartOptions {
  readonly behaviour: Behaviour;
  readonly partner: string;
}

export function demoMinerCommand(): Command {
  const command = withMinerOptions(newCommand("demo-miner", "a miner of the demo"))
    .addOption(
      new Option("--behaviour <kind>")
        .choices(CAST.map((role) => role.behaviour))
        .makeOptionMandatory(),
    )
    .requiredOption("--partner <hotkey>", "whose jobs a copier's prover works for");
  return onRun<DemoMinerOptions>(command, (context, options) => {
    const adapt = (solver: Solver): Solver => {
      switch (options.behaviour) {
        case "honest":
          return solver;
        case "slowed":
          return slowed(solver);
        case "liar":
          return liar(solver);
        case "copier":
          return copier(solver, hotkey(options.partner));
      }
    };
    return serveMiner(context, options, { adapt });
  });
}
