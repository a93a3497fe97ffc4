/**
 * The demo as its user runs it: two at once do not disturb each other, and Ctrl-C leaves nothing behind.
 * @module
 */
import { execFileSync } from "node:child_process";
import { beforeAll, describe, expect, it } from "vitest";
import type { DemoReport } from "../cli/demo/report.ts";
import { lastJson, runAssay, startAssay } from "./assay.ts";
import { sharedHome } from "./shared-home.ts";

/** Command lines of living processes that a demo in this home started. */
function processesOf(home: string): string[] {
  return execFileSync("ps", ["-eo", "args"], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line.includes(`--home ${home}`));
}

describe("the demo", () => {
  const home = sharedHome();
  beforeAll(async () => {
    const made = await runAssay(["circuit", "setup", "mnist-mlp", "--json"], { home });
    expect(made.code, made.stderr).toBe(0);
  }, 300_000);

  it("runs twice at once, with plain weights and with timelocked ones: honest miners are paid, dishonest ones are not", async () => {
    const both = await Promise.all([
      runAssay(["demo", "--json"], { home }),
      runAssay(["demo", "--json", "--weights", "timelocked"], { home }),
    ]);
    for (const finished of both) {
      const { ok, data } = lastJson(finished) as { ok: boolean; data: DemoReport };
      expect(ok, finished.stdout).toBe(true);
      expect(finished.code).toBe(0);
      expect(data.epochs).toBeGreaterThanOrEqual(2);
      expect(data.miners.map(({ name }) => name)).toEqual(["honest", "slowed", "liar", "copier"]);
      for (const miner of data.miners) {
        const isHonest = miner.name === "honest" || miner.name === "slowed";
        expect(miner.jobs).toBeGreaterThanOrEqual(8);
        expect(miner.verified > 0).toBe(isHonest);
        expect(miner.weight > 0).toBe(isHonest);
        expect(miner.emission > 0).toBe(isHonest);
      }
    }
    expect(both.map((one) => (lastJson(one)["data"] as DemoReport).weights)).toEqual([
      ...["plain", "timelocked"],
    ]);
    const [first, second] = both.map((one) => (lastJson(one)["data"] as DemoReport).miners);
    expect(first?.[0]?.hotkey).not.toBe(second?.[0]?.hotkey);
    expect(processesOf(home)).toEqual([]);
  }, 400_000);

  it.each(["SIGINT", "SIGTERM"] as const)(
    "leaves no process behind after %s",
    async (signal) => {
      const demo = startAssay(["demo"], { home });
      const isUp = new Promise<void>((resolve) => {
        demo.child.stderr?.on("data", (text: string) => {
          if (text.includes("each a process of its own")) resolve();
        });
      });
      await isUp;
      expect(processesOf(home).length).toBeGreaterThan(5);
      demo.child.kill(signal);
      const { code, stderr } = await demo.finished;
      expect(code, stderr).toBe(signal === "SIGINT" ? 130 : 143);
      expect(processesOf(home)).toEqual([]);
    },
    120_000,
  );

  it("takes its processes with it when it is killed", async () => {
    const demo = startAssay(["demo"], { home });
    await new Promise<void>((resolve) => {
      demo.child.stderr?.on("data", (text: string) => {
        if (text.includes("each a process of its own")) resolve();
      });
    });
    demo.child.kill("SIGKILL");
    await demo.finished;
    await expect.poll(() => processesOf(home), { timeout: 20_000 }).toEqual([]);
  }, 120_000);
});
