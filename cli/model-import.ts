/**
 * `assay model import`: from an ONNX file as its framework wrote it to the draft of a circuit package, with an honest
 * report of what the rounding cost and what proving will.
 * @module
 */
import { mkdir, readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { writeDraft } from "../circuits/draft.ts";
import { defaultVisibility } from "../circuits/lower/inputs.ts";
import type { Visibility } from "../circuits/lower/lowered.ts";
import { FILES, MANIFEST_FILE } from "../circuits/manifest.ts";
import { readSource } from "../models/quantise/import-model.ts";
import { writeFileAtomic } from "../store/atomic.ts";
import { newCommand, onRun } from "./command.ts";
import { CliError } from "./error.ts";
import { renderReport, reportOf } from "./import-report.ts";
import { readSamples, splitSamples } from "./input/samples.ts";
import { readModelFile } from "./model-source.ts";
import { wholeNumber } from "./options.ts";

interface ImportOptions {
  readonly calibration: string;
  readonly labels?: string;
  readonly weightBits: number;
  readonly activationBits: number;
  readonly inputBits: number;
  readonly public?: readonly string[];
  readonly hashed?: readonly string[];
  readonly private?: readonly string[];
  readonly dim?: ReadonlyMap<string, number>;
  readonly name?: string;
  readonly out: string;
  readonly force?: boolean;
}

const REPORT_FILE = "report.json";

/** Named in one of the three options instead of a tensor: all of them. */
const ALL_INPUTS = "inputs";
/** Outputs are public always; to say so is no mistake. */
const ALL_OUTPUTS = "outputs";

export function modelImportCommand(): Command {
  const command = newCommand("import", "round a model to integers and compile its circuit")
    .argument("<model>", "the path of an ONNX file")
    .requiredOption(
      "--calibration <samples>",
      "real inputs: .npy, .npz, .csv, .json, or a folder of PNG pictures",
    )
    .option(
      "--labels <name>",
      "the class of each sample: an array or a column there, or a file of its own",
    )
    .option("--weight-bits <n>", "bits of a weight", wholeNumber(2, 8), 5)
    .option("--activation-bits <n>", "bits between layers", wholeNumber(2, 8), 5)
    .option("--input-bits <n>", "bits of an input", wholeNumber(2, 16), 8)
    .option("--public <tensors>", "inputs that a proof shows (default up to 1,024 elements)", list)
    .option("--hashed <tensors>", "inputs that it shows by their digest (default above)", list)
    .option("--private <tensors>", "inputs that it does not show: for proofs outside jobs", list)
    .option("--dim <name=n>", "the size of a dimension that the file only names", dimension)
    .option("--name <name>", "what the model is called (default: the file's name)")
    .requiredOption("-o, --out <dir>", "where model, circuit, manifest and report are written")
    .option("--force", "write over what is there")
    .addHelpText(
      "after",
      "\nExample:\n  $ assay model import iris.onnx --calibration iris.csv --labels species --out iris\n",
    );
  return onRun<ImportOptions>(command, async ({ progress, stop }, options, [file = ""]) => {
    if (options.force !== true) await refuseToOverwrite(options.out);
    progress.stage(`reading ${basename(file)}`);
    const dims = options.dim ?? new Map<string, number>();
    const source = readSource(await readModelFile(file), dims);
    const said = visibilitiesSaid(
      source.inputs.map(({ name }) => name),
      options,
    );
    const read = await readSamples(options.calibration, source.inputs, options.labels);
    const { calibration, holdOut } = splitSamples(read);
    stop.signal.throwIfAborted();

    progress.stage(`rounding to ${options.weightBits}-bit weights`);
    const { weightBits, activationBits, inputBits } = options;
    const { graph, report: quantised } = source.import(
      { calibration, ...(holdOut && { holdOut }) },
      {
        name: options.name ?? nameOf(file),
        ...{ weightBits, activationBits, inputBits, dims },
        ...(read.classes && { labels: read.classes }),
      },
    );
    stop.signal.throwIfAborted();

    progress.stage("compiling the circuit");
    const visibility = graph.inputs.map(
      (input) => said.get(input.name) ?? defaultVisibility(input),
    );
    await clearFolder(options.out);
    const startMs = performance.now();
    const draft = await writeDraft(options.out, graph, visibility);
    const compileMs = Math.round(performance.now() - startMs);
    const report = reportOf(draft, quantised, { weightBits, activationBits, inputBits });
    await writeFileAtomic(
      join(options.out, REPORT_FILE),
      `${JSON.stringify(report, undefined, 2)}\n`,
    );
    return {
      data: { dir: options.out, compileMs, ...report },
      text: [
        renderReport(report),
        `model id     ${graph.id}`,
        `draft        ${options.out}: assay circuit setup ${options.out} makes its keys`,
      ].join("\n"),
    };
  });
}

/** What an import or a setup has left in a folder. */
async function filesIn(dir: string): Promise<readonly string[]> {
  const own: readonly string[] = [...Object.values(FILES), MANIFEST_FILE, REPORT_FILE];
  return (await readdir(dir).catch(() => [])).filter((name) => own.includes(name));
}

/** Keys that somebody made are not thrown away by a slip. */
async function refuseToOverwrite(dir: string): Promise<void> {
  const there = await filesIn(dir);
  if (there.length === 0) return;
  throw new CliError(
    "ALREADY_THERE",
    `${dir} holds ${there.join(", ")} already`,
    "Name another folder with --out, or add --force.",
  );
}

/** Only when there is something to put in its place. */
async function clearFolder(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true });
  for (const name of await filesIn(dir)) await rm(join(dir, name), { force: true });
}

function nameOf(file: string): string {
  return basename(file).replace(/\.onnx$/i, "");
}

function visibilitiesSaid(
  inputs: readonly string[],
  options: ImportOptions,
): ReadonlyMap<string, Visibility> {
  const said = new Map<string, Visibility>();
  for (const visibility of ["public", "hashed", "private"] as const) {
    for (const word of options[visibility] ?? []) {
      if (word === ALL_OUTPUTS && visibility === "public") continue;
      for (const name of word === ALL_INPUTS ? inputs : [word]) {
        if (!inputs.includes(name)) {
          throw new CliError(
            "USAGE",
            `--${visibility} ${word}: the model has no such input`,
            `Name some of ${inputs.join(", ")}, or "${ALL_INPUTS}" for all. Outputs are always public.`,
          );
        }
        if (said.has(name)) {
          throw new CliError(
            "USAGE",
            `input ${name} is said to be ${said.get(name)} and ${visibility}`,
            "Say one of it.",
          );
        }
        said.set(name, visibility);
      }
    }
  }
  return said;
}

function list(text: string): readonly string[] {
  return text.split(",");
}

function dimension(
  text: string,
  earlier: ReadonlyMap<string, number> = new Map(),
): ReadonlyMap<string, number> {
  const [, name = "", size = ""] = /^(.+)=(\d{1,7})$/.exec(text) ?? [];
  if (name === "" || Number(size) === 0 || earlier.has(name)) {
    throw new InvalidArgumentError("Expected name=n, each name once, as in --dim batch=1.");
  }
  return new Map([...earlier, [name, Number(size)]]);
}
