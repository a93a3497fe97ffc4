/**
 * Every template against plain integer arithmetic, in pairs: the honest witness satisfies, and the same with any single
 * wire altered does not. Exceptions are named, with the reason.
 * @module
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { interpret } from "../models/interpreter.ts";
import { firstBrokenRow, type R1cs, readR1cs } from "../proof/files/r1cs.ts";
import { encodeWitness, readWitness } from "../proof/files/witness.ts";
import { R } from "../proof/groth16/points.ts";
import { openReferenceEngine } from "../proof/snarkjs/engine.ts";
import { compileCircuit } from "./compile.ts";
import { readDenseNetwork } from "./dense-network.ts";
import { generateCircuit, TEMPLATES, witnessInputs } from "./generate.ts";
import { fitRequantise, type RequantiseShape, rowsOf, widthOf } from "./requantise.ts";
import { tinyGraph } from "./testing.ts";

const engine = openReferenceEngine({ children: 1 });
let dir = "";
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "assay-gadgets-"));
});
afterAll(async () => {
  await engine.close();
  await rm(dir, { recursive: true, force: true });
});

interface Circuit {
  readonly r1cs: R1cs;
  witness(inputs: Readonly<Record<string, readonly bigint[]>>): Promise<bigint[]>;
}

async function compiled(source: string): Promise<Circuit> {
  const { r1cs, wasm } = await compileCircuit({
    source,
    dir: await mkdtemp(join(dir, "circuit-")),
  });
  return {
    r1cs: readR1cs(new Uint8Array(await readFile(r1cs))),
    witness: async (inputs) => readWitness(await engine.calculateWitness(wasm, inputs)),
  };
}

function mainOf(main: string, publicInputs = ""): string {
  const includes = TEMPLATES.map((name) => `include "${name}";`).join("\n");
  return `pragma circom 2.1.0;\n${includes}\ncomponent main ${publicInputs} = ${main};\n`;
}

/** Wires that may be changed one at a time, by each of several amounts, without any row breaking. */
function freeWires(r1cs: R1cs, witness: readonly bigint[]): number[] {
  const amounts = [1n, R - 1n, 2n ** 20n, R - 2n ** 20n, 12345678901234567890123n];
  return [...witness.keys()].filter((wire) =>
    amounts.some((amount) => {
      const altered = witness.with(wire, ((witness[wire] ?? 0n) + amount) % R);
      return firstBrokenRow(r1cs, altered) === undefined;
    }),
  );
}

/** A generator anybody can repeat: Lehmer, 1951, with the multiplier of Park and Miller. */
function* numbers(min: number, max: number, count: number): Generator<number> {
  let state = 20_231_124;
  for (let i = 0; i < count; i++) {
    state = (state * 48_271) % 2_147_483_647;
    yield min + (state % (max - min + 1));
  }
}

describe("Requantise", () => {
  const intervals = [
    { min: -100_000, max: 120_000, shift: 5, bits: 5 },
    { min: -524_288, max: 524_287, shift: 7, bits: 5 },
    { min: -3, max: 40, shift: 0, bits: 3 },
    { min: 0, max: 5_000, shift: 4, bits: 4 },
    { min: -9_000, max: 400, shift: 4, bits: 5 },
    { min: 5, max: 900, shift: 3, bits: 7 },
    { min: 0, max: 1, shift: 0, bits: 1 },
    { min: -1, max: 1, shift: 0, bits: 1 },
  ];

  it.each(intervals)(
    "computes clip(⌊acc / 2^$shift⌋) on [$min, $max], and nothing else",
    async (one) => {
      const shape = fitRequantise(one, one) as RequantiseShape;
      expect(shape.kind).toBe("gadget");
      const { shift, bits, high, below, above } = shape;
      const circuit = await compiled(
        mainOf(`Requantise(${shift}, ${bits}, ${high}, ${Number(below)}, ${Number(above)})`),
      );
      expect(circuit.r1cs.constraints.length).toBe(rowsOf(shape));
      // 22 bits, one row that computes the accumulator and two that choose: what the network is promised.
      expect(rowsOf(shape) + 1).toBeLessThanOrEqual(25);
      expect(widthOf(shape)).toBeLessThan(254);

      const [outputWire, accWire] = [1, 2];
      const lastWire = circuit.r1cs.nWires - 1;
      const edges = [one.min, one.max, 0, 1, -1, 2 ** shift - 1, 2 ** shift, 2 ** (shift + bits)];
      const inRange = [...edges, ...numbers(one.min, one.max, 12)].filter(
        (acc) => acc >= one.min && acc <= one.max,
      );
      for (const acc of inRange) {
        const quotient = Math.floor(acc / 2 ** shift);
        const expected = Math.min(Math.max(quotient, 0), 2 ** bits - 1);
        const witness = await circuit.witness({ acc: [BigInt(acc)] });
        expect(witness[outputWire]).toBe(BigInt(expected));
        expect(firstBrokenRow(circuit.r1cs, witness)).toBeUndefined();

        // The last wire is w: with t = 0 nothing depends on it. The accumulator itself is pinned by the row of Dense
        // that computes it, which this circuit lacks: alone, it may only move where y stays right.
        const needsNoClip = quotient >= 0 && quotient < 2 ** bits;
        const named = high > 0 && needsNoClip ? [lastWire] : [];
        expect(freeWires(circuit.r1cs, witness).filter((wire) => wire !== accWire)).toEqual(named);
      }
    },
  );

  it("has no witness for another activation, whichever bits a prover claims", async () => {
    const circuit = await compiled(mainOf("Requantise(1, 1, 1, 1, 1)"));
    const { nWires } = circuit.r1cs;
    // acc + 8 in four bits: every assignment of three bit wires, and of y and w within a small set, is tried.
    for (let acc = -8; acc < 8; acc++) {
      const expected = BigInt(Math.min(Math.max(Math.floor(acc / 2), 0), 1));
      for (let bits = 0; bits < 8; bits++) {
        for (const y of [0n, 1n, 2n, R - 1n]) {
          if (y === expected) continue;
          for (const w of [0n, 1n, 2n, R - 1n, R - 2n, (R + 1n) / 2n]) {
            const wires = [0, 1, 2].map((i) => BigInt((bits >> i) & 1));
            const witness = [1n, y, (BigInt(acc) + R) % R, ...wires, w].slice(0, nWires);
            expect(firstBrokenRow(circuit.r1cs, witness)).toBeDefined();
          }
        }
      }
    }
  });

  it("needs no gadget where the interval leaves one activation", () => {
    const shape = { shift: 4, bits: 5 };
    expect(fitRequantise({ min: -500, max: 15 }, shape)).toEqual({ kind: "constant", value: 0 });
    expect(fitRequantise({ min: 512, max: 9_000 }, shape)).toEqual({ kind: "constant", value: 31 });
  });
});

describe("Dense", () => {
  it("is its bias and its weights times its inputs, and nothing else", async () => {
    const weights = [
      [3, -7, 0, 15],
      [-1, 0, 0, 2],
    ];
    const bias = [-20, 1_000];
    const circuit = await compiled(
      mainOf(`Dense(4, 2, ${JSON.stringify(weights)}, [-20, 1000])`, "{public [x]}"),
    );
    for (const scale of [0, 1, 15]) {
      const x = [...numbers(0, scale, 4)];
      const witness = await circuit.witness({ x: x.map(BigInt) });
      const expected = weights.map((row, j) =>
        row.reduce((sum, weight, i) => sum + weight * (x[i] ?? 0), bias[j] ?? 0),
      );
      expect(witness.slice(1, 3)).toEqual(expected.map((acc) => (BigInt(acc) + R) % R));
      expect(firstBrokenRow(circuit.r1cs, witness)).toBeUndefined();
      // x[2] has weight 0 in every row. As a public input it is bound by the key (verify.test.ts).
      const [unusedInput] = [3 + 2];
      expect(freeWires(circuit.r1cs, witness)).toEqual([unusedInput]);
    }
  });
});

describe("Tag", () => {
  it("stands in a row of its own", async () => {
    const circuit = await compiled(mainOf("Tag()"));
    expect(circuit.r1cs.constraints.length).toBe(1);
    for (const tag of [0n, 1n, 2n ** 248n - 1n]) {
      const witness = await circuit.witness({ tag: [tag] });
      // r − tag has the same square; no verifier takes it, because it is above 2^248.
      const twin = (R - tag) % R;
      const free = freeWires(circuit.r1cs, witness);
      expect(free).toEqual([]);
      expect(tag === 0n || twin >= 2n ** 248n).toBe(true);
    }
  });
});

describe("the circuit of a whole network", () => {
  it.each([0, 1, 2])(
    "computes what the interpreter computes, and nothing else (variant %i)",
    async (variant) => {
      const graph = tinyGraph(variant);
      const network = readDenseNetwork(graph);
      const circuit = await compiled(generateCircuit(graph));
      const { min, max } = graph.inputs[0] ?? { min: 0, max: 0 };
      const draws = [...numbers(min, max, network.inputs * 6)];
      const inputs = [
        new Int32Array(network.inputs).fill(min),
        new Int32Array(network.inputs).fill(max),
        ...Array.from({ length: 6 }, (_, i) =>
          Int32Array.from(draws.slice(i * network.inputs, (i + 1) * network.inputs)),
        ),
      ];
      const firstInputWire = 1 + network.outputs + 1;
      const unusedInputs = [...Array(network.inputs).keys()].filter((i) =>
        network.layers[0]?.weights.every((row) => row[i] === 0),
      );
      expect(unusedInputs.length).toBeGreaterThan(0);
      for (const input of inputs) {
        const witness = await circuit.witness(witnessInputs(7n, input));
        const outputs = interpret(graph, [input]).get(graph.outputs[0]?.name ?? "");
        const signals = witness.slice(1, 1 + network.outputs);
        expect(signals).toEqual(Array.from(outputs ?? [], (value) => (BigInt(value) + R) % R));
        expect(firstBrokenRow(circuit.r1cs, witness)).toBeUndefined();

        // Free are: inputs in no row, which the key binds; and the helper w of each activation that is not clipped.
        const free = freeWires(circuit.r1cs, witness);
        const helpers = free.filter((wire) => wire >= firstInputWire + network.inputs);
        expect(free.filter((wire) => !helpers.includes(wire))).toEqual(
          unusedInputs.map((i) => firstInputWire + i),
        );
        const gadgets = network.layers.flatMap((layer) => layer.activations ?? []);
        expect(helpers.length).toBeLessThanOrEqual(gadgets.length);
        // Changing every helper at once changes no output: nothing depends on them.
        const shaken = witness.map((value, wire) =>
          helpers.includes(wire) ? (value + 9n) % R : value,
        );
        expect(firstBrokenRow(circuit.r1cs, shaken)).toBeUndefined();
        expect(shaken.slice(0, firstInputWire)).toEqual(witness.slice(0, firstInputWire));
      }
    },
  );

  it("gives a witness that survives being written and read", async () => {
    const circuit = await compiled(generateCircuit(tinyGraph()));
    const witness = await circuit.witness(witnessInputs(1n, new Int32Array(6)));
    expect(readWitness(encodeWitness(witness))).toEqual(witness);
  });
});
