/**
 * Times on the command line: 250ms, 1s, 1.5s; a bare number is milliseconds.
 * @module
 */
import { InvalidArgumentError } from "commander";

/** A parser for commander. @returns whole milliseconds between two bounds */
export function duration(minMs: number, maxMs: number): (text: string) => number {
  return (text) => {
    const [, number, unit] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s)?$/.exec(text) ?? [];
    const ms = Number(number) * (unit === "s" ? 1_000 : 1);
    if (Number.isInteger(ms) && ms >= minMs && ms <= maxMs) return ms;
    throw new InvalidArgumentError(
      `Expected a time from ${minMs}ms to ${maxMs / 1_000}s, such as 250ms or 1s.`,
    );
  };
}
