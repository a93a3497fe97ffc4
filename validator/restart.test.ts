import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterEach, expect, test } from "vitest";
import { devSigner } from "../chain/wallet/key.ts";
import type { ValidatorEvent } from "./event.ts";
import { openJournal } from "./journal.ts";
import { scoresOf } from "./score.ts";
import { Audience, honest, lying, seat, slowBy, stageChain, stageMiner } from "./testing.ts";

const TSX = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
const PROGRAM = fileURLToPath(new URL("./testing-process.ts", import.meta.url));

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

function startProcess(audience: Audience, ...args: string[]): ChildProcess {
  const child = fork(PROGRAM, args, { execArgv: ["--import", TSX], serialization: "advanced" });
  child.on("message", (event) => audience.hear(event as ValidatorEvent));
  undo.push(() => child.kill("SIGKILL"));
  return child;
}

test("killed at any moment, a validator loses no verdict it told, and scores no job twice", async () => {
  const dir = await mkdtemp(join(tmpdir(), "assay-restart-"));
  undo.push(() => rm(dir, { recursive: true }));
  const { url, chain, close } = await stageChain({ dir: join(dir, "chain") });
  undo.push(close);
  const miners = [
    await stageMiner("Honest", honest),
    await stageMiner("Slow", slowBy(100)),
    await stageMiner("Slower", slowBy(400)),
    await stageMiner("Lying", lying),
  ];
  for (const miner of miners) undo.push(() => miner.close());
  await seat(chain, [devSigner("//Validator")], miners);

  const path = join(dir, "journal.sqlite");
  const told = new Map<string, ValidatorEvent & { type: "verdict" }>();
  const handedOut = new Set<string>();
  let cancelled = 0;
  for (const verdictsBefore of [3, 1, 8, 5]) {
    const audience = new Audience();
    const child = startProcess(audience, url, join(dir, "locks"), path);
    await audience.until(() => audience.of("verdict").length >= verdictsBefore);
    const died = once(child, "close");
    child.kill("SIGKILL");
    await died;
    for (const { job } of audience.of("job")) handedOut.add(job);
    for (const verdict of audience.of("verdict")) {
      expect(told.has(verdict.job)).toBe(false);
      told.set(verdict.job, verdict);
    }
    cancelled += audience.of("started")[0]?.cancelled ?? 0;
  }
  // Slower's jobs were open at every kill.
  expect(cancelled).toBeGreaterThanOrEqual(3);

  const journal = await openJournal(path);
  undo.push(() => journal.close());
  cancelled += journal.cancelUnanswered();
  expect(journal.cancelUnanswered()).toBe(0);
  const outcomes = [...journal.outcomesAfter()];
  const byJob = new Map(outcomes.map((outcome) => [outcome.job, outcome]));
  expect(byJob.size).toBe(outcomes.length);
  for (const job of handedOut) expect(byJob.has(job as never)).toBe(true);
  for (const { job, verdict, latencyUs, score } of told.values()) {
    const outcome = byJob.get(job);
    expect(outcome).toMatchObject({ verdict, latencyUs });
    // What was told is what a replay of the journal up to there gives.
    const replayed = outcomes.filter(({ seq }) => seq <= (outcome?.seq ?? 0));
    expect(scoresOf(replayed).get(outcome?.miner ?? ("" as never)) ?? 0n).toBe(score);
    expect(journal.receipt(job) !== undefined).toBe(verdict.kind === "accepted");
  }
  const open = outcomes.filter(({ detail }) => detail === "RESTARTED");
  expect(open).toHaveLength(cancelled);
  for (const { verdict } of open) expect(verdict).toEqual({ kind: "ignored", code: "CANCELLED" });
});
