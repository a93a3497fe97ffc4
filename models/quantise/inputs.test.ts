/** @module From real inputs to integers: the rule that everybody who asks a model has to follow. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { IntegerGraph } from "../integer-graph.ts";
import { chooseInput, inSteps, quantiseInputs } from "./inputs.ts";

const row = (size: number) => ({ name: "x", dtype: "float", dims: [1, size] }) as const;
const image = { name: "x", dtype: "float", dims: [1, 1, 2, 2] } as const;

describe("the integers of an input", () => {
  test("of an image are the nearest of as many levels as there are bits for", () => {
    const samples = [Float64Array.of(0, 1 / 3, 1, 0.2), Float64Array.of(0.1, 0.3, 0.9, 0)];
    expect(chooseInput(image, samples, 4)).toMatchObject({
      type: { dtype: "uint8" },
      min: 0,
      max: 15,
      scale: 1 / 15,
    });
  });

  test("are the numbers themselves where those are integers that fit", () => {
    const samples = [Float64Array.of(0, 16, 3, 7)];
    expect(chooseInput(image, samples, 5)).toMatchObject({ min: 0, max: 16, scale: 1 });
    expect(chooseInput(image, samples, 4)).toMatchObject({ min: 0, max: 15, scale: 16 / 15 });
  });

  test("have a sign where a sample has one", () => {
    const samples = [Float64Array.of(-2, 1, 1 / 3, 0.7)];
    expect(chooseInput(image, samples, 8)).toMatchObject({
      type: { dtype: "int8" },
      scale: 2 / 128,
      min: -128,
      max: 64,
    });
    expect(chooseInput(image, samples, 12).type.dtype).toBe("int32");
  });

  test("of columns whose units differ have a step each, on their decimal grids", () => {
    const samples = [Float64Array.of(17.9, 0.118, 1001, 0), Float64Array.of(20.6, 0.085, 1326, 0)];
    const { scale, factor } = chooseInput(row(4), samples, 12);
    expect(scale).toEqual([0.1, 0.001, 1, 1]);
    expect(factor.dims).toEqual([1, 4]);
    const [a, b] = samples.map((sample) => inSteps({ min: 0, max: 4095, scale }, sample));
    expect([a, b]).toEqual([Int32Array.of(179, 118, 1001, 0), Int32Array.of(206, 85, 1326, 0)]);
  });

  test("of columns in one unit have one step", () => {
    expect(chooseInput(row(2), [Float64Array.of(0.31, 0.75)], 8).scale).toBeTypeOf("number");
  });
});

describe("quantiseInputs", () => {
  const graph = {
    inputs: [{ name: "x", dtype: "int8", dims: [1, 2], min: -100, max: 100, scale: [0.5, 2] }],
  } as unknown as IntegerGraph;

  test("rounds x / scale to the nearest, halves away from zero, and clamps", () => {
    expect(quantiseInputs(graph, [Float64Array.of(0.24, 3)])).toEqual([Int32Array.of(0, 2)]);
    expect(quantiseInputs(graph, [Float64Array.of(-0.25, -1e9)])).toEqual([
      Int32Array.of(-1, -100),
    ]);
  });

  test("is never more than half a step away within the range", () => {
    fc.assert(
      fc.property(fc.double({ min: -49, max: 49, noNaN: true }), (x) => {
        const [[integer = 0] = []] = quantiseInputs(graph, [Float64Array.of(x, 0)]);
        expect(Math.abs(integer * 0.5 - x)).toBeLessThanOrEqual(0.25);
      }),
    );
  });

  test.each([
    ["too few inputs", [], "has 1 inputs, got 0"],
    ["an input of another size", [Float64Array.of(1)], "has 2 numbers, got 1"],
    ["a number that is none", [Float64Array.of(1, Number.NaN)], '"x"[1] is not a number'],
  ])("refuses %s", (_, reals, says) => {
    expect(() => quantiseInputs(graph, reals)).toThrow(
      expect.objectContaining({ code: "BAD_INPUT", message: expect.stringContaining(says) }),
    );
  });
});
