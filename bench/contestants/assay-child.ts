/**
 * The program of a process in which one configuration of Assay's engine is measured: a process of its own, because the
 * form of the arithmetic is chosen once for a process, and because its memory is then its own. Started by assay.ts,
 * never imported.
 * @module
 */
import { readFile } from "node:fs/promises";
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

function send(reply: Reply): void {
  process.send?.(reply);
}

process.on("message", ({ count }: Ask) => {
  prove(count).then(
    ({ ms, made }) => {
      const [first] = made;
      if (first !== undefined) send({ kind: "made", ms, first });
    },
    (error: unknown) => send({ kind: "failed", message: String((error as Error).message) }),
  );
});
process.on("disconnect", () => process.exit(0));
