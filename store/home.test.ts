import { chmod, mkdir, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { temporaryBeside } from "./atomic.ts";
import { defaultHome, newRun, openHome } from "./home.ts";
import { mountSmallDisk, newFolder, unmount } from "./testing.ts";

let root: string;
beforeEach(async () => {
  root = join(await newFolder(onTestFinished), "home");
});

const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

describe("the data folder", () => {
  test("is made when it is not there, closed to others", async () => {
    const umask = process.umask(0);
    onTestFinished(() => void process.umask(umask));
    const home = await openHome(root);
    expect((await readdir(root)).sort()).toEqual(["packages", "ptau", "runs", "tables", "version"]);
    for (const folder of [home.root, home.ptau, home.packages, home.tables, home.runs]) {
      expect(await modeOf(folder)).toBe(0o700);
    }
  });

  test("is the same when it is opened again", async () => {
    const home = await openHome(root);
    await writeFile(join(home.packages, "kept"), "x");
    expect(await openHome(root)).toEqual(home);
    expect(await readFile(join(home.packages, "kept"), "utf8")).toBe("x");
  });

  test("may be an empty folder that was there", async () => {
    await mkdir(root);
    await openHome(root);
  });

  test("opens for many at once", async () => {
    const homes = await Promise.all(Array.from({ length: 20 }, () => openHome(root)));
    expect(new Set(homes.map((home) => home.root)).size).toBe(1);
    expect((await readdir(root)).sort()).toEqual(["packages", "ptau", "runs", "tables", "version"]);
  });

  test("closes the folder of keys again when somebody opened it", async () => {
    const home = await openHome(root);
    await chmod(home.runs, 0o755);
    await openHome(root);
    expect(await modeOf(home.runs)).toBe(0o700);
  });

  test.each(["2\n", "0", "", "1.0", "one"])(
    "is refused with the layout version %j, and left as it is",
    async (version) => {
      await mkdir(root);
      await writeFile(join(root, "version"), version);
      await expect(openHome(root)).rejects.toMatchObject({
        code: "HOME_VERSION",
        message: expect.stringContaining("expected 1"),
        hint: expect.stringContaining("ASSAY_HOME"),
      });
      expect(await readdir(root)).toEqual(["version"]);
      expect(await readFile(join(root, "version"), "utf8")).toBe(version);
    },
  );

  test("is refused when the folder holds other things, and left as it is", async () => {
    await mkdir(root);
    await writeFile(join(root, "thesis.tex"), "x");
    await expect(openHome(root)).rejects.toMatchObject({
      code: "HOME_FOREIGN",
      message: expect.stringContaining("thesis.tex"),
    });
    expect(await readdir(root)).toEqual(["thesis.tex"]);
  });

  test("is refused when it is a file, or lies below one", async () => {
    await writeFile(root, "x");
    await expect(openHome(root)).rejects.toMatchObject({ code: "HOME_FOREIGN" });
    await expect(openHome(join(root, "below"))).rejects.toMatchObject({ code: "HOME_FOREIGN" });
  });

  test("is cleared of what a crash left there yesterday", async () => {
    const home = await openHome(root);
    const [old, young] = [
      temporaryBeside(join(home.ptau, "a.ptau")),
      temporaryBeside(join(home.ptau, "a.ptau")),
    ];
    await writeFile(old, "x");
    await writeFile(young, "x");
    const twoDaysAgo = Date.now() / 1000 - 2 * 86_400;
    await utimes(old, twoDaysAgo, twoDaysAgo);
    await openHome(root);
    expect((await readdir(home.ptau)).map((name) => join(home.ptau, name))).toEqual([young]);
  });

  test("loses the tables that nobody has used for a month, and no others", async () => {
    const home = await openHome(root);
    const day = 86_400;
    const now = Date.now() / 1_000;
    for (const [name, days] of [
      ["old.tables", 31],
      ["used.tables", 29],
    ] as const) {
      await writeFile(join(home.tables, name), "x");
      await utimes(join(home.tables, name), now, now - days * day);
    }
    await writeFile(join(home.packages, "old"), "x");
    await utimes(join(home.packages, "old"), now, now - 400 * day);
    await openHome(root);
    expect(await readdir(home.tables)).toEqual(["used.tables"]);
    expect(await readdir(home.packages)).toEqual(["old"]);
  });

  test("on a full disk says so, and opens when there is space", async ({ skip }) => {
    const disk = join(root, "disk");
    const reason = await mountSmallDisk(disk, 16 << 10);
    if (reason !== undefined) skip(reason);
    onTestFinished(() => unmount(disk));
    const filler = join(disk, "filler");
    await writeFile(filler, new Uint8Array(16 << 10));
    const home = join(disk, "home");
    await expect(openHome(home)).rejects.toMatchObject({ code: "DISK_FULL" });
    expect(await readdir(home)).toEqual([]);
    await rm(filler);
    await openHome(home);
  });
});

describe("where it lies", () => {
  test.each<[string, NodeJS.Platform, Record<string, string>, string]>([
    ["ASSAY_HOME before all", "linux", { ASSAY_HOME: "/a/b", XDG_DATA_HOME: "/x" }, "/a/b"],
    ["XDG on Linux", "linux", { ASSAY_HOME: "", XDG_DATA_HOME: "/x" }, "/x/assay"],
    ["XDG's default", "linux", {}, join(homedir(), ".local/share/assay")],
    ["not a relative XDG", "linux", { XDG_DATA_HOME: "x" }, join(homedir(), ".local/share/assay")],
    ["the Mac's place", "darwin", {}, join(homedir(), "Library/Application Support/assay")],
    ["Windows' place", "win32", { LOCALAPPDATA: "/l" }, "/l/assay"],
  ])("is %s", (_, platform, env, expected) => {
    expect(defaultHome(env, platform)).toBe(expected);
  });
});

test("every run has a folder of its own, closed to others, at any rate of making them", async () => {
  const home = await openHome(root);
  const runs = await Promise.all(Array.from({ length: 200 }, () => newRun(home)));
  expect(new Set(runs.map((run) => run.dir)).size).toBe(200);
  expect((await readdir(home.runs)).sort()).toEqual(runs.map((run) => run.id).sort());
  for (const run of runs) {
    expect(run.dir).toBe(join(home.runs, run.id));
    expect(await modeOf(run.dir)).toBe(0o700);
  }
});
