/**
 * The program of a process that compiles one model and says what it took. Started by compile.ts, never imported.
 * @module
 */
import { readFile } from "node:fs/promises";
import { compileModel } from "../circuits/draft.ts";
import { countOf, interfaceOf } from "../circuits/interface.ts";
import { writeR1cs } from "../circuits/lower/write-r1cs.ts";
import type { Compiled, CompileTask } from "./compile.ts";
import { summarise } from "./statistics.ts";

const { model, r1cs, rounds } = JSON.parse(process.argv[2] ?? "") as CompileTask;
const bytes = new Uint8Array(await readFile(model));

const startMs = performance.now();
const { graph, circuit, readMs } = compileModel(bytes);
const loweredMs = performance.now();
await writeR1cs(circuit, r1cs);
const writtenMs = performance.now();
const { maxRSS } = process.resourceUsage();

/** Another input each round, every element in its range. */
function inputsOf(round: number): Int32Array[] {
  return interfaceOf(graph, circuit.visibility).inputs.map(({ dims, range: { min, max } }) =>
    Int32Array.from(
      { length: countOf(dims) },
      (_, i) => min + ((i * (round + 1) + round) % (max - min + 1)),
    ),
  );
}

const witnessMs: number[] = [];
for (let round = 0; round < rounds; round++) {
  const inputs = inputsOf(round);
  const beginMs = performance.now();
  circuit.witness({ tag: BigInt(round), inputs });
  witnessMs.push(performance.now() - beginMs);
}

const { outputs, tag, inputs } = circuit.publicSignals;
const nonZerosInKey = circuit.a.wires.length + circuit.b.wires.length;
const compiled: Compiled = {
  ms: { read: readMs, lower: loweredMs - startMs - readMs, write: writtenMs - loweredMs },
  // Linux and macOS count in kilobytes here, whatever their ps says.
  peakBytes: maxRSS * 1024,
  constraints: circuit.rows,
  wires: circuit.wires,
  nonZeros: nonZerosInKey + circuit.c.wires.length,
  nonZerosInKey,
  publicSignals: outputs + tag + inputs,
  rows: circuit.domain.used,
  domain: circuit.domain.size,
  witnessMs: summarise(witnessMs),
};
process.send?.(compiled, () => process.disconnect());
