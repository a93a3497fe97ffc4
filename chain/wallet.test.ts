import { chmod, chown, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Keyring } from "@polkadot/keyring";
import { hexToU8a } from "@polkadot/util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isSignedBy } from "./account.ts";
import type { Signer } from "./chain.ts";
import { createHotkeyFile, devSigner, loadSigner } from "./wallet.ts";

// Substrate's development phrase and what btwallet makes of it; nothing of it is a secret.
const PHRASE = "bottom drive obey lake curtain smoke basket hold race lonely fit walk";
const SEED = "0xfac7959dbfe72f052e5a0c3c8d6530f202b02fd8f9f5ca3580ec8deb7797479e";
const PRIVATE_KEY =
  "0x05d65584630d16cd4af6d0bec10f34bb504a5dcb62dba2122d49f5a663763d0afd190cce74df356432b410bd64682309d6dedb27c76845daf388557cbac3ca34";
const ADDRESS = "5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV";
// The same for //Alice, whose canonical private key facts §6 gives by its first bytes.
const ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
const FULL = {
  accountId: "0x46ebddef8cd9bb167dc30878d7113b7e168e6f0646beffd77d69d39bad76b47a",
  publicKey: "0x46ebddef8cd9bb167dc30878d7113b7e168e6f0646beffd77d69d39bad76b47a",
  privateKey: PRIVATE_KEY,
  secretPhrase: PHRASE,
  secretSeed: SEED,
  ss58Address: ADDRESS,
};

let dir: string;
let path: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "assay-wallet-"));
  path = join(dir, "hotkey");
});
afterEach(() => rm(dir, { recursive: true }));

async function load(content: string | object, mode = 0o600): Promise<Signer> {
  await writeFile(path, typeof content === "string" ? content : JSON.stringify(content), { mode });
  await chmod(path, mode);
  return loadSigner(path);
}

function signsAs(signer: Signer): boolean {
  const message = new TextEncoder().encode("a job");
  return isSignedBy(signer.hotkey, message, signer.sign(message));
}

describe("createHotkeyFile", () => {
  test("writes a key that loads again and signs for the same address", async () => {
    const created = await createHotkeyFile(path);
    const loaded = await loadSigner(path);
    expect(loaded.hotkey).toBe(created.hotkey);
    expect(signsAs(created)).toBe(true);
    expect(signsAs(loaded)).toBe(true);
  });

  test("writes the six fields of Bittensor's layout, all strings, in mode 0600", async () => {
    const { hotkey } = await createHotkeyFile(path);
    const file = JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>;
    expect(Object.keys(file).sort()).toEqual(Object.keys(FULL).sort());
    expect(Object.values(file).every((field) => typeof field === "string")).toBe(true);
    expect(file["ss58Address"]).toBe(hotkey);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test("writes a private key, seed and phrase that each load to the same address", async () => {
    const { hotkey } = await createHotkeyFile(path);
    const file = JSON.parse(await readFile(path, "utf8")) as typeof FULL;
    for (const alone of [file.privateKey, file.secretSeed, file.secretPhrase]) {
      const signer = await load(alone);
      expect(signer.hotkey).toBe(hotkey);
      expect(signsAs(signer)).toBe(true);
    }
  });

  test("makes another key every time", async () => {
    const { hotkey } = await createHotkeyFile(path);
    expect((await createHotkeyFile(join(dir, "other"))).hotkey).not.toBe(hotkey);
  });

  test("refuses to overwrite a key, also when two create it at once", async () => {
    const outcomes = await Promise.allSettled([createHotkeyFile(path), createHotkeyFile(path)]);
    const [kept, ...others] = outcomes.flatMap((o) => (o.status === "fulfilled" ? [o.value] : []));
    expect(others).toEqual([]);
    expect((await loadSigner(path)).hotkey).toBe(kept?.hotkey);
    await expect(createHotkeyFile(path)).rejects.toMatchObject({ code: "KEY_EXISTS" });
  });
});

describe("loadSigner accepts", () => {
  test.each([
    ["a file as btwallet writes it", FULL],
    ["null for what is not there", { ...FULL, secretPhrase: null, secretSeed: null }],
    [
      "only the private key, in schnorrkel's form",
      { privateKey: PRIVATE_KEY, ss58Address: ADDRESS },
    ],
    ["only the seed", { secretSeed: SEED }],
    ["only the phrase", { secretPhrase: PHRASE }],
    [
      "the leading space of some releases",
      { secretPhrase: PHRASE, " ss58Address": ADDRESS } as object,
    ],
    ["the scheme as number", { ...FULL, cryptoType: 1 }],
    ["the scheme as text", { ...FULL, cryptoType: "sr25519", accountType: "hotkey" }],
    ["a bare seed", SEED.slice(2)],
    ["a bare seed with 0x", SEED],
    ["a bare private key", PRIVATE_KEY.slice(2)],
    ["a bare mnemonic and a newline", `${PHRASE}\n`],
  ])("%s", async (_, content) => {
    const signer = await load(content);
    expect(signer.hotkey).toBe(ADDRESS);
    expect(signsAs(signer)).toBe(true);
  });

  test("the phrase before the seed before the private key", async () => {
    const other = `0x${"11".repeat(32)}`;
    expect((await load({ secretPhrase: PHRASE, secretSeed: other })).hotkey).toBe(ADDRESS);
    const badKey = `0x${"11".repeat(31)}00${"11".repeat(32)}`;
    expect((await load({ secretSeed: SEED, privateKey: badKey })).hotkey).toBe(ADDRESS);
  });

  test("what is not its own public key by computing it", async () => {
    const lie = {
      ...FULL,
      secretPhrase: null,
      secretSeed: null,
      publicKey: `0x${"00".repeat(32)}`,
    };
    expect(signsAs(await load(lie))).toBe(true);
  });
});

describe("loadSigner refuses", () => {
  test.each([0o640, 0o604, 0o660, 0o644, 0o777])("mode %o", async (mode) => {
    await expect(load(FULL, mode)).rejects.toMatchObject({ code: "KEY_MODE" });
  });

  test.skipIf(process.getuid?.() !== 0)("a file of another user", async () => {
    await load(FULL);
    await chown(path, 12_345, 12_345);
    await expect(loadSigner(path)).rejects.toMatchObject({ code: "KEY_MODE" });
  });

  test("a file that is not there", async () => {
    await expect(loadSigner(path)).rejects.toMatchObject({ code: "KEY_MISSING" });
  });

  test.each(["$NACLabc", "$ANSIBLE_VAULT;1.1;AES256\n61", "gAAAAABabc"])(
    "an encrypted file: %s",
    async (content) => {
      await expect(load(content)).rejects.toMatchObject({ code: "KEY_ENCRYPTED" });
    },
  );

  test("a secret that belongs to another address", async () => {
    await expect(load({ ...FULL, ss58Address: ALICE })).rejects.toMatchObject({
      code: "KEY_MISMATCH",
    });
    const alone = { privateKey: PRIVATE_KEY, ss58Address: ALICE };
    await expect(load(alone)).rejects.toMatchObject({ code: "KEY_MISMATCH" });
  });

  test("an ed25519 key, by its address or by its word", async () => {
    const ed = new Keyring({ type: "ed25519", ss58Format: 42 }).addFromSeed(hexToU8a(SEED));
    const byAddress = { secretSeed: SEED, ss58Address: ed.address };
    await expect(load(byAddress)).rejects.toMatchObject({ code: "KEY_SCHEME" });
    for (const cryptoType of [0, "0", "ed25519"]) {
      await expect(load({ ...FULL, cryptoType })).rejects.toMatchObject({ code: "KEY_SCHEME" });
    }
  });

  test.each([
    ["an empty file", ""],
    ["an empty object", "{}"],
    ["JSON cut short", JSON.stringify(FULL).slice(0, -1)],
    ["a list", "[]"],
    ["a field that is no text", { ...FULL, secretSeed: 7 }],
    ["a field nobody knows", { ...FULL, extra: "x" }],
    ["a seed that is too short", { secretSeed: "0x1234" }],
    ["a phrase with a wrong checksum", PHRASE.replace("walk", "obey")],
    ["a private key of zero", `${"00".repeat(64)}`],
    ["a private key above the group's order", `${"ff".repeat(64)}`],
    ["more bytes than a key has", `${PHRASE}${" ".repeat(20_000)}`],
  ])("%s", async (_, content) => {
    await expect(load(content)).rejects.toMatchObject({ code: "KEY_MALFORMED" });
  });

  test("and never quotes what is in the file", async () => {
    const secret = "correcthorsebatterystaple";
    for (const content of [
      secret,
      `{"secretPhrase": ${secret}}`,
      `{"secretSeed": "${secret}"}`,
      `{"secretPhrase": "${secret}"}`,
      `{"privateKey": "${secret}"}`,
      `{"cryptoType": "${secret.repeat(5)}"}`,
      `{"secretSeed": "${SEED}", "ss58Address": "${secret}"}`,
      `$NACL${secret}`,
    ]) {
      const error = await load(content).then(
        () => undefined,
        (refusal: unknown) => refusal,
      );
      const told = `${JSON.stringify(error)} ${String(error)} ${String((error as Error).stack)} ${String((error as Error).cause)}`;
      expect(error).toMatchObject({ name: "ChainError" });
      expect(told).not.toContain(secret);
    }
  });
});

describe("devSigner", () => {
  test("is the account that Substrate's tools call //Alice", () => {
    const alice = devSigner("//Alice");
    expect(alice.hotkey).toBe(ALICE);
    expect(signsAs(alice)).toBe(true);
  });
});
