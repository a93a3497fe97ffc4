import { readdir, readFile, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { acquireLock } from "./lock.ts";
import { identifySelf, type ProcessIdentity } from "./process.ts";
import { killHard, newFolder, nextOutput, runProcess } from "./testing.ts";

const nonce = "00".repeat(16);
const NO_PROC = "only Linux's /proc tells when a process began";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await newFolder(onTestFinished);
  path = join(folder, "writer.lock");
});

/** A lock file as if that process had written it. */
async function leaveLock(change: Partial<ProcessIdentity>, at: string = path): Promise<void> {
  await writeFile(at, JSON.stringify({ ...(await identifySelf()), ...change, nonce }));
}

/** A process that was there and is over. */
async function deadPid(): Promise<number> {
  const child = runProcess("");
  await new Promise((resolve) => child.once("exit", resolve));
  return child.pid ?? 0;
}

/** Another process that holds the lock until it is killed. */
async function holdElsewhere() {
  const child = runProcess(`
    const { acquireLock } = await store("./lock.ts");
    await acquireLock(${JSON.stringify(path)});
    console.log("held");
    setInterval(() => {}, 1000);`);
  onTestFinished(() => killHard(child));
  expect(await nextOutput(child)).toBe("held");
  return child;
}

describe("a lock", () => {
  test("is given to one, refused to a second, and given again after its release", async () => {
    const first = await acquireLock(path);
    await expect(acquireLock(path)).rejects.toMatchObject({
      code: "LOCKED",
      message: `${path} is held by process ${process.pid} on ${hostname()}`,
    });
    await first.release();
    const second = await acquireLock(path);
    await second.release();
    expect(await readdir(folder)).toEqual([]);
  });

  test("makes the folder it lies in", async () => {
    const lock = await acquireLock(join(folder, "new", "folder", "lock"));
    await lock.release();
  });

  test("released twice does not let go of somebody else's", async () => {
    const first = await acquireLock(path);
    await first.release();
    const second = await acquireLock(path);
    await first.release();
    await expect(acquireLock(path)).rejects.toMatchObject({ code: "LOCKED" });
    await second.release();
  });

  test("is not taken away from one who took it after the file was removed by hand", async () => {
    const first = await acquireLock(path);
    await leaveLock({ host: "elsewhere" });
    await first.release();
    expect(await readFile(path, "utf8")).toContain("elsewhere");
  });
});

describe("waiting", () => {
  test("ends when the holder lets go", async () => {
    const first = await acquireLock(path);
    const second = acquireLock(path, { waitMs: 60_000 });
    await sleep(150);
    await first.release();
    await (await second).release();
  });

  test("ends with LOCKED when its time is over", async () => {
    const first = await acquireLock(path);
    await expect(acquireLock(path, { waitMs: 150 })).rejects.toMatchObject({ code: "LOCKED" });
    await first.release();
  });

  test("ends with the reason of its signal, before and during", async () => {
    const first = await acquireLock(path);
    const controller = new AbortController();
    const waiting = acquireLock(path, { waitMs: Infinity, signal: controller.signal });
    setTimeout(() => controller.abort(new Error("stopping")), 50);
    await expect(waiting).rejects.toMatchObject({ cause: { message: "stopping" } });
    await expect(acquireLock(path, { signal: controller.signal })).rejects.toThrow("stopping");
    await first.release();
  });
});

describe("the lock of another process", () => {
  test("is refused while that process lives, which it names", async () => {
    const child = await holdElsewhere();
    await expect(acquireLock(path)).rejects.toMatchObject({
      code: "LOCKED",
      message: expect.stringContaining(`process ${child.pid}`),
    });
  });

  test("is taken over after kill -9, by one who waits too", async () => {
    const child = await holdElsewhere();
    const waiting = acquireLock(path, { waitMs: 60_000 });
    await killHard(child);
    await (await waiting).release();
    expect(await readdir(folder)).toEqual([]);
  });

  test("is taken over when its pid now belongs to a process that began at another time", async ({
    skip,
  }) => {
    if (process.platform !== "linux") skip(NO_PROC);
    await leaveLock({ startTicks: "1" });
    await (await acquireLock(path)).release();
  });

  test("is taken over after the machine was started again, whoever has its pid now", async ({
    skip,
  }) => {
    if (process.platform !== "linux") skip(NO_PROC);
    await leaveLock({ bootId: "5c9d2b6e-0000-4000-8000-000000000000" });
    await (await acquireLock(path)).release();
  });

  test("is refused from another machine, and from another space of pids, alive or not", async () => {
    const pid = await deadPid();
    for (const change of [{ host: "elsewhere" }, { pidNamespace: "pid:[1]" }]) {
      await leaveLock({ pid, ...change });
      await expect(acquireLock(path)).rejects.toMatchObject({
        code: "LOCKED",
        hint: expect.stringContaining(`remove ${path}`),
      });
    }
  });

  test.each(["", "4711", "{}", `{"pid":1,"nonce":"${nonce}"}`])(
    "is refused when it is no lock of ours: %j",
    async (text) => {
      await writeFile(path, text);
      await expect(acquireLock(path)).rejects.toMatchObject({
        code: "LOCKED",
        message: expect.stringContaining("not a lock that this version wrote"),
      });
      expect(await readFile(path, "utf8")).toBe(text);
    },
  );
});

describe("a crowd", () => {
  test("in front of a dead holder's lock enters one by one", async () => {
    const pid = await deadPid();
    let inside = 0;
    const enter = async (): Promise<void> => {
      const lock = await acquireLock(path, { waitMs: 60_000 });
      inside++;
      expect(inside).toBe(1);
      await sleep(1);
      inside--;
      await lock.release();
    };
    for (let round = 0; round < 5; round++) {
      await leaveLock({ pid });
      await Promise.all(Array.from({ length: 6 }, enter));
    }
    expect(await readdir(folder)).toEqual([]);
  });

  test("does not remove a lock that another took over first", async () => {
    // Two see the dead holder; the first has removed it and taken the lock before the second moves on.
    await leaveLock({ pid: await deadPid() });
    const first = await acquireLock(`${path}.takeover`);
    const second = acquireLock(path);
    await sleep(100);
    const taken = { ...(await identifySelf()), nonce: "11".repeat(16) };
    await writeFile(path, JSON.stringify(taken));
    await first.release();
    await expect(second).rejects.toMatchObject({ code: "LOCKED" });
    expect(JSON.parse(await readFile(path, "utf8"))).toEqual(taken);
  });

  test("is not stopped by one who died while taking over", async () => {
    const pid = await deadPid();
    await leaveLock({ pid });
    await leaveLock({ pid }, `${path}.takeover`);
    await (await acquireLock(path)).release();
    expect(await readdir(folder)).toEqual([]);
  });
});
