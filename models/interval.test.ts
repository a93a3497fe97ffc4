import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type DenseGraph, emitDenseGraph } from "./emit.ts";
import { type IntegerGraph, readIntegerGraph } from "./integer-graph.ts";
import { interpret } from "./interpreter.ts";
import { bounds } from "./interval.ts";
import { anyDenseGraph, anyInput, reached, TINY } from "./testing.ts";

function read(network: DenseGraph): IntegerGraph {
  return readIntegerGraph(emitDenseGraph(network));
}

describe("the interval of a value", () => {
  test("is exactly what brute force reaches, up to and with the first layer's activations", () => {
    const small = anyDenseGraph({ maxSize: 3, maxLayers: 1, maxInput: 7 });
    fc.assert(
      fc.property(small, (network) => {
        const graph = read(network);
        expect(bounds(graph)).toEqual(reached(graph));
      }),
      { numRuns: 40 },
    );
    const graph = read({ ...TINY, input: { ...TINY.input, max: 5 } });
    const ours = bounds(graph);
    const theirs = reached(graph);
    for (const name of ["product", "dividend", "lifted", "quotient", "clipped", "activation"]) {
      expect(ours.get(`dense1.${name}`)).toEqual(theirs.get(`dense1.${name}`));
    }
  });

  test("holds all that a deeper network computes", () => {
    const deep = anyDenseGraph({ maxSize: 6, maxLayers: 4, maxInput: 255 });
    const network = deep.chain((drawn) => fc.tuple(fc.constant(drawn), fc.array(anyInput(drawn))));
    fc.assert(
      fc.property(network, ([drawn, inputs]) => {
        const graph = read(drawn);
        const intervals = bounds(graph);
        for (const input of inputs) {
          for (const [name, values] of interpret(graph, [input])) {
            const { min, max } = intervals.get(name) ?? {};
            expect(
              values.every((v, i) => v >= (min?.[i] ?? v + 1) && v <= (max?.[i] ?? v - 1)),
            ).toBe(true);
          }
        }
      }),
    );
  });
});

describe("what could overflow", () => {
  // 64 inputs of 255 by weights of 127 stay below 2^21; a bias takes the sum to the end of int32.
  const wide = (bias: number): DenseGraph => ({
    name: "wide",
    input: { size: 64, min: 0, max: 255, scale: 1 },
    layers: [{ weights: [new Array<number>(64).fill(127)], bias: [bias] }],
    output: { scale: 1, labels: [] },
  });
  const greatest = 64 * 255 * 127;

  test("is accepted at the last integer of int32 and refused one above, naming the node", () => {
    const graph = read(wide(2 ** 31 - 1 - greatest));
    expect(bounds(graph).get("logits")?.max[0]).toBe(2 ** 31 - 1);
    expect(() => read(wide(2 ** 31 - greatest))).toThrow(
      expect.objectContaining({
        code: "OVERFLOW",
        message: expect.stringMatching(/^node "dense1.Add" \(Add\): element 0 .*2147483648/),
      }),
    );
  });
});
