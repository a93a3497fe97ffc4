/**
 * Where a local chain lies on disk: the same port finds the same chain again.
 * @module
 */
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { type Home, newRun } from "../store/home.ts";
import { portNumber } from "./options.ts";

export interface PlaceOptions {
  readonly port: number;
  readonly dir?: string;
}

/** The chain as it is on disk; a folder without it has none. */
export const CHAIN_FILE = "chain.sqlite";
export const DEFAULT_PORT = 9_944;

export function withPlaceOptions(command: Command, what: string): Command {
  return command
    .option("--port <port>", what, portNumber, DEFAULT_PORT)
    .option(
      "--dir <dir>",
      "where the chain's state is kept (default: in $ASSAY_HOME/runs, one for each port)",
    );
}

/** A port that chance chooses has no chain yet. */
export async function chainDir({ port, dir }: PlaceOptions, home: Home): Promise<string> {
  if (dir !== undefined) return resolve(dir);
  return port === 0 ? join((await newRun(home)).dir, "chain") : join(home.runs, `localnet-${port}`);
}

/** Beside the chain: keys outlive a reset, and are worth nothing but on local chains. */
export function walletsOf(dir: string): string {
  return `${dir}-wallets`;
}
