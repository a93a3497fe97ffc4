/**
 * `assay circuit setup`: compile a model's circuit and make keys for it, once; later calls find them.
 * @module
 */
import type { Command } from "commander";
import { newCommand, onRun } from "./command.ts";
import { type EngineChoice, proverOf, withEngineOption } from "./engine-source.ts";
import { DEFAULT_MODEL, openModel } from "./model-source.ts";
import { packageOf } from "./package-source.ts";

/** Said wherever keys are made or used that one machine could have kept the secrets of. */
export const DEVELOPMENT_NOTICE: string =
  "These are development keys: this machine knew their secrets while it made them and could forge proofs. " +
  "They are for the local chain only.";

export function circuitSetupCommand(): Command {
  const command = withEngineOption(
    newCommand("setup", "compile a model's circuit and make development keys for it"),
  )
    .argument("[model]", "a name of the catalogue or the path of an integer ONNX", DEFAULT_MODEL)
    .addHelpText("after", "\nExample:\n  $ assay circuit setup mnist-mlp\n");
  return onRun<EngineChoice>(command, async (context, options, [model = DEFAULT_MODEL]) => {
    const engine = await proverOf(options, context);
    try {
      const made = await packageOf(await openModel(model), context, engine);
      const { counts, setup } = made.manifest;
      return {
        data: { circuit: made.id, model: made.graph.id, dir: made.dir, counts, setup: setup.kind },
        text: [
          `circuit id   ${made.id}`,
          `model id     ${made.graph.id}`,
          `constraints  ${counts.constraints} (${counts.wires} wires, ${counts.nonZeros} non-zero coefficients)`,
          `setup        ${setup.kind}`,
          `package      ${made.dir}`,
          ...(setup.kind === "development" ? [DEVELOPMENT_NOTICE] : []),
        ].join("\n"),
      };
    } finally {
      await engine.close();
    }
  });
}
