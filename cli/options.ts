/**
 * Numbers and addresses on the command line: parsed once, with bounds and a sentence when they are wrong.
 * @module
 */
import { isIP } from "node:net";
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

/** An address as text: names are not looked up. */
export function ipAddress(text: string): string {
  if (isIP(text) === 0) throw new InvalidArgumentError("Expected an IPv4 or IPv6 address.");
  return text;
}
