/**
 * Models quantised elsewhere against onnxruntime: read as real numbers they differ by what rounding the result costs.
 * @module
 */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { evaluateFloat } from "../evaluate.ts";
import { readFloatGraph } from "../read-graph.ts";

const bytesOf = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../fixtures/${name}.onnx`, import.meta.url)));

// Inputs on the grid of the first QuantizeLinear: 0.05·(q − zero point).
const models = [
  { name: "qdq-conv", dims: [1, 2, 5, 5], zero: 10, tolerance: 0.05 },
  { name: "qlinear-conv", dims: [1, 2, 5, 5], zero: 10, tolerance: 0.055 },
  // Half a step of the hidden layer, through the weights of the second.
  { name: "qgemm", dims: [1, 6], zero: 100, tolerance: 0.1 * 4 * 1.28 },
];

describe.each(models)("$name", ({ name, dims, zero, tolerance }) => {
  const graph = readFloatGraph(bytesOf(name));
  const count = dims.reduce((product, dim) => product * dim, 1);

  it("is its real numbers, up to the rounding of its results", async () => {
    const session = await InferenceSession.create(bytesOf(name));
    const anyInput = fc.array(fc.integer({ min: 0, max: 255 }), {
      minLength: count,
      maxLength: count,
    });
    await fc.assert(
      fc.asyncProperty(anyInput, async (integers) => {
        const x = Float64Array.from(integers, (q) => 0.05 * (q - zero));
        const ours = evaluateFloat(graph, [x]).get(graph.outputs[0]?.name ?? "");
        const feeds = { x: new Tensor("float32", Float32Array.from(x), dims) };
        const theirs = (await session.run(feeds))["y"]?.data as Float32Array;
        expect(ours).toHaveLength(theirs.length);
        theirs.forEach((value, i) => {
          expect(Math.abs(value - (ours?.[i] ?? Number.NaN))).toBeLessThan(tolerance + 1e-4);
        });
      }),
      { numRuns: 40 },
    );
  });

  it("has no rounding and no integers left", () => {
    expect(
      graph.nodes.map(({ op }) => op).filter((op) => /Quantize|QLinear|Cast/.test(op)),
    ).toEqual([]);
    expect([...graph.types.values()].every(({ dtype }) => dtype === "float")).toBe(true);
  });
});
