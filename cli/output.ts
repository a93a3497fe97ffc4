/**
 * Where words go. stdout carries what was asked for and nothing else; everything said on the way goes to stderr.
 * With --json stdout carries one object, `{ok, data, error, version}`, on its last line; a command that runs until
 * it is stopped writes one event a line.
 * @module
 */
import { createRequire } from "node:module";
import pc from "picocolors";
import { type ErrorShape, shapeOf } from "./error.ts";
import { EXIT, type ExitCode, exitCodeOf } from "./exit.ts";
import { printable, printableLines } from "./table.ts";

export interface OutputOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
}

/** What a command found out, in the two forms it can be asked for. */
export interface Result {
  readonly data: unknown;
  /** Lines for people, without a final newline. */
  readonly text: string;
  /** Default 0. A result can be a clear answer and still not a success: a proof that does not verify. */
  readonly exit?: ExitCode;
  /** Shown as the error of a result that did not succeed. */
  readonly error?: ErrorShape;
}

export class Output {
  readonly options: OutputOptions;

  constructor(options: OutputOptions) {
    this.options = options;
  }

  /** Something a person may want to know while waiting. */
  note(line: string): void {
    if (!this.options.quiet) console.error(line);
  }

  warn(line: string): void {
    console.error(pc.yellow(line));
  }

  /** One event of a command that runs until it is stopped: NDJSON on stdout, or a line for people. */
  event(event: string, facts: Readonly<Record<string, unknown>>, line: string): void {
    if (this.options.json) console.log(JSON.stringify({ event, ...facts }, bigintsAsText));
    else if (!this.options.quiet) console.log(line);
  }

  result(result: Result): ExitCode {
    const exit = result.exit ?? EXIT.ok;
    if (this.options.json) {
      const error = result.error === undefined ? {} : { error: result.error };
      const body = { ok: exit === EXIT.ok, data: result.data, ...error, version: VERSION };
      console.log(JSON.stringify(body, bigintsAsText));
    } else {
      console.log(result.text);
      if (result.error !== undefined) this.#explain(result.error);
    }
    return exit;
  }

  fail(thrown: unknown): ExitCode {
    const error = shapeOf(thrown);
    if (this.options.json) console.log(JSON.stringify({ ok: false, error, version: VERSION }));
    else this.#explain(error);
    if (this.options.verbose && thrown instanceof Error)
      console.error(printableLines(thrown.stack ?? ""));
    return exitCodeOf(error.code, thrown);
  }

  #explain(error: ErrorShape): void {
    const { code, message, hint } = error;
    console.error(`${pc.red("error")} ${pc.bold(printable(code))}: ${printableLines(message)}`);
    console.error(`  ${printableLines(hint)}`);
  }
}

/** Read from package.json, which stands one folder up in the sources and two in the build. */
export const VERSION: string = readVersion();

function readVersion(): string {
  const require = createRequire(import.meta.url);
  const path = import.meta.url.endsWith(".ts") ? "../package.json" : "../../package.json";
  return (require(path) as { version: string }).version;
}

function bigintsAsText(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}
