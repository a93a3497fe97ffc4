/**
 * The requantise gadget, in every form that an interval gives it.
 * @module
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { firstBrokenRow } from "../soundness/satisfied.ts";
import { undeterminedWires } from "../soundness/uniqueness.ts";
import { type Rounding, requantise } from "./requantise.ts";
import { isConstant } from "./sum.ts";
import { type Gadget, gadgetOf, valueOfSum } from "./testing-gadget.ts";

const { NEGATIVE_INFINITY, POSITIVE_INFINITY } = Number;

type Case = Rounding & { readonly min: number; readonly max: number };

function made(one: Case): Gadget {
  return gadgetOf([[one.min, one.max]], (rows, x) => requantise(rows, x, one));
}

function expected(x: number, { shift, low, high }: Rounding): number {
  // Without −0, which is not 0 for the one who compares.
  return Math.min(Math.max(Math.floor(x / 2 ** shift), low), high) + 0;
}

/** The interval's ends, and both sides of every place where something changes. */
function edges({ min, max, shift, low, high }: Case): number[] {
  const places = [min, max, 0, low * 2 ** shift, (high + 1) * 2 ** shift, high * 2 ** shift];
  return places
    .flatMap((place) => [place - 1, place, place + 1])
    .filter((x) => x >= min && x <= max && Number.isInteger(x));
}

function expectExact(one: Case, values: readonly number[]): void {
  const gadget = made(one);
  for (const x of [...edges(one), ...values]) {
    const witness = gadget.witness([x]);
    expect(valueOfSum(gadget.result, witness), `x = ${x}`).toBe(expected(x, one));
    expect(firstBrokenRow(gadget.system, witness)).toBeUndefined();
    expect(gadget.result.min).toBeLessThanOrEqual(expected(x, one));
    expect(gadget.result.max).toBeGreaterThanOrEqual(expected(x, one));
  }
  expect(undeterminedWires(gadget.system, gadget.inputs)).toEqual(gadget.hints);
}

describe("requantise", () => {
  it.each<Case & { readonly rows: number; readonly form: string }>([
    // n + 4 with a sign and three bits or more above; the width n is of the interval and its sign.
    { form: "both, k = 8", min: -1e5, max: 1.2e5, shift: 4, low: 0, high: 31, rows: 18 + 4 },
    { form: "both, k = 2", min: -2000, max: 2000, shift: 4, low: 0, high: 31, rows: 12 + 4 },
    { form: "both, k = 1", min: -1000, max: 1000, shift: 4, low: 0, high: 31, rows: 11 + 3 },
    { form: "below only", min: -1000, max: 511, shift: 4, low: 0, high: 31, rows: 11 + 2 },
    { form: "ReLU alone", min: -8, max: 7, shift: 0, low: 0, high: POSITIVE_INFINITY, rows: 4 + 2 },
    { form: "above only, k = 3", min: 0, max: 4000, shift: 4, low: 0, high: 31, rows: 12 + 4 },
    { form: "above only, k = 2", min: 0, max: 2000, shift: 4, low: 0, high: 31, rows: 11 + 3 },
    { form: "above only, k = 1", min: 0, max: 1000, shift: 4, low: 0, high: 31, rows: 10 + 2 },
    { form: "never clipped", min: 0, max: 511, shift: 4, low: 0, high: 31, rows: 9 + 1 },
    { form: "far from 0", min: 4000, max: 4511, shift: 4, low: 0, high: 511, rows: 9 + 1 },
    // Elsewhere `low` is held down to A: by all of its bits for the last but one, and one row more for less.
    { form: "symmetric", min: -5000, max: 5000, shift: 4, low: -15, high: 15, rows: 14 + 4 + 4 },
    { form: "up to 5 of 7", min: -100, max: 200, shift: 2, low: 0, high: 5, rows: 9 + 4 + 2 },
    { form: "one bit", min: -300, max: 300, shift: 5, low: 0, high: 1, rows: 10 + 4 },
    { form: "nothing", min: -300, max: 300, shift: 0, low: -300, high: 300, rows: 0 },
    { form: "always low", min: -300, max: 3, shift: 2, low: 0, high: 7, rows: 0 },
    { form: "always high", min: 40, max: 90, shift: 2, low: 0, high: 7, rows: 0 },
    { form: "one quotient", min: 40, max: 43, shift: 2, low: 0, high: 70, rows: 0 },
  ])("rounds and clips $form in $rows rows", ({ rows, ...one }) => {
    expectExact(one, []);
    expect(made(one).ownRows).toBe(rows);
  });

  it("needs at most n + 4 rows where high − low + 1 is a power of two", () => {
    const anyEnd = fc.integer({ min: -(2 ** 20), max: 2 ** 20 });
    fc.assert(
      fc.property(
        anyEnd,
        anyEnd,
        fc.nat(14),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: -40, max: 40 }),
        (one, other, shift, bits, low) => {
          const [min, max] = [Math.min(one, other), Math.max(one, other)];
          const high = low + 2 ** bits - 1;
          const { ownRows, result } = made({ min, max, shift, low, high });
          if (isConstant(result)) return;
          const fromLow = [min - low * 2 ** shift, max - low * 2 ** shift] as const;
          const reach = Math.max(fromLow[1], -fromLow[0] - 1);
          const n = Math.floor(Math.log2(reach)) + 1 + Number(fromLow[0] < 0);
          expect(ownRows).toBeLessThanOrEqual(n + 4);
        },
      ),
    );
  });

  it("computes clip(⌊x / 2^shift⌋, low, high) for every interval, and leaves nothing else", () => {
    const anyEnd = fc.oneof(
      fc.integer({ min: -70, max: 70 }),
      fc.integer({ min: -(2 ** 30), max: 2 ** 30 }),
    );
    const anyCase = fc
      .record({ ends: fc.tuple(anyEnd, anyEnd), shift: fc.nat(12), clip: fc.tuple(anyEnd, anyEnd) })
      .map(({ ends, shift, clip }): Case => {
        return {
          min: Math.min(...ends),
          max: Math.max(...ends),
          shift,
          low: Math.min(...clip),
          high: Math.max(...clip),
        };
      });
    const openAt = fc.constantFrom("low", "high", "neither");
    fc.assert(
      fc.property(
        anyCase.chain((one) => {
          const x = fc.integer({ min: one.min, max: one.max });
          return fc.tuple(fc.constant(one), fc.array(x, { minLength: 3, maxLength: 3 }), openAt);
        }),
        ([one, values, open]) => {
          expectExact(
            {
              ...one,
              low: open === "low" ? NEGATIVE_INFINITY : one.low,
              high: open === "high" ? POSITIVE_INFINITY : one.high,
            },
            values,
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  it("refuses a sum that 52 bits do not hold", () => {
    const wide = { min: -(2 ** 51) - 1, max: 2 ** 51, shift: 4, low: 0, high: 31 };
    expect(() => made(wide)).toThrow(expect.objectContaining({ code: "BOUND_UNPROVEN" }));
    expect(made({ ...wide, min: -(2 ** 50), max: 2 ** 50 }).ownRows).toBe(52 + 4);
  });
});
