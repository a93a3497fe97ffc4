/**
 * Sums, their intervals, and what is refused because doubles or bits would not hold it.
 * @module
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { firstBrokenRow } from "../soundness/satisfied.ts";
import { undeterminedWires } from "../soundness/uniqueness.ts";
import { bitsOf, divisionOf, numberOf } from "./bits.ts";
import { gatedZeroTest, productOf, wireOf } from "./product.ts";
import { Rows } from "./rows.ts";
import { bitLength, constantSum, ONE, scaled, shifted, ZERO } from "./sum.ts";
import { gadgetOf, valueOfSum } from "./testing-gadget.ts";

const UNPROVEN = expect.objectContaining({ code: "BOUND_UNPROVEN" });

describe("a combination of sums", () => {
  it("has the terms and the interval that its parts add up to, ascending and without zeros", () => {
    const rows = new Rows();
    const [x, y, z] = [
      [0, 15],
      [-8, 7],
      [3, 90],
    ].map(([min = 0, max = 0]) => rows.term(rows.addWire(min, max)));
    if (x === undefined || y === undefined || z === undefined) throw new Error("three wires");
    const sum = rows.combine(5, [z, 2], [x, -3], [y, 1], [shifted(z, 4), -2], [y, 3]);
    expect([...sum.wires]).toEqual([1, 2]);
    expect([...sum.coefficients]).toEqual([-3, 4]);
    expect(sum).toMatchObject({ constant: 5 - 8, min: -3 - 45 - 32, max: -3 + 28 });
    // Taken, nothing of it is left for the next.
    expect(rows.combine(0)).toEqual(ZERO);
    expect(rows.combine(7, [x, 1], [x, -1])).toEqual(constantSum(7));
  });

  it("is within its interval for every value of its wires, and reaches both ends", () => {
    const anyWire = fc.tuple(fc.integer({ min: -50, max: 50 }), fc.nat(90), fc.integer());
    fc.assert(
      fc.property(fc.array(anyWire, { minLength: 1, maxLength: 6 }), (wires) => {
        const rows = new Rows();
        const parts = wires.map(([min, span, factor]) => {
          return [rows.term(rows.addWire(min, min + span)), factor] as const;
        });
        const sum = rows.combine(-3, ...parts);
        const end = (pick: (a: number, b: number) => number): number =>
          wires.reduce((total, [min, span, factor]) => {
            return total + pick(factor * min, factor * (min + span));
          }, -3);
        expect(sum.min).toBe(end(Math.min));
        expect(sum.max).toBe(end(Math.max));
      }),
    );
  });

  it("refuses what a double may not hold, though it cancels", () => {
    const rows = new Rows();
    const x = rows.term(rows.addWire(0, 2 ** 31));
    expect(rows.combine(0, [x, 2 ** 20]).max).toBe(2 ** 51);
    expect(() => rows.combine(0, [x, 2 ** 21])).toThrow(UNPROVEN);
    const wide = scaled(x, 2 ** 20);
    expect(() => rows.combine(0, [wide, 2 ** 33], [wide, -(2 ** 33)])).toThrow(UNPROVEN);
    expect(() => shifted(wide, 2 ** 51)).toThrow(UNPROVEN);
    expect(() => rows.addWire(0, 2 ** 52)).toThrow(UNPROVEN);
    expect(() => productOf(rows, wide, x)).toThrow(UNPROVEN);
  });

  it("refuses a wire of full size", () => {
    const rows = new Rows();
    const full = rows.term(rows.addFullWire());
    expect(() => rows.combine(0, [full, 1])).toThrow(UNPROVEN);
    expect(() => rows.combine(0, [full, 1], [full, 1])).toThrow(UNPROVEN);
    expect(() => productOf(rows, full, full)).toThrow(UNPROVEN);
    expect(() => bitsOf(rows, full, 8)).toThrow(UNPROVEN);
  });
});

describe("bits", () => {
  it("are those of the sum, and no others", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 51 }),
        fc.integer({ min: 0, max: 51 }),
        (max, k) => {
          const x = Math.min(max, 2 ** k);
          const gadget = gadgetOf([[0, max]], (rows, sum = ZERO) => numberOf(bitsOf(rows, sum)));
          const witness = gadget.witness([x]);
          expect(valueOfSum(gadget.result, witness)).toBe(x);
          expect(firstBrokenRow(gadget.system, witness)).toBeUndefined();
          expect(undeterminedWires(gadget.system, gadget.inputs)).toEqual([]);
          expect(gadget.ownRows).toBe(max === 0 ? 0 : bitLength(max) + 1);
        },
      ),
    );
  });

  it("are refused where they may not hold the sum", () => {
    const of = (min: number, max: number, count: number) => () =>
      gadgetOf([[min, max]], (rows, sum = ZERO) => numberOf(bitsOf(rows, sum, count)));
    expect(of(0, 15, 4)).not.toThrow();
    expect(of(0, 16, 4)).toThrow(UNPROVEN);
    expect(of(-1, 15, 4)).toThrow(UNPROVEN);
    expect(of(0, 15, 53)).toThrow(UNPROVEN);
  });
});

describe("small gadgets", () => {
  it("divide by any divisor", () => {
    fc.assert(
      fc.property(fc.nat(5000), fc.integer({ min: 1, max: 70 }), (x, divisor) => {
        const gadget = gadgetOf([[0, 5000]], (rows, sum = ZERO) =>
          numberOf(divisionOf(rows, sum, divisor).quotient),
        );
        const witness = gadget.witness([x]);
        expect(valueOfSum(gadget.result, witness)).toBe(Math.floor(x / divisor));
        expect(firstBrokenRow(gadget.system, witness)).toBeUndefined();
      }),
    );
    const negative = () =>
      gadgetOf([[-1, 5]], (rows, sum = ZERO) => numberOf(divisionOf(rows, sum, 2).quotient));
    expect(negative).toThrow(UNPROVEN);
  });

  it("multiply, and name a sum, in a row each, and a constant in none", () => {
    const product = gadgetOf(
      [
        [-9, 4],
        [-2, 7],
      ],
      (rows, a = ZERO, b = ZERO) => productOf(rows, shifted(a, 1), b),
    );
    expect(product.result).toMatchObject({ min: -56, max: 35 });
    expect(product.ownRows).toBe(1);
    expect(valueOfSum(product.result, product.witness([-9, 7]))).toBe(-56);
    expect(undeterminedWires(product.system, product.inputs)).toEqual([]);
    const scaledBy = gadgetOf([[0, 5]], (rows, a = ZERO) => productOf(rows, a, constantSum(3)));
    expect(scaledBy.ownRows).toBe(0);
    const wire = gadgetOf([[0, 5]], (rows, a = ZERO) => wireOf(rows, wireOf(rows, shifted(a, 2))));
    expect(wire.ownRows).toBe(1);
    expect(valueOfSum(wire.result, wire.witness([3]))).toBe(5);
  });

  it("test for zero behind a gate, and leave only the hint free", () => {
    const gadget = gadgetOf(
      [
        [-3, 3],
        [0, 1],
      ],
      (rows, sum = ZERO, gate = ONE) => gatedZeroTest(rows, sum, gate),
    );
    for (const sum of [-3, -1, 0, 1, 3]) {
      for (const gate of [0, 1]) {
        const witness = gadget.witness([sum, gate]);
        expect(valueOfSum(gadget.result, witness)).toBe(sum === 0 ? gate : 0);
        expect(firstBrokenRow(gadget.system, witness)).toBeUndefined();
      }
    }
    expect(undeterminedWires(gadget.system, gadget.inputs)).toEqual(gadget.hints);
  });
});
