/**
 * Which engine a command proves and makes keys with: --engine, else ASSAY_ENGINE, else the native core where it is
 * built, else the reference.
 * @module
 */
import { availableParallelism } from "node:os";
import { type Command, Option } from "commander";
import type { Ceremony } from "../proof/ceremony.ts";
import type { Engine, WitnessCalculator } from "../proof/engine.ts";
import { type EngineName, openCeremony, openEngine } from "../proof/open.ts";
import type { Context } from "./command.ts";

export interface EngineChoice {
  readonly engine?: EngineName;
}

const NAMES: readonly EngineName[] = ["native", "reference"];

export function withEngineOption(command: Command): Command {
  return command.addOption(
    new Option(
      "--engine <engine>",
      "what proves: native (where it is built) or reference (snarkjs)",
    )
      .choices(NAMES)
      .env("ASSAY_ENGINE"),
  );
}

/** For whoever only verifies: it leaves nothing on the disk. */
export function verifierOf(choice: EngineChoice, { output }: Pick<Context, "output">): Engine {
  return openEngine({ ...choiceOf(choice), onNotice: (line) => output.note(line) });
}

/** @param proofs made side by side; each gets its share of the processors */
export async function proverOf(
  choice: EngineChoice,
  { output, openHome }: Pick<Context, "output" | "openHome">,
  proofs = 1,
): Promise<Engine & WitnessCalculator> {
  const { tables } = await openHome();
  return openEngine({
    ...choiceOf(choice),
    proofs,
    threads: Math.max(1, Math.floor(availableParallelism() / proofs)),
    cacheDir: tables,
    onNotice: (line) => output.note(line),
  });
}

export function ceremonyOf(choice: EngineChoice, { output }: Pick<Context, "output">): Ceremony {
  return openCeremony({ ...choiceOf(choice), onNotice: (line) => output.note(line) });
}

/** A command's other options are none of the engine's. */
function choiceOf({ engine }: EngineChoice): EngineChoice {
  return engine === undefined ? {} : { engine };
}
