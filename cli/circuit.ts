/**
 * `assay circuit setup`: compile a model's circuit and make keys for it, once, and later calls find them; or make keys for
 * the draft in a folder, which becomes a package where it lies.
 * @module
 */
import { stat } from "node:fs/promises";
import type { Command } from "commander";
import { finishDraft } from "../circuits/build.ts";
import { type CircuitPackage, openPackage } from "../circuits/package.ts";
import type { Engine } from "../proof/engine.ts";
import { openCeremony } from "../proof/open.ts";
import { type Context, newCommand, onRun } from "./command.ts";
import { type EngineChoice, proverOf, withEngineOption } from "./engine-source.ts";
import { inStages } from "./eta.ts";
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
    .argument(
      "[model]",
      "a name of the catalogue, the path of an integer ONNX, or the folder of a draft",
      DEFAULT_MODEL,
    )
    .addHelpText("after", "\nExample:\n  $ assay circuit setup mnist-mlp\n");
  return onRun<EngineChoice>(command, async (context, options, [model = DEFAULT_MODEL]) => {
    const engine = await proverOf(options, context);
    try {
      const isFolder = await stat(model).then(
        (found) => found.isDirectory(),
        () => false,
      );
      const made = isFolder
        ? await finished(model, context, engine)
        : await packageOf(await openModel(model), context, engine);
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

async function finished(
  dir: string,
  context: Pick<Context, "openHome" | "progress" | "stop">,
  engine: Engine,
): Promise<CircuitPackage> {
  const { ptau: ptauDir } = await context.openHome();
  // Of the kind of the engine: whoever chose one chose the other.
  const ceremony = openCeremony({ engine: engine.name });
  try {
    const { signal } = context.stop;
    const parts = { ceremony, engine, signal, onProgress: inStages(context.progress) };
    await finishDraft({ dir, ptauDir }, parts);
    return await openPackage(dir);
  } finally {
    await ceremony.close();
  }
}
