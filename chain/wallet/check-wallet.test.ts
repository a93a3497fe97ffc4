import { chmod, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { newFolder } from "../../store/testing.ts";
import { checkWallet, type Finding } from "./check-wallet.ts";
import { newKey } from "./key.ts";
import { encodePublicKeyfile } from "./keyfile.ts";
import { createKeyFile } from "./stored-key.ts";
import { placeVector, readVectors } from "./testing.ts";
import { coldkeyPaths, createKey, createPublicKey, hotkeyPaths } from "./wallet.ts";

let root: string;
beforeEach(async () => {
  root = join(await newFolder(onTestFinished), "wallets");
});

const hotkey = () => hotkeyPaths(root, "w", "h");
const coldkey = () => coldkeyPaths(root, "w");

/** A miner's machine: a hotkey, and of the coldkey only the address. */
async function soundWallet(): Promise<void> {
  await createPublicKey(coldkey().public, newKey());
  await createKey(hotkey(), newKey());
}

function bad(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter(({ level }) => level !== "pass");
}

/** An encrypted coldkey whose password is quick to check. */
async function placeColdkey(): Promise<Uint8Array> {
  const vector = (await readVectors()).find(({ encryption }) => encryption === "ansible-vault");
  await mkdir(join(root, "w"), { recursive: true });
  await rename(await placeVector(vector?.file ?? "", join(root, "w")), coldkey().secret);
  return Buffer.from(vector?.password ?? "");
}

describe("a sound wallet", () => {
  test("passes every check", async () => {
    await soundWallet();
    const findings = await checkWallet(root, "w");
    expect(findings.map(({ level }) => level)).toEqual(["pass", "pass"]);
  });
});

describe("checkWallet finds", () => {
  test.each<[string, string, () => Promise<void>]>([
    ["a hotkey that others may read", "KEY_MODE", () => chmod(hotkey().secret, 0o640)],
    ["a folder that others may write", "KEY_MODE", () => chmod(join(root, "w"), 0o777)],
    ["hotkeys that others may replace", "KEY_MODE", () => chmod(join(root, "w", "hotkeys"), 0o770)],
    ["a hotkey cut short", "KEY_MALFORMED", () => writeFile(hotkey().secret, '{"secretSeed":')],
    ["a public file cut short", "KEY_MALFORMED", () => writeFile(hotkey().public, "{")],
    [
      "a public file of another key",
      "KEY_MISMATCH",
      () => writeFile(hotkey().public, encodePublicKeyfile(newKey())),
    ],
    [
      "a hotkey of the wrong scheme",
      "KEY_SCHEME",
      async () => {
        await rm(hotkey().secret);
        await rm(hotkey().public);
        await createKeyFile(hotkey().secret, newKey("ed25519"));
      },
    ],
    ["an encrypted file cut short", "KEY_DAMAGED", () => writeFile(hotkey().secret, "$NACLabc")],
  ])("%s", async (_, code, spoil) => {
    await soundWallet();
    await spoil();
    const failed = bad(await checkWallet(root, "w"));
    expect(failed).toMatchObject([{ level: "fail", code, fix: expect.stringMatching(/\w/) }]);
  });

  test("a wallet that is not there", async () => {
    expect(bad(await checkWallet(root, "w"))[0]).toMatchObject({ code: "KEY_MISSING" });
  });

  test("what is only unwise: an open coldkey, missing addresses, an old encryption", async () => {
    await createKeyFile(coldkey().secret, newKey());
    await createKeyFile(hotkey().secret, newKey());
    const open = bad(await checkWallet(root, "w"));
    expect(open.map(({ level, path }) => [level, path])).toEqual([
      ["warn", coldkey().public],
      ["warn", coldkey().secret],
      ["warn", hotkey().public],
    ]);
    await rm(coldkey().secret);
    await placeColdkey();
    const [, old] = bad(await checkWallet(root, "w"));
    expect(old).toMatchObject({ level: "warn", what: expect.stringContaining("ansible-vault") });
  });

  test("a wrong password, only when it is to open what is encrypted", async () => {
    const password = await placeColdkey();
    const failures = async (given?: Uint8Array): Promise<readonly unknown[]> => {
      const ask = given === undefined ? undefined : async () => given;
      const findings = await checkWallet(root, "w", ask);
      return findings.flatMap(({ level, code }) => (level === "fail" ? [code] : []));
    };
    expect(await failures()).toEqual([]);
    expect(await failures(password)).toEqual([]);
    expect(await failures(Buffer.from("wrong"))).toEqual(["WRONG_PASSWORD"]);
  });
});
