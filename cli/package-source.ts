/**
 * Which circuit package a person means: a folder, a circuit id of this machine's cache, or a model whose package is
 * made when it is missing.
 * @module
 */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { type CircuitPackage, ensurePackage, openPackage } from "../circuits/package.ts";
import type { Engine } from "../proof/engine.ts";
import { openCeremony } from "../proof/open.ts";
import type { Context } from "./command.ts";
import { CliError } from "./error.ts";
import { inStages } from "./eta.ts";
import type { ModelSource } from "./model-source.ts";

/** The package for a model of this machine: found in the cache, or built there under development keys. */
export async function packageOf(
  { graph }: Pick<ModelSource, "graph">,
  context: Pick<Context, "openHome" | "progress" | "stop">,
  engine: Engine,
): Promise<CircuitPackage> {
  const home = await context.openHome();
  // Of the kind of the engine: whoever chose one chose the other.
  const ceremony = openCeremony({ engine: engine.name });
  try {
    return await ensurePackage(
      { graph, packagesDir: home.packages, ptauDir: home.ptau },
      {
        ceremony,
        engine,
        signal: context.stop.signal,
        onProgress: inStages(context.progress),
      },
    );
  } finally {
    await ceremony.close();
  }
}

/** The package of a circuit id that something (a proof, a receipt) speaks of. */
export async function packageById(
  circuit: string,
  dir: string | undefined,
  context: Context,
): Promise<CircuitPackage> {
  const place = dir ?? join((await context.openHome()).packages, circuit);
  const exists = await stat(place).then(
    () => true,
    () => false,
  );
  if (!exists) {
    throw new CliError(
      "ARTEFACT_MISSING",
      `no circuit package ${circuit} on this machine`,
      "Give its folder with --package, as its maker published it.",
    );
  }
  const found = await openPackage(place);
  if (found.id !== circuit) {
    throw new CliError(
      "ARTEFACT_ALTERED",
      `the package in ${place} is circuit ${found.id}, expected ${circuit}`,
      "Give the package that the proof was made for.",
    );
  }
  return found;
}
