/**
 * How far a long step is: what it does now, how much is done, and how long the rest takes if it goes on as it went.
 * @module
 */
import type { StepOptions } from "../proof/ceremony.ts";
import type { Context } from "./command.ts";
import type { Progress } from "./progress.ts";

/** Before, a guess would be worth nothing. */
const LEAST_DONE = 0.01;
const LEAST_MS = 1_000;

/** What a step of a ceremony is given: it can be stopped, and tells the person who waits. */
export function watched(
  { progress, stop }: Pick<Context, "progress" | "stop">,
  now: () => number = () => performance.now(),
): Required<StepOptions> {
  const startMs = now();
  return {
    signal: stop.signal,
    onProgress: (line, done) => progress.update(`${line}${standing(now() - startMs, done)}`),
  };
}

/** For work of several stages: a line that does not say how far it is begins a stage, the others tell of it. */
export function inStages(
  progress: Progress,
  now: () => number = () => performance.now(),
): (line: string, done?: number) => void {
  let startMs = now();
  return (line, done) => {
    if (done === undefined) {
      startMs = now();
      progress.stage(line);
    } else progress.update(`${line}${standing(now() - startMs, done)}`);
  };
}

function standing(elapsedMs: number, done: number | undefined): string {
  if (done === undefined) return `, ${duration(elapsedMs)}`;
  const soFar = `: ${Math.floor(100 * done)} % in ${duration(elapsedMs)}`;
  if (done < LEAST_DONE || elapsedMs < LEAST_MS) return soFar;
  return `${soFar}, ${duration((elapsedMs * (1 - done)) / done)} left`;
}

export function duration(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
