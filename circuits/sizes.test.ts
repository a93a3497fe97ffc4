/**
 * What circuits cost is pinned in test/golden/sizes.csv: a row more is a decision, not an accident. Gadgets are the rows of
 * one operator over small operands, tag and outputs (one row each) included.
 * @module
 */
import { describe, expect, it } from "vitest";
import { emitDenseGraph } from "../models/emit.ts";
import { type IntegerGraph, readIntegerGraph } from "../models/integer-graph.ts";
import { operatorModel, type TestOperand } from "../models/testing.ts";
import { catalogue } from "../models/zoo/catalogue.ts";
import { LENET, networkGraph } from "./lower/drawn-network.ts";
import { lower } from "./lower/lower.ts";
import type { LoweredCircuit, Visibility } from "./lower/lowered.ts";
import { tinyGraph } from "./testing.ts";

const bytes = (dims: readonly number[], max = 15): TestOperand => ({
  dtype: "uint8",
  dims,
  min: 0,
  max,
});
const signed = (dims: readonly number[], bits: number): TestOperand => ({
  dtype: "int32",
  dims,
  min: -(2 ** (bits - 1)),
  max: 2 ** (bits - 1) - 1,
});
const constants = (dims: readonly number[], values: readonly number[]): TestOperand => ({
  dtype: "int32",
  dims,
  values,
});

/** One activation: its accumulator is weight · x + bias, which reaches from one end of `width` bits to the other. */
function requantise(width: number, shift: number, max: number): IntegerGraph {
  const inputs = 2 ** (width - 1 - 7 - 4);
  return readIntegerGraph(
    emitDenseGraph({
      name: "requantise",
      input: { size: 2 * inputs, min: 0, max: 15, scale: 1 },
      layers: [
        {
          weights: [Array.from({ length: 2 * inputs }, (_, i) => (i % 2 === 0 ? 127 : -128))],
          bias: [0],
          requantise: { shifts: [shift], max },
        },
        { weights: [[1]], bias: [0] },
      ],
      output: { scale: 1, labels: [] },
    }),
  );
}

const lone = (
  op: string,
  operands: readonly TestOperand[],
  attributes: Readonly<Record<string, number | readonly number[]>> = {},
): IntegerGraph => readIntegerGraph(operatorModel(op, operands, attributes));

const GADGETS: Readonly<Record<string, () => IntegerGraph>> = {
  "requantise-13-to-4": () => requantise(13, 5, 15),
  "requantise-16-to-5": () => requantise(16, 8, 31),
  "requantise-16-to-5-saturating": () => requantise(16, 2, 31),
  "multiply-activations": () => lone("Mul", [signed([1], 8), signed([1], 8)]),
  "divide-by-100": () => lone("Div", [signed([1], 12), constants([1], [100])]),
  absolute: () => lone("Abs", [signed([1], 8)]),
  sign: () => lone("Sign", [signed([1], 8)]),
  clip: () => lone("Clip", [signed([1], 8), constants([], [-5]), constants([], [9])]),
  "max-pool-2x2": () =>
    lone("MaxPool", [bytes([1, 1, 2, 2])], { kernel_shape: [2, 2], strides: [2, 2] }),
  "arg-max-10": () => lone("ArgMax", [signed([1, 10], 12)], { axis: 1 }),
  "compare-12-bits": () => lone("LessOrEqual", [signed([1], 12), signed([1], 12)]),
  "equal-12-bits": () => lone("Equal", [signed([1], 12), signed([1], 12)]),
};

function sizeOf(name: string, circuit: LoweredCircuit): string {
  const { rows, wires, publicSignals, domain, a, b, c } = circuit;
  const signals = publicSignals.outputs + publicSignals.tag + publicSignals.inputs;
  const inKey = a.wires.length + b.wires.length;
  return [name, rows, wires, inKey + c.wires.length, inKey, signals, domain.size].join(",");
}

function lowered(graph: IntegerGraph, visibility?: Visibility): LoweredCircuit {
  return lower(graph, visibility === undefined ? undefined : graph.inputs.map(() => visibility));
}

describe("circuits", () => {
  it("have their pinned sizes", async () => {
    const lines = ["circuit,constraints,wires,non_zeros,non_zeros_in_key,public_signals,domain"];
    for (const [name, open] of Object.entries(GADGETS)) lines.push(sizeOf(name, lowered(open())));
    lines.push(sizeOf("tiny-0", lowered(tinyGraph())));
    lines.push(sizeOf("tiny-0, hashed", lowered(tinyGraph(), "hashed")));
    lines.push(sizeOf("tiny-0, private", lowered(tinyGraph(), "private")));
    for (const entry of catalogue) {
      lines.push(sizeOf(entry.name, lowered(await entry.openGraph())));
    }
    lines.push(sizeOf("lenet-5, drawn weights", lowered(networkGraph(LENET))));
    await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot("../test/golden/sizes.csv");
  });

  it("keep mnist-mlp within 2^12 rows, public signals and all", async () => {
    const mnist = catalogue.find(({ name }) => name === "mnist-mlp");
    if (mnist === undefined) throw new Error("mnist-mlp is not in the catalogue");
    expect(lowered(await mnist.openGraph()).domain.size).toBe(2 ** 12);
  });

  it("spend at most 5 rows more than its width on an activation, 4 with two bits above it", () => {
    for (const [open, above] of [
      [() => requantise(13, 5, 15), 4],
      [() => requantise(16, 8, 31), 3],
      [() => requantise(16, 10, 31), 1],
      [() => requantise(16, 2, 31), 9],
    ] as const) {
      const layer = lowered(open()).layers.find(({ width }) => width > 0);
      expect(layer?.rows).toBeLessThanOrEqual((layer?.width ?? 0) + (above <= 2 ? 4 : 5));
    }
  });

  it("need at most 110,000 rows for LeNet-5, and fewer than 2^17 with its public signals", () => {
    const { rows, domain } = lowered(networkGraph(LENET));
    expect(rows).toBeLessThanOrEqual(110_000);
    expect(domain.used).toBeLessThanOrEqual(2 ** 17);
  });
});
