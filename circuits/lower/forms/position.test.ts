import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lowerExtremePosition } from "./position.ts";
import { expectSound, type FormCircuit, formCircuit, type Range } from "./testing.ts";

const RULES = (["greatest", "least"] as const).flatMap((which) =>
  (["first", "last"] as const).map((ofEquals) => ({ which, ofEquals })),
);
type Rule = (typeof RULES)[number];

function circuitOf(rule: Rule, ranges: readonly Range[]): FormCircuit {
  const row = (_i: number, element: (operand: number, index: number) => void): void => {
    ranges.forEach((_, index) => {
      element(0, index);
    });
  };
  return formCircuit(
    lowerExtremePosition,
    { kind: "extreme-position", ...rule, row },
    { operands: [ranges], count: 1 },
  );
}

function expected({ which, ofEquals }: Rule, values: readonly number[]): number {
  const best = which === "greatest" ? Math.max(...values) : Math.min(...values);
  return ofEquals === "first" ? values.indexOf(best) : values.lastIndexOf(best);
}

const end = fc.oneof(fc.integer({ min: -4, max: 4 }), fc.integer({ min: -9_000, max: 9_000 }));
const range = fc.tuple(end, end).map(([a, b]): Range => [Math.min(a, b), Math.max(a, b)]);

describe.each(RULES)("the position of the $which, $ofEquals of equals", (rule) => {
  it("is the interpreter's, and nothing else", () => {
    fc.assert(
      fc.property(
        fc.array(range, { minLength: 1, maxLength: 5 }).chain((ranges) =>
          fc.record({
            ranges: fc.constant(ranges),
            drawn: fc.tuple(...ranges.map(([min, max]) => fc.integer({ min, max }))),
          }),
        ),
        ({ ranges, drawn }) => {
          const rows = [drawn, ranges.map(([min]) => min), ranges.map(([, max]) => max)];
          expectSound(
            circuitOf(rule, ranges),
            rows.map((values) => [[[...values]], [expected(rule, values)]]),
          );
        },
      ),
      { numRuns: 15 },
    );
  });

  it("decides every tie among three as it must", () => {
    const circuit = circuitOf(rule, [
      [0, 2],
      [0, 2],
      [0, 2],
    ]);
    const triples = [...Array(27).keys()].map((n) => [
      n % 3,
      Math.floor(n / 3) % 3,
      Math.floor(n / 9),
    ]);
    expectSound(
      circuit,
      triples.map((values) => [[values], [expected(rule, values)]]),
    );
  });
});

describe("a position", () => {
  it("among ten scores of 16 bits costs 178 rows", () => {
    const scores = Array.from({ length: 10 }, (): Range => [-(2 ** 15), 2 ** 15 - 1]);
    // Nine comparisons of 17 bits, each with the row of its sum; nine positions, of which the first
    // is the comparison itself; eight values.
    expect(circuitOf({ which: "greatest", ofEquals: "first" }, scores).rows).toBe(9 * 18 + 8 + 8);
  });

  it("that intervals decide costs nothing", () => {
    const circuit = circuitOf({ which: "greatest", ofEquals: "first" }, [
      [0, 5],
      [6, 9],
      [-3, 6],
    ]);
    expect(circuit.rows).toBe(0);
    expectSound(circuit, [[[[5, 6, 6]], [1]]]);
  });
});
