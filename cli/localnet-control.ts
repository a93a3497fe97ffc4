/**
 * `assay localnet pause|resume|step|faucet`: what may be asked of a local chain only.
 * @module
 */
import { type Command, Option } from "commander";
import WebSocket from "ws";
import { z } from "zod";
import { hotkey } from "../chain/account.ts";
import { ChainError } from "../chain/error.ts";
import { faucet } from "../chain/local/onboard.ts";
import { connectChain, type NetworkOptions, networkOf, withNetworkOption } from "./chain-source.ts";
import { newCommand, onRun } from "./command.ts";
import { CliError } from "./error.ts";
import { wholeNumber } from "./options.ts";
import { decimal, tokenAmount, tokens } from "./tokens.ts";

interface FaucetOptions extends NetworkOptions {
  readonly amount: bigint;
}

interface StepOptions extends NetworkOptions {
  readonly blocks: number;
}

const METHOD_NOT_FOUND = -32_601;
/** A step makes many blocks before it answers. */
const PATIENCE_MS = 60_000;
const MAX_STEP = 10_000;
/** Seats and stake for a while. */
const DEFAULT_GIFT_RAO = 1_000n * 1_000_000_000n;

export function localnetControlCommands(): Command[] {
  return [
    order("pause", "no block comes by itself any more", "the chain stands still"),
    order("resume", "blocks come again", "blocks come again"),
    stepCommand(),
    faucetCommand(),
  ];
}

function order(name: "pause" | "resume", description: string, done: string): Command {
  const command = withNetworkOption(newCommand(name, description)).addHelpText(
    "after",
    `\nExample:\n  $ assay localnet ${name}\n`,
  );
  return onRun<NetworkOptions>(command, async (_context, options) => {
    await ask(options, `localnet_${name}`, []);
    return { data: { done: name }, text: done };
  });
}

const Head = z.object({ number: z.number().int(), hash: z.string() });

function stepCommand(): Command {
  const command = withNetworkOption(newCommand("step", "make blocks at once, paused or not"))
    .option("--blocks <n>", "how many", wholeNumber(1, MAX_STEP), 1)
    .addHelpText("after", "\nExample:\n  $ assay localnet step --blocks 20\n");
  return onRun<StepOptions>(command, async (_context, options) => {
    const head = Head.parse(await ask(options, "localnet_step", [options.blocks]));
    return { data: head, text: `the chain is at block ${head.number}` };
  });
}

function faucetCommand(): Command {
  const command = withNetworkOption(newCommand("faucet", "give an address local tokens"))
    .argument("<address>", "SS58 address")
    .addOption(
      new Option("--amount <tokens>", "how many")
        .argParser(tokenAmount)
        .default(DEFAULT_GIFT_RAO, decimal(DEFAULT_GIFT_RAO)),
    )
    .addHelpText("after", "\nExample:\n  $ assay localnet faucet 5… --amount 100\n");
  return onRun<FaucetOptions>(command, async (context, options, [address = ""]) => {
    const to = hotkey(address);
    const chain = await connectChain(options, { context });
    try {
      await faucet(chain, to, options.amount);
      const { balance } = await chain.account(to);
      return {
        data: { address: to, amount: options.amount, balance },
        text: `gave ${tokens(options.amount)} to ${to}, which has ${tokens(balance)} now`,
      };
    } finally {
      await chain.close();
    }
  });
}

const Reply = z.union([
  z.object({ id: z.literal(1), result: z.unknown() }),
  z.object({ id: z.literal(1), error: z.object({ code: z.number(), message: z.string() }) }),
]);

/**
 * One question by JSON-RPC. The chain's state is of no interest here, and metadata need not be read for it.
 * @throws ChainError `CHAIN_UNREACHABLE` | `NOT_LOCAL` | `NODE_FAILED`
 */
async function ask(
  options: NetworkOptions,
  method: string,
  params: readonly number[],
): Promise<unknown> {
  const url = urlOf(networkOf(options));
  const socket = new WebSocket(url, { handshakeTimeout: 5_000, maxPayload: 1 << 20 });
  const timeout = setTimeout(() => socket.terminate(), PATIENCE_MS);
  try {
    const text = await new Promise<string>((resolve, reject) => {
      socket.once("open", () =>
        socket.send(JSON.stringify({ jsonrpc: "2.0", id: 1, method, params })),
      );
      socket.once("message", (data) => resolve(String(data)));
      socket.once("error", reject);
      socket.once("close", () => reject(new Error("the connection ended")));
    });
    const reply = Reply.parse(JSON.parse(text));
    if (!("error" in reply)) return reply.result;
    if (reply.error.code === METHOD_NOT_FOUND) throw notLocal(url);
    throw new ChainError("NODE_FAILED", `${url}: ${reply.error.message}`, "Look at its log.");
  } catch (cause) {
    if (cause instanceof ChainError) throw cause;
    throw new ChainError(
      "CHAIN_UNREACHABLE",
      `${url} did not answer`,
      "Start the chain with assay localnet up, or name its address with --network.",
      { cause },
    );
  } finally {
    clearTimeout(timeout);
    socket.close();
  }
}

function urlOf([network = ""]: readonly string[]): string {
  if (network === "local") return "ws://127.0.0.1:9944";
  if (network.startsWith("ws://")) return network;
  throw new CliError(
    "USAGE",
    `${network} is no local chain`,
    "Give the address that assay localnet up printed, such as ws://127.0.0.1:9944.",
  );
}

function notLocal(url: string): ChainError {
  return new ChainError(
    "NOT_LOCAL",
    `${url} is not a local chain: it takes no such order`,
    "Give the address that assay localnet up printed.",
  );
}
