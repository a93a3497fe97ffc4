/**
 * `assay localnet up`: a chain of this machine alone, for trying things and for tests.
 * @module
 */
import { type Command, Option } from "commander";
import type { Logger } from "pino";
import { ChainError } from "../chain/error.ts";
import type { LocalChain } from "../chain/local/local-chain.ts";
import type { SubnetSettings } from "../chain/local/subnet-settings.ts";
import { openChain } from "./chain-source.ts";
import { type Context, newCommand, onRun } from "./command.ts";
import { duration } from "./duration.ts";
import {
  chainDir,
  DEFAULT_PORT,
  type PlaceOptions,
  walletsOf,
  withPlaceOptions,
} from "./localnet-place.ts";
import { LOCAL_NETUID, type Settler, settle } from "./localnet-settle.ts";
import { openLog } from "./log.ts";
import { wholeNumber } from "./options.ts";
import { renderTable } from "./table.ts";

interface UpOptions extends PlaceOptions {
  readonly host: string;
  readonly blockTime: number;
  readonly finalityLag: number;
  readonly tempo?: number;
  readonly weights?: "plain" | "timelocked";
  readonly validators: number;
  readonly miners: number;
  readonly "wallet.path"?: string;
}

/** A person does not wait longer for an epoch: 20 s with blocks of a second. */
const DEFAULT_TEMPO = 20;

export function localnetUpCommand(): Command {
  const command = withPlaceOptions(
    newCommand("up", "start a local chain and keep it running"),
    "port to listen on; 0 takes a free one",
  )
    .option("--host <address>", "loopback address to listen on", "127.0.0.1")
    .option("--block-time <time>", "time between blocks", duration(50, 60_000), 1_000)
    .option("--finality-lag <blocks>", "blocks by which finality trails", wholeNumber(0, 500), 0)
    .option(
      "--tempo <blocks>",
      `blocks of an epoch of subnet ${LOCAL_NETUID}; only when the chain begins (default: ${DEFAULT_TEMPO})`,
      wholeNumber(2, 65_535),
    )
    .addOption(
      new Option(
        "--weights <way>",
        "plain, or committed under drand's time lock first; only when the chain begins (default: plain)",
      ).choices(["plain", "timelocked"]),
    )
    .option("--validators <n>", "validators to seat, with stake", wholeNumber(0, 64), 0)
    .option("--miners <n>", "miners to seat", wholeNumber(0, 128), 0)
    .option("--wallet.path <dir>", "folder of their wallets (default: beside the chain's)")
    .addHelpText(
      "after",
      "\nExamples:\n  $ assay localnet up --validators 1 --miners 3 --block-time 1s\n" +
        "  $ assay localnet up --port 0 --block-time 250ms --weights timelocked\n",
    );
  return onRun<UpOptions>(command, up);
}

async function up(context: Context, options: UpOptions): Promise<undefined> {
  const { output, stop, openHome } = context;
  const { blockTime } = options;
  const dir = await chainDir(options, await openHome());
  const chain = await startOrContinue(dir, options, openLog("localnet", output.options));
  try {
    const { url } = chain;
    output.event(
      "listening",
      { url, dir },
      `local chain at ${url}, a block every ${blockTime} ms; state in ${dir}\nstop with Ctrl-C`,
    );
    const { validators, miners } = options;
    if (validators + miners > 0) {
      const wallets = options["wallet.path"] ?? walletsOf(dir);
      const client = await openChain(url, { signal: stop.signal });
      const settlers = await settle(client, { validators, miners, wallets }).finally(() =>
        client.close(),
      );
      output.event(
        "settled",
        { netuid: LOCAL_NETUID, wallets, neurons: settlers },
        whatNext(settlers, { wallets, url }),
      );
    }
    await stop.requested;
  } finally {
    await chain.close();
  }
  return undefined;
}

/** Subnets are founded once; a chain that is there goes on with those it has, unless others are asked for. */
async function startOrContinue(dir: string, options: UpOptions, log: Logger): Promise<LocalChain> {
  // A node is much code: loaded only where one is started.
  const { startLocalChain } = await import("../chain/local/local-chain.ts");
  const { host, port, blockTime: blockMs, finalityLag, tempo, weights } = options;
  const place = { dir, host, port, blockMs, finalityLag };
  const subnets = [localSubnet(tempo ?? DEFAULT_TEMPO, weights ?? "plain")];
  try {
    return await startLocalChain({ ...place, subnets }, { log });
  } catch (error) {
    const isOther = error instanceof ChainError && error.code === "CHAIN_SETTLED";
    if (!isOther || tempo !== undefined || weights !== undefined) throw error;
    return startLocalChain(place, { log });
  }
}

/** Rate limits are for people who do not know each other; a seat shall cost something, so that it is seen to. */
function localSubnet(tempo: number, weights: "plain" | "timelocked"): SubnetSettings {
  return {
    ...{ tempo, weightsRateLimit: 1, servingRateLimit: 0, burnRao: 1_000_000n },
    commitReveal: weights === "timelocked",
    revealPeriodEpochs: 1,
  };
}

function whatNext(
  settlers: readonly Settler[],
  { wallets, url }: { readonly wallets: string; readonly url: string },
): string {
  const table = renderTable<Settler>(
    [
      { title: "WALLET", cell: ({ name }) => name },
      { title: "UID", align: "right", cell: ({ uid }) => `${uid}` },
      { title: "HOTKEY", cell: ({ hotkey }) => hotkey },
    ],
    settlers,
  );
  const isUsual = url === `ws://127.0.0.1:${DEFAULT_PORT}`;
  const common = `${isUsual ? "" : ` --network ${url}`} --wallet.path ${wallets}`;
  const commands = settlers.map(({ name, kind }, i) => {
    const port = kind === "miner" ? ` --axon.port ${8_091 + i}` : ` --http.port ${9_095 + i}`;
    return `  assay ${kind} start -w ${name}${common}${port}`;
  });
  return `${table}\n\nnext, each in a terminal of its own:\n${commands.join("\n")}\n  assay chain metagraph${isUsual ? "" : ` --network ${url}`}`;
}
