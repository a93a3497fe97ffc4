import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sha256 } from "../store/digest.ts";
import { type DenseGraph, type DenseLayer, emitDenseGraph } from "./emit.ts";
import { readIntegerGraph } from "./integer-graph.ts";
import { interpret } from "./interpreter.ts";
import { bounds } from "./interval.ts";
import { decodeModel, encodeModel } from "./onnx/decode.ts";
import { anyDenseGraph, anyInput, TINY } from "./testing.ts";

/** The formula of emit.ts, in integers without end. */
function plainly({ layers }: DenseGraph, input: Int32Array): number[] {
  let x = Array.from(input, BigInt);
  for (const { weights, bias, requantise } of layers) {
    x = bias.map((b, c) => {
      const acc = (weights[c] ?? []).reduce(
        (sum, w, k) => sum + BigInt(w) * (x[k] ?? 0n),
        BigInt(b),
      );
      if (requantise === undefined) return acc;
      const e = BigInt(requantise.shifts[c] ?? 0);
      const half = e === 0n ? 0n : 1n << (e - 1n);
      // A shift of a bigint is a floor, below zero too.
      const y = (acc + half) >> e;
      const most = BigInt(requantise.max);
      return y < 0n ? 0n : y > most ? most : y;
    });
  }
  return x.map(Number);
}

describe("an emitted graph", () => {
  const networks = anyDenseGraph({ maxSize: 8, maxLayers: 4, maxInput: 255 });

  test("computes the formula, whatever the weights and shifts", () => {
    const cases = networks.chain((network) =>
      fc.tuple(fc.constant(network), fc.array(anyInput(network), { minLength: 1, maxLength: 10 })),
    );
    fc.assert(
      fc.property(cases, ([network, inputs]) => {
        const graph = readIntegerGraph(emitDenseGraph(network));
        for (const input of inputs) {
          const logits = interpret(graph, [input]).get("logits") ?? [];
          expect(Array.from(logits)).toEqual(plainly(network, input));
        }
      }),
    );
  });

  test("divides nothing negative, and lifts by no more than that takes", () => {
    fc.assert(
      fc.property(networks, (network) => {
        const graph = readIntegerGraph(emitDenseGraph(network));
        const intervals = bounds(graph);
        network.layers.slice(0, -1).forEach((_, i) => {
          const divisor = graph.constants.get(`dense${i + 1}.divisor`)?.values;
          const lift = graph.constants.get(`dense${i + 1}.lift`)?.values;
          intervals.get(`dense${i + 1}.dividend`)?.min.forEach((least, c) => {
            expect(least).toBeGreaterThanOrEqual(0);
            // Deeper layers count on any activation, those that never come included.
            if (i === 0 && lift?.[c] !== 0) expect(least).toBeLessThan(divisor?.[c] ?? 0);
          });
        });
      }),
    );
  });

  test("is canonical, says what it was made from, and has one name", () => {
    fc.assert(
      fc.property(networks, (network) => {
        const bytes = emitDenseGraph(network);
        expect(encodeModel(decodeModel(bytes))).toEqual(bytes);
        expect(emitDenseGraph(structuredClone(network))).toEqual(bytes);
        const graph = readIntegerGraph(bytes);
        expect(graph.id).toBe(sha256(bytes));
        const { size, ...range } = network.input;
        expect(graph.inputs).toEqual([
          { name: "input", dtype: "uint8", dims: [1, size], ...range },
        ]);
        expect(graph.outputs).toMatchObject([network.output]);
      }),
    );
  });

  test("is another model when one weight, one bias or the range is another", () => {
    const ids = [
      TINY,
      { ...TINY, input: { ...TINY.input, max: 14 } },
      { ...TINY, output: { ...TINY.output, labels: ["yes", "no"] } },
      { ...TINY, layers: TINY.layers.map((layer) => ({ ...layer, bias: [0, 0] })) },
      {
        ...TINY,
        layers: TINY.layers.map((layer) => ({
          ...layer,
          weights: [
            [0, 0],
            [1, 1],
          ],
        })),
      },
    ].map((network) => readIntegerGraph(emitDenseGraph(network)).id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe("a network is refused", () => {
  const hidden = TINY.layers[0] as DenseLayer;
  const last = TINY.layers[1] as DenseLayer;
  const requantise = { shifts: [2, 0], max: 15 };
  test.each<[string, readonly DenseLayer[], string]>([
    [
      "with a weight above int8",
      [
        {
          ...last,
          weights: [
            [128, 0],
            [0, 0],
          ],
        },
      ],
      "layer 1: a weight",
    ],
    [
      "with a weight that is no integer",
      [
        {
          ...last,
          weights: [
            [0.5, 0],
            [0, 0],
          ],
        },
      ],
      "a weight",
    ],
    ["with a bias beyond int32", [{ ...last, bias: [2 ** 31, 0] }], "layer 1: a bias"],
    [
      "with a row too long",
      [
        {
          ...last,
          weights: [
            [1, 2, 3],
            [0, 0],
          ],
        },
      ],
      "a row is not 2 long",
    ],
    ["with a bias too few", [{ ...last, bias: [0] }], "2 rows of weights and 1 biases"],
    ["with a layer of nothing", [{ weights: [], bias: [] }], "0 rows"],
    [
      "with a shift too few",
      [{ ...hidden, requantise: { ...requantise, shifts: [1] } }, last],
      "1 shifts",
    ],
    [
      "with a negative shift",
      [{ ...hidden, requantise: { ...requantise, shifts: [-1, 0] } }, last],
      "a shift",
    ],
    [
      "with a shift of 25",
      [{ ...hidden, requantise: { ...requantise, shifts: [25, 0] } }, last],
      "a shift",
    ],
    [
      "with activations of nine bits",
      [{ ...hidden, requantise: { ...requantise, max: 256 } }, last],
      "1 to 255",
    ],
    ["that requantises its logits", [hidden], "the last layer requantises"],
    ["that keeps wide activations", [last, last], "layer 1: a hidden layer does not requantise"],
  ])("%s", (_, layers, says) => {
    expect(() => emitDenseGraph({ ...TINY, layers })).toThrow(
      expect.objectContaining({ code: "BAD_NETWORK", message: expect.stringContaining(says) }),
    );
  });

  test.each([
    ["inputs of nine bits", { input: { ...TINY.input, max: 256 } }],
    ["a range turned round", { input: { ...TINY.input, min: 9, max: 3 } }],
    ["a scale of zero", { input: { ...TINY.input, scale: 0 } }],
    ["one label too few", { output: { ...TINY.output, labels: ["no"] } }],
    ["one label twice", { output: { ...TINY.output, labels: ["no", "no"] } }],
    ["a label that breaks lines", { output: { ...TINY.output, labels: ["no", "y\nes"] } }],
  ])("with %s", (_, change) => {
    expect(() => emitDenseGraph({ ...TINY, ...change })).toThrow(
      expect.objectContaining({ code: "BAD_METADATA" }),
    );
  });
});
