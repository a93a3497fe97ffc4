import { chmod, mkdir, readdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { newFolder } from "../../store/testing.ts";
import { newKey } from "./key.ts";
import { createHotkeyFile, createKeyFile, loadKey } from "./stored-key.ts";
import { placeVector, readVectors } from "./testing.ts";
import {
  coldkeyPaths,
  createKey,
  createPublicKey,
  hotkeyPaths,
  listWallet,
  listWallets,
  loadPublicKey,
  walletFolder,
} from "./wallet.ts";

let root: string;
beforeEach(async () => {
  root = join(await newFolder(onTestFinished), "wallets");
});

describe("createKey", () => {
  test("writes the secret for its owner and the address for everybody", async () => {
    const key = newKey();
    const paths = hotkeyPaths(root, "w", "h");
    await createKey(paths, key);
    expect((await loadKey(paths.secret)).hotkey).toBe(key.hotkey);
    expect((await loadPublicKey(paths.public)).hotkey).toBe(key.hotkey);
    expect((await stat(paths.secret)).mode & 0o777).toBe(0o600);
    expect(await readFile(paths.public, "utf8")).not.toContain("secret");
    expect(await readdir(join(root, "w", "hotkeys"))).toEqual(["h", "hpub.txt"]);
  });

  test("puts the secret beside an address that was there first, when it is its own", async () => {
    const key = newKey();
    const paths = coldkeyPaths(root, "w");
    await createPublicKey(paths.public, key);
    await createKey(paths, key);
    expect((await loadKey(paths.secret)).hotkey).toBe(key.hotkey);
  });

  test("refuses a place that is another's, by its secret or by its address, and writes nothing", async () => {
    const paths = coldkeyPaths(root, "w");
    const owner = newKey();
    await createPublicKey(paths.public, owner);
    await expect(createKey(paths, newKey())).rejects.toMatchObject({ code: "KEY_EXISTS" });
    expect(await readdir(join(root, "w"))).toEqual(["coldkeypub.txt"]);
    await createKey(paths, owner);
    await expect(createKey(paths, owner)).rejects.toMatchObject({ code: "KEY_EXISTS" });
    await expect(createPublicKey(paths.public, newKey())).rejects.toMatchObject({
      code: "KEY_EXISTS",
    });
    expect((await loadKey(paths.secret)).hotkey).toBe(owner.hotkey);
  });
});

describe("names", () => {
  test.each(["default", "my wallet", "w-1_é"])("may be %s", (name) => {
    expect(walletFolder(root, name)).toBe(join(root, name));
  });

  test.each(["", ".", "..", "../other", "a/b", "a\\b", "a\0b", ".hidden", "hpub.txt", "h.lock"])(
    "may not be %j",
    (name) => {
      expect(() => walletFolder(root, name)).toThrow(
        expect.objectContaining({ code: "WALLET_NAME" }),
      );
      expect(() => hotkeyPaths(root, "w", name)).toThrow(
        expect.objectContaining({ code: "WALLET_NAME" }),
      );
    },
  );
});

describe("listing", () => {
  test("tells every key, its address, its mode and whether it is encrypted", async () => {
    const vectors = await readVectors();
    const sealed = vectors.find(({ encryption }) => encryption === "nacl");
    await mkdir(join(root, "theirs", "hotkeys"), { recursive: true });
    const placed = await placeVector("coldkey-nacl", join(root, "theirs"));
    await rename(placed, coldkeyPaths(root, "theirs").secret);
    await placeVector("coldkeypub.txt", join(root, "theirs"));
    const key = await createHotkeyFile(hotkeyPaths(root, "theirs", "without-pub").secret);
    await createPublicKey(hotkeyPaths(root, "theirs", "elsewhere").public, newKey());
    await createKeyFile(hotkeyPaths(root, "mine", "open").secret, newKey());
    await chmod(hotkeyPaths(root, "mine", "open").secret, 0o644);

    const [mine, theirs] = await listWallets(root);
    expect(mine).toMatchObject({
      name: "mine",
      keys: [{ kind: "hotkey", name: "open", key: undefined, secret: { mode: 0o644 } }],
    });
    expect(theirs?.keys).toMatchObject([
      {
        kind: "coldkey",
        key: { hotkey: sealed?.address },
        secret: { mode: 0o600, encryption: "nacl" },
      },
      { name: "elsewhere", secret: undefined },
      { name: "without-pub", key: { hotkey: key.hotkey }, secret: { encryption: "none" } },
    ]);
  });

  test("passes over what is neither wallet nor key", async () => {
    const paths = hotkeyPaths(root, "w", "h");
    await createKey(paths, newKey());
    await writeFile(join(root, "notes.txt"), "x");
    await mkdir(join(root, ".hidden"));
    await writeFile(`${paths.secret}.lock`, "x");
    await writeFile(join(root, "w", "hotkeys", ".h.0123456789abcdef.tmp"), "x");
    await mkdir(join(root, "w", "hotkeys", "folder"));
    const wallets = await listWallets(root);
    expect(wallets.map(({ name, keys }) => [name, keys.map((key) => key.name)])).toEqual([
      ["w", ["h"]],
    ]);
  });

  test("of nothing is empty", async () => {
    expect(await listWallets(root)).toEqual([]);
    expect((await listWallet(root, "none")).keys).toEqual([]);
  });
});
