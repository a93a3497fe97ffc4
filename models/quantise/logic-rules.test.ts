/** @module What jumps where rounding moves it: comparisons, positions, trees; exact where the samples lie on the grid. */
import { describe, expect, test } from "vitest";
import type { FloatGraph } from "../float/float-graph.ts";
import { importGraph } from "./import-model.ts";
import {
  expectSameEverywhere,
  type FloatBuilder,
  type Make,
  network,
  numbers,
  relativeError,
  samplesFor,
} from "./testing.ts";

const WIDE = { name: "it", weightBits: 8, activationBits: 8, inputBits: 8 };

/** Samples whose every element is an integer of 0 to 255, 255 among them: one step is 1 exactly. */
function onGrid(float: FloatGraph) {
  return {
    inputs: samplesFor(float, 0, 256).inputs.map((sample) =>
      sample.map((x) => x.map((value, k) => (k === 0 ? 255 : Math.floor(value)))),
    ),
  };
}

describe("what jumps", () => {
  const CENTRE = 128;
  const centred = (b: FloatBuilder, x: string): string =>
    b.node("Sub", [x, b.constant([], [CENTRE])], [1, 12]);

  test.each<[string, Make]>([
    ["Sign", (b, x) => b.node("Unary", [centred(b, x)], [1, 12], { function: "Sign" })],
    [
      "Floor",
      (b, x) => {
        const sixteenths = b.node("Mul", [x, b.constant([], [1 / 16])], [1, 12]);
        return b.node("Unary", [sixteenths], [1, 12], { function: "Floor" });
      },
    ],
    [
      "Where by a comparison",
      (b, x) => {
        const holds = b.node("Less", [centred(b, x), b.constant([], [-3.5])], [1, 12], {}, "bool");
        return b.node("Where", [holds, x, b.constant([], [7])], [1, 12]);
      },
    ],
    [
      "Where by a comparison of two layers",
      (b, x) => {
        const ones = (seed: number): string =>
          b.constant([12, 4], numbers(48, -1, 1, seed).map(Math.sign));
        const layer = (seed: number): string => b.node("MatMul", [x, ones(seed)], [1, 4]);
        const holds = b.node("GreaterOrEqual", [layer(1), layer(2)], [1, 4], {}, "bool");
        return b.node("Where", [holds, b.constant([4], [1, 2, 3, 4]), b.constant([], [0])], [1, 4]);
      },
    ],
  ])("%s is exact where the samples lie on the grid", async (_, make) => {
    const float = network([1, 12], make);
    const samples = onGrid(float);
    const { graph } = importGraph(float, { calibration: samples }, WIDE);
    expect(await relativeError(float, graph, samples)).toBe(0);
    await expectSameEverywhere(graph, samples);
  });
});

describe("truth values", () => {
  const scale = 1 / 255;
  const float = network([1, 8], (b, x) => {
    const half = b.constant([8], [0.5, 100 * scale, 0.25, 0.1, 0.9, 1, 0, 0.3]);
    const compare = (op: "Less" | "LessOrEqual" | "Greater" | "GreaterOrEqual" | "Equal") =>
      b.node(op, [x, half], [1, 8], {}, "bool");
    const either = b.node("Or", [compare("Less"), compare("Equal")], [1, 8], {}, "bool");
    const both = b.node("And", [compare("LessOrEqual"), either], [1, 8], {}, "bool");
    const one = b.node("Xor", [both, compare("Greater")], [1, 8], {}, "bool");
    const not = b.node("Not", [compare("GreaterOrEqual")], [1, 8], {}, "bool");
    return [
      b.node("Cast", [one], [1, 8], { to: "float" }),
      b.node("Cast", [not], [1, 8], { to: "float" }),
    ];
  });
  /** Samples that are integers of the grid: 0 to 255 of 255. */
  const samples = {
    inputs: samplesFor(float, 0, 256).inputs.map(([x], i) => [
      Float64Array.from(
        x ?? [],
        (value, k) => (i === 0 ? 255 : k === 1 && i % 3 === 0 ? 100 : Math.floor(value)) * scale,
      ),
    ]),
  };

  test("are exactly those of the float network where the samples lie on the grid", async () => {
    const { graph } = importGraph(float, { calibration: samples }, WIDE);
    expect(await relativeError(float, graph, samples)).toBe(0);
    await expectSameEverywhere(graph, samples);
  });
});

describe("positions", () => {
  test.each(["ArgMax", "ArgMin"] as const)("%s of a layer is the float network's", async (op) => {
    const float = network([1, 12], (b, x) =>
      b.node(
        op,
        [b.node("MatMul", [x, b.constant([12, 5], numbers(60, -1, 1, 3))], [1, 5])],
        [1],
        { axis: 1, keepdims: 0, select_last_index: 0 },
        "integer",
      ),
    );
    const samples = samplesFor(float, 0, 1);
    const labels = new Int32Array(samples.inputs.length);
    const { graph, report } = importGraph(float, { calibration: { ...samples, labels } }, WIDE);
    expect(report.calibration.agreement).toBeGreaterThan(0.95);
    await expectSameEverywhere(graph, samples);
  });
});

describe("trees", () => {
  /** Two trees over three features of different units; the second is a leaf on one side. */
  const float = network([1, 3], (b, x) =>
    b.node("TreeEnsemble", [x], [1, 2], {
      roots: [0, 3, ~6],
      feature: [0, 1, 2, 1, 0],
      threshold: [40.5, 0.035, 1200, 0.02, 17],
      left: [1, ~0, ~2, 4, ~4],
      right: [2, ~1, ~3, ~5, ~0],
      leaves: [1, 0, 0.5, 0.5, -1, 2, 0.25, 0, 0, 3, 1, 1, 0.125, -0.5],
      outputs: 2,
      base: [0.5, -0.25],
    }),
  );
  const inputs = Array.from({ length: 60 }, (_, i) => {
    const [a = 0, b = 0, c = 0] = numbers(3, 0, 1, i + 1);
    // On grids of 0.1, 0.001 and 1, as measures are written down.
    return [
      Float64Array.of(Math.floor(a * 800) / 10, Math.floor(b * 60) / 1000, Math.floor(c * 2000)),
    ];
  });

  test("decide every sample as the float ones do, in units of their own", async () => {
    const options = { ...WIDE, inputBits: 12 };
    const { graph, report } = importGraph(float, { calibration: { inputs } }, options);
    expect(graph.inputs[0]?.scale).toEqual([0.1, 0.001, 1]);
    expect(report.calibration.maxError).toBeLessThan(1e-5);
    expect(report.notices).toEqual([]);
    await expectSameEverywhere(graph, { inputs });
  });

  test("say how many comparisons too few bits have moved", () => {
    const { report } = importGraph(float, { calibration: { inputs } }, { ...WIDE, inputBits: 3 });
    expect(report.notices).toEqual([expect.stringContaining("comparisons on the samples")]);
  });
});
