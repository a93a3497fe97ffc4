/**
 * What is happening, while it happens: on a terminal one line that rewrites itself, elsewhere one plain line for
 * each stage, so that a log file reads as a log.
 * @module
 */
import { printable } from "./table.ts";

export interface Progress {
  /** A stage begins: always a line of its own. */
  stage(line: string): void;
  /** Where the current stage stands: rewrites itself on a terminal, otherwise kept to one line in `quietMs`. */
  update(line: string): void;
  /** Leaves the terminal's cursor on a fresh line. */
  end(): void;
}

export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** A log that nobody watches wants a sign of life, not a flood. */
const QUIET_MS = 5_000;

export function openProgress(stream: ProgressStream, now: () => number = Date.now): Progress {
  return stream.isTTY === true ? new TerminalProgress(stream) : new PlainProgress(stream, now);
}

export const silentProgress: Progress = { stage() {}, update() {}, end() {} };

class TerminalProgress implements Progress {
  readonly #stream: ProgressStream;
  #open = false;

  constructor(stream: ProgressStream) {
    this.#stream = stream;
  }

  stage(line: string): void {
    this.end();
    this.#stream.write(`${printable(line)}\n`);
  }

  update(line: string): void {
    const width = Math.max(20, (this.#stream.columns ?? 80) - 1);
    this.#stream.write(`\r\u001b[2K${printable(line).slice(0, width)}`);
    this.#open = true;
  }

  end(): void {
    if (this.#open) this.#stream.write("\r\u001b[2K");
    this.#open = false;
  }
}

class PlainProgress implements Progress {
  readonly #stream: ProgressStream;
  readonly #now: () => number;
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(stream: ProgressStream, now: () => number) {
    this.#stream = stream;
    this.#now = now;
  }

  stage(line: string): void {
    this.#stream.write(`${printable(line)}\n`);
    this.#lastMs = this.#now();
  }

  update(line: string): void {
    if (this.#now() - this.#lastMs < QUIET_MS) return;
    this.stage(line);
  }

  end(): void {}
}
