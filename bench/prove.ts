/**
 * The bench of proving: every prover there is on this machine, over keys and witnesses of circuits of two kinds.
 * @module
 */
import { readFile } from "node:fs/promises";
import { type Bound, boundOf } from "./bound.ts";
import type { PreparedCircuit } from "./circuits/prepare.ts";
import { type Contest, type Contestant, type ContestOptions, runContest } from "./contest.ts";
import { arkworks } from "./contestants/arkworks.ts";
import { assayContestants, startAssay } from "./contestants/assay.ts";
import { rapidsnark } from "./contestants/rapidsnark.ts";
import { snarkjs } from "./contestants/snarkjs.ts";
import { megabytes, milliseconds, times } from "./format.ts";
import type { Bench, Table } from "./report.ts";
import { type Summary, summarise } from "./statistics.ts";
import { countWork, type ProofWork } from "./work.ts";

export interface ProveBenchOptions extends ContestOptions {
  readonly cores: number;
  /** Makers that take part; all when absent. */
  readonly makers?: readonly string[];
  /** Where tables of keys are kept between runs. */
  readonly tablesDir: string;
  /** The PATH in which opponents are looked for. */
  readonly path: string;
}

export const MAKERS: readonly string[] = ["assay", "snarkjs", "arkworks", "rapidsnark"];

/** Of one circuit: who was how fast, and how far from what the machine could do. */
export interface ProveResult extends Contest {
  readonly circuit: string;
  readonly work: ProofWork;
  /** By whether there are tables; milliseconds on one core. */
  readonly bound: { readonly tables: Bound; readonly plain: Bound };
  /** Proofs a second with one proof of one thread on each processor. */
  readonly sideBySide?: { readonly proofs: number; readonly perSecond: Summary };
}

export async function benchProve(
  circuits: AsyncIterable<PreparedCircuit>,
  options: ProveBenchOptions,
): Promise<Bench<ProveResult>> {
  const results: ProveResult[] = [];
  for await (const circuit of circuits) results.push(await benchOne(circuit, options));
  return { results, tables: [proverTable(results, options), ...stageTables(results, options)] };
}

function contestants({ cores, makers, tablesDir, path }: ProveBenchOptions): Contestant[] {
  const all = [
    ...assayContestants({ cores, cacheDir: tablesDir }),
    snarkjs("all"),
    snarkjs("one"),
    arkworks("all", cores),
    arkworks("one", cores),
    rapidsnark(path),
  ];
  return all.filter(({ maker }) => makers === undefined || makers.includes(maker));
}

async function benchOne(
  circuit: PreparedCircuit,
  options: ProveBenchOptions,
): Promise<ProveResult> {
  const contest = await runContest(contestants(options), circuit, options);
  const sideBySide = await proveSideBySide(circuit, options);
  const work = countWork(await readFile(circuit.provingKey), circuit.witness);
  return {
    circuit: circuit.name,
    work,
    ...contest,
    bound: { tables: boundOf(work, true), plain: boundOf(work, false) },
    ...(sideBySide && { sideBySide }),
  };
}

/** Several for each processor, so that the last ones do not leave the others idle for long. */
const PROOFS_EACH = 4;

async function proveSideBySide(
  { provingKey, witnessFile }: PreparedCircuit,
  { cores, makers, rounds, tablesDir, signal }: ProveBenchOptions,
): Promise<ProveResult["sideBySide"]> {
  if (makers !== undefined && !makers.includes("assay")) return undefined;
  const settings = { provingKey, witnessFile, threads: 1, proofs: cores, cacheDir: tablesDir };
  const engine = await startAssay("assay, side by side", settings);
  if ("absent" in engine) return undefined;
  try {
    const count = PROOFS_EACH * cores;
    await engine.proveAll(count);
    await engine.settle();
    const perSecond: number[] = [];
    for (let round = 0; round < rounds; round++) {
      signal?.throwIfAborted();
      perSecond.push((1_000 * count) / (await engine.proveAll(count)));
    }
    return { proofs: cores, perSecond: summarise(perSecond) };
  } finally {
    await engine.close();
  }
}

function proverTable(results: readonly ProveResult[], { cores }: ProveBenchOptions): Table {
  const rows = results.flatMap(({ circuit, results: provers, bound, sideBySide }) => [
    ...provers.map(({ name, threads, tables, ms, peakBytes }) => {
      const baseline = provers.find((one) => one.maker === "snarkjs" && one.threads === threads);
      const best = (tables ? bound.tables : bound.plain).total / (threads === "all" ? cores : 1);
      return [
        circuit,
        name,
        milliseconds(ms.median),
        milliseconds(ms.min),
        milliseconds(ms.max),
        baseline === undefined ? "" : times(baseline.ms.median / ms.median),
        times(ms.median / best),
        peakBytes === undefined ? "" : megabytes(peakBytes),
      ];
    }),
    ...(sideBySide === undefined
      ? []
      : [
          [
            circuit,
            `assay, ${sideBySide.proofs} × one thread`,
            `${sideBySide.perSecond.median.toFixed(1)}/s`,
            `${sideBySide.perSecond.min.toFixed(1)}/s`,
            `${sideBySide.perSecond.max.toFixed(1)}/s`,
            ...["", "", ""],
          ],
        ]),
  ]);
  return {
    title: "Proving, warm: milliseconds; against snarkjs with as many threads; against the bound",
    columns: ["circuit", "prover", "median", "min", "max", "snarkjs ÷", "÷ bound", "memory"],
    textColumns: 2,
    rows,
    notes: absentIn(results),
  };
}

/** Each once: whoever is absent for one circuit is so for all. */
function absentIn(results: readonly ProveResult[]): string[] {
  const lines = results.flatMap(({ absent }) =>
    absent.map(({ name, absent: why }) => `without ${name}: ${why}`),
  );
  return [...new Set(lines)];
}

/** Where the time of our own proofs goes, beside the bound of each stage that it knows. */
function stageTables(results: readonly ProveResult[], { cores }: ProveBenchOptions): Table[] {
  return results.flatMap(({ circuit, results: provers, bound }) =>
    provers
      .filter(({ maker, stages }) => maker === "assay" && Object.keys(stages).length > 1)
      .map(({ name, stages, threads, tables }) => {
        const bounds = boundsOf(tables ? bound.tables : bound.plain);
        const divisor = threads === "all" ? cores : 1;
        return {
          title: `${circuit}, ${name}: stages, some of which run beside each other`,
          columns: ["stage", "median ms", "bound ms"],
          textColumns: 1,
          rows: Object.entries(stages).map(([stage, ms]) => {
            const least = bounds[stage];
            return [
              stage,
              milliseconds(ms.median),
              least === undefined ? "" : milliseconds(least / divisor),
            ];
          }),
        };
      }),
  );
}

/** The engine's names of stages. Its quotient is the bound's coefficients and transforms, its `prove` the whole. */
function boundsOf(bound: Bound): Readonly<Record<string, number>> {
  const { coefficients, transforms, total, ...sums } = bound;
  const parts = { quotient: coefficients + transforms, ...sums };
  const named = Object.entries(parts).map(([name, ms]) => [`prove.${name}`, ms] as const);
  return { prove: total, ...Object.fromEntries(named) };
}
