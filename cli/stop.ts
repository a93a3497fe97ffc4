/**
 * How a process is asked to end: Ctrl-C, SIGTERM, or the death of the process that started it. The first request
 * aborts a signal, so that work drains; the second ends the process at once.
 * @module
 */
import { EXIT, type ExitCode } from "./exit.ts";

export interface Stop {
  readonly signal: AbortSignal;
  /** The exit code that the request calls for; undefined while nobody asked. */
  readonly exit: ExitCode | undefined;
  /** Resolves when asked to stop. */
  readonly requested: Promise<void>;
}

export function listenForStop(): Stop {
  const controller = new AbortController();
  let exit: ExitCode | undefined;
  const requested = new Promise<void>((resolve) => {
    controller.signal.addEventListener("abort", () => resolve(), { once: true });
  });
  const stop = (code: ExitCode) => () => {
    if (exit !== undefined) process.exit(code);
    exit = code;
    controller.abort(new DOMException("asked to stop", "AbortError"));
  };
  process.on("SIGINT", stop(EXIT.interrupted));
  process.on("SIGTERM", stop(EXIT.terminated));
  // A parent that holds a channel to us (the demo) and is gone, however it died: nobody is left to stop us later.
  // The channel must not keep a finished command alive, hence unref.
  if (process.channel !== undefined) {
    process.on("disconnect", stop(EXIT.terminated));
    process.channel.unref();
  }
  return {
    signal: controller.signal,
    requested,
    get exit() {
      return exit;
    },
  };
}
