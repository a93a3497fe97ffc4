/**
 * The folder of a local chain after accidents: a file that was cut, overwritten, edited or is none. The chain goes on
 * where it stood or says by name what is wrong, and leaves the folder as it found it.
 */
import { copyFile, mkdir, readFile, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import Database from "better-sqlite3";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { newFolder } from "../../../store/testing.ts";
import { ChainError } from "../../error.ts";
import { startLocalChain } from "../local-chain.ts";

const BLOCKS = 20;

let sound: Buffer;
beforeAll(async () => {
  let remove = async (): Promise<void> => {};
  const dir = await newFolder((task) => {
    remove = task;
  });
  const chain = await startLocalChain({ dir, blockMs: 60_000, subnets: [{ tempo: 5 }] });
  await chain.control.step(BLOCKS);
  await chain.close();
  sound = await readFile(join(dir, "chain.sqlite"));
  await remove();
});

/** @returns the number of its best block, or the code with which it refuses */
async function startWith(damage: (path: string) => Promise<void>): Promise<number | string> {
  const dir = await newFolder(onTestFinished);
  const path = join(dir, "chain.sqlite");
  await writeFile(path, sound);
  await damage(path);
  try {
    const chain = await startLocalChain({ dir, blockMs: 60_000 });
    const { number } = await chain.control.step(1);
    await chain.close();
    return number;
  } catch (error) {
    expect([(error as Error).message, error instanceof ChainError]).toEqual([
      (error as Error).message,
      true,
    ]);
    return (error as ChainError).code;
  } finally {
    // Whatever happened, nobody holds the folder any more.
    await rm(path, { recursive: true, force: true });
    const again = await startLocalChain({ dir: join(dir, "other"), blockMs: 60_000 });
    await again.close();
  }
}

const edited =
  (sql: string) =>
  async (path: string): Promise<void> => {
    const db = new Database(path);
    db.exec(sql);
    db.close();
  };

test("a folder that nothing happened to goes on", async () => {
  expect(await startWith(async () => {})).toBe(BLOCKS + 2);
});

describe("is named:", () => {
  test.each<[string, (path: string) => Promise<void>]>([
    ["a file cut in half", (path) => truncate(path, Math.floor(sound.length / 8_192) * 4_096)],
    ["a file cut within a page", (path) => truncate(path, 5_000)],
    [
      "another header",
      async (path) =>
        writeFile(path, Buffer.concat([Buffer.from("no SQLite file"), sound.subarray(14)])),
    ],
    ["a text in its place", (path) => writeFile(path, "hello".repeat(1_000))],
    ["no block of which storage tells", edited(`DELETE FROM blocks WHERE number > ${BLOCKS - 3}`)],
    ["no genesis", edited("DELETE FROM blocks WHERE number = 0")],
    ["finality beyond the last block", edited("UPDATE chain SET finalised = 4000000000")],
    ["finality before genesis", edited("UPDATE chain SET finalised = -1")],
    ["a header cut short", edited(`UPDATE blocks SET header = x'00' WHERE number = ${BLOCKS + 1}`)],
    ["no table of storage", edited("DROP TABLE storage")],
    ["no storage", edited("DELETE FROM storage")],
    ["values that are none", edited("UPDATE storage SET value = x'ff'")],
    [
      "keys that are none",
      edited("DELETE FROM storage; INSERT INTO storage VALUES (x'00', x'00')"),
    ],
  ])("%s", async (_, damage) => {
    expect(await startWith(damage)).toMatch(/^CHAIN_(DAMAGED|GENESIS)$/);
  });

  test("a folder in the place of the file, or a way to nowhere", async () => {
    const replaced = async (path: string, put: () => Promise<unknown>): Promise<void> => {
      await rm(path);
      await put();
    };
    expect(await startWith((path) => replaced(path, () => mkdir(path)))).toBe("CHAIN_DAMAGED");
    const nowhere = (path: string): Promise<void> =>
      replaced(path, () => symlink("/nowhere/at/all", path));
    expect(await startWith(nowhere)).toBe("CHAIN_DAMAGED");
  });
});

test("pages overwritten anywhere are named, or of no consequence", async () => {
  const pages = Math.floor(sound.length / 4_096);
  for (let page = 1; page < pages; page += Math.ceil(pages / 12)) {
    const outcome = await startWith(async (path) => {
      const bytes = Buffer.from(sound);
      bytes.fill(0xa5, page * 4_096, (page + 1) * 4_096);
      await writeFile(path, bytes);
    });
    expect([page, [BLOCKS + 2, "CHAIN_DAMAGED", "CHAIN_GENESIS"].includes(outcome)]).toEqual([
      page,
      true,
    ]);
  }
});

test("a journal of another file beside it changes nothing, or is named", async () => {
  const outcome = await startWith(async (path) => {
    await writeFile(`${path}-wal`, Buffer.alloc(40_000, 0x37));
    await copyFile(path, `${path}-shm`);
  });
  expect([BLOCKS + 2, "CHAIN_DAMAGED"]).toContain(outcome);
});
