/**
 * `assay localnet reset`: deletes a local chain's folder, and nothing that is not one.
 * @module
 */
import { open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import { acquireLock } from "../store/lock.ts";
import { newCommand, onRun } from "./command.ts";
import { confirm, withYesOption, type YesOption } from "./confirm.ts";
import { CliError } from "./error.ts";
import { CHAIN_FILE, chainDir, type PlaceOptions, withPlaceOptions } from "./localnet-place.ts";

const LOCK_FILE = "lock";
/** What a chain's folder may hold; SQLite's two come and go. */
const OURS: ReadonlySet<string> = new Set([
  CHAIN_FILE,
  `${CHAIN_FILE}-wal`,
  `${CHAIN_FILE}-shm`,
  LOCK_FILE,
  `${LOCK_FILE}.takeover`,
]);

export function localnetResetCommand(): Command {
  const command = withYesOption(
    withPlaceOptions(
      newCommand("reset", "delete a local chain, to begin anew"),
      "port of the chain",
    ),
  ).addHelpText("after", "\nExample:\n  $ assay localnet reset --port 9944 --yes\n");
  return onRun<PlaceOptions & YesOption>(command, async ({ openHome }, options) => {
    const dir = await chainDir(options, await openHome());
    await assertLocalChain(dir);
    await confirm(`Delete the local chain in ${dir}?`, options);
    // Whoever runs it holds the lock.
    const lock = await acquireLock(join(dir, LOCK_FILE));
    try {
      await assertLocalChain(dir);
      await rm(dir, { recursive: true });
    } finally {
      await lock.release();
    }
    return { data: { dir }, text: `deleted ${dir}` };
  });
}

/** @throws CliError `NOT_A_LOCAL_CHAIN` */
async function assertLocalChain(dir: string): Promise<void> {
  const names = await readdir(dir).catch(() => undefined);
  if (names === undefined) throw notOne(dir, "there is no such folder");
  const foreign = names.find((name) => !OURS.has(name));
  if (foreign !== undefined) throw notOne(dir, `it holds ${JSON.stringify(foreign.slice(0, 80))}`);
  if (!names.includes(CHAIN_FILE)) throw notOne(dir, `it holds no ${CHAIN_FILE}`);
  if (!(await isDatabase(join(dir, CHAIN_FILE)))) throw notOne(dir, "its file is no database");
}

async function isDatabase(path: string): Promise<boolean> {
  const file = await open(path, "r");
  try {
    const magic = Buffer.from("SQLite format 3\0");
    const { buffer } = await file.read(Buffer.alloc(magic.length), 0, magic.length, 0);
    return buffer.equals(magic);
  } finally {
    await file.close();
  }
}

function notOne(dir: string, why: string): CliError {
  return new CliError(
    "NOT_A_LOCAL_CHAIN",
    `${dir} is not the folder of a local chain: ${why}`,
    "Name the chain by the --port or --dir it was started with.",
  );
}
