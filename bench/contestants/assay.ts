/**
 * Assay's own engine in the configurations that are compared.
 * @module
 */
import { type ChildProcess, fork } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Proven } from "../../proof/engine.ts";
import { loadAddon } from "../../proof/native/addon.ts";
import type { Absent, Contestant, Entrant, Proving, Threads } from "../contest.ts";
import { BenchError } from "../error.ts";

/** What the process is started with. */
export interface Settings {
  readonly provingKey: string;
  readonly witnessFile: string;
  /** Of one proof. */
  readonly threads: number;
  /** Side by side. */
  readonly proofs: number;
  /** Bytes that tables may take. Default: the engine's own limit. */
  readonly tableBytes?: number;
  readonly cacheDir?: string;
}

/** So many proofs side by side. */
export interface Ask {
  readonly count: number;
}

export type Reply =
  | { readonly kind: "made"; readonly ms: number; readonly first: Proven }
  | { readonly kind: "failed"; readonly message: string };

interface Configuration {
  readonly name: string;
  readonly threads: Threads;
  readonly tables: boolean;
  /** ASSAY_CPU of the process. */
  readonly cpu?: "portable";
}

const CONFIGURATIONS: readonly Configuration[] = [
  { name: "assay", threads: "all", tables: true },
  { name: "assay, no tables", threads: "all", tables: false },
  { name: "assay, one thread", threads: "one", tables: true },
  { name: "assay, portable", threads: "all", tables: true, cpu: "portable" },
];

export interface AssayOptions {
  /** What "all threads" are here. */
  readonly cores: number;
  /** Where tables are kept between runs. */
  readonly cacheDir: string;
}

export function assayContestants({ cores, cacheDir }: AssayOptions): Contestant[] {
  return CONFIGURATIONS.map(({ name, threads, tables, cpu }) => ({
    name,
    maker: "assay",
    threads,
    tables,
    open: ({ provingKey, witnessFile }) =>
      startAssay(
        name,
        {
          provingKey,
          witnessFile,
          threads: threads === "all" ? cores : 1,
          proofs: 1,
          ...(tables ? { cacheDir } : { tableBytes: 0 }),
        },
        cpu,
      ),
  }));
}

/** As many proofs side by side as there are processors, of one thread each: what a busy miner does. */
export interface SideBySide extends Entrant {
  /** Milliseconds until all are made. */
  proveAll(count: number): Promise<number>;
}

export async function startAssay(
  name: string,
  settings: Settings,
  cpu?: Configuration["cpu"],
): Promise<SideBySide | Absent> {
  const loaded = loadAddon();
  if ("missing" in loaded) return { absent: `the native core ${loaded.missing}` };
  const child = forkSource("./assay-child", JSON.stringify(settings), cpu);
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const ask = (count: number): Promise<Proving> => answerOf(name, child, { count } satisfies Ask);
  return {
    pids: child.pid === undefined ? [] : [child.pid],
    prove: () => ask(1),
    proveAll: async (count) => (await ask(count)).ms,
    async close() {
      child.kill("SIGKILL");
      await closed;
    },
  };
}

function forkSource(program: string, arg: string, cpu: Configuration["cpu"]): ChildProcess {
  const isSource = import.meta.url.endsWith(".ts");
  const path = fileURLToPath(new URL(`${program}.${isSource ? "ts" : "js"}`, import.meta.url));
  const tsx = (): string => pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
  return fork(path, [arg], {
    execArgv: isSource ? ["--import", tsx()] : [],
    serialization: "advanced",
    ...(cpu && { env: { ...process.env, ASSAY_CPU: cpu } }),
  });
}

function answerOf(name: string, child: ChildProcess, ask: Ask): Promise<Proving> {
  return new Promise((resolve, reject) => {
    const failed = (what: string): void => {
      reject(
        new BenchError(
          "ENGINE_FAILED",
          `${name}: ${what}`,
          "Run the same proof with assay prove --verbose: what goes wrong there is said in full.",
        ),
      );
    };
    const died = (): void => failed(`its process ended (${child.signalCode ?? child.exitCode})`);
    child.once("exit", died);
    child.once("message", (reply: Reply) => {
      child.off("exit", died);
      if (reply.kind === "failed") failed(reply.message);
      else resolve({ ms: reply.ms, proof: reply.first.proof, stages: reply.first.stages });
    });
    child.send(ask, (error) => error !== null && failed(error.message));
  });
}
