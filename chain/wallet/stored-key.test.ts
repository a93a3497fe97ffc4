import { execFileSync } from "node:child_process";
import { chmod, chown, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { newFolder } from "../../store/testing.ts";
import { isSignedBy } from "../account.ts";
import { keyOfPhrase, newKey } from "./key.ts";
import { createHotkeyFile, createKeyFile, loadKey, loadSigner } from "./stored-key.ts";
import { ADDRESS, FULL, PHRASE, placeVector, readVectors } from "./testing.ts";

const MESSAGE = new TextEncoder().encode("a job");

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await newFolder(onTestFinished);
  path = join(folder, "hotkeys", "h");
});

async function place(content: string | Uint8Array, mode = 0o600): Promise<void> {
  await mkdir(join(folder, "hotkeys"), { recursive: true });
  await writeFile(path, content, { mode });
  await chmod(path, mode);
}

describe("createHotkeyFile", () => {
  test("writes a key that loads again and signs for the same address", async () => {
    const created = await createHotkeyFile(path);
    const loaded = await loadSigner(path);
    expect(loaded.hotkey).toBe(created.hotkey);
    expect(isSignedBy(created.hotkey, MESSAGE, loaded.sign(MESSAGE))).toBe(true);
  });

  test("leaves a file of mode 0600 in a folder of mode 0700, and nothing else", async () => {
    await createHotkeyFile(path);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, "hotkeys"))).mode & 0o777).toBe(0o700);
    expect(await readdir(join(folder, "hotkeys"))).toEqual(["h"]);
  });

  test("refuses to overwrite a key, also when two create it at once", async () => {
    const outcomes = await Promise.allSettled([createHotkeyFile(path), createHotkeyFile(path)]);
    const [kept, ...others] = outcomes.flatMap((o) => (o.status === "fulfilled" ? [o.value] : []));
    expect(others).toEqual([]);
    expect((await loadSigner(path)).hotkey).toBe(kept?.hotkey);
    await expect(createHotkeyFile(path)).rejects.toMatchObject({ code: "KEY_EXISTS" });
  });
});

describe("loadKey refuses", () => {
  test("what is no file, without waiting for it", async () => {
    await mkdir(path, { recursive: true });
    await expect(loadKey(path)).rejects.toMatchObject({ code: "KEY_MALFORMED" });
    execFileSync("mkfifo", ["-m", "600", `${path}-pipe`]);
    await expect(loadKey(`${path}-pipe`)).rejects.toMatchObject({ code: "KEY_MALFORMED" });
    await symlink(`${path}-loop`, `${path}-loop`);
    await expect(loadKey(`${path}-loop`)).rejects.toMatchObject({ code: "KEY_MISSING" });
  });

  test.each([0o640, 0o604, 0o660, 0o644, 0o777])("mode %o", async (mode) => {
    await place(JSON.stringify(FULL), mode);
    await expect(loadKey(path)).rejects.toMatchObject({ code: "KEY_MODE" });
    await chmod(path, 0o600);
    expect((await loadKey(path)).hotkey).toBe(ADDRESS);
  });

  test.skipIf(process.getuid?.() !== 0)("a file of another user", async () => {
    await place(JSON.stringify(FULL));
    await chown(path, 12_345, 12_345);
    await expect(loadKey(path)).rejects.toMatchObject({ code: "KEY_MODE" });
  });

  test("a file that is not there, and a folder in its place", async () => {
    await expect(loadKey(path)).rejects.toMatchObject({ code: "KEY_MISSING" });
    await mkdir(path, { recursive: true });
    await expect(loadKey(path)).rejects.toMatchObject({ code: "KEY_MALFORMED" });
  });

  test.each([
    ["more bytes than a key has", `${PHRASE}${" ".repeat(20_000)}`],
    ["bytes that are no text", Uint8Array.of(0xff, 0xfe, 0xfd)],
    ["JSON cut short", JSON.stringify(FULL).slice(0, 40)],
  ])("%s", async (_, content) => {
    await place(content);
    await expect(loadKey(path)).rejects.toMatchObject({ code: "KEY_MALFORMED" });
  });
});

describe("loadSigner", () => {
  test("refuses an ed25519 key, which loadKey takes", async () => {
    await createKeyFile(path, newKey("ed25519"));
    expect((await loadKey(path)).scheme).toBe("ed25519");
    await expect(loadSigner(path)).rejects.toMatchObject({ code: "KEY_SCHEME" });
  });
});

// Ansible's vaults, because their keys are derived in milliseconds; nacl.test.ts and fernet.test.ts open the others.
describe("an encrypted key file", () => {
  async function placed(): Promise<{ path: string; password: Uint8Array; address: string }> {
    const vector = (await readVectors()).find(({ encryption }) => encryption === "ansible-vault");
    const { file = "", password = "", address = "" } = vector ?? {};
    return { path: await placeVector(file, folder), password: Buffer.from(password), address };
  }

  test("loads with the password that is asked for by its path", async () => {
    const { path, password, address } = await placed();
    const asked: string[] = [];
    const key = await loadKey(path, async (of) => {
      asked.push(of);
      return password;
    });
    expect(key.hotkey).toBe(address);
    expect(asked).toEqual([path]);
  });

  test("is refused with a wrong or an empty password", async () => {
    const { path } = await placed();
    for (const password of ["wrong", ""]) {
      await expect(loadKey(path, async () => Buffer.from(password))).rejects.toMatchObject({
        code: "WRONG_PASSWORD",
      });
    }
  });

  test("is refused where there is nobody to ask", async () => {
    const { path } = await placed();
    await expect(loadKey(path)).rejects.toMatchObject({ code: "KEY_ENCRYPTED" });
  });

  test.each(["$NACLabc", "$ANSIBLE_VAULT;1.1;AES256\n61", "gAAAAABabc"])(
    "that is damaged is refused before anybody is asked: %s",
    async (content) => {
      await place(content);
      const ask = (): Promise<never> => Promise.reject(new Error("somebody was asked"));
      await expect(loadKey(path, ask)).rejects.toMatchObject({ code: "KEY_DAMAGED" });
    },
  );

  test("is refused when others may read it", async () => {
    const { path, password } = await placed();
    await chmod(path, 0o644);
    await expect(loadKey(path, async () => password)).rejects.toMatchObject({ code: "KEY_MODE" });
  });

  test("tells neither its password nor its content when it is refused", async () => {
    const { path } = await placed();
    const secret = "correct horse battery staple";
    const content = await readFile(path, "latin1");
    const error = await loadKey(path, async () => Buffer.from(secret)).then(
      () => undefined,
      (refusal: Error) => refusal,
    );
    expect(error).toMatchObject({ name: "ChainError", code: "WRONG_PASSWORD" });
    const told = [JSON.stringify(error), error?.stack, String(error?.cause)].join(" ");
    expect(told).not.toContain(secret);
    expect(told).not.toContain(content.slice(40, 80));
  });
});

test("a file made without a password is not encrypted", async () => {
  const key = keyOfPhrase(PHRASE);
  if (key === undefined) throw new Error("the phrase is no mnemonic");
  await createKeyFile(path, key);
  expect(JSON.parse(await readFile(path, "utf8"))).toEqual(FULL);
});
