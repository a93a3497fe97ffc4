/**
 * What is said of repeated measurements: the median, because a machine that does other things makes some of them late
 * and none of them early; beside it the extremes, because a median alone hides how far it can be trusted.
 * @module
 */

export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** How many measurements there were. */
  readonly count: number;
}

/** @param samples at least one */
export function summarise(samples: readonly number[]): Summary {
  const sorted = samples.toSorted((a, b) => a - b);
  const [min, max] = [sorted[0], sorted.at(-1)];
  if (min === undefined || max === undefined) throw new RangeError("no measurement to summarise");
  const middle = sorted.slice((sorted.length - 1) >> 1, (sorted.length >> 1) + 1);
  const median = middle.reduce((sum, sample) => sum + sample, 0) / middle.length;
  return { median, min, max, count: sorted.length };
}

/** The summary of each key that all measurements have, in the order of the first. */
export function summariseEach(
  samples: readonly Readonly<Record<string, number>>[],
): Record<string, Summary> {
  const names = Object.keys(samples[0] ?? {});
  return Object.fromEntries(
    names
      .filter((name) => samples.every((sample) => sample[name] !== undefined))
      .map((name) => [name, summarise(samples.map((sample) => sample[name] ?? 0))]),
  );
}

/**
 * The order of one round. Whoever is measured first in one round is last in the next: the clock of a processor, its heat
 * and its neighbours drift, and so the drift falls on all alike.
 */
export function rotated<T>(items: readonly T[], round: number): T[] {
  const by = items.length === 0 ? 0 : round % items.length;
  return [...items.slice(by), ...items.slice(0, by)];
}
