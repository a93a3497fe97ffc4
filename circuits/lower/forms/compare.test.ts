import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lowerCompare } from "./compare.ts";
import { expectSound, type FormCircuit, formCircuit, type Range } from "./testing.ts";

const RELATIONS = ["equal", "less", "less-or-equal", "greater", "greater-or-equal"] as const;
type Relation = (typeof RELATIONS)[number];

function holds(relation: Relation, a: number, b: number): number {
  switch (relation) {
    case "equal":
      return Number(a === b);
    case "less":
      return Number(a < b);
    case "less-or-equal":
      return Number(a <= b);
    case "greater":
      return Number(a > b);
    case "greater-or-equal":
      return Number(a >= b);
  }
}

function circuitOf(relation: Relation, left: Range, right: Range): FormCircuit {
  const form = {
    kind: "compare",
    relation,
    left: Int32Array.of(0),
    right: Int32Array.of(0),
  } as const;
  return formCircuit(lowerCompare, form, { operands: [[left], [right]], count: 1 });
}

const end = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.integer({ min: -70_000, max: 70_000 }));
const range = fc.tuple(end, end).map(([a, b]): Range => [Math.min(a, b), Math.max(a, b)]);

describe.each(RELATIONS)("%s", (relation) => {
  it("says what integers say, in any intervals, and nothing else", () => {
    fc.assert(
      fc.property(
        range.chain((left) =>
          range.chain((right) =>
            fc.record({
              left: fc.constant(left),
              right: fc.constant(right),
              a: fc.integer({ min: left[0], max: left[1] }),
              b: fc.integer({ min: right[0], max: right[1] }),
            }),
          ),
        ),
        ({ left, right, a, b }) => {
          const clipped = Math.min(Math.max(a, right[0]), right[1]);
          const pairs = [
            [a, b],
            [a, clipped],
            [left[0], right[0]],
            [left[0], right[1]],
          ] as const;
          expectSound(
            circuitOf(relation, left, right),
            [...pairs, [left[1], right[0]] as const, [left[1], right[1]] as const].map(([x, y]) => [
              [[x], [y]],
              [holds(relation, x, y)],
            ]),
          );
        },
      ),
      { numRuns: 40 },
    );
  });

  it("says it for every pair of small numbers", () => {
    const circuit = circuitOf(relation, [-2, 3], [-1, 2]);
    const pairs = [...Array(6).keys()].flatMap((a) =>
      [...Array(4).keys()].map((b) => [a - 2, b - 1] as const),
    );
    expectSound(
      circuit,
      pairs.map(([a, b]) => [[[a], [b]], [holds(relation, a, b)]]),
    );
  });
});

describe("a comparison", () => {
  const rows = (relation: Relation, left: Range, right: Range): number =>
    circuitOf(relation, left, right).rows;

  it("of 8 bits costs 10 rows, equality 2", () => {
    expect(rows("less", [0, 255], [0, 255])).toBe(10);
    expect(rows("greater-or-equal", [0, 255], [17, 17])).toBe(10);
    expect(rows("equal", [0, 255], [0, 255])).toBe(2);
    expect(rows("equal", [0, 255], [7, 7])).toBe(2);
  });

  it("of truth values costs one row, and none with a constant", () => {
    for (const relation of RELATIONS) {
      expect(rows(relation, [0, 1], [0, 1])).toBe(1);
      expect(rows(relation, [0, 1], [1, 1])).toBe(0);
      expect(rows(relation, [0, 0], [0, 1])).toBe(0);
    }
  });

  it("that intervals decide costs nothing", () => {
    for (const relation of RELATIONS) expect(rows(relation, [0, 9], [10, 20])).toBe(0);
    expect(rows("less-or-equal", [0, 10], [10, 20])).toBe(0);
    expect(rows("less", [10, 20], [0, 10])).toBe(0);
  });
});
