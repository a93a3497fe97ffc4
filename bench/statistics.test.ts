/**
 * What is said of measurements, held against what follows from their definitions.
 * @module
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rotated, summarise, summariseEach } from "./statistics.ts";

const samples = fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), { minLength: 1 });

describe("summarise", () => {
  it("finds the middle of an odd number, and the mean of the two middles of an even one", () => {
    expect(summarise([30, 10, 20])).toEqual({ median: 20, min: 10, max: 30, count: 3 });
    expect(summarise([4, 1, 100, 2])).toEqual({ median: 3, min: 1, max: 100, count: 4 });
    expect(summarise([7])).toEqual({ median: 7, min: 7, max: 7, count: 1 });
  });

  it("sorts as numbers, not as texts", () => {
    expect(summarise([100, 9, 20]).median).toBe(20);
  });

  it("has at least half of all measurements on each side of the median", () => {
    fc.assert(
      fc.property(samples, (taken) => {
        const { median, min, max, count } = summarise(taken);
        expect(taken.filter((ms) => ms <= median).length * 2).toBeGreaterThanOrEqual(count);
        expect(taken.filter((ms) => ms >= median).length * 2).toBeGreaterThanOrEqual(count);
        expect([min, max, count]).toEqual([Math.min(...taken), Math.max(...taken), taken.length]);
      }),
    );
  });

  it("is not moved by one measurement that came late", () => {
    expect(summarise([10, 11, 12, 11, 5_000]).median).toBe(11);
  });

  it("leaves what it is given as it was, and refuses nothing at all", () => {
    const taken = [3, 1, 2];
    summarise(taken);
    expect(taken).toEqual([3, 1, 2]);
    expect(() => summarise([])).toThrow(RangeError);
  });
});

describe("summariseEach", () => {
  it("summarises by name, in the order of the first, and leaves out what some have not", () => {
    const taken = [
      { b: 1, a: 10, once: 5 },
      { a: 30, b: 3 },
      { b: 2, a: 20 },
    ];
    const each = summariseEach(taken);
    expect(Object.keys(each)).toEqual(["b", "a"]);
    expect([each["a"]?.median, each["b"]?.median]).toEqual([20, 2]);
    expect(summariseEach([])).toEqual({});
  });
});

describe("rotated", () => {
  it("puts everybody into every place once in as many rounds as there are", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer(), { minLength: 1, maxLength: 12 }), (all) => {
        const rounds = all.map((_, round) => rotated(all, round));
        for (const place of all.keys()) {
          expect(new Set(rounds.map((round) => round[place])).size).toBe(all.length);
        }
        expect(rotated(all, all.length)).toEqual(all);
      }),
    );
    expect(rotated([], 3)).toEqual([]);
  });
});
