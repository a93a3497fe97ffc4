/**
 * Holds the two forms of one layer against each other: rows that are lowered from the integer graph, and rows that circom
 * makes of the templates. Same outputs for the same inputs, and neither has a witness for any other output.
 * @module
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { mod } from "@noble/curves/abstract/modular.js";
import type { IntegerGraph } from "../../models/integer-graph.ts";
import { interpret } from "../../models/interpreter.ts";
import { elementCount } from "../../models/onnx/tensor.ts";
import type { WitnessCalculator } from "../../proof/engine.ts";
import { readR1cs } from "../../proof/files/r1cs.ts";
import { readWitness } from "../../proof/files/witness.ts";
import { R } from "../../proof/groth16/points.ts";
import { compileCircuit } from "../compile.ts";
import { lower } from "../lower/lower.ts";
import type { LayerPair } from "./random-layers.ts";
import { firstBrokenRow, residuesOf } from "./satisfied.ts";
import { type RowSystem, systemOf } from "./system.ts";
import { undeterminedWires } from "./uniqueness.ts";

/** One form with honest witnesses: outputs are wires 1 to `outputs`. */
interface Form {
  readonly name: string;
  readonly system: RowSystem;
  readonly given: readonly number[];
  witness(inputs: readonly Int32Array[]): Promise<bigint[]>;
}

/** What a forger adds to an output. */
const FORGERIES = [1n, R - 1n, 2n, 1n << 31n, (R + 1n) / 2n, R - (1n << 64n)];

/**
 * @param dir where circom may work
 * @returns how the forms differ, in words, or undefined
 */
export async function differenceOf(
  pair: LayerPair,
  questions: readonly (readonly Int32Array[])[],
  { dir, calculator }: { readonly dir: string; readonly calculator: WitnessCalculator },
): Promise<string | undefined> {
  const own = await mkdtemp(join(dir, "layer-"));
  try {
    const forms = [loweredForm(pair.graph), await circomForm(pair, own, calculator)];
    for (const form of forms) {
      for (const inputs of questions) {
        const difference = await differenceAt(form, pair.graph, inputs);
        if (difference !== undefined) return `${form.name}, ${pair.what}: ${difference}`;
      }
    }
    return undefined;
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

async function differenceAt(
  { system, given, witness }: Form,
  graph: IntegerGraph,
  inputs: readonly Int32Array[],
): Promise<string | undefined> {
  const values = interpret(graph, inputs);
  const expected = [...(values.get(graph.outputs[0]?.name ?? "") ?? [])];
  const honest = await witness(inputs);
  const wires = expected.map((_, i) => 1 + i);
  const asked = inputs.map((one) => [...one]).join("; ");
  for (const [i, value] of expected.entries()) {
    if (honest[1 + i] !== mod(BigInt(value), R)) {
      return `output ${i} of ${asked} is ${honest[1 + i]}, expected ${value}`;
    }
  }
  const broken = firstBrokenRow(system, honest);
  if (broken !== undefined) return `the honest witness for ${asked} breaks row ${broken}`;
  for (const wire of wires) {
    for (const change of FORGERIES) {
      const forged = honest.with(wire, mod((honest[wire] as bigint) + change, R));
      if (firstBrokenRow(system, forged) === undefined) {
        return `output ${wire - 1} of ${asked} can be ${forged[wire]}`;
      }
    }
  }
  const free = undeterminedWires(system, given).filter((wire) => wires.includes(wire));
  return free.length > 0 ? `outputs ${free} are not determined by the inputs` : undefined;
}

function loweredForm(graph: IntegerGraph): Form {
  const circuit = lower(
    graph,
    graph.inputs.map(() => "public" as const),
  );
  const { outputs, inputs } = circuit.publicSignals;
  return {
    name: "lowered",
    system: circuit,
    given: Array.from({ length: 1 + inputs }, (_, i) => 1 + outputs + i),
    witness: async (tensors) => residuesOf(circuit.witness({ tag: 5n, inputs: tensors })),
  };
}

async function circomForm(
  { graph, source }: LayerPair,
  dir: string,
  calculator: WitnessCalculator,
): Promise<Form> {
  const { r1cs: path, wasm } = await compileCircuit({ source, dir });
  const r1cs = readR1cs(new Uint8Array(await readFile(path)));
  const count = graph.inputs.reduce((sum, { dims }) => sum + elementCount(dims), 0);
  return {
    name: "circom",
    system: systemOf(r1cs),
    given: Array.from({ length: count }, (_, i) => 1 + r1cs.nPubOut + i),
    witness: async (tensors) => {
      const x = tensors.flatMap((tensor) => Array.from(tensor, BigInt));
      return readWitness(await calculator.calculateWitness(wasm, { x }));
    },
  };
}
