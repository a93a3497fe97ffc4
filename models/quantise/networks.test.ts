/** @module Networks at random: whatever the rules make of each other's results is a graph, and one that all compute alike. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { FloatGraph } from "../float/float-graph.ts";
import { importGraph } from "./import-model.ts";
import {
  expectSameEverywhere,
  FloatBuilder,
  numbers,
  relativeError,
  samplesFor,
} from "./testing.ts";

const PLANE = [1, 2, 4, 4];
const STEADY = { strides: [1, 1], dilations: [1, 1] };
const BORDER = { ...STEADY, pads: [1, 1, 1, 1] };

/** Each from values of one shape to another of it; `pick` names an earlier value. */
type Step = (b: FloatBuilder, x: string, pick: () => string, seed: number) => string;

function conv(b: FloatBuilder, x: string, from: number, seed: number): string {
  const w = b.constant([2, from, 3, 3], numbers(from * 18, -0.5, 0.5, seed));
  return b.node("Conv", [x, w], PLANE, { ...BORDER, group: 1 });
}

const STEPS: Readonly<Record<string, Step>> = {
  conv: (b, x, _, seed) => conv(b, x, 2, seed),
  relu: (b, x) => b.node("Relu", [x], PLANE),
  clip: (b, x) => b.node("Clip", [x], PLANE, { min: -0.5, max: 2 }),
  scale: (b, x, _, seed) =>
    b.node("Mul", [x, b.constant([2, 1, 1], numbers(2, -2, 2, seed))], PLANE),
  shift: (b, x, _, seed) =>
    b.node("Add", [x, b.constant([2, 4, 4], numbers(32, -1, 1, seed))], PLANE),
  add: (b, x, pick) => b.node("Add", [x, pick()], PLANE),
  sub: (b, x, pick) => b.node("Sub", [pick(), x], PLANE),
  product: (b, x, pick) => b.node("Mul", [x, pick()], PLANE),
  greatest: (b, x) => b.node("MaxPool", [x], PLANE, { ...BORDER, kernel_shape: [3, 3] }),
  mean: (b, x) =>
    b.node("AveragePool", [x], PLANE, { ...BORDER, kernel_shape: [3, 3], count_include_pad: 0 }),
  max: (b, x, pick) => b.node("Max", [x, pick()], PLANE),
  leaky: (b, x) => b.node("Unary", [x], PLANE, { function: "LeakyRelu", alpha: 0.1 }),
  sigmoid: (b, x) => b.node("Unary", [x], PLANE, { function: "Sigmoid" }),
  absolute: (b, x) => b.node("Unary", [x], PLANE, { function: "Abs" }),
  turn: (b, x) => b.node("Transpose", [x], PLANE, { perm: [0, 1, 3, 2] }),
  join: (b, x, pick, seed) =>
    conv(b, b.node("Concat", [x, pick()], [1, 4, 4, 4], { axis: 1 }), 4, seed),
  choose: (b, x, pick) => {
    const other = pick();
    const holds = b.node("Less", [x, other], PLANE, {}, "bool");
    return b.node("Where", [holds, other, x], PLANE);
  },
  row: (b, x, _, seed) => {
    const flat = b.node("Reshape", [x], [1, 32], { dims: [1, 32] });
    const w = b.constant([32, 32], numbers(1024, -0.2, 0.2, seed));
    return b.node("Reshape", [b.node("MatMul", [flat, w], [1, 32])], PLANE, { dims: PLANE });
  },
};

interface Drawn {
  readonly name: string;
  readonly pick: number;
  readonly seed: number;
}

const steps = (names: readonly string[], maxLength: number): fc.Arbitrary<Drawn[]> =>
  fc.array(
    fc.record({
      name: fc.constantFrom(...names),
      pick: fc.nat(100),
      seed: fc.integer({ min: 1, max: 1_000_000 }),
    }),
    { minLength: 1, maxLength },
  );

function networkOf(drawn: readonly Drawn[]): FloatGraph {
  const b = new FloatBuilder();
  const values = [b.input("x", PLANE)];
  for (const { name, pick, seed } of drawn) {
    const last = values.at(-1) as string;
    const earlier = () => values[pick % values.length] as string;
    values.push((STEPS[name] as Step)(b, last, earlier, seed));
  }
  return b.graph(values.at(-1) as string);
}

test("any network of the rules imports, and is the same integers in onnxruntime", async () => {
  const anyNetwork = fc.record({
    drawn: steps(Object.keys(STEPS), 8),
    isSigned: fc.boolean(),
    weightBits: fc.integer({ min: 2, max: 8 }),
    activationBits: fc.integer({ min: 2, max: 8 }),
    inputBits: fc.integer({ min: 2, max: 10 }),
  });
  await fc.assert(
    fc.asyncProperty(anyNetwork, async ({ drawn, isSigned, ...widths }) => {
      const float = networkOf(drawn);
      const samples = samplesFor(float, isSigned ? -1 : 0, 1, 8);
      const { graph } = importGraph(float, { calibration: samples }, { name: "any", ...widths });
      await expectSameEverywhere(graph, samples);
      expect(graph.outputs[0]?.dims).toEqual(PLANE);
    }),
    { numRuns: 100 },
  );
}, 60_000);

/** The rare may be clipped to 0.6 of what it was seen to be, and be squared after that. */
const CLIPPED = 0.3;

test("a short network at 8 bits is near the float one", async () => {
  // What jumps is near nothing; and a difference of a value with itself is 0, of which no error is a small part.
  const smooth = Object.keys(STEPS).filter((name) => !["choose", "sub"].includes(name));
  const widths = { name: "any", weightBits: 8, activationBits: 8, inputBits: 8 };
  await fc.assert(
    fc.asyncProperty(steps(smooth, 4), fc.boolean(), async (drawn, isSigned) => {
      const float = networkOf(drawn);
      const samples = samplesFor(float, isSigned ? -1 : 0, 1, 8);
      const { graph } = importGraph(float, { calibration: samples }, widths);
      expect(await relativeError(float, graph, samples)).toBeLessThan(CLIPPED);
    }),
    // One seed: how far clipping may go is a matter of luck, and no run in ten thousand is a fault of the code.
    { numRuns: 100, seed: 1 },
  );
}, 60_000);
