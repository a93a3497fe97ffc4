/**
 * `assay keys create`: a hotkey, a coldkey, both, or the address alone of a coldkey that is kept elsewhere. A coldkey is
 * encrypted, and its mnemonic is shown once, to a person or to a file that only its owner reads; a hotkey works
 * unattended and lies unencrypted in mode 0600, unless asked otherwise.
 * @module
 */
import { createWriteStream } from "node:fs";
import { finished } from "node:stream/promises";
import { Argument, type Command, InvalidArgumentError, Option } from "commander";
import { hotkey, type Scheme } from "../chain/account.ts";
import { type Key, keyOfPhrase, newKey, type Words } from "../chain/wallet/key.ts";
import { createPrivately, refuseTaken } from "../chain/wallet/private-file.ts";
import { createKey, createPublicKey, type KeyPaths } from "../chain/wallet/wallet.ts";
import { type Context, newCommand, onRun } from "./command.ts";
import { CliError } from "./error.ts";
import type { Result } from "./output.ts";
import { assertDescriptor, fileDescriptor, type Passwords, passwordsFrom } from "./password.ts";
import { promptSecret, readSecret } from "./secret-input.ts";
import { coldkeyPathsOf, hotkeyPathsOf, type WalletOptions, withWalletOptions } from "./wallet.ts";

const WHAT = ["hotkey", "coldkey", "wallet", "coldkeypub"] as const;
type What = (typeof WHAT)[number];

interface CreateOptions extends WalletOptions {
  readonly encrypt?: boolean;
  readonly scheme: Scheme;
  readonly words: Words;
  readonly address?: string;
  /** true: by prompt. */
  readonly fromMnemonic?: true | number;
  readonly mnemonicFile?: string;
  readonly mnemonicFd?: number;
  readonly showMnemonic?: boolean;
}

interface Creation {
  readonly kind: "hotkey" | "coldkey";
  readonly paths: KeyPaths;
  readonly key: Key;
  readonly isEncrypted: boolean;
}

export function keysCreateCommand(): Command {
  const command = withWalletOptions(newCommand("create", "make keys, or restore them"))
    .addArgument(new Argument("<what>", "what is made").choices(WHAT))
    .option("--encrypt", "encrypt the hotkey too")
    .option("--no-encrypt", "leave the coldkey unencrypted: only for a key that is worth nothing")
    .addOption(
      new Option("--scheme <scheme>", "of the coldkey; hotkeys are sr25519")
        .choices(["sr25519", "ed25519"])
        .default("sr25519"),
    )
    .option("--words <n>", "words of a new mnemonic", wordCount, 12)
    .option("--address <ss58>", "the coldkey's address (coldkeypub only)")
    .option(
      "--from-mnemonic [fd]",
      "restore: ask for the mnemonic, or read it from descriptor fd",
      fileDescriptor,
    )
    .option(
      "--mnemonic-file <file>",
      "write the new mnemonic to a file that is not there, mode 0600",
    )
    .option("--mnemonic-fd <n>", "write the new mnemonic to descriptor n", fileDescriptor)
    .option("--show-mnemonic", "print the new mnemonic to stdout, in --json too")
    .addHelpText(
      "after",
      `
The mnemonic that is shown is the coldkey's; the hotkey's when no coldkey is made.

Examples:
  assay keys create wallet -w mine -H miner        both keys; asks for the coldkey's password
  assay keys create hotkey -w mine -H miner        on the machine that mines
  assay keys create coldkeypub -w mine --address 5…
  assay keys create hotkey -w mine -H miner --from-mnemonic 3 3< mnemonic.txt`,
    );
  return onRun<CreateOptions>(command, (context, options, [what]) =>
    what === "coldkeypub"
      ? createAddress(options)
      : createKeys(context, options, what as Exclude<What, "coldkeypub">),
  );
}

async function createKeys(
  context: Context,
  options: CreateOptions,
  what: "hotkey" | "coldkey" | "wallet",
): Promise<Result> {
  refuseContradictions(options, what);
  const kinds = what === "wallet" ? (["coldkey", "hotkey"] as const) : ([what] as const);
  // Before anybody is asked for anything.
  for (const kind of kinds) await refuseTaken(pathsOf(kind, options).secret);

  const restored = await mnemonicOf(options);
  const creations = kinds.map((kind): Creation => {
    const scheme = kind === "coldkey" ? options.scheme : "sr25519";
    return {
      kind,
      paths: pathsOf(kind, options),
      key: restored === undefined ? newKey(scheme, options.words) : restore(restored, scheme),
      isEncrypted: options.encrypt ?? kind === "coldkey",
    };
  });
  const password = await passwordFor(creations, passwordsFrom(options));
  // To a file or a pipe before the key is there: a key that nobody can restore is worse than none.
  const phrase = restored === undefined ? creations[0]?.key.exposeSecret().phrase : undefined;
  if (phrase !== undefined) await deliver(phrase, options);
  for (const { paths, key, isEncrypted } of creations) {
    await createKey(paths, key, isEncrypted ? password : undefined);
  }
  if (phrase !== undefined && what !== "hotkey" && isForTerminal(options)) show(phrase, context);
  return report(creations, options.showMnemonic === true ? phrase : undefined);
}

async function createAddress(options: CreateOptions): Promise<Result> {
  if (options.address === undefined) {
    throw new CliError("USAGE", "coldkeypub needs --address", "Give the coldkey's SS58 address.");
  }
  const { public: path } = coldkeyPathsOf(options);
  const key = { hotkey: hotkey(options.address), scheme: options.scheme };
  await createPublicKey(path, key);
  return {
    data: { kind: "coldkeypub", address: key.hotkey, path },
    text: `${key.hotkey}  ${path}`,
  };
}

function refuseContradictions(options: CreateOptions, what: What): void {
  const { fromMnemonic, mnemonicFile, mnemonicFd, showMnemonic, passwordFd } = options;
  assertDescriptor("--from-mnemonic", fromMnemonic);
  assertDescriptor("--mnemonic-fd", mnemonicFd);
  const isShown = mnemonicFile !== undefined || mnemonicFd !== undefined || showMnemonic === true;
  if (options.address !== undefined) {
    throw new CliError("USAGE", "--address is for coldkeypub", "Keys have the address they have.");
  }
  if (fromMnemonic !== undefined && (isShown || what === "wallet")) {
    throw new CliError(
      "USAGE",
      "--from-mnemonic restores one key, and shows no mnemonic",
      "Restore the hotkey and the coldkey one after the other.",
    );
  }
  if (typeof fromMnemonic === "number" && fromMnemonic === passwordFd) {
    throw new CliError(
      "USAGE",
      `descriptor ${passwordFd} cannot bring both a mnemonic and a password`,
      "Use two descriptors.",
    );
  }
  if (what !== "hotkey" && fromMnemonic === undefined && !isShown && !process.stderr.isTTY) {
    throw new CliError(
      "USAGE",
      "nobody would see the mnemonic of the new coldkey",
      "Run in a terminal, or give --mnemonic-file, --mnemonic-fd or --show-mnemonic.",
    );
  }
}

async function mnemonicOf({ fromMnemonic }: CreateOptions): Promise<string | undefined> {
  if (fromMnemonic === undefined) return undefined;
  const typed =
    fromMnemonic === true
      ? await promptSecret("Mnemonic:", "Give it by --from-mnemonic <fd>.")
      : new TextDecoder().decode(await readSecret(fromMnemonic, "mnemonic"));
  return typed.trim().toLowerCase().split(/\s+/).join(" ");
}

function restore(phrase: string, scheme: Scheme): Key {
  const key = keyOfPhrase(phrase, scheme);
  if (key !== undefined) return key;
  throw new CliError(
    "MALFORMED_INPUT",
    "that is no BIP-39 mnemonic: a word is unknown, or the checksum is wrong",
    "Check the spelling and the order of the words.",
  );
}

async function passwordFor(
  creations: readonly Creation[],
  passwords: Passwords,
): Promise<Uint8Array | undefined> {
  const first = creations.find(({ isEncrypted }) => isEncrypted);
  return first === undefined ? undefined : passwords.choose(first.paths.secret);
}

async function deliver(phrase: string, { mnemonicFile, mnemonicFd }: CreateOptions): Promise<void> {
  if (mnemonicFile !== undefined) await createPrivately(mnemonicFile, `${phrase}\n`);
  if (mnemonicFd === undefined) return;
  const pipe = createWriteStream("", { fd: mnemonicFd });
  pipe.end(`${phrase}\n`);
  await finished(pipe).catch(() => {
    throw new CliError(
      "USAGE",
      `the mnemonic cannot be written to file descriptor ${mnemonicFd}`,
      `Open it: assay … ${mnemonicFd}>file. No key was made.`,
    );
  });
}

function isForTerminal({ mnemonicFile, mnemonicFd, showMnemonic }: CreateOptions): boolean {
  return mnemonicFile === undefined && mnemonicFd === undefined && showMnemonic !== true;
}

/** On stderr, which was seen to be a terminal. */
function show(phrase: string, { output }: Context): void {
  output.warn("Write these words down and keep them where nobody finds them. They are the key:");
  output.warn(`\n  ${phrase}\n`);
}

function report(creations: readonly Creation[], mnemonic: string | undefined): Result {
  const keys = creations.map(({ kind, paths, key, isEncrypted }) => ({
    kind,
    address: key.hotkey,
    scheme: key.scheme,
    path: paths.secret,
    encrypted: isEncrypted,
  }));
  const lines = keys.map(({ kind, address, path, encrypted }) =>
    [kind.padEnd(7), address, path, encrypted ? "(encrypted)" : "(unencrypted)"].join("  "),
  );
  return {
    data: { keys, ...(mnemonic === undefined ? {} : { mnemonic }) },
    text: [...lines, ...(mnemonic === undefined ? [] : [`mnemonic  ${mnemonic}`])].join("\n"),
  };
}

function pathsOf(kind: Creation["kind"], options: WalletOptions): KeyPaths {
  return kind === "hotkey" ? hotkeyPathsOf(options) : coldkeyPathsOf(options);
}

function wordCount(text: string): Words {
  const words = [12, 15, 18, 21, 24] as const;
  const count = words.find((candidate) => String(candidate) === text);
  if (count === undefined) throw new InvalidArgumentError(`Expected one of ${words.join(", ")}.`);
  return count;
}
