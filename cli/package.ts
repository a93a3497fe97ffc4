/**
 * `assay package verify`: trust in a circuit package, earned step by step.
 * @module
 */
import { stat } from "node:fs/promises";
import type { Command } from "commander";
import { CHECKS, type Check, checkPackage } from "../circuits/check-package.ts";
import { findPowersOfTau } from "../circuits/powers-of-tau.ts";
import { DEVELOPMENT_NOTICE } from "./circuit.ts";
import { newCommand, onRun } from "./command.ts";
import { ceremonyOf, type EngineChoice, verifierOf, withEngineOption } from "./engine-source.ts";
import { CliError } from "./error.ts";
import { EXIT } from "./exit.ts";
import type { Result } from "./output.ts";

interface VerifyOptions extends EngineChoice {
  readonly ptau?: string;
  readonly skipKeys?: boolean;
}

export function packageVerifyCommand(): Command {
  const command = withEngineOption(
    newCommand("verify", "check that a circuit package is what its model and its manifest say"),
  )
    .argument("<dir>", "the folder of the package")
    .option("--ptau <file>", "the powers of tau of its keys (default: looked for in $ASSAY_HOME)")
    .option("--skip-keys", "succeed without following the keys to powers of tau")
    .addHelpText("after", "\nExample:\n  $ assay package verify iris\n");
  return onRun<VerifyOptions>(command, async (context, options, [dir = ""]) => {
    const { progress, stop } = context;
    const engine = verifierOf(options, context);
    const ceremony = ceremonyOf(options, context);
    try {
      const { ptau } = options;
      if (ptau !== undefined) await requireFile(ptau);
      const checks = await checkPackage(dir, {
        engine,
        ceremony,
        powersOfTau: async ({ setup }) =>
          options.skipKeys === true && ptau === undefined
            ? undefined
            : (ptau ?? (await findPowersOfTau((await context.openHome()).ptau, setup.powersOfTau))),
        onCheck: (check) => progress.stage(check.name),
        signal: stop.signal,
      });
      const isDevelopment = checks[0]?.found.includes("development keys") === true;
      if (isDevelopment) context.output.warn(DEVELOPMENT_NOTICE);
      return resultOf(dir, checks, options.skipKeys === true);
    } finally {
      await Promise.all([engine.close(), ceremony.close()]);
    }
  });
}

function resultOf(dir: string, checks: readonly Check[], skipKeys: boolean): Result {
  const failed = checks.find((check) => check.is === "unsound");
  const skipped = checks.filter((check) => check.is === "skipped");
  const isSound = failed === undefined && (skipKeys || skipped.length === 0);
  const reached = new Set(checks.map(({ name }) => name));
  const width = Math.max(...CHECKS.map((name) => name.length));
  const text = [
    ...checks.map((check) => {
      const mark = check.is === "sound" ? "ok  " : check.is === "skipped" ? "skip" : "BAD ";
      const code = check.is === "unsound" ? `${check.code}: ` : "";
      return `${mark}  ${check.name.padEnd(width)}  ${code}${check.found}`;
    }),
    ...CHECKS.filter((name) => !reached.has(name)).map(
      (name) => `      ${name.padEnd(width)}  not reached`,
    ),
  ].join("\n");
  const data = { valid: isSound, dir, checks };
  if (failed !== undefined) {
    return {
      data,
      text,
      exit: EXIT.artefact,
      error: {
        code: failed.code,
        message: failed.found,
        hint: "Do not use this package. Take it again from where it was published, or make it yourself.",
      },
    };
  }
  if (!isSound) {
    return {
      data,
      text,
      exit: EXIT.artefact,
      error: {
        code: "PTAU_MISSING",
        message: `not checked: ${skipped.map(({ name }) => name).join(", ")}`,
        hint: "Give the powers of tau with --ptau, or leave the keys out on purpose with --skip-keys.",
      },
    };
  }
  return { data, text };
}

async function requireFile(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile() === true) return;
  throw new CliError(
    "PTAU_MISSING",
    `no powers of tau at ${path}`,
    "Give a .ptau file, prepared for phase 2.",
  );
}
