import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lowerAbsolute, lowerSign } from "./absolute.ts";
import { expectSound, type FormCircuit, formCircuit, type Range } from "./testing.ts";

function circuitOf(kind: "absolute" | "sign", range: Range): FormCircuit {
  const shape = { operands: [[range]], count: 1 };
  return kind === "absolute"
    ? formCircuit(lowerAbsolute, { kind }, shape)
    : formCircuit(lowerSign, { kind }, shape);
}

const end = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.integer({ min: -90_000, max: 90_000 }));
const range = fc.tuple(end, end).map(([a, b]): Range => [Math.min(a, b), Math.max(a, b)]);

describe.each([
  ["absolute", Math.abs],
  ["sign", Math.sign],
] as const)("%s", (kind, expected) => {
  it("is that of integers, and nothing else, in any interval", () => {
    fc.assert(
      fc.property(range, fc.nat(), (r, n) => {
        const drawn = r[0] + (n % (r[1] - r[0] + 1));
        const inside = [-2, -1, 0, 1, 2, ...r, drawn].filter((x) => x >= r[0] && x <= r[1]);
        expectSound(
          circuitOf(kind, r),
          inside.map((x) => [[[x]], [expected(x) + 0]]),
        );
      }),
      { numRuns: 40 },
    );
  });
});

describe("the rows", () => {
  it("of a magnitude of 8 bits and a sign are 11, of its sign 12", () => {
    expect(circuitOf("absolute", [-256, 255]).rows).toBe(11);
    expect(circuitOf("sign", [-256, 255]).rows).toBe(12);
  });

  it("are none where the sign is known, and few near 0", () => {
    for (const r of [
      [0, 9],
      [-9, 0],
      [3, 9],
    ] as const)
      expect(circuitOf("absolute", r).rows).toBe(0);
    expect(circuitOf("absolute", [-1, 1]).rows).toBe(1);
    expect(circuitOf("sign", [-1, 1]).rows).toBe(0);
    expect(circuitOf("sign", [0, 9]).rows).toBe(2);
    expect(circuitOf("sign", [1, 9]).rows).toBe(0);
  });
});
