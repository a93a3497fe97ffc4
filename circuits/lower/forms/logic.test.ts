import { describe, expect, it } from "vitest";
import { lowerLogic } from "./logic.ts";
import { expectSound, formCircuit, type Range } from "./testing.ts";

const at = Int32Array.of(0);
const TABLES = { and: [0, 0, 0, 1], or: [0, 1, 1, 1], xor: [0, 1, 1, 0] } as const;

describe.each(["and", "or", "xor"] as const)("%s", (connective) => {
  const circuitOf = (left: Range, right: Range) =>
    formCircuit(
      lowerLogic,
      { kind: "logic", connective, left: at, right: at },
      { operands: [[left], [right]], count: 1 },
    );
  const expected = (a: number, b: number): number => TABLES[connective][2 * a + b] as number;

  it("has its truth table, and nothing else, in one row", () => {
    const circuit = circuitOf([0, 1], [0, 1]);
    expect(circuit.rows).toBe(1);
    const pairs = [0, 1].flatMap((a) => [0, 1].map((b) => [a, b] as const));
    expectSound(
      circuit,
      pairs.map(([a, b]) => [[[a], [b]], [expected(a, b)]]),
    );
  });

  it("costs nothing with a constant", () => {
    for (const constant of [0, 1]) {
      const left = circuitOf([constant, constant], [0, 1]);
      const right = circuitOf([0, 1], [constant, constant]);
      expect([left.rows, right.rows]).toEqual([0, 0]);
      for (const b of [0, 1]) {
        expectSound(left, [[[[constant], [b]], [expected(constant, b)]]]);
        expectSound(right, [[[[b], [constant]], [expected(b, constant)]]]);
      }
    }
  });
});
