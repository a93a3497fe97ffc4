/**
 * Elements that are not rounded yet: chains of what passes through them.
 * @module
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { firstBrokenRow } from "../soundness/satisfied.ts";
import { clipped, type Element, halved, isRounded, shiftedElement } from "./rounded.ts";
import type { Rows } from "./rows.ts";
import { ZERO } from "./sum.ts";
import { type Gadget, gadgetOf, valueOfSum } from "./testing-gadget.ts";

type Step =
  | { readonly do: "add"; readonly by: number }
  | { readonly do: "clip"; readonly low: number; readonly high: number }
  | { readonly do: "halve"; readonly shift: number };

function take(rows: Rows, element: Element, step: Step): Element {
  switch (step.do) {
    case "add":
      return shiftedElement(rows, element, step.by);
    case "clip":
      return clipped(rows, element, step.low, step.high);
    case "halve":
      return halved(rows, element, step.shift);
  }
}

function compute(x: number, step: Step): number {
  switch (step.do) {
    case "add":
      return x + step.by;
    case "clip":
      return Math.min(Math.max(x, step.low), step.high);
    case "halve":
      return Math.floor(x / 2 ** step.shift);
  }
}

function chained(steps: readonly Step[], [min, max]: readonly [number, number]): Gadget {
  return gadgetOf([[min, max]], (rows, x = ZERO) => {
    const end = steps.reduce<Element>((element, step) => take(rows, element, step), x);
    return isRounded(end) ? end.value(rows) : end;
  });
}

describe("a chain of roundings", () => {
  const anyNumber = fc.integer({ min: -500, max: 500 });
  const anyPair = fc
    .tuple(anyNumber, anyNumber)
    .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
  const anyStep: fc.Arbitrary<Step> = fc.oneof(
    anyNumber.map((by) => ({ do: "add", by }) as const),
    anyPair.map(([low, high]) => ({ do: "clip", low, high }) as const),
    fc.nat(4).map((shift) => ({ do: "halve", shift }) as const),
  );

  it("is what its steps compute one by one", () => {
    fc.assert(
      fc.property(
        fc.array(anyStep, { maxLength: 6 }),
        anyPair.chain(([min, max]) => {
          return fc.tuple(fc.constant([min, max] as const), fc.integer({ min, max }));
        }),
        (steps, [range, x]) => {
          const gadget = chained(steps, range);
          const witness = gadget.witness([x]);
          expect(valueOfSum(gadget.result, witness)).toBe(steps.reduce(compute, x));
          expect(firstBrokenRow(gadget.system, witness)).toBeUndefined();
        },
      ),
      { numRuns: 400 },
    );
  });

  it("costs what one rounding costs", () => {
    // As the quantiser writes it: lift, divide, lower, clip.
    const steps: Step[] = [
      { do: "add", by: 8 + 100 * 16 },
      { do: "halve", shift: 4 },
      { do: "add", by: -100 },
      { do: "clip", low: 0, high: 31 },
      { do: "clip", low: 0, high: 255 },
    ];
    expect(chained(steps, [-1500, 1500]).ownRows).toBe(12 + 4);
  });

  it("rounds before a constant that would not fit beside the sum", () => {
    const steps: Step[] = [
      { do: "halve", shift: 24 },
      { do: "add", by: 2 ** 30 },
    ];
    const gadget = chained(steps, [-(2 ** 30), 2 ** 30]);
    for (const x of [-(2 ** 30), -1, 0, 2 ** 30]) {
      expect(valueOfSum(gadget.result, gadget.witness([x]))).toBe(steps.reduce(compute, x));
    }
  });
});
