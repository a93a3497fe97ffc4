/**
 * The log of a service: JSON lines on stderr, so that stdout stays data.
 * @module
 */
import { type Logger, pino } from "pino";
import type { OutputOptions } from "./output.ts";

export function openLog(name: string, options: OutputOptions): Logger {
  const level = options.quiet ? "warn" : options.verbose ? "debug" : "info";
  return pino(
    {
      name,
      level,
      base: null,
      // A key never gets near a log; should a mistake bring one, it is cut out here.
      redact: [
        "secretSeed",
        "secretPhrase",
        "privateKey",
        "*.secretSeed",
        "*.secretPhrase",
        "*.privateKey",
      ],
    },
    pino.destination({ fd: 2, sync: true }),
  );
}
