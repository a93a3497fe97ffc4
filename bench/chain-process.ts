/**
 * A local chain in a process of its own, where its memory is its own. See chain-child.ts.
 * @module
 */
import { fork } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { BenchError } from "./error.ts";

/** What the process is told. */
export interface LongLife {
  readonly dir: string;
  readonly blocks: number;
}

/** What it measured. */
export interface Remembered {
  readonly beforeBytes: number;
  readonly afterBytes: number;
}

export function inOwnProcess(life: LongLife, signal: AbortSignal | undefined): Promise<Remembered> {
  const isSource = import.meta.url.endsWith(".ts");
  const file = isSource ? "./chain-child.ts" : "./chain-child.js";
  const tsx = (): string => pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL(file, import.meta.url)), [JSON.stringify(life)], {
      execArgv: ["--expose-gc", ...(isSource ? ["--import", tsx()] : [])],
      killSignal: "SIGKILL",
      ...(signal && { signal }),
    });
    let remembered: Remembered | undefined;
    child.once("message", (message: Remembered) => {
      remembered = message;
    });
    child.once("error", (error) => reject(signal?.aborted === true ? signal.reason : error));
    child.once("exit", (code, killedBy) => {
      if (remembered !== undefined) return resolve(remembered);
      reject(
        new BenchError(
          "CHAIN_FAILED",
          `the local chain of the bench ended with ${killedBy ?? code}`,
          "Run assay localnet up: what goes wrong there is said in full.",
        ),
      );
    });
  });
}
