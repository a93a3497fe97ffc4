import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { emitDenseGraph } from "./emit.ts";
import type { Inference } from "./inference.ts";
import { type IntegerGraph, readIntegerGraph } from "./integer-graph.ts";
import { openInterpreter } from "./interpreter.ts";
import { openOnnxruntime } from "./onnxruntime.ts";
import { openOnnxruntimeWeb } from "./onnxruntime-web.ts";
import { anyDenseGraph, anyInput, TINY } from "./testing.ts";

const RUNTIMES: readonly [string, (graph: IntegerGraph) => Promise<Inference> | Inference][] = [
  ["interpreter", openInterpreter],
  ["onnxruntime", openOnnxruntime],
  ["onnxruntime-web", openOnnxruntimeWeb],
];

test("three runtimes agree on every logit of every dense network", async () => {
  const networks = anyDenseGraph({ maxSize: 40, maxLayers: 3, maxInput: 255 }).chain((network) =>
    fc.tuple(fc.constant(network), fc.array(anyInput(network), { minLength: 1, maxLength: 5 })),
  );
  await fc.assert(
    fc.asyncProperty(networks, async ([network, inputs]) => {
      const graph = readIntegerGraph(emitDenseGraph(network));
      const runtimes = await Promise.all(RUNTIMES.map(([, open]) => open(graph)));
      try {
        for (const input of inputs) {
          const [ours, ...theirs] = await Promise.all(runtimes.map((each) => each.infer([input])));
          for (const logits of theirs) expect(logits).toEqual(ours);
        }
      } finally {
        await Promise.all(runtimes.map((each) => each.close()));
      }
    }),
    { numRuns: 40 },
  );
});

describe.each(RUNTIMES)("%s", (name, open) => {
  const graph = readIntegerGraph(emitDenseGraph(TINY));
  let inference: Inference;
  beforeAll(async () => {
    inference = await open(graph);
  });
  afterAll(() => inference.close());

  test("gives its name and the logits of inputs in range", async () => {
    expect(inference.name).toBe(name);
    // By hand: (3·1 − 5·0 + 7 + 2) >> 2 = 3 and clip(−128 − 9) = 0, so 3 and −21 + 100.
    expect(await inference.infer([Int32Array.of(1, 0)])).toEqual([Int32Array.of(3, 79)]);
  });

  test.each([
    ["above its range", [Int32Array.of(0, 16)], '"input"[1] is 16, its range is 0 to 15'],
    ["below its range", [Int32Array.of(-1, 0)], '"input"[0] is -1'],
    ["too short", [Int32Array.of(0)], "has 2 integers, got 1"],
    ["too long", [Int32Array.of(0, 0, 0)], "has 2 integers, got 3"],
    ["missing", [], "the model has 1 inputs, got 0"],
    ["one too many", [Int32Array.of(0, 0), Int32Array.of(0)], "got 2"],
  ])("refuses an input %s", async (_, inputs, says) => {
    await expect(inference.infer(inputs)).rejects.toThrow(
      expect.objectContaining({ code: "BAD_INPUT", message: expect.stringContaining(says) }),
    );
  });

  test("lends nobody its memory: an answer stays when the next comes", async () => {
    const input = Int32Array.of(1, 0);
    const [first] = await inference.infer([input]);
    const kept = first?.slice();
    input.fill(9);
    await inference.infer([input]);
    expect(first).toEqual(kept);
  });
});

test.each([
  ["onnxruntime", openOnnxruntime],
  ["onnxruntime-web", openOnnxruntimeWeb],
])("%s says that it is closed, and closes twice", async (_, open) => {
  const inference = await open(readIntegerGraph(emitDenseGraph(TINY)));
  await inference.close();
  await inference.close();
  await expect(inference.infer([Int32Array.of(0, 0)])).rejects.toThrow(
    expect.objectContaining({ code: "RUNTIME_FAILED" }),
  );
});
