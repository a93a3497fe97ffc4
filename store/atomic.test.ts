import {
  chmod,
  mkdir,
  readdir,
  readFile,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import {
  isTemporary,
  placeFile,
  placeFolder,
  sweepTemporaries,
  temporaryBeside,
  writeFileAtomic,
} from "./atomic.ts";
import { writeError } from "./error.ts";
import { killHard, mountSmallDisk, newFolder, nextOutput, runProcess, unmount } from "./testing.ts";

let folder: string;
beforeEach(async () => {
  folder = await newFolder(onTestFinished);
});

describe("writing a file", () => {
  test("keeps exactly the bytes given, over what was there, and leaves nothing beside it", async () => {
    const path = join(folder, "file");
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 5_000 }), async (bytes) => {
        await writeFileAtomic(path, bytes);
        expect(new Uint8Array(await readFile(path))).toEqual(bytes);
      }),
      { numRuns: 20 },
    );
    expect(await readdir(folder)).toEqual(["file"]);
  });

  test("gives the mode asked for, whatever the umask and the file before", async () => {
    const umask = process.umask(0o077);
    onTestFinished(() => void process.umask(umask));
    const path = join(folder, "file");
    const modeOf = async (): Promise<number> => (await stat(path)).mode & 0o777;
    await writeFileAtomic(path, "public");
    expect(await modeOf()).toBe(0o644);
    process.umask(0);
    await writeFileAtomic(path, "secret", { mode: 0o600 });
    expect(await modeOf()).toBe(0o600);
  });

  test("shows a reader the old bytes or the new ones, never a mixture", async () => {
    const path = join(folder, "file");
    const versions = ["a", "b"].map((letter) => letter.repeat(1 << 20));
    await writeFileAtomic(path, versions[0] ?? "");
    let isWriting = true;
    const writing = (async () => {
      for (let i = 0; i < 20; i++) await writeFileAtomic(path, versions[i % 2] ?? "");
      isWriting = false;
    })();
    let reads = 0;
    for (; isWriting; reads++) expect(versions).toContain(await readFile(path, "utf8"));
    await writing;
    expect(reads).toBeGreaterThan(0);
  });

  test("says so when the folder is not there", async () => {
    await expect(writeFileAtomic(join(folder, "none", "file"), "x")).rejects.toMatchObject({
      code: "WRITE_FAILED",
    });
  });

  test("leaves the old file and nothing else when it cannot take its place", async () => {
    const path = join(folder, "place");
    await mkdir(join(path, "full"), { recursive: true });
    await expect(writeFileAtomic(path, "x")).rejects.toMatchObject({ code: "WRITE_FAILED" });
    expect(await readdir(folder)).toEqual(["place"]);
  });
});

describe("a full disk", () => {
  test.each(["ENOSPC", "EDQUOT"])("is told by its name: %s is DISK_FULL", (errno) => {
    const cause = Object.assign(new Error(errno), { code: errno });
    expect(writeError(cause, "/x")).toMatchObject({ code: "DISK_FULL", cause });
  });

  test("keeps the old file whole, leaves nothing half-written, and is over when there is space", async ({
    skip,
  }) => {
    const disk = join(folder, "disk");
    const reason = await mountSmallDisk(disk, 64 << 10);
    if (reason !== undefined) skip(reason);
    onTestFinished(() => unmount(disk));
    const path = join(disk, "file");
    const old = "old".repeat(4_000);
    await writeFileAtomic(path, old);

    await expect(writeFileAtomic(path, "n".repeat(100_000))).rejects.toMatchObject({
      code: "DISK_FULL",
      hint: expect.stringContaining("Free space"),
    });
    expect(await readFile(path, "utf8")).toBe(old);
    expect(await readdir(disk)).toEqual(["file"]);

    await writeFileAtomic(path, "new");
    expect(await readFile(path, "utf8")).toBe("new");
  });
});

test("kill -9 at any moment leaves the old file or the new one", async () => {
  const path = join(folder, "file");
  const size = 1 << 20;
  await writeFileAtomic(path, "a".repeat(size));
  const program = `
    const { writeFileAtomic } = await store("./atomic.ts");
    const versions = ["a", "b"].map((letter) => letter.repeat(${size}));
    console.log("writing");
    for (let i = 0; ; i++) await writeFileAtomic(${JSON.stringify(path)}, versions[i % 2]);`;
  for (let round = 0; round < 8; round++) {
    const child = runProcess(program);
    onTestFinished(() => killHard(child));
    await nextOutput(child);
    // Moments spread over the few milliseconds that one writing takes.
    await sleep(10 + 1.7 * round);
    await killHard(child);
    const content = await readFile(path, "utf8");
    expect(content).toHaveLength(size);
    expect(new Set(content).size).toBe(1);
  }
  // What the kills left is found by its name, and by nothing else.
  await sweepTemporaries(folder, 0);
  expect(await readdir(folder)).toEqual(["file"]);
});

describe("placing", () => {
  test("moves a finished file over what was there", async () => {
    const to = join(folder, "key");
    const from = temporaryBeside(to);
    await writeFile(to, "old");
    await writeFile(from, "new");
    await placeFile(from, to);
    expect(await readFile(to, "utf8")).toBe("new");
    expect(await readdir(folder)).toEqual(["key"]);
  });

  test("moves a finished folder with all that is in it", async () => {
    const to = join(folder, "package");
    const from = temporaryBeside(to);
    await mkdir(join(from, "deep"), { recursive: true });
    await writeFile(join(from, "deep", "file"), "x");
    await placeFolder(from, to);
    expect(await readFile(join(to, "deep", "file"), "utf8")).toBe("x");
    expect(await readdir(folder)).toEqual(["package"]);
  });

  test("refuses a folder that stands there full, and keeps both", async () => {
    const to = join(folder, "package");
    const from = temporaryBeside(to);
    for (const path of [from, to]) {
      await mkdir(path);
      await writeFile(join(path, "file"), path);
    }
    await expect(placeFolder(from, to)).rejects.toMatchObject({ code: "ALREADY_THERE" });
    expect(await readFile(join(to, "file"), "utf8")).toBe(to);
    expect(await readFile(join(from, "file"), "utf8")).toBe(from);
  });

  test("refuses a folder that points out of itself", async () => {
    const from = temporaryBeside(join(folder, "package"));
    await mkdir(from);
    await symlink("/etc/hostname", join(from, "link"));
    await expect(placeFolder(from, join(folder, "package"))).rejects.toMatchObject({
      code: "WRITE_FAILED",
    });
  });

  test("says so when there is nothing to place", async () => {
    await expect(placeFile(join(folder, "none"), join(folder, "key"))).rejects.toMatchObject({
      code: "WRITE_FAILED",
    });
  });

  test("places a file that may only be read", async () => {
    const from = temporaryBeside(join(folder, "key"));
    await writeFile(from, "x");
    await chmod(from, 0o400);
    await placeFile(from, join(folder, "key"));
    expect(await readFile(join(folder, "key"), "utf8")).toBe("x");
  });
});

describe("sweeping", () => {
  test("removes temporary files and folders of the age given, and nothing else", async () => {
    const [old, young] = [
      temporaryBeside(join(folder, "key")),
      temporaryBeside(join(folder, "key")),
    ];
    const oldFolder = temporaryBeside(join(folder, "package"));
    await mkdir(join(oldFolder, "deep"), { recursive: true });
    for (const path of [old, young, join(folder, "key"), join(folder, ".hidden.tmp")]) {
      await writeFile(path, "x");
    }
    const anHourAgo = Date.now() / 1000 - 3_600;
    for (const path of [old, oldFolder, join(folder, "key"), join(folder, ".hidden.tmp")]) {
      await utimes(path, anHourAgo, anHourAgo);
    }
    expect(
      (await sweepTemporaries(folder, 1_800_000)).map((name) => join(folder, name)).sort(),
    ).toEqual([old, oldFolder].sort());
    expect((await readdir(folder)).filter((name) => !isTemporary(name)).sort()).toEqual([
      ".hidden.tmp",
      "key",
    ]);
    expect(await readdir(folder)).toHaveLength(3);
  });
});
