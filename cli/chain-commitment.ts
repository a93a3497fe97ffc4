/**
 * `assay chain commitment`: what a hotkey says about itself on chain, shown or published. At most 512 bytes.
 * @module
 */
import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { hotkey } from "../chain/account.ts";
import type { Chain, Hotkey } from "../chain/chain.ts";
import {
  type SigningOptions,
  signAndSend,
  signingKeyOf,
  withSigningOptions,
} from "./chain-sign.ts";
import { connectChain, type SubnetOptions, withSubnetOptions } from "./chain-source.ts";
import { newCommand, onRun } from "./command.ts";
import { CliError } from "./error.ts";
import type { Result } from "./output.ts";
import { printable } from "./table.ts";
import { hotkeyPathsOf, loadHotkey, type WalletOptions, withWalletOptions } from "./wallet.ts";

interface CommitmentOptions extends SubnetOptions, WalletOptions, SigningOptions {
  readonly of?: string;
  readonly text?: string;
  readonly file?: string;
}

/** BigRaw of the Commitments pallet. */
const MAX_BYTES = 512;

export function commitmentCommand(): Command {
  const command = withSigningOptions(
    withWalletOptions(
      withSubnetOptions(newCommand("commitment", "show or publish a hotkey's commitment")),
    ),
  )
    .option("--of <ss58>", "show that of another hotkey")
    .option("--text <text>", "publish this text")
    .option("--file <file>", `publish the bytes of a file, at most ${MAX_BYTES}`)
    .addHelpText(
      "after",
      "\nExamples:\n  $ assay chain commitment -w mine -H miner\n" +
        '  $ assay chain commitment -w mine -H miner --text "circuit c1c1…" --yes\n',
    );
  return onRun<CommitmentOptions>(command, async (context, options) => {
    const { netuid, of } = options;
    const content = await contentOf(options);
    const chain = async () => connectChain(options, { context });
    if (of !== undefined) {
      const who = hotkey(of);
      return withChain(await chain(), (open) => shown(open, netuid, who));
    }
    const key = await signingKeyOf(hotkeyPathsOf(options), () => loadHotkey(options));
    return withChain(await chain(), (open) =>
      content === undefined
        ? shown(open, netuid, key.address)
        : signAndSend(context, options, {
            chain: open,
            key,
            intent: { kind: "commit", netuid, content },
            send: (signer) => open.publishCommitment(netuid, content, signer),
            done: ({ block }) => `published ${content.length} bytes in block ${block.number}`,
          }),
    );
  });
}

async function withChain(chain: Chain, use: (chain: Chain) => Promise<Result>): Promise<Result> {
  try {
    return await use(chain);
  } finally {
    await chain.close();
  }
}

async function shown(chain: Chain, netuid: number, who: Hotkey): Promise<Result> {
  const commitment = await chain.commitment(netuid, who);
  if (commitment === undefined) {
    const text = `${who} has published nothing on subnet ${netuid}`;
    return { data: { netuid, hotkey: who, commitment: null }, text };
  }
  const { content, block } = commitment;
  const readable = textOf(content);
  const hex = Buffer.from(content).toString("hex");
  return {
    data: { netuid, hotkey: who, commitment: { block, hex, text: readable ?? null } },
    text: `${who} published in block ${block}:\n${readable === undefined ? `0x${hex}` : printable(readable)}`,
  };
}

async function contentOf(options: CommitmentOptions): Promise<Uint8Array | undefined> {
  const { of, text, file } = options;
  if ([of, text, file].filter((one) => one !== undefined).length > 1) {
    throw new CliError("USAGE", "--of, --text and --file exclude each other", "Give one of them.");
  }
  if (text === undefined && file === undefined) return undefined;
  const content =
    file === undefined
      ? Buffer.from(text ?? "")
      : await readFile(file).catch((cause: unknown) => {
          throw new CliError("MALFORMED_INPUT", `${file} cannot be read`, "Check the path.", {
            cause,
          });
        });
  if (content.length > 0 && content.length <= MAX_BYTES) return content;
  throw new CliError(
    "MALFORMED_INPUT",
    `a commitment has 1 to ${MAX_BYTES} bytes, this one has ${content.length}`,
    "Publish a digest or an address of what is longer.",
  );
}

/** Undefined for what is no text. */
function textOf(content: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(content);
  } catch {
    return undefined;
  }
}
