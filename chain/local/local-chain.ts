/**
 * The local chain: a small Substrate node in this process that speaks as Subtensor does. One folder, one author of
 * blocks, a WebSocket on loopback; several run side by side, each on its own folder and port.
 * @module
 */
import { type Logger, pino } from "pino";
import { devSigner } from "../wallet/key.ts";
import { foundingExtrinsics } from "./founding.ts";
import { localRuntime } from "./local-runtime.ts";
import type { Control } from "./node/control.ts";
import type { Founding } from "./node/found.ts";
import { startNode } from "./node/start-node.ts";
import { type SubnetSettings, subnetSettings } from "./subnet-settings.ts";

export interface LocalChainOptions {
  /** Holds this chain and nothing else; made when missing. A chain that is in there is continued. */
  readonly dir: string;
  /** A loopback address. Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: any free port, told by `url`. */
  readonly port?: number;
  /** Milliseconds from one block to the next, 50 to 60000. Default 1000. */
  readonly blockMs?: number;
  /** Blocks by which finality trails the best block. Default 0. */
  readonly finalityLag?: number;
  /** Of a chain that begins: subnets of netuid 1, 2, … that //Alice founds in block 1 and owns. */
  readonly subnets?: readonly SubnetSettings[];
}

export interface LocalChain {
  readonly url: string;
  readonly control: Control;
  /** Ends it; what was announced is on disk. */
  close(): Promise<void>;
}

/**
 * @throws ChainError `MALFORMED_SETTINGS`, `PORT_IN_USE`, `NOT_LOOPBACK`, `CANNOT_LISTEN`, `CHAIN_SETTLED` (other
 * subnets than the chain in `dir` began with), `CHAIN_GENESIS`, `CHAIN_FORMAT`, `CHAIN_DAMAGED`, `FOUNDING_FAILED`;
 * StoreError `LOCKED` when another process runs this chain
 */
export async function startLocalChain(
  options: LocalChainOptions,
  parts: { readonly log?: Logger } = {},
): Promise<LocalChain> {
  const { log = pino({ level: "silent" }) } = parts;
  const { dir, host = "127.0.0.1", port = 0, blockMs = 1_000, finalityLag = 0, subnets } = options;
  return startNode(
    { dir, host, port, blockMs, finalityLag },
    {
      runtime: localRuntime(blockMs),
      log,
      founding: subnets && foundingOf(subnetSettings(subnets)),
    },
  );
}

function foundingOf(subnets: readonly SubnetSettings[]): Founding {
  return {
    settings: JSON.stringify(subnets, (_, value) =>
      typeof value === "bigint" ? `${value}` : value,
    ),
    extrinsics: (signing) => foundingExtrinsics(subnets, devSigner("//Alice"), signing),
  };
}
