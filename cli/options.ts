/**
 * Numbers on the command line: parsed once, with bounds and a sentence when they are wrong.
 * @module
 */
import { InvalidArgumentError } from "commander";

/** A parser for commander: a whole number between two bounds. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d{1,15}$/.test(text) || value < min || value > max) {
      throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`);
    }
    return value;
  };
}

/** 0 asks the system for a free port. */
export const portNumber: (text: string) => number = wholeNumber(0, 65_535);
