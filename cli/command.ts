/**
 * How every command is declared and run: the options all share, one way to print, one way to fail.
 * @module
 */
import { Command } from "commander";
import { defaultHome, type Home, openHome } from "../store/home.ts";
import { EXIT } from "./exit.ts";
import { Output, type Result } from "./output.ts";
import { openProgress, type Progress, silentProgress } from "./progress.ts";
import { listenForStop, type Stop } from "./stop.ts";

/** What a running command is given. */
export interface Context {
  readonly output: Output;
  readonly stop: Stop;
  /** Opens ASSAY_HOME (or --home): only commands that keep something there call it. */
  openHome(): Promise<Home>;
  /** Progress on stderr; silent with --quiet. */
  readonly progress: Progress;
}

interface CommonOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly home?: string;
}

/** A command with the options that all commands share. */
export function newCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option(
      "--json",
      "print one JSON object (a command that keeps running prints one event a line)",
    )
    .option("-q, --quiet", "print nothing but the result")
    .option("-v, --verbose", "print stacks and details")
    .option("--home <dir>", "where caches, runs and keys are kept (default: $ASSAY_HOME)");
}

/** A noun: it only holds verbs. */
export function newGroup(name: string, description: string, commands: readonly Command[]): Command {
  const group = new Command(name).description(description);
  for (const command of commands) group.addCommand(command);
  return group;
}

/**
 * Gives a command its action. The action's result is printed and sets the exit code; what it throws is printed by
 * its shape. Nothing calls process.exit: whatever was started must have been closed.
 */
export function onRun<Options>(
  command: Command,
  run: (
    context: Context,
    options: Options,
    operands: readonly string[],
  ) => Promise<Result | undefined>,
): Command {
  return command.action(async () => {
    const operands = command.args;
    const options = command.opts<CommonOptions & Options>();
    const output = new Output({
      json: options.json === true,
      quiet: options.quiet === true,
      verbose: options.verbose === true,
    });
    const progress = output.options.quiet ? silentProgress : openProgress(process.stderr);
    const stop = listenForStop();
    const context: Context = {
      output,
      stop,
      progress,
      openHome: () => openHome(options.home ?? defaultHome(process.env)),
    };
    try {
      const result = await run(context, options, operands);
      progress.end();
      process.exitCode = result === undefined ? (stop.exit ?? EXIT.ok) : output.result(result);
    } catch (error) {
      progress.end();
      process.exitCode = stop.exit ?? output.fail(error);
    }
  });
}
