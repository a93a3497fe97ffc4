/**
 * How a secret gets into the program: typed into a terminal without being shown, or read from a file descriptor. Never
 * by a flag, which every process of the machine may read.
 * @module
 */
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { isatty } from "node:tty";
import { CliError } from "./error.ts";

/** More than any password or mnemonic. */
const MAX_SECRET_BYTES = 4_096;

/**
 * Asks on stderr and reads one line of the terminal unseen.
 * @throws CliError `NO_TERMINAL` when stdin is none, `INTERRUPTED` on Ctrl-C or end of input
 */
export async function promptSecret(question: string, otherwise: string): Promise<string> {
  if (!process.stdin.isTTY) {
    throw new CliError(
      "NO_TERMINAL",
      `"${question}" cannot be asked without a terminal`,
      otherwise,
    );
  }
  // readline edits the line as everywhere and shows it to nobody.
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({
    input: process.stdin,
    output: unseen,
    terminal: true,
    historySize: 0,
  });
  process.stderr.write(`${question} `);
  try {
    return await new Promise<string>((resolve, reject) => {
      const interrupted = (): void =>
        reject(new CliError("INTERRUPTED", "nothing was entered", "Run the command again."));
      lines.once("line", resolve).once("SIGINT", interrupted).once("close", interrupted);
    });
  } finally {
    lines.close();
    process.stderr.write("\n");
  }
}

/**
 * Everything that comes from descriptor `fd`, without the newline at its end.
 * @throws CliError `USAGE`
 */
export async function readSecret(fd: number, what: string): Promise<Uint8Array> {
  if (isatty(fd)) return Buffer.from(await promptSecret(`${what}:`, "Redirect the descriptor."));
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of createReadStream("", { fd }) as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > MAX_SECRET_BYTES) break;
    }
  } catch {
    throw new CliError(
      "USAGE",
      `the ${what} cannot be read from file descriptor ${fd}`,
      `Open it: assay … ${fd}<file, or 0 with a pipe.`,
    );
  }
  const content = Buffer.concat(chunks);
  const end = content.at(-1) === 0x0a ? (content.at(-2) === 0x0d ? -2 : -1) : content.length;
  const secret = content.subarray(0, end);
  if (secret.length > 0 && bytes <= MAX_SECRET_BYTES) return secret;
  throw new CliError(
    "USAGE",
    `the ${what} from file descriptor ${fd} has ${bytes} bytes, expected 1 to ${MAX_SECRET_BYTES}`,
    "Write the secret and nothing else to it.",
  );
}
