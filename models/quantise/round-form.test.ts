/** @module Rounding a form: what it promises for every input, by brute force on small ones. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { FloatNode } from "../float/float-graph.ts";
import { accumulate } from "./accumulate.ts";
import type { LinearForm } from "./linear-form.ts";
import { halfOf, type RoundedForm, roundForm, type Widths } from "./round-form.ts";

const INPUTS = 3;
const LEVELS = 7;
const WIDTHS: Widths = {
  weightBits: 5,
  wideWeightBits: 5,
  factorBits: 6,
  accumulatorBits: 19,
  maxExponent: 24,
};
const TARGET = { step: 0.1, low: 0, high: 31 };
const NONE = (): undefined => undefined;
const NODE: FloatNode = {
  name: "layer",
  op: "MatMul",
  inputs: [],
  outputs: [],
  attributes: new Map(),
  label: 'node "layer" (MatMul)',
};

/** Two channels of three inputs, 0 to 7; coefficients in real units per integer. */
function formOf(weights: readonly number[], bias: readonly number[]): LinearForm {
  const source = { name: "x", dims: [1, INPUTS], dtype: "uint8", min: 0, max: LEVELS } as const;
  const values = Float64Array.from(weights);
  return {
    value: "y",
    dims: [1, 2],
    terms: [
      { kind: "matmul", side: "right", node: NODE, source, weights: { dims: [INPUTS, 2], values } },
    ],
    bias: { dims: [2], values: Float64Array.from(bias) },
  };
}

const coefficient = fc.oneof(
  fc.double({ min: -0.3, max: 0.3, noNaN: true }),
  fc.integer({ min: -300, max: 300 }).map((c) => c / 1000),
);
const exactly = (count: number): fc.Arbitrary<number[]> =>
  fc.array(coefficient, { minLength: count, maxLength: count });
const anyForm = fc.record({ weights: exactly(2 * INPUTS), bias: exactly(2) });

/** Every input on the grid: 8^3. */
const everyInput = Array.from({ length: 512 }, (_, i) => [i & 7, (i >> 3) & 7, i >> 6]);

function accumulatorOf(rounded: RoundedForm, c: number, input: readonly number[]): number {
  const integers = rounded.terms[0]?.integers ?? [];
  return input.reduce(
    (sum, x, k) => sum + (integers[2 * k + c] ?? 0) * x,
    (rounded.bias.values[c] ?? 0) + halfOf(rounded.exponents[c] ?? 0),
  );
}

describe("a rounded form", () => {
  test("never leaves the bounds it states, and reaches both", () => {
    fc.assert(
      fc.property(anyForm, ({ weights, bias }) => {
        const rounded = roundForm(formOf(weights, bias), TARGET, WIDTHS, NONE, "layer");
        for (const c of [0, 1]) {
          const sums = everyInput.map((input) => accumulatorOf(rounded, c, input));
          expect([Math.min(...sums), Math.max(...sums)]).toEqual([
            rounded.least[c],
            rounded.greatest[c],
          ]);
        }
        const largest = Math.max(...(rounded.terms[0]?.integers ?? []).map(Math.abs));
        expect(largest).toBeLessThanOrEqual(15);
      }),
    );
  });

  test("is near the real result, clipped, for every input", () => {
    fc.assert(
      fc.property(anyForm, ({ weights, bias }) => {
        const rounded = roundForm(formOf(weights, bias), TARGET, WIDTHS, NONE, "layer");
        const { step } = rounded.target;
        for (const c of [0, 1]) {
          const divisor = 2 ** (rounded.exponents[c] ?? 0);
          for (const input of everyInput) {
            const quotient = Math.floor(accumulatorOf(rounded, c, input) / divisor);
            const got = Math.min(Math.max(quotient, TARGET.low), TARGET.high);
            const real = input.reduce(
              (sum, x, k) => sum + (weights[2 * k + c] ?? 0) * x,
              bias[c] ?? 0,
            );
            const wanted = Math.min(Math.max(real / step, TARGET.low), TARGET.high);
            // Half a unit for each weight times its input, half for the bias, half a step for the rounding; and for a
            // channel that is folded to a constant half a step to either side.
            const error = input.reduce((sum, x) => sum + x / 2, 0.5) / divisor + 1;
            expect(Math.abs(got - wanted)).toBeLessThanOrEqual(error + 1e-6);
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  test("is the constant it is where no input moves it by a step", () => {
    const rounded = roundForm(
      formOf([1e-30, 0.2, -1e-30, 0.1, 1e-31, 0], [1.23, 0]),
      TARGET,
      WIDTHS,
      NONE,
      "layer",
    );
    expect(rounded.constants).toEqual([0]);
    expect(rounded.terms[0]?.integers.filter((_, i) => i % 2 === 0)).toEqual(new Int32Array(3));
    expect(rounded.bias.values[0]).toBe(12);
  });

  test("is refused where its sums would be too wide", () => {
    const narrow = { ...WIDTHS, accumulatorBits: 8 };
    expect(() =>
      roundForm(
        formOf([1, 0, 0, 0, 0, 0], [0, 1e6]),
        { step: 1, low: 0, high: 2 ** 30 },
        narrow,
        NONE,
        "layer",
      ),
    ).not.toThrow();
    expect(() =>
      roundForm(
        formOf([1, 1, 0, 0, 0, 0], [0, 1e6]),
        { step: 1, low: 0, high: 2 ** 30 },
        narrow,
        NONE,
        'node "layer"',
      ),
    ).toThrow(
      expect.objectContaining({
        code: "ACCUMULATOR_TOO_WIDE",
        message: expect.stringContaining('node "layer"'),
      }),
    );
  });

  test("takes a coarser step where weights would not fit their bits", () => {
    const form = formOf([3, 0, 0, 0, 0, 1], [0, 0]);
    const { target, exponents } = roundForm(form, TARGET, WIDTHS, NONE, "layer");
    expect(target.step).toBeCloseTo(3 / 15, 12);
    expect(exponents[0]).toBe(0);
  });
});

describe("accumulators", () => {
  test("keep the order of results that are well apart", () => {
    fc.assert(
      fc.property(anyForm, ({ weights, bias }) => {
        fc.pre(weights.some((w) => Math.abs(w) > 0.02));
        const widths = { ...WIDTHS, weightBits: 8, accumulatorBits: 30 };
        const rounded = accumulate(formOf(weights, bias), widths, NONE, "layer");
        for (const input of everyInput) {
          const [a = 0, b = 0] = [0, 1].map((c) => accumulatorOf(rounded, c, input));
          const [p = 0, q = 0] = [0, 1].map((c) =>
            input.reduce((sum, x, k) => sum + (weights[2 * k + c] ?? 0) * x, bias[c] ?? 0),
          );
          const apart = (p - q) / rounded.target.step;
          if (Math.abs(apart) > 25) expect(Math.sign(a - b)).toBe(Math.sign(apart));
        }
      }),
      { numRuns: 30 },
    );
  });

  test("of rounded tensors have the smallest whole factors", () => {
    const source = { name: "x", dims: [1, 2], dtype: "uint8", min: 0, max: 31 } as const;
    const form: LinearForm = {
      value: "y",
      dims: [1, 2],
      terms: [
        { kind: "scaled", source, factor: { dims: [2], values: Float64Array.of(0.3, -0.9) } },
      ],
      bias: { dims: [], values: Float64Array.of(0.15) },
    };
    const rounded = accumulate(form, { ...WIDTHS, factorBits: 15 }, NONE, "sum");
    expect(rounded.terms[0]?.integers).toEqual(Int32Array.of(2, -6));
    expect(rounded.bias.values).toEqual(Int32Array.of(1, 1));
    expect(rounded.target.step).toBeCloseTo(0.15, 12);
  });
});
