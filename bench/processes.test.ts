/**
 * What is said of processes, on a system that says it.
 * @module
 */
import { spawn } from "node:child_process";
import { describe, expect, it } from "vitest";
import { anonymousBytes, newChildren, withPeakMemory, workedMs } from "./processes.ts";

const MEGABYTE = 1e6;

describe.runIf(process.platform === "linux")("on Linux", () => {
  it("memory that is held and let go shows in the peak, and not in what is left", async () => {
    const script = `
      let held = Buffer.alloc(64e6, 1);
      process.stdin.once("data", () => { held = Buffer.alloc(160e6, 1); console.log("held"); });
      console.log("ready");`;
    const child = spawn(process.execPath, ["-e", script], { stdio: ["pipe", "pipe", "inherit"] });
    const said = (word: string): Promise<void> =>
      new Promise((resolve) => {
        child.stdout.on("data", (text) => String(text).includes(word) && resolve());
      });
    await said("ready");
    const pid = child.pid ?? 0;
    const before = (await anonymousBytes(pid)) ?? 0;
    expect(before).toBeGreaterThan(64 * MEGABYTE);
    const { peakBytes = 0 } = await withPeakMemory(
      async () => [pid],
      async () => {
        const held = said("held");
        child.stdin.write("\n");
        await held;
      },
    );
    expect(peakBytes).toBeGreaterThan(before + 90 * MEGABYTE);
    expect(peakBytes).toBeLessThan(before + 1_000 * MEGABYTE);
    const closed = new Promise((resolve) => child.once("close", resolve));
    child.kill("SIGKILL");
    await closed;
    expect(await anonymousBytes(pid)).toBeUndefined();
    expect(await workedMs(pid)).toBeUndefined();
  });

  it("finds the processes that were started since, and only those", async () => {
    const wait = ["-e", "setInterval(() => {}, 1000)"];
    const older = spawn(process.execPath, wait);
    const started = await newChildren();
    const younger = spawn(process.execPath, wait);
    const pids = await started();
    expect(pids).toContain(younger.pid);
    expect(pids).not.toContain(older.pid);
    for (const child of [older, younger]) child.kill("SIGKILL");
  });

  it("counts the time that a process works", async () => {
    const before = (await workedMs(process.pid)) ?? 0;
    const endMs = performance.now() + 100;
    while (performance.now() < endMs);
    const worked = ((await workedMs(process.pid)) ?? 0) - before;
    expect(worked).toBeGreaterThan(0);
  });
});

it("gives back what the work gives, and throws what it throws", async () => {
  const nobody = async (): Promise<readonly number[]> => [];
  expect(await withPeakMemory(nobody, async () => 7)).toEqual({ result: 7, peakBytes: undefined });
  await expect(
    withPeakMemory(nobody, async () => {
      throw new Error("broken");
    }),
  ).rejects.toThrow("broken");
});
