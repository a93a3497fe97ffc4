/**
 * Graphs of many nodes at random: values that are read by several, constants that appear on the way, what nobody reads,
 * and roundings that pass through all of it.
 * @module
 */
import fc from "fast-check";
import { expect, it } from "vitest";
import { ModelError } from "../../models/error.ts";
import { type IntegerGraph, readIntegerGraph } from "../../models/integer-graph.ts";
import { interpret } from "../../models/interpreter.ts";
import { buildConstant, buildModel, buildNode, buildValue } from "../../models/onnx/build.ts";
import { encodeModel } from "../../models/onnx/decode.ts";
import { endsOf, inputsOf } from "../../models/operators/testing.ts";
import { encodeValueMetadata, METADATA_KEY } from "../../models/value-metadata.ts";
import { R } from "../../proof/groth16/points.ts";
import { firstBrokenRow, residuesOf } from "../soundness/satisfied.ts";
import { undeterminedWires } from "../soundness/uniqueness.ts";
import { lower } from "./lower.ts";

const SIZE = 3;

/** A node: which of the values before it reads, counted back from the last, and a constant of its own. */
interface Draw {
  readonly op: string;
  readonly reads: readonly [number, number];
  readonly constants: readonly number[];
}

const BINARY = ["Add", "Sub", "Max", "Min"];
const WITH_CONSTANT = ["Add", "Sub", "Mul", "Div", "Mod", "Max"];
const UNARY = ["Relu", "Abs", "Neg", "Sign"];
const OPS = [
  ...BINARY,
  ...WITH_CONSTANT.map((op) => `${op} constant`),
  ...UNARY,
  "Clip",
  "Reverse",
];

const anyDraw: fc.Arbitrary<Draw> = fc.record({
  op: fc.constantFrom(...OPS),
  reads: fc.tuple(fc.nat(3), fc.nat(3)),
  constants: fc.array(fc.oneof(fc.integer({ min: -40, max: 40 }), fc.constantFrom(1, 4, 16)), {
    minLength: SIZE,
    maxLength: SIZE,
  }),
});

/** Undefined where the nodes are no integer graph: one may overflow. */
function graphOfDraws(draws: readonly Draw[], [min, max]: readonly [number, number]) {
  const nodes: ReturnType<typeof buildNode>[] = [];
  const constants: ReturnType<typeof buildConstant>[] = [];
  const values = ["x"];
  const back = (count: number): string => values[Math.max(values.length - 1 - count, 0)] as string;
  draws.forEach(({ op, reads, constants: drawn }, k) => {
    const [a, b] = [back(reads[0]), back(reads[1])];
    const [name, kind] = op.split(" ");
    const constant = (
      part: string,
      dims: number[],
      entries: readonly number[],
      dtype = "int32",
    ) => {
      constants.push(buildConstant(`c${k}${part}`, dtype as "int32", dims, entries));
      return `c${k}${part}`;
    };
    const inputs = (): string[] => {
      if (kind === "constant") {
        const isDivisor = name === "Div" || name === "Mod";
        const entries = isDivisor ? drawn.map((value) => Math.abs(value) + 1) : drawn;
        return [a, constant("", [SIZE], entries)];
      }
      if (name === "Clip") {
        const [low = 0, high = 0] = drawn;
        const ends = [Math.min(low, high), Math.max(low, high)] as const;
        return [a, constant("low", [], [ends[0]]), constant("high", [], [ends[1]])];
      }
      if (name === "Reverse") return [a, constant("", [SIZE], [2, 1, 0], "int64")];
      return UNARY.includes(op) ? [a] : [a, b];
    };
    const read = inputs();
    nodes.push(buildNode(`n${k}`, name === "Reverse" ? "Gather" : (name as string), read, `v${k}`));
    values.push(`v${k}`);
  });
  return readAlive(values.at(-1) as string, { nodes, constants }, [min, max]);
}

/** The graph of what the last value depends on: reading refuses nodes that reach no output. */
function readAlive(
  last: string,
  parts: {
    readonly nodes: readonly ReturnType<typeof buildNode>[];
    readonly constants: readonly ReturnType<typeof buildConstant>[];
  },
  [min, max]: readonly [number, number],
): IntegerGraph | undefined {
  const used = new Set([last]);
  const nodes = [...parts.nodes]
    .reverse()
    .filter(({ output, input }) => {
      if (!output.some((name) => used.has(name))) return false;
      for (const name of input) used.add(name);
      return true;
    })
    .reverse();
  try {
    return readIntegerGraph(
      encodeModel(
        buildModel({
          name: "any",
          inputs: [buildValue("x", "int32", [SIZE])],
          outputs: [buildValue(last, "int32", [SIZE])],
          nodes,
          constants: parts.constants.filter(({ name }) => used.has(name)),
          metadata: {
            [METADATA_KEY]: encodeValueMetadata({
              inputs: [{ name: "x", min, max, scale: 1 }],
              outputs: [{ name: last, scale: 1, labels: [] }],
            }),
          },
        }),
      ),
    );
  } catch (error) {
    if (error instanceof ModelError && error.code === "OVERFLOW") return undefined;
    throw error;
  }
}

it("any graph has the interpreter's outputs in its witness, and no other witness", () => {
  const range = fc
    .tuple(fc.integer({ min: -60, max: 60 }), fc.nat(90))
    .map(([min, span]) => [min, min + span] as const);
  fc.assert(
    fc.property(
      fc
        .tuple(fc.array(anyDraw, { minLength: 1, maxLength: 12 }), range)
        .map(([draws, ends]) => graphOfDraws(draws, ends))
        .filter((graph) => graph !== undefined)
        .chain((graph) => fc.tuple(fc.constant(graph), inputsOf(graph))),
      ([graph, drawn]) => {
        const circuit = lower(graph);
        for (const inputs of [drawn, endsOf(graph, "min"), endsOf(graph, "max")]) {
          const witness = residuesOf(circuit.witness({ tag: 1n, inputs }));
          const out = interpret(graph, inputs).get(graph.outputs[0]?.name ?? "");
          const expected = Array.from(out ?? [], (value) => (BigInt(value) + R) % R);
          expect(witness.slice(1, 1 + SIZE)).toEqual(expected);
          expect(firstBrokenRow(circuit, witness)).toBeUndefined();
        }
        const given = Array.from({ length: 1 + SIZE }, (_, i) => 1 + SIZE + i);
        const free = undeterminedWires(circuit, given);
        expect(free.filter((wire) => !circuit.hints.includes(wire))).toEqual([]);
      },
    ),
    { numRuns: 300 },
  );
});
