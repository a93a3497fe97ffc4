/**
 * `assay ceremony …`: the powers of tau, one command for each step. docs/ceremony.md tells who runs which, and when.
 * @module
 */
import { access } from "node:fs/promises";
import { type Command, InvalidArgumentError } from "commander";
import type {
  Beacon,
  Ceremony,
  Contribution,
  StepOptions,
  VerifiedChain,
} from "../proof/ceremony.ts";
import { isRejection } from "../proof/groth16/points.ts";
import type { Rejection } from "../proof/rejection.ts";
import { type Context, newCommand, onRun } from "./command.ts";
import { ceremonyOf, type EngineChoice, withEngineOption } from "./engine-source.ts";
import { CliError } from "./error.ts";
import { duration, watched } from "./eta.ts";
import { EXIT } from "./exit.ts";
import { wholeNumber } from "./options.ts";
import type { Result } from "./output.ts";

/** Fr has roots of unity up to 2^28. */
const MAX_POWER = 28;

interface WriteOptions extends EngineChoice {
  readonly out: string;
  readonly force?: boolean;
}
export interface ContributeOptions extends WriteOptions {
  readonly name: string;
}
export interface BeaconOptions extends ContributeOptions {
  readonly hash: string;
  readonly iterationsExp: number;
}

export function ceremonyCommands(): Command[] {
  const made = newStep("new", "fresh powers of tau, to which nobody has contributed yet")
    .requiredOption("--power <n>", "for circuits of up to 2^n rows", wholeNumber(1, MAX_POWER))
    .addHelpText("after", example("new --power 16 --out 0.ptau"));
  const contributed = contributing(
    newStep("contribute", "add a secret of your own to powers of tau").argument("<file>"),
  ).addHelpText("after", example('contribute 0.ptau --name "Ada" --out 1.ptau'));
  const closed = closing(
    newStep("beacon", "close the powers of tau with a public number").argument("<file>"),
  ).addHelpText(
    "after",
    example(`beacon 1.ptau --hash ${"ab".repeat(32)} --iterations-exp 10 --out 2.ptau`),
  );
  const prepared = newStep("prepare", "compute what keys are made from")
    .argument("<file>")
    .addHelpText("after", example("prepare 2.ptau --out final.ptau"));
  const development = newStep(
    "development",
    "prepared powers of tau in one step, whose secrets this machine knew: for tests",
  )
    .requiredOption("--power <n>", "for circuits of up to 2^n rows", wholeNumber(1, MAX_POWER))
    .addHelpText("after", example("development --power 12 --out development.ptau"));
  const verified = withEngineOption(
    newCommand("verify", "check powers of tau from the first contribution to the last"),
  )
    .argument("<file>")
    .addHelpText("after", example("verify final.ptau"));
  return [
    onRun<WriteOptions & { readonly power: number }>(made, (context, { power, ...options }) =>
      writing(context, options, async (ceremony, step) => {
        await ceremony.newPowersOfTau({ power, out: options.out }, step);
        return [];
      }),
    ),
    onRun<ContributeOptions>(contributed, (context, options, [from = ""]) =>
      writing(context, options, async (ceremony, step) => [
        await ceremony.contributeToPowersOfTau({ from, ...named(options) }, step),
      ]),
    ),
    onRun<BeaconOptions>(closed, (context, options, [from = ""]) =>
      writing(context, options, async (ceremony, step) => [
        await ceremony.applyBeaconToPowersOfTau(
          { from, ...named(options), beacon: beaconOf(options) },
          step,
        ),
      ]),
    ),
    onRun<WriteOptions>(prepared, (context, options, [from = ""]) =>
      writing(context, options, async (ceremony, step) => {
        await ceremony.preparePhase2({ from, out: options.out }, step);
        return [];
      }),
    ),
    onRun<EngineChoice>(verified, (context, options, [file = ""]) =>
      checking(context, options, file, (ceremony, step) =>
        ceremony.verifyPowersOfTau({ file }, step),
      ),
    ),
    onRun<WriteOptions & { readonly power: number }>(development, (context, options) =>
      writing(context, options, (ceremony, step) =>
        ceremony.developmentPowersOfTau({ power: options.power, out: options.out }, step),
      ),
    ),
  ];
}

/** A step that writes one file. */
export function newStep(name: string, description: string): Command {
  return withEngineOption(newCommand(name, description))
    .requiredOption("-o, --out <file>", "what is written")
    .option("--force", "write over a file that is there");
}

export function contributing(command: Command): Command {
  return command.requiredOption("--name <name>", "who contributes, as the file will tell");
}

export function closing(command: Command): Command {
  return command
    .requiredOption("--hash <hex>", "32 public bytes that nobody could choose", parseHash)
    .requiredOption("--iterations-exp <n>", "the bytes are hashed 2^n times", wholeNumber(10, 63))
    .option("--name <name>", "what the file will call it", "beacon");
}

export function named({ out, name }: ContributeOptions): { out: string; name: string } {
  return { out, name };
}

export function beaconOf({ hash, iterationsExp }: BeaconOptions): Beacon {
  return { hash, iterationsExp };
}

export function example(line: string): string {
  return `\nExample:\n  $ assay ceremony ${line}\n`;
}

/** Runs a step that writes --out, and says what was written and by whom. */
export async function writing(
  context: Context,
  options: WriteOptions,
  run: (ceremony: Ceremony, step: StepOptions) => Promise<readonly Contribution[]>,
): Promise<Result> {
  if (options.force !== true) await refuseToOverwrite(options.out);
  const startMs = performance.now();
  const ceremony = ceremonyOf(options, context);
  try {
    const contributions = await run(ceremony, watched(context));
    const ms = performance.now() - startMs;
    return {
      data: { file: options.out, contributions, ms: Math.round(ms) },
      text: [...contributions.map(told), `written to ${options.out} in ${duration(ms)}`].join("\n"),
    };
  } finally {
    await ceremony.close();
  }
}

/** Runs a step that checks, and lists who took part. */
export async function checking(
  context: Context,
  options: EngineChoice,
  file: string,
  run: (ceremony: Ceremony, step: StepOptions) => Promise<VerifiedChain | Rejection>,
): Promise<Result> {
  const ceremony = ceremonyOf(options, context);
  try {
    const verdict = await run(ceremony, watched(context));
    if (!isRejection(verdict)) {
      const { contributions, published } = verdict;
      const known = published === undefined ? [] : [`byte for byte the published ${published}`];
      return {
        data: { valid: true, file, ...verdict },
        text: [`valid: ${file}`, ...known, ...contributions.map(told)].join("\n"),
      };
    }
    return {
      data: { valid: false, file, ...verdict },
      text: `invalid: ${verdict.code} at ${verdict.at}`,
      exit: EXIT.artefact,
      error: {
        code: verdict.code,
        message: `${file} is refused at ${verdict.at}`,
        hint: "Make no key and no proof with it. Codes are explained in docs/protocol.md.",
      },
    };
  } finally {
    await ceremony.close();
  }
}

function told({ kind, name, hash, beacon }: Contribution): string {
  const how = beacon === undefined ? "" : `, ${beacon.hash} hashed 2^${beacon.iterationsExp} times`;
  return `${kind} of ${name === "" ? "somebody" : name}${how}\n  ${hash}`;
}

async function refuseToOverwrite(path: string): Promise<void> {
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (!isThere) return;
  throw new CliError(
    "ALREADY_THERE",
    `${path} is there already`,
    "Name another file with --out, or add --force.",
  );
}

function parseHash(text: string): string {
  if (!/^[0-9a-f]{64}$/.test(text)) {
    throw new InvalidArgumentError("Expected 64 lower-case hexadecimal digits.");
  }
  return text;
}
