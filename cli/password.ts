/**
 * Where the passwords of key files come from, first found first: --password-fd, ASSAY_WALLET_PASSWORD, the variables of
 * Bittensor's tools (BT_PW_… of the file, BT_WALLET_PASSWORD), a prompt. Variables are taken out of the environment
 * when they are read, so that no process started from here inherits them.
 * @module
 */
import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { passwordFromEnvironment } from "../chain/wallet/environment.ts";
import type { AskPassword } from "../chain/wallet/stored-key.ts";
import { CliError } from "./error.ts";
import { promptSecret, readSecret } from "./secret-input.ts";

export interface PasswordOptions {
  readonly passwordFd?: number;
}

export interface Passwords {
  /** Of a file that is there. */
  readonly ask: AskPassword;
  /** Of a file that will be written: asked twice, and not too short. @throws CliError `WEAK_PASSWORD` */
  readonly choose: AskPassword;
}

/** The key derivation is slow, but its salt is everybody's: shorter passwords are in tables. NIST SP 800-63B §5.1.1. */
const MIN_CHARACTERS = 8;
const VARIABLES = /^(ASSAY_WALLET_PASSWORD|BT_WALLET_PASSWORD|BT_PW_.*)$/;
const OTHERWISE = "Give it by --password-fd or ASSAY_WALLET_PASSWORD.";

/** Highest descriptor a shell hands on by number without asking for more. */
const MAX_DESCRIPTOR = 255;

/**
 * A parser for commander: NaN for what is no descriptor, to be refused by `assertDescriptor`. Commander's own refusals
 * repeat what was given, and in this place people give the secret itself.
 */
export function fileDescriptor(text: string): number {
  return /^\d{1,3}$/.test(text) && Number(text) <= MAX_DESCRIPTOR ? Number(text) : Number.NaN;
}

/** @throws CliError `USAGE` */
export function assertDescriptor(option: string, value: unknown): void {
  if (!Number.isNaN(value)) return;
  throw new CliError(
    "USAGE",
    `${option} takes the number of a file descriptor, 0 to ${MAX_DESCRIPTOR}, and got something else`,
    "If that was the secret itself, your shell's history has it now: choose another.",
  );
}

type Environment = Record<string, string | undefined>;

// What was taken out of an environment is still there for the next key of the command.
const TAKEN = new WeakMap<Environment, Environment>();

export function withPasswordOption(command: Command): Command {
  return command.addOption(
    new Option(
      "--password-fd <n>",
      "read the password of an encrypted key from descriptor n",
    ).argParser(fileDescriptor),
  );
}

export function passwordsFrom(
  { passwordFd }: PasswordOptions,
  environment: Environment = process.env,
): Passwords {
  assertDescriptor("--password-fd", passwordFd);
  const env = takenFrom(environment);
  let read: Promise<Uint8Array> | undefined;
  const given = async (path: string): Promise<Uint8Array | undefined> => {
    if (passwordFd !== undefined) {
      // A pipe gives its content once; every key of the command has this password.
      read ??= readSecret(passwordFd, "password");
      return await read;
    }
    const ours = env["ASSAY_WALLET_PASSWORD"];
    if (ours) return Buffer.from(ours);
    const ofFile = passwordFromEnvironment(resolve(path), env);
    if (ofFile !== undefined) return ofFile;
    const theirs = env["BT_WALLET_PASSWORD"];
    return theirs ? Buffer.from(theirs) : undefined;
  };
  return {
    ask: async (path) =>
      (await given(path)) ?? Buffer.from(await promptSecret(`Password of ${path}:`, OTHERWISE)),
    choose: async (path) => strong((await given(path)) ?? (await promptTwice(path))),
  };
}

function takenFrom(environment: Environment): Environment {
  const taken = TAKEN.get(environment) ?? {};
  for (const name of Object.keys(environment)) {
    if (!VARIABLES.test(name)) continue;
    taken[name] = environment[name];
    delete environment[name];
  }
  TAKEN.set(environment, taken);
  return taken;
}

async function promptTwice(path: string): Promise<Uint8Array> {
  const first = await promptSecret(`New password for ${path}:`, OTHERWISE);
  if ((await promptSecret("The same again:", OTHERWISE)) === first) return Buffer.from(first);
  throw new CliError("USAGE", "the two passwords differ", "Run the command again.");
}

function strong(password: Uint8Array): Uint8Array {
  if ([...new TextDecoder().decode(password)].length >= MIN_CHARACTERS) return password;
  throw new CliError(
    "WEAK_PASSWORD",
    `a password has at least ${MIN_CHARACTERS} characters`,
    "Choose several random words, and use them for nothing else.",
  );
}
