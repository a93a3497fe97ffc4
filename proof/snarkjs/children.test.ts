import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Children } from "./children.ts";
import { childrenOf, isAlive } from "./testing.ts";

let dir = "";
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "assay-children-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const open: Children[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((children) => children.close()));
  expect(childrenOf(process.pid)).toEqual([]);
});

function start(size = 1): Children {
  const children = new Children({ size, threads: "one" });
  open.push(children);
  return children;
}

/** Done at once, and done after minutes. */
const short = () => ({ power: 1, out: join(dir, "short.ptau") });
const long = () => ({ power: 18, out: join(dir, "long.ptau") });

describe("children", () => {
  it("are started when there is work, as many as there may be", async () => {
    const children = start(2);
    expect(childrenOf(process.pid)).toHaveLength(0);
    await children.run("newPowersOfTau", short());
    expect(childrenOf(process.pid)).toHaveLength(1);
    const out = (name: string) => ({ power: 1, out: join(dir, name) });
    await Promise.all(["a", "b", "c"].map((name) => children.run("newPowersOfTau", out(name))));
    expect(childrenOf(process.pid)).toHaveLength(2);
  });

  it("are replaced without anybody noticing when one ended while it had nothing to do", async () => {
    const children = start();
    await children.run("newPowersOfTau", short());
    const [pid = 0] = childrenOf(process.pid);
    process.kill(pid, "SIGKILL");
    await expect.poll(() => childrenOf(process.pid), { timeout: 10_000 }).toEqual([]);
    await children.run("newPowersOfTau", short());
    expect(childrenOf(process.pid)).not.toContain(pid);
  });

  it("end only the request they were doing when one is killed", async () => {
    const children = start();
    const doing = expect(children.run("newPowersOfTau", long())).rejects.toMatchObject({
      code: "CHILD_DIED",
      message: expect.stringContaining("SIGKILL"),
    });
    const waiting = children.run("newPowersOfTau", short());
    for (const pid of childrenOf(process.pid)) process.kill(pid, "SIGKILL");
    await doing;
    await waiting;
  });

  it("leave the request that is being done alone when one that waits is aborted", async () => {
    const children = start();
    const doing = children.run("newPowersOfTau", short());
    const stop = new AbortController();
    const waiting = children.run("newPowersOfTau", long(), { signal: stop.signal });
    stop.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    await doing;
    expect(childrenOf(process.pid)).toHaveLength(1);
  });

  it("are gone once an aborted request's successor runs, and once closed", async () => {
    const children = start();
    const stop = new AbortController();
    const aborted = children.run("newPowersOfTau", long(), { signal: stop.signal });
    const [pid = 0] = childrenOf(process.pid);
    stop.abort(new Error("enough"));
    await expect(aborted).rejects.toThrow("enough");
    await children.run("newPowersOfTau", short());
    expect(childrenOf(process.pid)).not.toContain(pid);

    const codes = [long(), short()].map((args) =>
      expect(children.run("newPowersOfTau", args)).rejects.toMatchObject({ code: "ENGINE_CLOSED" }),
    );
    await children.close();
    expect(childrenOf(process.pid)).toEqual([]);
    await Promise.all(codes);
    await expect(children.run("newPowersOfTau", short())).rejects.toMatchObject({
      code: "ENGINE_CLOSED",
    });
  });

  it.each(["SIGINT", "SIGTERM"] as const)(
    "are their parent's to stop: they outlive %s",
    async (signal) => {
      const children = start();
      await children.run("newPowersOfTau", short());
      const before = childrenOf(process.pid);
      for (const pid of before) process.kill(pid, signal);
      await children.run("newPowersOfTau", short());
      expect(childrenOf(process.pid)).toEqual(before);
    },
  );

  it("are not asked again when one was killed with its answer already on the way", async () => {
    const children = start();
    await children.run("newPowersOfTau", short());
    const stop = new AbortController();
    const doing = children.run("newPowersOfTau", short(), { signal: stop.signal });
    // The child answers while this thread has no time to listen.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000);
    stop.abort(new Error("enough"));
    await expect(doing).rejects.toThrow("enough");
    await children.run("newPowersOfTau", short());
  });

  it("say what could not be done, and go on", async () => {
    const children = start();
    const nowhere = { power: 1, out: join(dir, "nowhere", "new.ptau") };
    await expect(children.run("newPowersOfTau", nowhere)).rejects.toMatchObject({
      code: "CHILD_FAILED",
      message: expect.stringContaining("ENOENT"),
    });
    await children.run("newPowersOfTau", short());
  });
});

describe("children whose parent is killed", () => {
  it.each([
    ["they start", "one", ""],
    ["they have nothing to do", "one", "await children.run('newPowersOfTau', short);"],
    [
      "they work on every processor",
      "all",
      "await children.run('newPowersOfTau', short); void children.run('newPowersOfTau', long);",
    ],
    [
      "they loop without end over a damaged file",
      "one",
      `await children.run('newPowersOfTau', short);
       const file = await open(short.out, "r+");
       await file.write(Uint8Array.of(40), 0, 1, 60);
       await file.close();
       void children.run('verifyPowersOfTau', { file: short.out });
       await sleep(2_000);`,
    ],
  ])("end by themselves, while %s", async (_, threads, work) => {
    const program = `
      import { Children } from ${JSON.stringify(new URL("./children.ts", import.meta.url).href)};
      import { open } from "node:fs/promises";
      import { setTimeout as sleep } from "node:timers/promises";
      const [short, long] = ${JSON.stringify([short(), long()])};
      const children = new Children({ size: 1, threads: "${threads}" });
      ${work === "" ? "void children.run('newPowersOfTau', long);" : work}
      console.log("ready");
      setInterval(() => {}, 1000);
    `;
    const args = ["--import", "tsx", "--input-type=module", "--eval", program];
    const cwd = fileURLToPath(new URL("../..", import.meta.url));
    const parent = spawn(process.execPath, args, { cwd, stdio: ["ignore", "pipe", "inherit"] });
    await once(parent.stdout, "data");
    const pids = childrenOf(parent.pid ?? 0);
    expect(pids).toHaveLength(1);
    parent.kill("SIGKILL");
    await once(parent, "exit");
    await expect.poll(() => pids.filter(isAlive), { timeout: 20_000 }).toEqual([]);
  });
});
