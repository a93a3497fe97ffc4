/**
 * `assay keys list` and `assay keys check`: what lies in the wallet folders, and what is wrong with it.
 * @module
 */
import type { Command } from "commander";
import { checkWallet, type Finding } from "../chain/wallet/check-wallet.ts";
import { type ListedKey, listWallet, listWallets } from "../chain/wallet/wallet.ts";
import { newCommand, onRun } from "./command.ts";
import { EXIT } from "./exit.ts";
import { keysCreateCommand } from "./keys-create.ts";
import { keysSignCommand, keysVerifyCommand } from "./keys-sign.ts";
import type { Result } from "./output.ts";
import { type PasswordOptions, passwordsFrom, withPasswordOption } from "./password.ts";
import { renderTable } from "./table.ts";
import { type WalletPathOption, walletRoot, withWalletPath } from "./wallet.ts";

interface ListOptions extends WalletPathOption {
  readonly "wallet.name"?: string;
}

interface CheckOptions extends ListOptions, PasswordOptions {
  readonly open?: boolean;
}

interface Row {
  readonly wallet: string;
  readonly key: ListedKey;
}

export function keysCommands(): Command[] {
  return [
    keysCreateCommand(),
    keysListCommand(),
    keysCheckCommand(),
    keysSignCommand(),
    keysVerifyCommand(),
  ];
}

function keysListCommand(): Command {
  const command = withOneWallet(newCommand("list", "wallets and their keys")).addHelpText(
    "after",
    "\nExample:\n  assay keys list --wallet.path ~/.bittensor/wallets",
  );
  return onRun<ListOptions>(command, async (_context, options) => {
    const root = walletRoot(options);
    const wallets = await walletsOf(options);
    const rows = wallets.flatMap(({ name, keys }) => keys.map((key) => ({ wallet: name, key })));
    return {
      data: {
        path: root,
        wallets: wallets.map(({ name, keys }) => ({ name, keys: keys.map(plain) })),
      },
      text: rows.length === 0 ? `no wallets in ${root}` : tableOf(rows),
    };
  });
}

function keysCheckCommand(): Command {
  const command = withPasswordOption(
    withOneWallet(newCommand("check", "look for what is wrong with wallet files")),
  )
    .option("--open", "open encrypted keys too: asks for their passwords")
    .addHelpText(
      "after",
      `
Exit code 0: nothing failed. 3: something did; each line says what to do.

Examples:
  assay keys check
  assay keys check -w mine --open`,
    );
  return onRun<CheckOptions>(command, async (_context, options) => {
    const ask = options.open === true ? passwordsFrom(options).ask : undefined;
    const root = walletRoot(options);
    const one = options["wallet.name"];
    const names = one === undefined ? (await listWallets(root)).map(({ name }) => name) : [one];
    const findings: Finding[] = [];
    for (const name of names) findings.push(...(await checkWallet(root, name, ask)));
    return verdict(root, findings);
  });
}

function withOneWallet(command: Command): Command {
  return withWalletPath(command).option("-w, --wallet.name <name>", "this wallet only");
}

async function walletsOf(options: ListOptions): ReturnType<typeof listWallets> {
  const name = options["wallet.name"];
  return name === undefined
    ? listWallets(walletRoot(options))
    : [await listWallet(walletRoot(options), name)];
}

function verdict(root: string, findings: readonly Finding[]): Result {
  const failed = findings.filter(({ level }) => level === "fail");
  const lines = findings.map(({ level, path, what, fix }) =>
    [`${level}  ${path}: ${what}`, ...(fix === undefined ? [] : [`      ${fix}`])].join("\n"),
  );
  const data = { path: root, findings };
  const text = lines.length === 0 ? `no wallets in ${root}` : lines.join("\n");
  const [first] = failed;
  if (first === undefined) return { data, text };
  return {
    data,
    text,
    exit: EXIT.config,
    error: {
      code: "WALLET_UNSOUND",
      message: `${failed.length} of ${findings.length} checks failed, first: ${first.path}: ${first.what}`,
      hint: first.fix ?? "See the findings.",
    },
  };
}

/** For scripts: one flat object a key. */
function plain({ kind, name, key, secret }: ListedKey): Record<string, unknown> {
  return {
    kind,
    name,
    address: key?.hotkey ?? null,
    scheme: key?.scheme ?? null,
    path: secret?.path ?? null,
    mode: secret === undefined ? null : octal(secret.mode),
    encryption: secret?.encryption ?? null,
  };
}

function tableOf(rows: readonly Row[]): string {
  return renderTable<Row>(
    [
      { title: "WALLET", cell: ({ wallet }) => wallet },
      { title: "KEY", cell: ({ key }) => key.kind },
      { title: "NAME", cell: ({ key }) => (key.kind === "coldkey" ? "" : key.name) },
      { title: "ADDRESS", cell: ({ key }) => key.key?.hotkey ?? "unknown" },
      { title: "SCHEME", cell: ({ key }) => key.key?.scheme ?? "" },
      { title: "MODE", cell: ({ key }) => (key.secret ? octal(key.secret.mode) : "") },
      { title: "SECRET", cell: ({ key }) => secretWord(key) },
    ],
    rows,
  );
}

function secretWord({ secret }: ListedKey): string {
  if (secret === undefined) return "elsewhere";
  return secret.encryption === "none" ? "unencrypted" : secret.encryption;
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}
