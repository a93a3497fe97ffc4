import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lowerRemainder } from "./division.ts";
import { lowerQuotient } from "./rounded.ts";
import { expectSound, type FormCircuit, formCircuit, type Range } from "./testing.ts";

const KINDS = [
  "quotient",
  "remainder of the dividend's sign",
  "remainder, never negative",
] as const;
type Kind = (typeof KINDS)[number];

function circuitOf(kind: Kind, divisor: number, range: Range): FormCircuit {
  const at = Int32Array.of(0);
  const divisors = Int32Array.of(divisor);
  const shape = { operands: [[range]], count: 1 };
  if (kind === "quotient") {
    return formCircuit(lowerQuotient, { kind: "quotient", at, divisors }, shape);
  }
  const sign = kind === KINDS[1] ? "dividend" : "divisor";
  return formCircuit(lowerRemainder, { kind: "remainder", at, divisors, sign }, shape);
}

/** + 0, because −0 is no integer of a circuit's. */
function expected(kind: Kind, x: number, d: number): number {
  if (kind === "quotient") return Math.trunc(x / d) + 0;
  return (kind === KINDS[1] ? x % d : ((x % d) + d) % d) + 0;
}

const end = fc.oneof(fc.integer({ min: -40, max: 40 }), fc.integer({ min: -90_000, max: 90_000 }));
const range = fc.tuple(end, end).map(([a, b]): Range => [Math.min(a, b), Math.max(a, b)]);
const divisor = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constantFrom(64, 49, 100, 255, 4096));

describe.each(KINDS)("%s", (kind) => {
  it("is that of integers, and nothing else, by any divisor", () => {
    fc.assert(
      fc.property(
        range.chain((r) => fc.tuple(fc.constant(r), divisor, fc.integer({ min: r[0], max: r[1] }))),
        ([r, d, drawn]) => {
          const edges = [-d - 1, -d, 1 - d, -1, 0, 1, d - 1, d, d + 1, 2 * d, r[0], r[1], drawn];
          const inside = edges.filter((x) => x >= r[0] && x <= r[1]);
          expectSound(
            circuitOf(kind, d, r),
            inside.map((x) => [[[x]], [expected(kind, x, d)]]),
          );
        },
      ),
      { numRuns: 30 },
    );
  });

  it.each([2, 3, 4, 5, 7])("is right for every small number by %i", (d) => {
    const numbers = [...Array(27).keys()].map((n) => n - 13);
    expectSound(
      circuitOf(kind, d, [-13, 13]),
      numbers.map((x) => [[[x]], [expected(kind, x, d)]]),
    );
  });
});

describe("a division", () => {
  it("of 16 bits by 9 costs 23 rows, of 16 bits and a sign 26", () => {
    // 13 bits of q, 4 of r, 4 of 8 − r, and a row for each of the two sums.
    expect(circuitOf("quotient", 9, [0, 65_535]).rows).toBe(13 + 4 + 1 + 4 + 1);
    // One bit more of q, and two rows for the truncation.
    expect(circuitOf("quotient", 9, [-65_536, 65_535]).rows).toBe(14 + 4 + 1 + 4 + 1 + 2);
    expect(circuitOf("remainder, never negative", 9, [-65_536, 65_535]).rows).toBe(24);
  });

  it("of what is smaller than the divisor costs nothing", () => {
    expect(circuitOf("quotient", 100, [-99, 99]).rows).toBe(0);
    expect(circuitOf("remainder of the dividend's sign", 100, [-99, 99]).rows).toBe(0);
    expect(circuitOf("remainder, never negative", 100, [200, 299]).rows).toBe(0);
  });
});
