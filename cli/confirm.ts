/**
 * Nothing is signed or deleted unasked: a person is asked in a terminal, a script says --yes.
 * @module
 */
import { createInterface } from "node:readline/promises";
import type { Command } from "commander";
import { CliError } from "./error.ts";

export interface YesOption {
  readonly yes?: boolean;
}

export function withYesOption(command: Command): Command {
  return command.option("-y, --yes", "do not ask");
}

/**
 * Goes on when the answer is yes.
 * @param otherwise what else a script may do, for the hint
 * @throws CliError `CONFIRMATION_NEEDED` without a terminal and without --yes, `DECLINED`
 */
export async function confirm(
  question: string,
  { yes }: YesOption,
  otherwise = "Add --yes.",
): Promise<void> {
  if (yes === true) return;
  if (!process.stdin.isTTY) {
    throw new CliError(
      "CONFIRMATION_NEEDED",
      `"${question}" cannot be asked without a terminal`,
      otherwise,
    );
  }
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await lines.question(`${question} [y/N] `);
    if (/^y(es)?$/i.test(answer.trim())) return;
  } finally {
    lines.close();
  }
  throw new CliError("DECLINED", "the answer was not yes", "Nothing was done.");
}
