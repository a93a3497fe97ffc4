/**
 * A few child processes that do snarkjs's work, one request each at a time. Killing a child is how work is aborted;
 * the next request gets a new one. A child whose parent dies ends by itself.
 * @module
 */
import { type ChildProcess, fork } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { ProofError } from "../error.ts";
import type { ArgsOf, Ask, OperationName, Reply, ResultOf } from "./operations.ts";

export interface ChildrenOptions {
  /** How many requests run at once. */
  readonly size: number;
  /** Threads of each child: one, or one for each processor. */
  readonly threads: "one" | "all";
}

export interface RunOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (line: string) => void;
}

interface Request extends RunOptions {
  readonly ask: Ask;
  readonly resolve: (result: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

export class Children {
  readonly #options: ChildrenOptions;
  readonly #waiting: Request[] = [];
  readonly #idle: Child[] = [];
  readonly #busy = new Set<Child>();
  #closed = false;

  constructor(options: ChildrenOptions) {
    this.#options = options;
  }

  /** @throws ProofError `ENGINE_CLOSED` | `CHILD_DIED` | `CHILD_FAILED`, or the signal's reason */
  async run<Name extends OperationName>(
    name: Name,
    args: ArgsOf<Name>,
    options: RunOptions = {},
  ): Promise<ResultOf<Name>> {
    options.signal?.throwIfAborted();
    if (this.#closed) throw closedError();
    let abandon = (): void => {};
    try {
      const result = await new Promise<unknown>((resolve, reject) => {
        const request: Request = { ...options, ask: { name, args }, resolve, reject };
        abandon = () => {
          const place = this.#waiting.indexOf(request);
          if (place >= 0) this.#waiting.splice(place, 1);
          reject(options.signal?.reason);
        };
        options.signal?.addEventListener("abort", abandon, { once: true });
        this.#waiting.push(request);
        this.#serveNext();
      });
      return result as ResultOf<Name>;
    } finally {
      options.signal?.removeEventListener("abort", abandon);
    }
  }

  /** Ends every child; whatever was asked and not answered rejects. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const request of this.#waiting.splice(0)) request.reject(closedError());
    const all = [...this.#idle.splice(0), ...this.#busy];
    await Promise.all(all.map((child) => child.kill()));
  }

  #serveNext(): void {
    if (this.#closed || this.#busy.size >= this.#options.size) return;
    const request = this.#waiting.shift();
    if (request === undefined) return;
    const child = this.#living() ?? new Child(this.#options.threads);
    this.#busy.add(child);
    void this.#serve(child, request);
  }

  /** One that has nothing to do; those that ended meanwhile are forgotten. */
  #living(): Child | undefined {
    for (;;) {
      const child = this.#idle.pop();
      if (child === undefined || child.isAlive) return child;
    }
  }

  async #serve(child: Child, request: Request): Promise<void> {
    const abort = (): void => void child.kill();
    request.signal?.addEventListener("abort", abort, { once: true });
    try {
      request.resolve(await child.answer(request.ask, request.onProgress));
    } catch (error) {
      request.reject(this.#closed ? closedError() : error);
    } finally {
      request.signal?.removeEventListener("abort", abort);
      this.#busy.delete(child);
      if (child.isAlive) this.#idle.push(child);
      this.#serveNext();
    }
  }
}

/** What a dying child said last: enough for an error message, whatever it printed. */
const LAST_WORDS = 2_000;

class Child {
  readonly #process: ChildProcess;
  readonly #exited: Promise<void>;
  #lastWords = "";
  isAlive = true;

  constructor(threads: ChildrenOptions["threads"]) {
    const isSource = import.meta.url.endsWith(".ts");
    const program = new URL(isSource ? "./child.ts" : "./child.js", import.meta.url);
    this.#process = fork(fileURLToPath(program), [threads, String(process.pid)], {
      // A source file runs through tsx, wherever the working directory is.
      execArgv: isSource ? ["--import", pathToFileURL(resolveTsx()).href] : [],
      serialization: "advanced",
      // A process group of its own: a terminal's Ctrl-C reaches only the parent, and that decides.
      detached: true,
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    this.#process.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#lastWords = (this.#lastWords + text).slice(-LAST_WORDS);
    });
    this.#exited = new Promise((resolve) => {
      const gone = (): void => {
        this.isAlive = false;
        resolve();
      };
      this.#process.once("exit", gone);
      this.#process.once("error", gone);
    });
  }

  answer(ask: Ask, onProgress: ((line: string) => void) | undefined): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const done = (): void => {
        this.#process.off("message", read);
        this.#process.off("exit", died);
        this.#process.off("error", died);
      };
      const died = (): void => {
        done();
        const { exitCode, signalCode } = this.#process;
        reject(
          new ProofError(
            "CHILD_DIED",
            `a proving process ended (${signalCode ?? exitCode}) during "${ask.name}": ${this.#lastWords.trim() || "it said nothing"}`,
            "Try again; if it happens again, look whether the machine has memory left.",
          ),
        );
      };
      const read = (reply: Reply): void => {
        if (reply.kind === "progress") {
          onProgress?.(reply.line);
          return;
        }
        done();
        if (reply.kind === "result") resolve(reply.result);
        else reject(failure(ask.name, reply.message));
      };
      this.#process.on("message", read);
      this.#process.once("exit", died);
      this.#process.once("error", died);
      if (!this.isAlive) died();
      // A child that can no longer be asked is about to end; how it ended is said then.
      else this.#process.send(ask, (error) => error !== null && void this.kill());
    });
  }

  async kill(): Promise<void> {
    // From now on, not only when it is gone: its answer may still arrive, and nobody may be sent to it after that.
    this.isAlive = false;
    this.#process.kill("SIGKILL");
    await this.#exited;
  }
}

function resolveTsx(): string {
  return createRequire(import.meta.url).resolve("tsx");
}

function failure(name: OperationName, message: string): ProofError {
  return new ProofError(
    "CHILD_FAILED",
    `snarkjs could not do "${name}": ${message}`,
    "Check that the files it was given belong together.",
  );
}

function closedError(): ProofError {
  return new ProofError(
    "ENGINE_CLOSED",
    "the engine was closed before it answered",
    "Open a new engine.",
  );
}
