/**
 * Runs the command line as a person does: a process of its own, from the sources, with an ASSAY_HOME of the caller's.
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

export const ROOT: string = dirname(dirname(fileURLToPath(import.meta.url)));
export const TSX: string = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  /** The first stdout line that parses as JSON and has this event name. */
  waitForEvent(name: string): Promise<Record<string, unknown>>;
}

export interface AssayOptions {
  readonly home: string;
  readonly cwd?: string;
}

export function startAssay(args: readonly string[], { home, cwd = ROOT }: AssayOptions): Running {
  const child = spawn(process.execPath, ["--import", TSX, `${ROOT}/cli/main.ts`, ...args], {
    cwd,
    env: { ...process.env, ASSAY_HOME: home, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  const onLine = new Set<() => void>();
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    for (const wake of onLine) wake();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const finished = new Promise<Finished>((resolve) => {
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
  return {
    child,
    finished,
    waitForEvent: (name) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          for (const line of stdout.split("\n")) {
            const event = parsed(line);
            if (event?.["event"] !== name) continue;
            onLine.delete(look);
            resolve(event);
            return;
          }
        };
        onLine.add(look);
        look();
        void finished.then((end) =>
          reject(new Error(`ended (${end.code}) before "${name}": ${end.stderr.slice(-2_000)}`)),
        );
      }),
  };
}

export function runAssay(args: readonly string[], options: AssayOptions): Promise<Finished> {
  return startAssay(args, options).finished;
}

/** The one object of a --json command, on the last line of stdout. */
export function lastJson(finished: Finished): Record<string, unknown> {
  const line = finished.stdout.trim().split("\n").at(-1) ?? "";
  const value = parsed(line);
  if (value === undefined)
    throw new Error(`no JSON on the last line of stdout: ${line}\n${finished.stderr}`);
  return value;
}

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
