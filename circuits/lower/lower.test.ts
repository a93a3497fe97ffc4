/**
 * Whole graphs: each operator by itself and small networks, from the integers to every wire.
 * @module
 */
import { mod } from "@noble/curves/abstract/modular.js";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { type IntegerGraph, readIntegerGraph } from "../../models/integer-graph.ts";
import { interpret } from "../../models/interpreter.ts";
import {
  buildConstant,
  buildModel,
  buildNode,
  buildValue,
  type ModelParts,
} from "../../models/onnx/build.ts";
import { encodeModel } from "../../models/onnx/decode.ts";
import { endsOf, graphOf, inputsOf } from "../../models/operators/testing.ts";
import { ANY_OPERATOR } from "../../models/operators/testing-operators.ts";
import { encodeValueMetadata, METADATA_KEY } from "../../models/value-metadata.ts";
import { R } from "../../proof/groth16/points.ts";
import { sha256 } from "../../store/digest.ts";
import { sumAt } from "../soundness/rank.ts";
import { firstBrokenRow, residuesOf } from "../soundness/satisfied.ts";
import { undeterminedWires } from "../soundness/uniqueness.ts";
import { LENET, type NetworkPlan, networkGraph, numbers } from "./drawn-network.ts";
import { hashInput } from "./hash/input-digest.ts";
import { lower } from "./lower.ts";
import type { LayerReport, LoweredCircuit, Visibility } from "./lowered.ts";
import { encodeR1cs } from "./write-r1cs.ts";

const TAG = 2n ** 247n + 5n;

/** Wires that a verifier or whoever asks has fixed. */
function givenWires({ publicSignals, privateInputs }: LoweredCircuit): number[] {
  const { outputs, tag, inputs } = publicSignals;
  return Array.from({ length: tag + inputs + privateInputs }, (_, i) => 1 + outputs + i);
}

function outputsOf(graph: IntegerGraph, inputs: readonly Int32Array[]): bigint[] {
  const values = interpret(graph, inputs);
  return graph.outputs.flatMap(({ name }) =>
    Array.from(values.get(name) ?? [], (value) => (BigInt(value) + R) % R),
  );
}

function expectProven(
  graph: IntegerGraph,
  circuit: LoweredCircuit,
  inputs: readonly Int32Array[],
): bigint[] {
  const witness = residuesOf(circuit.witness({ tag: TAG, inputs }));
  expect(witness.slice(1, 1 + circuit.publicSignals.outputs)).toEqual(outputsOf(graph, inputs));
  expect(firstBrokenRow(circuit, witness)).toBeUndefined();
  return witness;
}

describe.each([...ANY_OPERATOR])("%s", (op, any) => {
  test("computes what the interpreter computes, and leaves no other witness", () => {
    const seen = fc.constantFrom<Visibility>("public", "private");
    fc.assert(
      fc.property(
        any.chain((lone) => {
          const graph = graphOf(lone);
          return fc.tuple(fc.constant(graph), seen, inputsOf(graph));
        }),
        ([graph, visibility, drawn]) => {
          let circuit: LoweredCircuit;
          try {
            circuit = lower(
              graph,
              graph.inputs.map(() => visibility),
            );
          } catch (error) {
            // A cast that keeps low bits only is computed, and not proven.
            expect(op).toBe("Cast");
            expect(error).toMatchObject({ code: "UNSUPPORTED_GRAPH" });
            return;
          }
          for (const inputs of [drawn, endsOf(graph, "min"), endsOf(graph, "max")]) {
            expectProven(graph, circuit, inputs);
          }
          const free = undeterminedWires(circuit, givenWires(circuit));
          expect(free.filter((wire) => !circuit.hints.includes(wire))).toEqual([]);
        },
      ),
      { numRuns: 12 },
    );
  });
});

const SMALL: NetworkPlan = {
  input: [2, 6, 6],
  inputMax: 15,
  layers: [
    { kind: "convolution", channels: 3, kernel: 3, pad: 1, pool: 2 },
    { kind: "dense", outputs: 4 },
    { kind: "dense", outputs: 3 },
  ],
  weightReach: 15,
  activationBits: 4,
  seed: 11,
};

const anyPlan: fc.Arbitrary<NetworkPlan> = fc.record({
  input: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.constant(5), fc.constant(6)),
  inputMax: fc.constantFrom(1, 15, 200),
  layers: fc.constantFrom(SMALL.layers, [
    { kind: "convolution", channels: 2, kernel: 2 },
    { kind: "convolution", channels: 2, kernel: 2, pool: 2 },
    { kind: "dense", outputs: 2 },
  ] as const),
  weightReach: fc.constantFrom(1, 15, 127),
  activationBits: fc.integer({ min: 1, max: 8 }),
  gain: fc.constantFrom(-2, 0, 3, 6),
  seed: fc.integer({ min: 1, max: 2 ** 30 }),
});

describe("a network", () => {
  const graph = networkGraph(SMALL);
  const circuit = lower(graph);
  const draw = numbers(5);
  const inputs = [Int32Array.from({ length: 72 }, () => draw() % 16)];

  it("has the interpreter's outputs, whatever its weights, widths and inputs", () => {
    fc.assert(
      fc.property(
        anyPlan.chain((plan) => {
          const drawn = networkGraph(plan);
          return fc.tuple(fc.constant(drawn), inputsOf(drawn));
        }),
        ([drawn, x]) => {
          const lowered = lower(drawn);
          for (const one of [x, endsOf(drawn, "min"), endsOf(drawn, "max")]) {
            expectProven(drawn, lowered, one);
          }
          const free = undeterminedWires(lowered, givenWires(lowered));
          expect(free).toEqual([...lowered.hints]);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("refuses every change of one wire but a hint's", () => {
    const witness = expectProven(graph, circuit, inputs);
    const isHint = new Set(circuit.hints);
    const rowsOf = rowsByWire(circuit);
    const accepted = [...witness.keys()].slice(1).filter((wire) => {
      const honest = witness[wire] as bigint;
      return [honest + 1n, honest - 1n, -honest, 1n - honest, honest + 2n ** 128n].some(
        (forged) => {
          const value = mod(forged, R);
          if (value === honest) return false;
          const changed = witness.with(wire, value);
          return (rowsOf[wire] ?? []).every((row) => holds(circuit, row, changed));
        },
      );
    });
    // The tag's negative has the same square; no verifier takes it, because it is above 2^248.
    const tag = 1 + circuit.publicSignals.outputs;
    expect(R - TAG).toBeGreaterThan(2n ** 248n);
    expect(accepted.filter((wire) => !isHint.has(wire))).toEqual([tag]);
  });

  it("needs numbers of full size only for what saturates", () => {
    const loud = networkGraph({ ...SMALL, gain: 3 });
    const lowered = lower(loud);
    const witness = lowered.witness({ tag: 1n, inputs });
    expectProven(loud, lowered, inputs);
    expect(lowered.hints.length).toBeGreaterThan(20);
    expect(witness.full.size).toBeGreaterThan(0);
    expect([...witness.full.keys()].filter((wire) => !lowered.hints.includes(wire))).toEqual([]);
  });

  it("refuses every output but the one it computes", () => {
    const witness = expectProven(graph, circuit, inputs);
    for (let wire = 1; wire <= circuit.publicSignals.outputs; wire++) {
      for (const forged of [0n, 1n, R - 1n, (witness[wire] as bigint) + 1n]) {
        if (forged === witness[wire]) continue;
        expect(firstBrokenRow(circuit, witness.with(wire, forged))).toBeDefined();
      }
    }
  });

  it("is the same circuit every time, byte for byte", () => {
    const digest = (of: LoweredCircuit): string => sha256(...encodeR1cs(of));
    expect(digest(lower(networkGraph(SMALL)))).toBe(digest(circuit));
    expect(digest(lower(networkGraph({ ...SMALL, seed: 12 })))).not.toBe(digest(circuit));
  });

  it("tells what each part costs, and all of it together", () => {
    const sum = (of: (layer: LayerReport) => number): number =>
      circuit.layers.reduce((total, layer) => total + of(layer), 0);
    expect(sum(({ rows }) => rows)).toBe(circuit.rows);
    const { a, b, c } = circuit;
    expect(sum(({ nonZeros }) => nonZeros)).toBe(a.wires.length + b.wires.length + c.wires.length);
    const used = circuit.rows + 3 + 1 + 72 + 1;
    expect(circuit.domain).toEqual({ used, size: 2 ** Math.ceil(Math.log2(used)) });
  });

  it("checks the range of what no verifier sees", () => {
    const hidden = lower(graph, ["private"]);
    expect(hidden.publicSignals.inputs).toBe(0);
    expect(hidden.privateInputs).toBe(72);
    const witness = expectProven(graph, hidden, inputs);
    const firstInput = 1 + 3 + 1;
    const rowsOf = rowsByWire(hidden);
    for (const beyond of [16n, R - 1n]) {
      const changed = witness.with(firstInput, beyond);
      expect((rowsOf[firstInput] ?? []).every((row) => holds(hidden, row, changed))).toBe(false);
    }
    expect(hidden.layers.find(({ op }) => op === "Input")?.rows).toBe(72 * 5);
  });

  it.each([0n, 2n ** 127n + 3n])("shows of a hashed input its digest alone (salt %i)", (salt) => {
    const hidden = lower(graph, ["hashed"]);
    expect(hidden.publicSignals.inputs).toBe(1);
    const question = { tag: TAG, inputs, salts: [salt] };
    const witness = residuesOf(hidden.witness(question));
    expect(firstBrokenRow(hidden, witness)).toBeUndefined();
    expect(witness.slice(1, 4)).toEqual(outputsOf(graph, inputs));
    const [x = new Int32Array()] = inputs;
    expect(witness[5]).toBe(hashInput(x, { min: 0, max: 15 }, salt));
    // Poseidon's own wires are a matter of hash/, and no output depends on them.
    const free = undeterminedWires(hidden, givenWires(hidden));
    expect(free.filter((wire) => wire <= hidden.publicSignals.outputs)).toEqual([]);
    for (const salts of [[], [2n ** 128n], [-1n]]) {
      expect(() => hidden.witness({ ...question, salts })).toThrow(
        expect.objectContaining({ code: "WITNESS_FAILED" }),
      );
    }
  });

  it("has no witness for a question that is none", () => {
    const [x = new Int32Array()] = inputs;
    const questions = [
      { tag: 1n, inputs: [] },
      { tag: 1n, inputs: [x.subarray(1)] },
      { tag: 1n, inputs: [x.with(3, 16)] },
      { tag: 1n, inputs: [x.with(71, -1)] },
      { tag: R, inputs: [x] },
      { tag: -1n, inputs: [x] },
    ];
    for (const question of questions) {
      expect(() => circuit.witness(question)).toThrow(
        expect.objectContaining({ code: "WITNESS_FAILED" }),
      );
    }
  });

  it("says how every input is seen, or does not compile", () => {
    for (const visibility of [[], ["public", "public"]] as const) {
      expect(() => lower(graph, visibility)).toThrow(
        expect.objectContaining({ code: "BAD_VISIBILITY" }),
      );
    }
  });
});

describe("rows", () => {
  const input = (dims: readonly number[]) => buildValue("x", "int32", dims);
  const graphOfNodes = (
    dims: readonly number[],
    output: readonly [name: string, dims: readonly number[]],
    { nodes, constants }: Pick<ModelParts, "nodes" | "constants">,
  ): IntegerGraph =>
    readIntegerGraph(
      encodeModel(
        buildModel({
          name: "nodes",
          inputs: [input(dims)],
          outputs: [buildValue(output[0], "int32", output[1])],
          nodes,
          constants,
          metadata: {
            [METADATA_KEY]: encodeValueMetadata({
              inputs: [{ name: "x", min: -8, max: 7, scale: 1 }],
              outputs: [{ name: output[0], scale: 1, labels: [] }],
            }),
          },
        }),
      ),
    );
  /** Of tag and outputs. */
  const others = (outputs: number): number => 1 + outputs;

  it("are none for what no output depends on", () => {
    const graph = graphOfNodes([6], ["y", [2]], {
      nodes: [
        buildNode("relu", "Relu", ["x"], "r"),
        buildNode("slice", "Slice", ["r", "from", "to"], "y"),
      ],
      constants: [buildConstant("from", "int64", [1], [1]), buildConstant("to", "int64", [1], [3])],
    });
    const circuit = lower(graph);
    expectProven(graph, circuit, [Int32Array.of(-1, 5, -6, 7, 7, 7)]);
    // ReLU of 4 bits: 6 rows each.
    expect(circuit.rows).toBe(others(2) + 2 * 6);
    expect(circuit.publicSignals.inputs).toBe(6);
  });

  it("are made once for a value that is read twice", () => {
    const graph = graphOfNodes([3], ["y", [3]], {
      nodes: [
        buildNode("relu", "Relu", ["x"], "r"),
        buildNode("scale", "Mul", ["r", "five"], "s"),
        buildNode("add", "Add", ["r", "s"], "y"),
      ],
      constants: [buildConstant("five", "int32", [], [5])],
    });
    const circuit = lower(graph);
    expectProven(graph, circuit, [Int32Array.of(-8, 0, 7)]);
    expect(circuit.rows).toBe(others(3) + 3 * 6);
  });

  it("name a long sum that many read, and expand one that few read", () => {
    const matrix = (name: string, rows: number, columns: number) => {
      const entries = Array.from({ length: rows * columns }, (_, i) => (i % 7) - 9);
      return buildConstant(name, "int32", [rows, columns], entries);
    };
    const chain = (outputs: number): IntegerGraph =>
      graphOfNodes([1, 8], ["y", [1, outputs]], {
        nodes: [
          buildNode("first", "MatMul", ["x", "a"], "h"),
          buildNode("second", "MatMul", ["h", "b"], "y"),
        ],
        constants: [matrix("a", 8, 8), matrix("b", 8, outputs)],
      });
    const x = Int32Array.of(-8, -3, 0, 1, 2, 5, 6, 7);
    const [many, few] = [chain(32), chain(2)];
    const [named, expanded] = [lower(many), lower(few)];
    expectProven(many, named, [x]);
    expectProven(few, expanded, [x]);
    expect(named.rows).toBe(others(32) + 8);
    expect(expanded.rows).toBe(others(2));
    // 8 sums of 8 with their names, 32 of those names with theirs, and the tag.
    expect(named.c.wires.length).toBe(8 * 9 + 32 * 9 + 1);
  });
});

describe("LeNet-5", () => {
  const graph = networkGraph(LENET);
  const circuit = lower(graph);

  it("fits in 2^17 rows, at most 110,000 of them its own", () => {
    expect(circuit.rows).toBeLessThanOrEqual(110_000);
    expect(circuit.domain.size).toBe(2 ** 17);
  });

  it("has the interpreter's outputs on digits at random and at the ends of their range", () => {
    const draw = numbers(3);
    const drawn = Int32Array.from({ length: 784 }, () => (draw() % 3 === 0 ? draw() % 16 : 0));
    for (const inputs of [[drawn], endsOf(graph, "max")]) {
      const { values, full } = circuit.witness({ tag: TAG, inputs });
      const out = interpret(graph, inputs).get(graph.outputs[0]?.name ?? "");
      expect(values.slice(1, 11)).toEqual(out);
      // What is not small costs a prover as much as a hundred bits: the tag, its square, and what saturates.
      expect(full.size).toBeLessThan(circuit.wires / 100);
    }
  });
});

function rowsByWire({ wires, rows, a, b, c }: LoweredCircuit): number[][] {
  const found: number[][] = Array.from({ length: wires }, () => []);
  for (const { offsets, wires: terms } of [a, b, c]) {
    for (let row = 0; row < rows; row++) {
      for (const wire of terms.subarray(offsets[row], offsets[row + 1])) found[wire]?.push(row);
    }
  }
  return found;
}

function holds({ a, b, c }: LoweredCircuit, row: number, witness: readonly bigint[]): boolean {
  return mod(sumAt(a, row, witness) * sumAt(b, row, witness) - sumAt(c, row, witness), R) === 0n;
}
