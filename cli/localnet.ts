/**
 * `assay localnet up`: a chain of this machine alone, for trying things and for tests.
 * @module
 */
import { join } from "node:path";
import type { Command } from "commander";
import { startLocalChain } from "../chain/local/server.ts";
import { type Home, newRun } from "../store/home.ts";
import { newCommand, onRun } from "./command.ts";
import { portNumber, wholeNumber } from "./options.ts";

interface LocalnetOptions {
  readonly host: string;
  readonly port: number;
  readonly dir?: string;
  readonly blockMs: number;
  readonly tempo: number;
}

export function localnetUpCommand(): Command {
  const command = newCommand("up", "start a local chain and keep it running")
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option("--port <port>", "port to listen on; 0 takes a free one", portNumber, 9944)
    .option(
      "--dir <dir>",
      "where the chain's state is kept (default: in $ASSAY_HOME/runs, one for each port)",
    )
    .option("--block-ms <ms>", "time between blocks", wholeNumber(50, 60_000), 1_000)
    .option("--tempo <blocks>", "blocks between epochs", wholeNumber(2, 65_535), 20)
    .addHelpText("after", "\nExample:\n  $ assay localnet up --port 9944\n");
  return onRun<LocalnetOptions>(command, async ({ output, stop, openHome }, options) => {
    const dir = options.dir ?? (await defaultDir(options.port, await openHome()));
    const chain = await startLocalChain({
      host: options.host,
      port: options.port,
      dir,
      blockMs: options.blockMs,
      tempo: options.tempo,
    });
    try {
      output.event(
        "listening",
        { url: chain.url, dir },
        `local chain at ${chain.url}, a block every ${options.blockMs} ms, an epoch every ${options.tempo} blocks\n` +
          `state in ${dir}; stop with Ctrl-C`,
      );
      await stop.requested;
    } finally {
      await chain.close();
    }
    return undefined;
  });
}

/** The same port finds the same chain again; a port that chance chose starts a new one. */
async function defaultDir(port: number, home: Home): Promise<string> {
  return port === 0 ? join((await newRun(home)).dir, "chain") : join(home.runs, `localnet-${port}`);
}
