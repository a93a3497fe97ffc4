import { openSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { passwordsFrom } from "./password.ts";
import { promptSecret, readSecret } from "./secret-input.ts";

// Made by bittensor-wallet 4.1.1 for this path.
const PATH = "/srv/w1.a/my wallet/cold-key";
const OF_FILE = {
  "BT_PW__SRV_W1_A_MY WALLET_COLD-KEY":
    "I3QvMSQsKDwgMn8jWT41fyQqADsuIisgJn83Jy0qDT8tPGI6Pj0yfzA1ciI3MhEpIC0kOEI7JGBshv1zYykjNg04MCsn",
};
const OURS = { ASSAY_WALLET_PASSWORD: "ours, long enough" };
const THEIRS = { BT_WALLET_PASSWORD: "theirs, long enough" };

async function descriptorOf(content: string | Uint8Array): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "assay-password-"));
  const path = join(folder, "secret");
  await writeFile(path, content);
  onTestFinished(() => rm(folder, { recursive: true }));
  // A bare descriptor, as a shell gives one: whoever reads it closes it.
  return openSync(path, "r");
}

async function asked(environment: Record<string, string>, passwordFd?: number): Promise<string> {
  const { ask } = passwordsFrom(passwordFd === undefined ? {} : { passwordFd }, environment);
  return Buffer.from(await ask(PATH)).toString();
}

describe("a password", () => {
  test("comes from the descriptor before our variable before the file's before Bittensor's", async () => {
    const all = { ...OURS, ...OF_FILE, ...THEIRS };
    expect(await asked({ ...all }, await descriptorOf("by descriptor\n"))).toBe("by descriptor");
    expect(await asked({ ...all })).toBe("ours, long enough");
    expect(await asked({ ...OF_FILE, ...THEIRS })).toMatch(/^a password that is longer/);
    expect(await asked({ ...THEIRS })).toBe("theirs, long enough");
  });

  test("is taken out of the environment, and is still there for the next key", async () => {
    const environment: Record<string, string> = { ...OURS, ...OF_FILE, ...THEIRS, PATH: "/bin" };
    const { ask } = passwordsFrom({}, environment);
    expect(environment).toEqual({ PATH: "/bin" });
    expect(await ask(PATH)).toEqual(await passwordsFrom({}, environment).ask(PATH));
  });

  test("that is new has eight characters, whatever their bytes; an old one may have fewer", async () => {
    const short = passwordsFrom({}, { ASSAY_WALLET_PASSWORD: "ééééééé" });
    await expect(short.choose(PATH)).rejects.toMatchObject({ code: "WEAK_PASSWORD" });
    expect(Buffer.from(await short.ask(PATH)).toString()).toBe("ééééééé");
    const long = passwordsFrom({}, { ASSAY_WALLET_PASSWORD: "éééééééé" });
    expect(Buffer.from(await long.choose(PATH)).toString()).toBe("éééééééé");
  });

  test("from a descriptor serves every key of a command", async () => {
    const { ask } = passwordsFrom({ passwordFd: await descriptorOf("by descriptor\r\n") }, {});
    expect(await ask("/one")).toEqual(await ask("/other"));
    expect(Buffer.from(await ask("/one")).toString()).toBe("by descriptor");
  });
});

describe("readSecret", () => {
  test("keeps every byte but the last newline", async () => {
    expect(Buffer.from(await readSecret(await descriptorOf(" a\n\n"), "x")).toString()).toBe(
      " a\n",
    );
  });

  test.each([
    ["nothing", ""],
    ["only a newline", "\n"],
    ["more than any secret has", "x".repeat(5_000)],
  ])("refuses %s", async (_, content) => {
    const fd = await descriptorOf(content);
    await expect(readSecret(fd, "x")).rejects.toMatchObject({ code: "USAGE" });
  });

  test("refuses a descriptor that is not open", async () => {
    await expect(readSecret(253, "x")).rejects.toMatchObject({ code: "USAGE" });
  });
});

test.skipIf(process.stdin.isTTY)("nothing is asked where there is no terminal", async () => {
  await expect(promptSecret("Password:", "Give it.")).rejects.toMatchObject({
    code: "NO_TERMINAL",
    hint: "Give it.",
  });
});
