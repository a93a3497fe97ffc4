import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lowerProduct } from "./product.ts";
import { expectSound, type FormCircuit, formCircuit, type Range } from "./testing.ts";

interface Plan {
  readonly zeros: readonly [number, number];
  readonly terms: readonly (readonly [a: number, b: number])[];
  readonly left: readonly Range[];
  readonly right: readonly Range[];
}

function circuitOf({ zeros, terms, left, right }: Plan): FormCircuit {
  const row = (_i: number, term: (a: number, b: number) => void): void => {
    for (const [a, b] of terms) term(a, b);
  };
  return formCircuit(
    lowerProduct,
    { kind: "product", zeros, row },
    { operands: [left, right], count: 1 },
  );
}

function expected({ zeros, terms }: Plan, a: readonly number[], b: readonly number[]): number {
  return terms.reduce(
    (sum, [i, j]) => sum + ((a[i] as number) - zeros[0]) * ((b[j] as number) - zeros[1]),
    0,
  );
}

const end = fc.integer({ min: -300, max: 300 });
const range = fc.tuple(end, end).map(([a, b]): Range => [Math.min(a, b), Math.max(a, b)]);
const three = fc.tuple(range, range, range);
const place = fc.integer({ min: 0, max: 2 });

describe("product", () => {
  it("is the sum of the products less the zeros, and nothing else, one row each", () => {
    fc.assert(
      fc.property(
        fc.record({
          zeros: fc.tuple(end, end),
          terms: fc.array(fc.tuple(place, place), { minLength: 1, maxLength: 5 }),
          left: three,
          right: three,
        }),
        (plan) => {
          const circuit = circuitOf(plan);
          const moves = plan.terms.filter(([a, b]) =>
            [plan.left[a], plan.right[b]].every((r) => r !== undefined && r[0] < r[1]),
          );
          expect(circuit.rows).toBe(moves.length);
          for (const ends of [
            [0, 0],
            [0, 1],
            [1, 0],
            [1, 1],
          ] as const) {
            const a = plan.left.map((r) => r[ends[0]]);
            const b = plan.right.map((r) => r[ends[1]]);
            expectSound(circuit, [[[a, b], [expected(plan, a, b) + 0]]]);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it("refuses what can reach 2^52", () => {
    const wide: Range = [-(2 ** 31), 2 ** 31 - 1];
    const plan = { zeros: [0, 0], terms: [[0, 0]], left: [wide], right: [wide] } as const;
    expect(() => circuitOf(plan)).toThrow(expect.objectContaining({ code: "BOUND_UNPROVEN" }));
  });
});
