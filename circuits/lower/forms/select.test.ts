import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Rows } from "../rows.ts";
import { lowerSelect, selected } from "./select.ts";
import { expectSound, type FormCircuit, formCircuit, type Range } from "./testing.ts";

function circuitOf(c: Range, x: Range, y: Range): FormCircuit {
  const at = Int32Array.of(0);
  const form = { kind: "select", condition: at, yes: at, no: at } as const;
  return formCircuit(lowerSelect, form, { operands: [[c], [x], [y]], count: 1 });
}

const end = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const range = fc.tuple(end, end).map(([a, b]): Range => [Math.min(a, b), Math.max(a, b)]);

describe("select", () => {
  it("takes the one or the other, and nothing else, in one row", () => {
    fc.assert(
      fc.property(range, range, (x, y) => {
        const circuit = circuitOf([0, 1], x, y);
        expect(circuit.rows).toBe(x[0] === x[1] && y[0] === y[1] ? 0 : 1);
        for (const [a, b] of [x, [...x].reverse()].flatMap((p) => [
          [p[0], y[0]],
          [p[0], y[1]],
        ])) {
          expectSound(circuit, [
            [[[1], [a as number], [b as number]], [a as number]],
            [[[0], [a as number], [b as number]], [b as number]],
          ]);
        }
      }),
      { numRuns: 40 },
    );
  });

  it("costs nothing between constants, and where the condition is one", () => {
    expect(circuitOf([0, 1], [7, 7], [-3, -3]).rows).toBe(0);
    expectSound(circuitOf([0, 1], [7, 7], [-3, -3]), [
      [[[1], [7], [-3]], [7]],
      [[[0], [7], [-3]], [-3]],
    ]);
    const always = circuitOf([1, 1], [0, 9], [-9, 0]);
    expect(always.rows).toBe(0);
    expectSound(always, [[[[1], [4], [-4]], [4]]]);
    const never = circuitOf([0, 0], [0, 9], [-9, 0]);
    expectSound(never, [[[[0], [4], [-4]], [-4]]]);
  });

  it("puts a long difference into C, in one row more", () => {
    const rows = new Rows();
    const c = rows.term(rows.addWire(0, 1));
    const terms = Array.from({ length: 40 }, () => rows.term(rows.addWire(0, 15)));
    const long = rows.combine(3, ...terms.map((term, k) => [term, k + 1] as const));
    selected(rows, c, long, terms[0] ?? c);
    expect(rows.rows).toBe(2);
    const { a, b } = rows.finish();
    expect(a.wires.length + b.wires.length).toBe(2);
  });
});
