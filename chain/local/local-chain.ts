/**
 * The local chain: a small Substrate node in this process that speaks as Subtensor does. One folder, one author of
 * blocks, a WebSocket on loopback; several run side by side, each on its own folder and port.
 * @module
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type Logger, pino } from "pino";
import { acquireLock } from "../../store/lock.ts";
import { ChainError } from "../error.ts";
import { localRuntime } from "./local-runtime.ts";
import type { Control } from "./node/control.ts";
import { assertLoopback } from "./node/rpc/server.ts";
import { startNode } from "./node/start-node.ts";

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
}

export interface LocalChain {
  readonly url: string;
  readonly control: Control;
  /** Ends it; what was announced is on disk. */
  close(): Promise<void>;
}
