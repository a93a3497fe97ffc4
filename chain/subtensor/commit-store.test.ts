import { chmod, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { killHard, newFolder, nextOutput, runProcess } from "../../store/testing.ts";
import { devSigner } from "../wallet/key.ts";
import {
  commitId,
  memoryCommitStore,
  openCommitStore,
  type WaitingCommit,
} from "./commit-store.ts";

const ALICE = devSigner("//Alice").hotkey;
const GENESIS = "ab".repeat(32);
const COMMIT: WaitingCommit = {
  id: "0123456789abcdef0123456789abcdef",
  genesis: GENESIS,
  hotkey: ALICE,
  netuid: 1,
  mecid: 0,
  way: "hashed",
  uids: [0, 3],
  values: [65_535, 12],
  versionKey: 18_446_744_073_709_551_615n,
  salt: [1, 2, 3, 4, 5, 6, 7, 8],
  hash: `0x${"cd".repeat(32)}`,
  revealEpoch: 12,
  round: 0,
  madeAt: 100,
};

let folder: string;
beforeEach(async () => {
  folder = await newFolder(onTestFinished);
});

describe.each([
  ["in memory", async () => memoryCommitStore()],
  ["on disk", () => openCommitStore(folder)],
] as const)("commits %s", (_, open) => {
  test("are kept, placed and forgotten, oldest first", async () => {
    const store = await open();
    const younger = { ...COMMIT, id: commitId(), madeAt: 101 };
    await store.keep(younger);
    await store.keep(COMMIT);
    expect(await store.waiting(GENESIS, 1, ALICE)).toEqual([COMMIT, younger]);
    await store.place(COMMIT.id, 104);
    expect(await store.waiting(GENESIS, 1, ALICE)).toEqual([{ ...COMMIT, placedAt: 104 }, younger]);
    await store.forget(COMMIT.id);
    await store.forget(COMMIT.id);
    expect(await store.waiting(GENESIS, 1, ALICE)).toEqual([younger]);
  });

  test("are those of one chain, subnet and hotkey, and of no other", async () => {
    const store = await open();
    await store.keep(COMMIT);
    expect(await store.waiting("11".repeat(32), 1, ALICE)).toEqual([]);
    expect(await store.waiting(GENESIS, 2, ALICE)).toEqual([]);
    expect(await store.waiting(GENESIS, 1, devSigner("//Bob").hotkey)).toEqual([]);
  });
});

describe("on disk", () => {
  test("holds exactly what was kept, whatever it is", async () => {
    const u16s = fc.array(fc.integer({ min: 0, max: 65_535 }), { maxLength: 300 });
    const store = await openCommitStore(folder);
    await fc.assert(
      fc.asyncProperty(
        u16s,
        u16s,
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        async (a, b, key) => {
          const commit = { ...COMMIT, uids: a, values: a, salt: b, versionKey: key };
          await store.keep(commit);
          expect(await store.waiting(GENESIS, 1, ALICE)).toEqual([commit]);
        },
      ),
      { numRuns: 20 },
    );
  });

  test("is for its owner's eyes alone, whatever it was before", async () => {
    await chmod(folder, 0o777);
    const store = await openCommitStore(folder);
    await store.keep(COMMIT);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, `${COMMIT.id}.json`))).mode & 0o777).toBe(0o600);
  });

  test("is named when its folder is none, and left alone", async () => {
    const taken = join(folder, "taken");
    await writeFile(taken, "something else");
    for (const path of [taken, join(taken, "below")]) {
      await expect(openCommitStore(path)).rejects.toMatchObject({ code: "COMMIT_UNREADABLE" });
    }
    expect(await readFile(taken, "utf8")).toBe("something else");
  });

  test("survives kill -9 the moment it was kept", async () => {
    const child = runProcess(`
      const { openCommitStore } = await store("../chain/subtensor/commit-store.ts");
      const commits = await openCommitStore(${JSON.stringify(folder)});
      const commit = JSON.parse(${JSON.stringify(JSON.stringify({ ...COMMIT, versionKey: "7" }))});
      await commits.keep({ ...commit, versionKey: 7n });
      console.log("kept");
      await new Promise((resolve) => setTimeout(resolve, 60_000));`);
    onTestFinished(() => killHard(child));
    await nextOutput(child);
    await killHard(child);
    const store = await openCommitStore(folder);
    expect(await store.waiting(GENESIS, 1, ALICE)).toEqual([{ ...COMMIT, versionKey: 7n }]);
  });

  test.each([
    ["cut", (text: string) => text.slice(0, -5)],
    ["with a value that is no u16", (text: string) => text.replace("65535", "65536")],
    ["with a field more", (text: string) => text.replace("{", '{"more":1,')],
    ["of another name", (text: string) => text.replace(COMMIT.id, commitId())],
  ])("refuses a file that is %s, without showing what it holds", async (_, damage) => {
    const store = await openCommitStore(folder);
    await store.keep(COMMIT);
    const [name = ""] = await readdir(folder);
    await writeFile(join(folder, name), damage(await readFile(join(folder, name), "utf8")));
    const refusal = await store.waiting(GENESIS, 1, ALICE).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: "COMMIT_UNREADABLE" });
    expect(`${refusal}`).not.toContain(COMMIT.hash);
    expect(`${refusal}`).not.toContain(String(COMMIT.salt));
  });
});
