/**
 * `assay keys` as its users meet it: wallets made, listed, checked and signed with, passwords by descriptor, variable and
 * terminal, and refusals that say what to do. Two derivations of an encrypted key, 5 s each, are made here.
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hotkey, isSignedBy } from "../chain/account.ts";
import { lastJson, ROOT, TSX } from "./assay.ts";

const PASSWORD = "correct horse battery";
const ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
const PHRASE = "bottom drive obey lake curtain smoke basket hold race lonely fit walk";
const PHRASE_ADDRESS = "5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV";

interface Given {
  readonly stdin?: string | Uint8Array;
  /** Comes on descriptor 3. */
  readonly third?: string;
  readonly env?: Readonly<Record<string, string>>;
}

interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** What was written to descriptor 4. */
  readonly fourth: string;
  json(): { ok: boolean; data: Record<string, unknown>; error: { code: string; hint: string } };
}

let dir = "";
let root = "";
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "assay-keys-"));
  root = join(dir, "wallets");
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const PROGRAM = ["--import", TSX, `${ROOT}/cli/main.ts`, "keys"];

async function keys(args: readonly string[], given: Given = {}): Promise<Run> {
  const child = spawn(process.execPath, [...PROGRAM, ...args], {
    env: { ...process.env, HOME: dir, NO_COLOR: "1", ASSAY_WALLET_PATH: root, ...given.env },
    stdio: ["pipe", "pipe", "pipe", "pipe", "pipe"],
  });
  const [stdout, stderr, fourth] = [1, 2, 4].map((fd) => textOf(child, fd));
  for (const [fd, content] of [
    [0, given.stdin],
    [3, given.third],
  ] as const) {
    const pipe = child.stdio[fd] as NodeJS.WritableStream;
    // A command that reads nothing closes the pipe before we have written.
    pipe.on("error", () => {});
    pipe.end(content ?? "");
  }
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  const run = {
    code,
    stdout: stdout?.() ?? "",
    stderr: stderr?.() ?? "",
    fourth: fourth?.() ?? "",
  };
  return { ...run, json: () => lastJson(run) as unknown as ReturnType<Run["json"]> };
}

function textOf(child: ChildProcess, fd: number): () => string {
  let text = "";
  (child.stdio[fd] as NodeJS.ReadableStream).setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  return () => text;
}

async function refusal(args: readonly string[], given?: Given) {
  const run = await keys([...args, "--json"], given);
  const { ok, error } = run.json();
  expect(ok).toBe(false);
  expect(error.hint).not.toBe("");
  return { exit: run.code, code: error.code };
}

describe("a secret", () => {
  it.each([
    ["create", "hotkey", "--from-mnemonic", PHRASE],
    ["create", "hotkey", "--mnemonic-fd", PHRASE, "--json"],
    ["create", "hotkey", "--password-fd", PASSWORD, "-v"],
  ])("given where its descriptor belongs is not repeated: %s %s %s", async (...args) => {
    const { code, stdout, stderr } = await keys(args);
    expect(code).toBe(2);
    expect(`${stdout}${stderr}`).toContain("file descriptor");
    for (const secret of [PHRASE, "bottom drive", PASSWORD]) {
      expect(`${stdout}${stderr}`).not.toContain(secret);
    }
  });

  it("in a field where none belongs is not quoted by the refusal, nor by its stack", async () => {
    const hotkeys = join(root, "odd", "hotkeys");
    await mkdir(hotkeys, { recursive: true });
    const files = {
      named: JSON.stringify({ [PHRASE]: PASSWORD }),
      misplaced: JSON.stringify({ ss58Address: PHRASE, cryptoType: PASSWORD }),
      cut: `{"secretPhrase":"${PHRASE}","secretSeed":"${PASSWORD}`,
    };
    for (const [name, content] of Object.entries(files)) {
      await writeFile(join(hotkeys, name), content, { mode: 0o600 });
      const given = { stdin: "x" };
      const { code, stdout, stderr } = await keys(["sign", "-w", "odd", "-H", name, "-v"], given);
      expect([name, code]).toEqual([name, 3]);
      expect(`${stdout}${stderr}`).not.toMatch(/bottom|lonely|correct horse/);
    }
    await rm(join(root, "odd"), { recursive: true });
  });
});

describe("a wallet", () => {
  let phrase = "";
  let address = "";

  it("is made with an encrypted coldkey, whose mnemonic goes where it was asked to and nowhere else", async () => {
    const run = await keys(
      [
        "create",
        "wallet",
        "-w",
        "w",
        "-H",
        "h",
        "--password-fd",
        "3",
        "--mnemonic-fd",
        "4",
        "--json",
      ],
      { third: `${PASSWORD}\n` },
    );
    expect(run.code, run.stderr).toBe(0);
    phrase = run.fourth.trim();
    expect(phrase.split(" ")).toHaveLength(12);
    expect(`${run.stdout}${run.stderr}`).not.toContain(phrase);
    const made = run.json().data["keys"] as { kind: string; address: string; encrypted: boolean }[];
    expect(made.map(({ kind, encrypted }) => [kind, encrypted])).toEqual([
      ["coldkey", true],
      ["hotkey", false],
    ]);
    address = made[0]?.address ?? "";
    const coldkey = await readFile(join(root, "w", "coldkey"));
    expect(coldkey.subarray(0, 5).toString()).toBe("$NACL");
    expect((await stat(join(root, "w", "hotkeys", "h"))).mode & 0o777).toBe(0o600);
  });

  it("is listed without any password", async () => {
    const [listed] = (await keys(["list", "--json"])).json().data["wallets"] as unknown[];
    expect(listed).toMatchObject({
      name: "w",
      keys: [
        { kind: "coldkey", address, scheme: "sr25519", mode: "0600", encryption: "nacl" },
        { kind: "hotkey", name: "h", mode: "0600", encryption: "none" },
      ],
    });
  });

  it("signs with its coldkey when the password is in the variable", async () => {
    const signed = await keys(["sign", "--coldkey", "-w", "w", "--json"], {
      stdin: "a statement",
      env: { ASSAY_WALLET_PASSWORD: PASSWORD },
    });
    const { signature, address: by } = signed.json().data as Record<string, string>;
    expect(by).toBe(address);
    const bytes = Buffer.from(signature?.slice(2) ?? "", "hex");
    expect(isSignedBy(hotkey(address), Buffer.from("a statement"), bytes)).toBe(true);
    expect(`${signed.stdout}${signed.stderr}`).not.toContain(PASSWORD);
  });

  it("is not made again over itself", async () => {
    expect(await refusal(["create", "hotkey", "-w", "w", "-H", "h"])).toEqual({
      exit: 3,
      code: "KEY_EXISTS",
    });
  });

  it("is unsound when a key of it can be read by others", async () => {
    await chmod(join(root, "w", "hotkeys", "h"), 0o644);
    expect(await refusal(["check", "-w", "w"])).toEqual({ exit: 3, code: "WALLET_UNSOUND" });
  });
});

describe("a key restored from its mnemonic", () => {
  it("is the key it was", async () => {
    const run = await keys(
      ["create", "hotkey", "-w", "restored", "-H", "h", "--from-mnemonic", "3", "--json"],
      { third: `  ${PHRASE.toUpperCase()}\n` },
    );
    expect(run.code, run.stderr).toBe(0);
    expect((run.json().data["keys"] as { address: string }[])[0]?.address).toBe(PHRASE_ADDRESS);
  });

  it("is refused when a word is wrong, without the words being shown", async () => {
    const args = ["create", "hotkey", "-w", "other", "--from-mnemonic", "3"];
    const wrong = PHRASE.replace("walk", "obey");
    const run = await keys(args, { third: wrong });
    expect([run.code, run.stdout]).toEqual([2, ""]);
    expect(run.stderr).toContain("MALFORMED_INPUT");
    expect(run.stderr).not.toContain("curtain");
  });
});

describe("an address without its key", () => {
  it("is kept, and is no other's from then on", async () => {
    const create = ["create", "coldkeypub", "-w", "miner", "--address"];
    expect((await keys([...create, ALICE])).code).toBe(0);
    expect(await refusal([...create, PHRASE_ADDRESS])).toEqual({ exit: 3, code: "KEY_EXISTS" });
  });
});

describe("a signature over a file", () => {
  const claim = ["--address", PHRASE_ADDRESS, "--signature"];

  it("is verified, and no longer when a byte is missing", async () => {
    const file = join(dir, "statement");
    await writeFile(file, Uint8Array.of(0, 255, 10));
    const signed = await keys(["sign", file, "-w", "restored", "-H", "h", "--json"]);
    const { signature = "" } = signed.json().data as Record<string, string>;
    expect((await keys(["verify", file, ...claim, signature])).code).toBe(0);
    const shorter = { stdin: Uint8Array.of(0, 255) };
    expect(await refusal(["verify", ...claim, signature], shorter)).toEqual({
      exit: 5,
      code: "SIGNATURE_INVALID",
    });
  });
});

describe("what would lose or betray a key is refused before anything is made", () => {
  it.each([
    [["create", "coldkey", "-w", "n"], "USAGE"],
    [["create", "coldkey", "-w", "n", "--show-mnemonic", "--password-fd", "3"], "WEAK_PASSWORD"],
  ])("%j", async (args, code) => {
    expect(await refusal(args, { third: "short\n" })).toEqual({ exit: 2, code });
    await expect(stat(join(root, "n"))).rejects.toMatchObject({ code: "ENOENT" });
  });
});

// util-linux's script gives the program a terminal of its own.
describe.skipIf(process.platform !== "linux")("in a terminal", () => {
  it("a password is typed unseen, and one that differs the second time is refused", async () => {
    const command = [process.execPath, ...PROGRAM, "create", "hotkey", "-w", "t", "--encrypt"];
    const child = spawn("script", ["-qec", command.join(" "), "/dev/null"], {
      env: { ...process.env, HOME: dir, NO_COLOR: "1", ASSAY_WALLET_PATH: root },
    });
    const answers = [`${PASSWORD}X\x7f\r`, "something else\r"];
    let seen = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      seen += text;
      if (/(New password for \S+|The same again): $/.test(text)) child.stdin.write(answers.shift());
    });
    const code = await new Promise((resolve) => child.once("close", resolve));
    expect(seen).toContain("the two passwords differ");
    expect(seen).not.toContain("correct");
    expect(seen).not.toContain("something");
    expect(answers).toEqual([]);
    expect(code).toBe(2);
  });
});
