/**
 * Every template against plain integer arithmetic, in pairs: the honest witness satisfies, and the same with any single
 * wire altered does not. Exceptions are named, with the reason.
 * @module
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { invert, mod } from "@noble/curves/abstract/modular.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { emitDenseGraph } from "../models/emit.ts";
import { readIntegerGraph } from "../models/integer-graph.ts";
import { interpret } from "../models/interpreter.ts";
import { firstBrokenRow, type R1cs, readR1cs } from "../proof/files/r1cs.ts";
import { encodeWitness, readWitness } from "../proof/files/witness.ts";
import { R } from "../proof/groth16/points.ts";
import { openEngine } from "../proof/open.ts";
import { compileCircuit } from "./compile.ts";
import { readDenseNetwork } from "./dense-network.ts";
import { generateCircuit, witnessInputs } from "./generate.ts";
import { fitRequantise, type RequantiseShape, rowsOf, widthOf } from "./requantise.ts";
import { gadgetSource, tinyGraph } from "./testing.ts";

const engine = openEngine();
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

/** The witness with the value of one wire that satisfies its last row, which is linear in it, where there is one. */
function solvedFor(r1cs: R1cs, witness: readonly bigint[], wire: number): readonly bigint[] {
  const row = r1cs.constraints.find(({ a, b }) => a.wires.includes(wire) || b.wires.includes(wire));
  const defect = (value: bigint): bigint => {
    const [a = 0n, b = 0n, c = 0n] =
      row === undefined
        ? []
        : [row.a, row.b, row.c].map((sum) =>
            sum.wires.reduce(
              (total, at, i) =>
                total + (sum.coefficients[i] ?? 0n) * (at === wire ? value : (witness[at] ?? 0n)),
              0n,
            ),
          );
    return mod(a * b - c, R);
  };
  const slope = mod(defect(1n) - defect(0n), R);
  return slope === 0n ? witness : witness.with(wire, mod(-defect(0n) * invert(slope, R), R));
}

/**
 * Wires that can move together with others while every row holds, to first order: where some vector of the kernel of the
 * rows' derivatives at the witness is not 0. Changing one wire at a time cannot see a hint that a later row copies on.
 * @param known wires that do not move: the inputs
 */
function looseWires(r1cs: R1cs, witness: readonly bigint[], known: readonly number[]): number[] {
  const pivots: { readonly wire: number; readonly row: Map<number, bigint> }[] = [];
  const subtract = (from: Map<number, bigint>, row: Map<number, bigint>, factor: bigint): void => {
    for (const [wire, value] of row) {
      const left = mod((from.get(wire) ?? 0n) - factor * value, R);
      if (left === 0n) from.delete(wire);
      else from.set(wire, left);
    }
  };
  for (const { a, b, c } of r1cs.constraints) {
    const row = new Map<number, bigint>();
    const sums = [a, b].map(({ wires, coefficients }) =>
      wires.reduce((sum, wire, i) => sum + (coefficients[i] ?? 0n) * (witness[wire] ?? 0n), 0n),
    );
    // d(A·B − C) = B dA + A dB − dC
    for (const [sum, factor] of [
      [a, sums[1] ?? 0n],
      [b, sums[0] ?? 0n],
      [c, -1n],
    ] as const) {
      const wires = [...sum.wires].map((wire, i) => [wire, sum.coefficients[i] ?? 0n] as const);
      subtract(
        row,
        new Map(wires.filter(([wire]) => wire !== 0 && !known.includes(wire))),
        -factor,
      );
    }
    for (const pivot of pivots) subtract(row, pivot.row, row.get(pivot.wire) ?? 0n);
    const [first] = row;
    if (first === undefined) continue;
    const [wire, value] = first;
    const inverse = invert(value, R);
    for (const [at, one] of row) row.set(at, mod(one * inverse, R));
    for (const pivot of pivots) subtract(pivot.row, row, pivot.row.get(wire) ?? 0n);
    pivots.push({ wire, row });
  }
  // Reduced so, a pivot whose row has another wire in it depends on that one, which is free.
  const fixed = new Set(pivots.filter(({ row }) => row.size === 1).map(({ wire }) => wire));
  return [...witness.keys()].filter((w) => w !== 0 && !known.includes(w) && !fixed.has(w));
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
        gadgetSource(`Requantise(${shift}, ${bits}, ${high}, ${Number(below)}, ${Number(above)})`),
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
        // that computes it, which this circuit lacks; below, every pair of it and y is tried.
        const needsNoClip = quotient >= 0 && quotient < 2 ** bits;
        const named = high > 0 && needsNoClip ? [lastWire] : [];
        expect(freeWires(circuit.r1cs, witness).filter((wire) => wire !== accWire)).toEqual(named);
        expect(looseWires(circuit.r1cs, witness, [accWire])).toEqual(named);
      }
    },
  );

  it.each([
    { form: "clipped on both sides", shift: 1, bits: 2, high: 2, below: 1, above: 1 },
    { form: "clipped below", shift: 1, bits: 2, high: 2, below: 1, above: 0 },
    { form: "clipped above", shift: 1, bits: 2, high: 2, below: 0, above: 1 },
    { form: "never clipped", shift: 2, bits: 2, high: 0, below: 0, above: 0 },
  ])(
    "has one activation for each accumulator, whatever a prover claims ($form)",
    async ({ shift, bits, high, below, above }) => {
      const { r1cs } = await compiled(
        gadgetSource(`Requantise(${shift}, ${bits}, ${high}, ${below}, ${above})`),
      );
      const width = shift + bits + high + below * above;
      const offset = above
        ? below * 2 ** (width - 1)
        : below * (2 ** high - 1) * 2 ** (shift + bits);
      const [least, end] = [-offset, 2 ** width - offset];
      const claims = [...Array(2 ** bits + 1).keys()].map(BigInt);
      claims.push(R - 1n, R - BigInt(2 ** bits), (R + 1n) / 2n);
      // On both sides of what the bits can hold, and where a sum wraps around r, there must be no witness at all.
      for (let acc = least - 3; acc < end + 3; acc++) {
        const accepted = new Set<bigint>();
        for (let assignment = 0; assignment < 2 ** (width - 1); assignment++) {
          const upper = [...Array(width - 1).keys()].map((i) => BigInt((assignment >> i) & 1));
          for (const y of claims) {
            const witness = [1n, y, (BigInt(acc) + R) % R, ...upper];
            // w is the prover's to choose: the best there is.
            if (high > 0) witness.push(0n);
            const best = high > 0 ? solvedFor(r1cs, witness, witness.length - 1) : witness;
            if (firstBrokenRow(r1cs, best) === undefined) accepted.add(y);
          }
        }
        // Below 0 and above the top only where the gadget was made for it.
        const quotient = Math.floor(acc / 2 ** shift);
        const expected = BigInt(Math.min(Math.max(quotient, 0), 2 ** bits - 1));
        expect([...accepted], `acc ${acc}`).toEqual(acc >= least && acc < end ? [expected] : []);
      }
    },
  );

  it("has one expansion of a sum at its widest, 253 bits, and is refused where r would fit in too", async () => {
    const widest = { shift: 240, bits: 5 };
    const source = (high: number): string =>
      gadgetSource(`Requantise(${widest.shift}, ${widest.bits}, ${high}, 1, 1)`);
    const circuit = await compiled(source(7));
    const acc = 9n << 240n;
    const honest = await circuit.witness({ acc: [acc] });
    expect(honest[1]).toBe(9n);
    expect(firstBrokenRow(circuit.r1cs, honest)).toBeUndefined();
    // The same sum mod r, as r more: its 254th bit has no wire, and the lowest is what the others leave.
    const sum = acc + (1n << 252n) + R;
    const aliased = honest.map((value, wire) =>
      wire < 3 || wire >= 3 + 252 ? value : (sum >> BigInt(wire - 2)) & 1n,
    );
    expect(aliased).not.toEqual(honest);
    expect(firstBrokenRow(circuit.r1cs, aliased)).toBeDefined();
    await expect(compiled(source(8))).rejects.toMatchObject({
      code: "COMPILE_FAILED",
      message: expect.stringContaining("n <= 253"),
    });
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
      gadgetSource(`Dense(4, 2, ${JSON.stringify(weights)}, [-20, 1000])`, ["x"]),
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
    const circuit = await compiled(gadgetSource("Tag()"));
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

/** Two activations are constant, one of them not 0, and stand in the bias of the layer after; one moves. */
const foldedGraph = readIntegerGraph(
  emitDenseGraph({
    name: "folded",
    input: { size: 3, min: 0, max: 15, scale: 1 },
    layers: [
      {
        weights: [
          [1, -2, 0],
          [5, -7, 0],
          [0, 1, 0],
        ],
        bias: [9_000, 20, -9_000],
        requantise: { shifts: [3, 2, 1], max: 15 },
      },
      {
        weights: [
          [7, 3, -5],
          [-4, 1, 6],
        ],
        bias: [0, 11],
      },
    ],
    output: { scale: 1, labels: [] },
  }),
);

describe("the circuit of a whole network", () => {
  it.each([tinyGraph(0), tinyGraph(1), tinyGraph(2), foldedGraph])(
    "computes what the interpreter computes, and nothing else ($name)",
    async (graph) => {
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
        const inputWires = [...Array(network.inputs + 1).keys()].map(
          (i) => 1 + network.outputs + i,
        );
        expect(looseWires(circuit.r1cs, witness, inputWires)).toEqual(helpers);
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

  it("gives a witness that is written in one way: no wire holds x + r for x", async () => {
    const circuit = await compiled(generateCircuit(tinyGraph()));
    const witness = await circuit.witness(witnessInputs(1n, new Int32Array(6)));
    const bytes = encodeWitness(witness);
    expect(readWitness(bytes)).toEqual(witness);

    // The rows hold mod r, so for them x + r is x. It is the form of the file that has one way of writing x.
    const aliased = witness.with(1, (witness[1] ?? 0n) + R);
    expect(firstBrokenRow(circuit.r1cs, aliased)).toBeUndefined();
    expect(() => encodeWitness(aliased)).toThrow(
      expect.objectContaining({ code: "NON_CANONICAL" }),
    );
    const forged = Buffer.from(bytes);
    const written = Buffer.from((aliased[1] ?? 0n).toString(16).padStart(64, "0"), "hex").reverse();
    forged.set(written, forged.length - 32 * (witness.length - 1));
    expect(() => readWitness(forged)).toThrow(expect.objectContaining({ code: "MALFORMED_FILE" }));
  });
});
