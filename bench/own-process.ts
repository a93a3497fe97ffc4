/**
 * A measurement in a process of its own, whose memory is then its own. The program is a file beside this one; it is told
 * its task by an argument and answers by one message.
 * @module
 */
import { fork } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { BenchError } from "./error.ts";

export interface OwnProcess {
  /** Of this folder, without its ending. */
  readonly program: "compile-child" | "chain-child";
  /** Goes as JSON. */
  readonly task: unknown;
  /** Beside what runs the sources. */
  readonly nodeOptions?: readonly string[];
  /** What to say when it ends without an answer. */
  failed(how: string): BenchError;
}

export function inOwnProcess<R>(
  { program, task, nodeOptions = [], failed }: OwnProcess,
  signal: AbortSignal | undefined,
): Promise<R> {
  const isSource = import.meta.url.endsWith(".ts");
  const file = new URL(`./${program}.${isSource ? "ts" : "js"}`, import.meta.url);
  const tsx = (): string => pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(file), [JSON.stringify(task)], {
      execArgv: [...nodeOptions, ...(isSource ? ["--import", tsx()] : [])],
      killSignal: "SIGKILL",
      ...(signal && { signal }),
    });
    let answer: R | undefined;
    child.once("message", (message: R) => {
      answer = message;
    });
    child.once("error", (error) => reject(signal?.aborted === true ? signal.reason : error));
    child.once("exit", (code, killedBy) => {
      if (answer !== undefined) resolve(answer);
      else reject(failed(String(killedBy ?? code)));
    });
  });
}
