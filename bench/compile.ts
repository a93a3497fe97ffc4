/**
 * The bench of compiling: from the bytes of an integer graph to the rows of its circuit as a file, and from an input to a
 * value for every wire. Each model in a process of its own, because its memory is then its own.
 * @module
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BenchError } from "./error.ts";
import { megabytes, milliseconds, seconds } from "./format.ts";
import { inOwnProcess } from "./own-process.ts";
import type { Bench, Table } from "./report.ts";
import type { Summary } from "./statistics.ts";

/** An integer graph by its bytes. */
export interface CompiledModel {
  readonly name: string;
  readonly onnx: Uint8Array;
}

export interface CompileBenchOptions {
  /** Witnesses of each model. */
  readonly rounds: number;
  /** Where files may be written that are removed at the end. */
  readonly workDir: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (line: string) => void;
}

/** What the process is told. */
export interface CompileTask {
  readonly model: string;
  readonly r1cs: string;
  readonly rounds: number;
}

/** What it measured. */
export interface Compiled {
  /** Reading the model and proving its bounds; lowering; writing the rows. */
  readonly ms: { readonly read: number; readonly lower: number; readonly write: number };
  /** The most memory that the process ever held, the program itself included. */
  readonly peakBytes: number;
  readonly constraints: number;
  readonly wires: number;
  readonly nonZeros: number;
  /** Of A and B: only these stand in a proving key. */
  readonly nonZerosInKey: number;
  readonly publicSignals: number;
  /** constraints + public signals + 1, and the power of two that holds them. */
  readonly rows: number;
  readonly domain: number;
  readonly witnessMs: Summary;
}

export interface CompileResult extends Compiled {
  readonly model: string;
}

export async function benchCompile(
  models: AsyncIterable<CompiledModel> | Iterable<CompiledModel>,
  { rounds, workDir, signal, onProgress = () => {} }: CompileBenchOptions,
): Promise<Bench<CompileResult>> {
  const results: CompileResult[] = [];
  const dir = await mkdtemp(join(workDir, "compile-"));
  try {
    for await (const { name, onnx } of models) {
      signal?.throwIfAborted();
      onProgress(`compiling ${name}`);
      const model = join(dir, "model.onnx");
      await writeFile(model, onnx);
      const task: CompileTask = { model, r1cs: join(dir, "circuit.r1cs"), rounds };
      const compiled = await inOwnProcess<Compiled>(
        { program: "compile-child", task, failed: (how) => compileFailed(name, how) },
        signal,
      );
      results.push({ model: name, ...compiled });
    }
    return { results, tables: [tableOf(results)] };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

function compileFailed(name: string, how: string): BenchError {
  return new BenchError(
    "COMPILE_FAILED",
    `compiling ${name} ended with ${how}`,
    "Run assay circuit setup with the model: what goes wrong there is said in full.",
  );
}

function tableOf(results: readonly CompileResult[]): Table {
  return {
    title: "Compiling: seconds from the model's bytes to its rows; then milliseconds to a witness",
    columns: [
      "model",
      "compile s",
      "memory",
      "constraints",
      "of 2^n",
      "non-zeros",
      "in the key",
      "witness ms",
    ],
    textColumns: 1,
    rows: results.map((result) => {
      const { ms, domain, rows } = result;
      return [
        result.model,
        seconds(ms.read + ms.lower + ms.write),
        megabytes(result.peakBytes),
        String(result.constraints),
        `${((100 * rows) / domain).toFixed(0)} % of 2^${Math.log2(domain)}`,
        String(result.nonZeros),
        String(result.nonZerosInKey),
        milliseconds(result.witnessMs.median),
      ];
    }),
  };
}
