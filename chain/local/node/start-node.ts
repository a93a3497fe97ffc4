/**
 * Puts a node together: folder and lock, blocks on disk, pool, author, JSON-RPC; and takes it apart again.
 * @module
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import { digest } from "../../../store/digest.ts";
import { acquireLock } from "../../../store/lock.ts";
import { ChainError } from "../../error.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { Author } from "./author.ts";
import { type ChainStore, openChainStore } from "./chain-store.ts";
import type { Control } from "./control.ts";
import { type Founding, found } from "./found.ts";
import { type Genesis, genesisOf, Ledger } from "./ledger.ts";
import { Pool } from "./pool.ts";
import { authorMethods } from "./rpc/author-methods.ts";
import { chainMethods } from "./rpc/chain-methods.ts";
import { localnetMethods } from "./rpc/localnet-methods.ts";
import { type Methods, question } from "./rpc/method.ts";
import { listen, type RpcServer } from "./rpc/server.ts";
import { stateMethods } from "./rpc/state-methods.ts";
import { systemMethods } from "./rpc/system-methods.ts";
import { submitUpgrade } from "./upgrade.ts";

export interface NodeOptions {
  readonly dir: string;
  readonly host: string;
  readonly port: number;
  readonly blockMs: number;
  readonly finalityLag: number;
}

export interface NodeParts {
  readonly runtime: Runtime;
  readonly log: Logger;
  /** What block 1 of a chain that begins holds; undefined goes on with any chain. */
  readonly founding: Founding | undefined;
}

export interface Node {
  readonly url: string;
  readonly control: Control;
  close(): Promise<void>;
}

/** Storage of blocks that may be taken back must be kept; this is half of what is. */
const MAX_FINALITY_LAG = 500;

export async function startNode(options: NodeOptions, parts: NodeParts): Promise<Node> {
  assertOptions(options);
  const { dir, host, port } = options;
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const lock = await acquireLock(join(dir, "lock"));
  let store: ChainStore | undefined;
  let server: RpcServer | undefined;
  try {
    const genesis = genesisOf(parts.runtime);
    store = openChainStore(dir, genesis.block.hash);
    // Listening comes before the first block: a port in use leaves the folder as it was.
    server = await listen(host, port, parts.log);
    const node = run(server, options, parts, store, genesis);
    const [rpc, chain] = [server, store];
    let stopped: Promise<void> | undefined;
    const stop = async (): Promise<void> => {
      node.author.close();
      await rpc.close();
      chain.close();
      await lock.release();
    };
    return {
      url: server.url,
      control: node.control,
      close() {
        stopped ??= stop();
        return stopped;
      },
    };
  } catch (error) {
    await server?.close();
    store?.close();
    await lock.release();
    throw error;
  }
}

function run(
  server: RpcServer,
  { blockMs, finalityLag }: NodeOptions,
  { runtime, log, founding }: NodeParts,
  store: ChainStore,
  genesis: Genesis,
): { author: Author; control: Control } {
  if (store.last === undefined) store.begin(genesis.block, genesis.storage);
  if (store.last === 0) store.settle(founding?.settings ?? "");
  else if (founding !== undefined && founding.settings !== store.founding) {
    throw new ChainError(
      "CHAIN_SETTLED",
      "the chain in this folder began with other subnets than those asked for",
      "Leave the settings of subnets out to go on with it, or start in an empty folder.",
    );
  }
  const ledger = new Ledger({ blockMs, finalityLag }, runtime, store);
  const pool = new Pool(ledger);
  if (ledger.best.number === 0 && founding !== undefined) found(ledger, founding);
  const lastMs = Number(ledger.state.get("Timestamp.Now", []));
  const author = new Author({ blockMs }, { ledger, pool, log }, lastMs);
  const control = controlOf(server, ledger, pool, author);
  const methods: Methods = {
    ...chainMethods(ledger, author),
    ...stateMethods(ledger, author),
    ...authorMethods(ledger, pool),
    ...systemMethods(ledger, pool),
  };
  server.serve((session) => {
    const all: Methods = {
      ...methods,
      ...localnetMethods(control, () => server.drop(session)),
      rpc_methods: question(() => ({ methods: Object.keys(all).sort() })),
    };
    return all;
  });
  author.resume();
  log.info({ url: server.url, block: ledger.best.number }, "local chain started");
  return { author, control };
}

function controlOf(server: RpcServer, ledger: Ledger, pool: Pool, author: Author): Control {
  return {
    pause: () => author.pause(),
    resume: () => author.resume(),
    async step(blocks) {
      const { number, hash } = await author.step(blocks);
      return { number, hash: digest(hash.slice(2)) };
    },
    async retract(blocks) {
      author.retract(blocks);
    },
    freeze: () => server.freeze(),
    thaw: () => server.thaw(),
    dropConnections: () => server.drop(),
    announceUpgrade: () => submitUpgrade(ledger, pool),
  };
}

function assertOptions({ blockMs, finalityLag }: NodeOptions): void {
  if (!Number.isInteger(blockMs) || blockMs < 50 || blockMs > 60_000) {
    throw new ChainError(
      "MALFORMED_SETTINGS",
      `expected a block time of 50 to 60000 ms, got ${blockMs} ms`,
      "Leave it out for one block a second.",
    );
  }
  if (!Number.isInteger(finalityLag) || finalityLag < 0 || finalityLag > MAX_FINALITY_LAG) {
    throw new ChainError(
      "MALFORMED_SETTINGS",
      `expected a finality lag of 0 to ${MAX_FINALITY_LAG} blocks, got ${finalityLag}`,
      "Leave it out for blocks that are final at once.",
    );
  }
}
