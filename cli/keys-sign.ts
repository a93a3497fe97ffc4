/**
 * `assay keys sign` and `assay keys verify`: signatures over exactly the bytes of a file or of stdin, as Bittensor's own
 * tools make them (nothing is wrapped around the bytes).
 * @module
 */
import { createReadStream } from "node:fs";
import { type Command, Option } from "commander";
import { hotkey, isSignedBy, type Scheme } from "../chain/account.ts";
import { newCommand, onRun } from "./command.ts";
import { CliError } from "./error.ts";
import { EXIT } from "./exit.ts";
import type { Result } from "./output.ts";
import { loadColdkey, loadHotkey, type WalletOptions, withWalletOptions } from "./wallet.ts";

/** What fits in memory many times over: whoever has more to sign signs its hash. */
const MAX_MESSAGE_BYTES = 64 << 20;

interface SignOptions extends WalletOptions {
  readonly coldkey?: boolean;
}

interface VerifyOptions {
  readonly address: string;
  readonly signature: string;
  readonly scheme: Scheme;
}

export function keysSignCommand(): Command {
  const command = withWalletOptions(newCommand("sign", "sign the bytes of a file with the hotkey"))
    .argument("[file]", "what is signed (default: stdin)")
    .option("--coldkey", "sign with the coldkey")
    .addHelpText(
      "after",
      `
Sign only what you know: the bytes may be a transaction.

Examples:
  assay keys sign statement.txt -w mine -H miner
  printf hello | assay keys sign -w mine -H miner --json`,
    );
  return onRun<SignOptions>(command, async (_context, options, [file]) => {
    const key = await (options.coldkey === true ? loadColdkey : loadHotkey)(options);
    const message = await readMessage(file);
    const signature = `0x${Buffer.from(key.sign(message)).toString("hex")}`;
    const { hotkey: address, scheme } = key;
    return { data: { address, scheme, signature, bytes: message.length }, text: signature };
  });
}

export function keysVerifyCommand(): Command {
  const command = newCommand("verify", "check a signature over the bytes of a file")
    .argument("[file]", "what was signed (default: stdin)")
    .requiredOption("--address <ss58>", "who is said to have signed")
    .requiredOption("--signature <hex>", "64 bytes, with or without 0x")
    .addOption(
      new Option("--scheme <scheme>", "of the key")
        .choices(["sr25519", "ed25519"])
        .default("sr25519"),
    )
    .addHelpText(
      "after",
      `
Exit code 0: signed by that address. 5: not.

Example:
  assay keys verify statement.txt --address 5… --signature 0x…`,
    );
  return onRun<VerifyOptions>(command, (_context, options, [file]) => verify(options, file));
}

async function verify(
  { address, signature, scheme }: VerifyOptions,
  file?: string,
): Promise<Result> {
  const who = hotkey(address);
  if (!/^(0x)?[0-9a-fA-F]{128}$/.test(signature)) {
    throw new CliError(
      "USAGE",
      `the signature has ${signature.length} characters, expected 128 hexadecimal digits`,
      "Copy it whole, with or without 0x.",
    );
  }
  const message = await readMessage(file);
  const bytes = Buffer.from(signature.replace(/^0x/, ""), "hex");
  const isValid = isSignedBy(who, message, bytes, scheme);
  const data = { valid: isValid, address: who, scheme, bytes: message.length };
  if (isValid) return { data, text: `valid: signed by ${who}` };
  return {
    data,
    text: `invalid: not signed by ${who}`,
    exit: EXIT.proofInvalid,
    error: {
      code: "SIGNATURE_INVALID",
      message: `the signature is not by ${who} over these ${message.length} bytes`,
      hint: "Compare the bytes (a newline at the end counts), the address and --scheme.",
    },
  };
}

async function readMessage(file: string | undefined): Promise<Uint8Array> {
  const stream = file === undefined || file === "-" ? process.stdin : createReadStream(file);
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > MAX_MESSAGE_BYTES) break;
    }
  } catch (cause) {
    throw new CliError("MALFORMED_INPUT", `${file ?? "stdin"} cannot be read`, "Check the path.", {
      cause,
    });
  }
  if (bytes <= MAX_MESSAGE_BYTES) return Buffer.concat(chunks);
  throw new CliError(
    "MALFORMED_INPUT",
    `${file ?? "stdin"} has more than ${MAX_MESSAGE_BYTES} bytes`,
    "Sign its hash instead.",
  );
}
