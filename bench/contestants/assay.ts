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

export type Ask =
  /** So many side by side. */
  | { readonly kind: "prove"; readonly count: number }
  /** Answered when nothing works in the background any more. */
  | { readonly kind: "settle" };

export type Reply =
  | { readonly kind: "settled" }
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
  settle(): Promise<void>;
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
  const ask = async (count: number): Promise<Proving> => {
    const reply = await answerOf(name, child, { kind: "prove", count });
    if (reply.kind !== "made") throw failed(name, "it answers something else");
    return { ms: reply.ms, proof: reply.first.proof, stages: reply.first.stages };
  };
  return {
    pids: child.pid === undefined ? [] : [child.pid],
    prove: () => ask(1),
    settle: async () => void (await answerOf(name, child, { kind: "settle" })),
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

function answerOf(name: string, child: ChildProcess, ask: Ask): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const died = (): void => {
      reject(failed(name, `its process ended (${child.signalCode ?? child.exitCode})`));
    };
    child.once("exit", died);
    child.once("message", (reply: Reply) => {
      child.off("exit", died);
      if (reply.kind === "failed") reject(failed(name, reply.message));
      else resolve(reply);
    });
    child.send(ask, (error) => error !== null && reject(failed(name, error.message)));
  });
}

function failed(name: string, what: string): BenchError {
  return new BenchError(
    "ENGINE_FAILED",
    `${name}: ${what}`,
    "Run the same proof with assay prove --verbose: what goes wrong there is said in full.",
  );
}
