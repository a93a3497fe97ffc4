/**
 * The bench of setup: every step from nothing to a proving key that is ready, timed once, because a step takes seconds
 * to hours. The native core and snarkjs make the same files; snarkjs takes part up to the size one has patience for.
 * @module
 */
import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Ceremony } from "../proof/ceremony.ts";
import { isRejection } from "../proof/groth16/points.ts";
import { loadAddon, unwrap } from "../proof/native/addon.ts";
import { openNativeCeremony } from "../proof/native/ceremony.ts";
import { openReferenceCeremony } from "../proof/snarkjs/ceremony.ts";
import type { PreparedCircuit } from "./circuits/prepare.ts";
import { BenchError } from "./error.ts";
import { megabytes, seconds, times } from "./format.ts";
import { anonymousBytes, newChildren, withPeakMemory, workedMs } from "./processes.ts";
import type { Bench, Table } from "./report.ts";

export interface SetupBenchOptions {
  /** snarkjs takes part for circuits of up to 2^this rows. */
  readonly snarkjsPower: number;
  /** Where files may be written that are removed at the end. */
  readonly workDir: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (line: string) => void;
}

export interface SetupResult {
  readonly circuit: string;
  readonly step: string;
  readonly by: "assay" | "snarkjs";
  readonly ms: number;
  /** That processors worked, all threads together. */
  readonly cpuMs?: number;
  /** The most anonymous memory held meanwhile, beyond what was held before. */
  readonly peakBytes?: number;
  /** Of the file that the step wrote. */
  readonly fileBytes?: number;
}

export async function benchSetup(
  circuits: AsyncIterable<PreparedCircuit>,
  options: SetupBenchOptions,
): Promise<Bench<SetupResult>> {
  const results: SetupResult[] = [];
  const loaded = loadAddon();
  for await (const circuit of circuits) {
    if ("addon" in loaded) {
      const ceremony = openNativeCeremony(loaded.addon);
      results.push(...(await benchCeremony(circuit, ceremony, options)));
      results.push(...(await benchOpening(circuit, options)));
    }
    if (circuit.power <= options.snarkjsPower) {
      results.push(...(await benchCeremony(circuit, openReferenceCeremony(), options)));
    }
  }
  const absent = "missing" in loaded ? [`without assay: the native core ${loaded.missing}`] : [];
  return { results, tables: [tableOf(results, absent)] };
}

interface Step {
  readonly name: string;
  readonly out?: string;
  run(): Promise<unknown>;
}

/** Each step stands on the file of the one before; the key on powers of tau that both were given. */
async function benchCeremony(
  circuit: PreparedCircuit,
  ceremony: Ceremony,
  { workDir, signal, onProgress = () => {} }: SetupBenchOptions,
): Promise<SetupResult[]> {
  const dir = await mkdtemp(join(workDir, "setup-"));
  const file = (name: string): string => join(dir, name);
  const step = signal === undefined ? {} : { signal };
  const { power, r1cs, powersOfTau } = circuit;
  const [fresh, contributed, prepared] = [file("0.ptau"), file("1.ptau"), file("2.ptau")];
  const [first, key] = [file("0.zkey"), file("1.zkey")];
  const steps: Step[] = [
    {
      name: "new powers of tau",
      out: fresh,
      run: () => ceremony.newPowersOfTau({ power, out: fresh }, step),
    },
    {
      name: "contribute to powers of tau",
      out: contributed,
      run: () =>
        ceremony.contributeToPowersOfTau({ from: fresh, out: contributed, name: "bench" }, step),
    },
    {
      name: "prepare phase 2",
      out: prepared,
      run: () => ceremony.preparePhase2({ from: contributed, out: prepared }, step),
    },
    // snarkjs has no shorter way than the three steps above.
    ...(ceremony.name === "native"
      ? [
          {
            name: "development powers of tau, prepared",
            out: file("development.ptau"),
            run: () =>
              ceremony.developmentPowersOfTau({ power, out: file("development.ptau") }, step),
          },
        ]
      : []),
    {
      name: "new key",
      out: first,
      run: () => ceremony.newKey({ r1cs, powersOfTau, out: first }, step),
    },
    {
      name: "contribute to key",
      out: key,
      run: () => ceremony.contributeToKey({ from: first, out: key, name: "bench" }, step),
    },
    {
      name: "verify key",
      // What was timed is worth nothing unless it is a key: this is the check, and timed as well.
      run: async () => requireKey(await ceremony.verifyKey({ r1cs, powersOfTau, key }, step)),
    },
  ];
  const by = ceremony.name === "native" ? "assay" : "snarkjs";
  const started = await newChildren();
  const pids = async (): Promise<readonly number[]> =>
    by === "assay" ? [process.pid] : await started();
  const results: SetupResult[] = [];
  try {
    for (const { name, out, run } of steps) {
      signal?.throwIfAborted();
      onProgress(`${circuit.name}: ${name}, ${by}`);
      const spent = await measure(pids, run);
      const fileBytes = out === undefined ? undefined : (await stat(out)).size;
      results.push({
        circuit: circuit.name,
        step: name,
        by,
        ...spent,
        ...(fileBytes !== undefined && { fileBytes }),
      });
    }
    return results;
  } finally {
    await ceremony.close();
    await rm(dir, { recursive: true, force: true });
  }
}

function requireKey(verdict: Awaited<ReturnType<Ceremony["verifyKey"]>>): void {
  if (!isRejection(verdict)) return;
  throw new BenchError(
    verdict.code,
    `the key that was made is refused: ${verdict.at}`,
    "What is wrong is not measured. Report this.",
  );
}

const FROM_DISK = "open key, tables from the disk";

/** A key is opened before it proves: checked, and given its tables, which are kept on the disk for the next time. */
async function benchOpening(
  { name: circuit, provingKey }: PreparedCircuit,
  { workDir, signal, onProgress = () => {} }: SetupBenchOptions,
): Promise<SetupResult[]> {
  const loaded = loadAddon();
  if ("missing" in loaded) return [];
  const { addon } = loaded;
  const cacheDir = await mkdtemp(join(workDir, "tables-"));
  const kinds = [
    { step: "open key, tables built", options: { cacheDir } },
    { step: FROM_DISK, options: { cacheDir } },
    { step: "open key, no tables", options: { tableBytes: 0 } },
  ];
  try {
    const results: SetupResult[] = [];
    for (const { step, options } of kinds) {
      signal?.throwIfAborted();
      // An engine that keeps no tables builds them again, and that is measured already.
      if (step === FROM_DISK && (await readdir(cacheDir)).length === 0) continue;
      onProgress(`${circuit}: ${step}`);
      const spent = await measure(
        async () => [process.pid],
        async () => unwrap(await addon.openProvingKey(provingKey, options)).close(),
      );
      results.push({ circuit, step, by: "assay", ...spent });
    }
    return results;
  } finally {
    await rm(cacheDir, { recursive: true, force: true });
  }
}

type Spent = Pick<SetupResult, "ms" | "cpuMs" | "peakBytes">;

async function measure(
  pids: () => Promise<readonly number[]>,
  run: () => Promise<unknown>,
): Promise<Spent> {
  const [workedBefore, heldBefore] = [await sum(pids, workedMs), await sum(pids, anonymousBytes)];
  const startMs = performance.now();
  const { peakBytes } = await withPeakMemory(pids, run);
  const ms = performance.now() - startMs;
  const worked = await sum(pids, workedMs);
  return {
    ms,
    ...(worked > 0 && { cpuMs: worked - workedBefore }),
    ...(peakBytes !== undefined && { peakBytes: peakBytes - heldBefore }),
  };
}

/** Nothing yet for a process that starts with its first step. */
async function sum(
  pids: () => Promise<readonly number[]>,
  of: (pid: number) => Promise<number | undefined>,
): Promise<number> {
  const all = await Promise.all((await pids()).map(of));
  return all.reduce<number>((total, one) => total + (one ?? 0), 0);
}

function tableOf(results: readonly SetupResult[], absent: readonly string[]): Table {
  return {
    title: "Setup, once: seconds; against snarkjs where it took part",
    columns: ["circuit", "step", "by", "seconds", "of CPU", "snarkjs ÷", "memory", "file"],
    textColumns: 3,
    rows: [
      ...results.map(({ circuit, step, by, ms, cpuMs, peakBytes, fileBytes }) => {
        const other = results.find(
          (one) => one.by === "snarkjs" && one.circuit === circuit && one.step === step,
        );
        return [
          circuit,
          step,
          by,
          seconds(ms),
          cpuMs === undefined ? "" : seconds(cpuMs),
          other === undefined ? "" : times(other.ms / ms),
          peakBytes === undefined ? "" : megabytes(peakBytes),
          fileBytes === undefined ? "" : megabytes(fileBytes),
        ];
      }),
    ],
    notes: absent,
  };
}
