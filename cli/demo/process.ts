/**
 * One process of the demo: `assay …` started again in a process of its own, its events read from its stdout, its log
 * in a file. Each leads a process group, so that a terminal's Ctrl-C reaches only the demo, which then stops them in
 * order; and each holds a channel to the demo, so that it ends by itself should the demo be killed.
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { CliError } from "../error.ts";

/** An event as a command prints it with --json. */
export interface DemoEvent {
  readonly event: string;
  readonly [fact: string]: unknown;
}

/** How long a process may take to drain before it is killed. */
const DRAIN_MS = 5_000;

export class DemoProcess {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #logFile: string;
  readonly #ended: Promise<void>;
  readonly #seen: DemoEvent[] = [];
  readonly #listeners = new Set<(event: DemoEvent) => void>();
  #stopping = false;

  /** @param args the command line after `assay`; --json is added */
  constructor(name: string, args: readonly string[], logFile: string) {
    this.name = name;
    this.#logFile = logFile;
    const log = openSync(logFile, "a", 0o600);
    const program = process.argv[1] ?? "";
    this.#child = spawn(process.execPath, [...process.execArgv, program, ...args, "--json"], {
      stdio: ["ignore", "pipe", log, "ipc"],
      detached: true,
    });
    closeSync(log);
    this.#ended = new Promise((resolve) => {
      this.#child.once("exit", () => resolve());
      this.#child.once("error", () => resolve());
    });
    if (this.#child.stdout !== null) {
      createInterface({ input: this.#child.stdout }).on("line", (line) => this.#read(line));
    }
  }

  onEvent(listener: (event: DemoEvent) => void): void {
    this.#listeners.add(listener);
    for (const event of this.#seen) listener(event);
  }

  /** The first event of that name, past or to come. @throws CliError when the process ends without it */
  async waitFor(name: string, signal: AbortSignal): Promise<DemoEvent> {
    let found: DemoEvent | undefined;
    const event = new Promise<void>((resolve, reject) => {
      this.onEvent((candidate) => {
        if (candidate.event !== name) return;
        found ??= candidate;
        resolve();
      });
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    await Promise.race([event, this.#ended]);
    if (found === undefined) throw await this.#diedError(`before it said "${name}"`);
    return found;
  }

  /** Rejects if the process ends before it is asked to. */
  async watch(): Promise<never> {
    await this.#ended;
    if (this.#stopping) return new Promise<never>(() => {});
    throw await this.#diedError("in the middle of the demo");
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#child.kill("SIGTERM");
    const killer = setTimeout(() => this.#killGroup(), DRAIN_MS);
    await this.#ended;
    clearTimeout(killer);
    this.#killGroup();
  }

  /** The process and whatever it started; an empty group is no error. */
  #killGroup(): void {
    if (this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, "SIGKILL");
    } catch {
      // Nobody is left in the group: that is what was wanted.
    }
  }

  #read(line: string): void {
    let event: DemoEvent;
    try {
      event = JSON.parse(line) as DemoEvent;
    } catch {
      return;
    }
    this.#seen.push(event);
    for (const listener of this.#listeners) listener(event);
  }

  async #diedError(when: string): Promise<CliError> {
    const log = await readFile(this.#logFile, "utf8").catch(() => "");
    const refusal = this.#seen.findLast((event) => "error" in event);
    const reason =
      refusal === undefined
        ? log.trim().split("\n").slice(-5).join("\n")
        : JSON.stringify(refusal["error"]);
    return new CliError(
      "PROCESS_DIED",
      `${this.name} ended ${when} (exit ${this.#child.exitCode ?? this.#child.signalCode}): ${reason}`,
      `Its log is ${this.#logFile}.`,
    );
  }
}
