/**
 * The program of a process in which one configuration of Assay's engine is measured: a process of its own, because the
 * form of the arithmetic is chosen once for a process, and because its memory is then its own. Started by assay.ts,
 * never imported.
 * @module
 */
import { readFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import type { Engine, Proven } from "../../proof/engine.ts";
import { loadAddon } from "../../proof/native/addon.ts";
import { openNativeEngine } from "../../proof/native/engine.ts";
import type { Ask, Reply, Settings } from "./assay.ts";

const { provingKey, witnessFile, threads, ...options } = JSON.parse(
  process.argv[2] ?? "",
) as Settings;
const witness = new Uint8Array(await readFile(witnessFile));
const engine = openEngine();

function openEngine(): Engine {
  const loaded = loadAddon();
  // Whoever starts this process has looked.
  if ("missing" in loaded) throw new Error(`the native core ${loaded.missing}`);
  return openNativeEngine(loaded.addon, options);
}

async function prove(count: number): Promise<{ ms: number; made: readonly Proven[] }> {
  const request = { provingKey, witness };
  const startMs = performance.now();
  const made = await Promise.all(
    Array.from({ length: count }, () => engine.prove(request, { threads })),
  );
  return { ms: performance.now() - startMs, made };
}

/** Milliseconds over which a process that works at all works more than this share of one processor. */
const QUIET_MS = 300;
const QUIET_SHARE = 0.03;

/** After the first proof of a key the engine builds tables for what it has seen, and nobody is told when it is done. */
async function settle(): Promise<void> {
  let worked = Number.POSITIVE_INFINITY;
  while (worked > QUIET_SHARE * QUIET_MS) {
    const before = process.cpuUsage();
    await setTimeout(QUIET_MS);
    const { user, system } = process.cpuUsage(before);
    worked = (user + system) / 1_000;
  }
}

function send(reply: Reply): void {
  process.send?.(reply);
}

async function answer(ask: Ask): Promise<Reply> {
  try {
    if (ask.kind === "settle") {
      await settle();
      return { kind: "settled" };
    }
    const { ms, made } = await prove(ask.count);
    const [first] = made;
    if (first === undefined) throw new RangeError("no proof was asked for");
    return { kind: "made", ms, first };
  } catch (error) {
    return { kind: "failed", message: String((error as Error).message) };
  }
}

process.on("message", (ask: Ask) => void answer(ask).then(send));
process.on("disconnect", () => process.exit(0));
