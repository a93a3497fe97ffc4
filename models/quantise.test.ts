/** @module Quantisation: what it promises for every input, by brute force on small layers. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { emitDenseGraph } from "./emit.ts";
import type { FloatLayer } from "./float-network.ts";
import { readIntegerGraph } from "./integer-graph.ts";
import { interpret } from "./interpreter.ts";
import { quantise } from "./quantise.ts";
import { leastStep, quantiseChannel, quantiseLogits, widthOf } from "./quantise-layer.ts";

const INPUTS = 3;
const source = { step: 1 / 7, max: 7 };

const weight = fc.double({ min: -2, max: 2, noNaN: true });
const anyLayer: fc.Arbitrary<FloatLayer> = fc
  .record({
    weights: fc.array(weight, { minLength: 2 * INPUTS, maxLength: 2 * INPUTS }),
    bias: fc.array(weight, { minLength: 2, maxLength: 2 }),
  })
  .map(({ weights, bias }) => ({
    inputs: INPUTS,
    outputs: 2,
    weights: Float64Array.from(weights),
    bias: Float64Array.from(bias),
  }));

/** Every input on the grid: 8^3. */
const everyInput = Array.from({ length: 512 }, (_, i) => [i & 7, (i >> 3) & 7, i >> 6]);

function realOf(layer: FloatLayer, c: number, input: readonly number[]): number {
  return input.reduce(
    (sum, x, k) => sum + (layer.weights[c * INPUTS + k] ?? 0) * x * source.step,
    layer.bias[c] ?? 0,
  );
}

describe("a quantised channel", () => {
  const widths = { weightBits: 5, accumulatorBits: 19 };

  it("never leaves the bounds it states, and reaches both", () => {
    fc.assert(
      fc.property(anyLayer, (layer) => {
        const target = { step: Math.max(0.1, leastStep(layer, source, widths)), max: 31 };
        const { weights, bias, shift, least, greatest } = quantiseChannel(
          layer,
          0,
          source,
          target,
          widths,
        );
        const offset = bias + (shift === 0 ? 0 : 2 ** (shift - 1));
        const sums = everyInput.map((input) =>
          input.reduce((sum, x, k) => sum + (weights[k] ?? 0) * x, offset),
        );
        expect([Math.min(...sums), Math.max(...sums)]).toEqual([least, greatest]);
        expect(widthOf({ least, greatest })).toBeLessThanOrEqual(widths.accumulatorBits);
        expect(Math.max(...weights.map(Math.abs))).toBeLessThanOrEqual(15);
      }),
    );
  });

  it("is near the real result, clipped, for every input", () => {
    fc.assert(
      fc.property(anyLayer, (layer) => {
        const target = { step: Math.max(0.1, leastStep(layer, source, widths)), max: 31 };
        const { weights, bias, shift } = quantiseChannel(layer, 1, source, target, widths);
        const h = shift === 0 ? 0 : 2 ** (shift - 1);
        for (const input of everyInput) {
          const sum = input.reduce((total, x, k) => total + (weights[k] ?? 0) * x, bias + h);
          const got = Math.min(Math.max(Math.floor(sum / 2 ** shift), 0), target.max);
          const real = realOf(layer, 1, input) / target.step;
          const wanted = Math.min(Math.max(real, 0), target.max);
          // Half a unit for each weight times its input, half for the bias, one for the rounding at the end.
          const error = (input.reduce((total, x) => total + x / 2, 0.5) + 2 ** shift) / 2 ** shift;
          expect(Math.abs(got - wanted)).toBeLessThanOrEqual(error + 1e-6);
        }
      }),
      { numRuns: 30 },
    );
  });

  it("is refused where the sums would be too wide", () => {
    const layer = {
      inputs: 1,
      outputs: 1,
      weights: Float64Array.of(1),
      bias: Float64Array.of(1e6),
    };
    expect(() =>
      quantiseChannel(
        layer,
        0,
        source,
        { step: 1e-3, max: 2 ** 31 },
        { weightBits: 5, accumulatorBits: 8 },
      ),
    ).toThrow(expect.objectContaining({ code: "ACCUMULATOR_TOO_WIDE" }));
  });
});

describe("a quantised last layer", () => {
  it("keeps the order of logits that are well apart", () => {
    fc.assert(
      fc.property(anyLayer, (layer) => {
        fc.pre(layer.weights.some((one) => Math.abs(one) > 0.1));
        const { step, channels } = quantiseLogits(layer, source, {
          weightBits: 8,
          accumulatorBits: 19,
        });
        for (const input of everyInput) {
          const [a = 0, b = 0] = channels.map(({ weights, bias }) =>
            input.reduce((sum, x, k) => sum + (weights[k] ?? 0) * x, bias),
          );
          const apart = (realOf(layer, 0, input) - realOf(layer, 1, input)) / step;
          if (Math.abs(apart) > 25) expect(Math.sign(a - b)).toBe(Math.sign(apart));
        }
      }),
      { numRuns: 30 },
    );
  });

  it("is refused when all its weights are zero", () => {
    const layer = { inputs: 1, outputs: 1, weights: Float64Array.of(0), bias: Float64Array.of(1) };
    expect(() => quantiseLogits(layer, source, { weightBits: 8, accumulatorBits: 19 })).toThrow(
      expect.objectContaining({ code: "BAD_NETWORK" }),
    );
  });
});

describe("a quantised network", () => {
  const options = {
    ...{ name: "small", inputBits: 3, activationBits: 5, weightBits: 5, logitWeightBits: 8 },
    ...{ accumulatorBits: 19, clipQuantile: 1, labels: ["a", "b"] },
  };
  const network = {
    layers: [
      {
        ...{ inputs: INPUTS, outputs: 2 },
        weights: Float64Array.of(0.5, -1, 0.25, 1, 1, -0.5),
        bias: Float64Array.of(0.1, -0.2),
      },
      {
        inputs: 2,
        outputs: 2,
        weights: Float64Array.of(1, -1, -1, 1),
        bias: Float64Array.of(0, 0.5),
      },
    ],
  };
  const calibration = everyInput.map((input) => Int32Array.from(input));

  it("is an integer graph that answers like the real network", () => {
    const graph = readIntegerGraph(emitDenseGraph(quantise(network, calibration, options).network));
    const [output] = graph.outputs;
    for (const input of calibration) {
      const logits = interpret(graph, [input]).get(output?.name ?? "");
      const hidden = network.layers[0];
      if (hidden === undefined || output === undefined) throw new Error("no layer");
      const [p, q] = [0, 1].map((c) => Math.max(realOf(hidden, c, [...input]), 0)) as [
        number,
        number,
      ];
      for (const [i, real] of [p - q, q - p + 0.5].entries()) {
        expect(Math.abs((logits?.[i] ?? 0) * output.scale - real)).toBeLessThan(0.2);
      }
    }
  });

  it.each<[string, object, string]>([
    ["no bits of weight", { weightBits: 1 }, "BAD_WIDTH"],
    ["too many bits of activation", { activationBits: 9 }, "BAD_WIDTH"],
    ["half a bit", { inputBits: 2.5 }, "BAD_WIDTH"],
    ["a quantile of none", { clipQuantile: 0 }, "BAD_CALIBRATION"],
    ["room for no sum", { accumulatorBits: 2 }, "ACCUMULATOR_TOO_WIDE"],
  ])("is refused with %s", (_, changes, code) => {
    expect(() => quantise(network, calibration, { ...options, ...changes })).toThrow(
      expect.objectContaining({ code }),
    );
  });

  it("is refused when the calibration is not of its inputs, or says nothing", () => {
    for (const wrong of [
      [Int32Array.of(1, 2)],
      [Int32Array.of(1, 2, 8)],
      [Int32Array.of(0, 7, 0)],
    ]) {
      const silent = wrong[0]?.[1] === 7 ? silenced() : network;
      expect(() => quantise(silent, wrong, options)).toThrow(
        expect.objectContaining({ code: "BAD_CALIBRATION" }),
      );
    }
  });

  function silenced(): typeof network {
    const [first, second] = network.layers;
    if (first === undefined || second === undefined) throw new Error("no layer");
    return { layers: [{ ...first, bias: Float64Array.of(-99, -99) }, second] };
  }
});
