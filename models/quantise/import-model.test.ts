/** @module Importing: what is reported, what is the same twice, and what is refused by name. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ModelError } from "../error.ts";
import { operatorModel } from "../testing.ts";
import { importGraph, importModel } from "./import-model.ts";
import { expectSameEverywhere, FloatBuilder, numbers, samplesFor } from "./testing.ts";

const OPTIONS = { name: "it", weightBits: 5, activationBits: 5, inputBits: 8 };
const zoo = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../zoo/${name}/float.onnx`, import.meta.url)));

/** 12 numbers, 6 hidden, 3 scores; unit 2 is dead. */
function network(): FloatBuilder {
  const b = new FloatBuilder();
  const x = b.input("x", [1, 12]);
  const weights = numbers(72, -1, 1).map((w, i) => (i % 6 === 2 ? 0 : w));
  const hidden = b.node("MatMul", [x, b.constant([12, 6], weights)], [1, 6]);
  const active = b.node("Relu", [hidden], [1, 6]);
  b.node("MatMul", [active, b.constant([6, 3], numbers(18, -1, 1, 5))], [1, 3]);
  return b;
}
const float = network().graph("MatMul2.value");
const { inputs } = samplesFor(float, 0, 1);

test("imports a file of a framework, and reports what its integers cost", async () => {
  const columns = [4.3, 2, 1, 0.1].map((low, i) => [low, [7.9, 4.4, 6.9, 2.5][i] ?? low] as const);
  const samples = Array.from({ length: 60 }, (_, i) => [
    numbers(4, 0, 1, i + 1).map((x, k) => {
      const [low, high] = columns[k] ?? [0, 1];
      return Math.floor((low + (high - low) * x) * 10) / 10;
    }),
  ]);
  const calibration = { inputs: samples, labels: new Int32Array(60) };
  const { graph, report } = importModel(
    zoo("iris-mlp"),
    { calibration, holdOut: calibration },
    OPTIONS,
  );
  expect(report.layers.map(({ op, dims, weightBits }) => [op, dims, weightBits])).toEqual([
    ["MatMul", [1, 16], 5],
    ["MatMul", [1, 3], 8],
  ]);
  expect(report.notices).toContainEqual(expect.stringContaining("Softmax"));
  expect(report.calibration.agreement).toBeGreaterThan(0.9);
  expect(report.holdOut).toEqual(report.calibration);
  expect(graph.outputs[0]?.labels).toHaveLength(3);
  await expectSameEverywhere(graph, calibration);
});

test("takes a file of integers over as it is", async () => {
  const bytes = operatorModel("Add", [
    { dtype: "int32", dims: [3], min: -5, max: 5 },
    { dtype: "int32", dims: [3], values: [1, 2, 3] },
  ]);
  const calibration = { inputs: [[Float64Array.of(-5, 0, 9)]] };
  const { graph, report } = importModel(bytes, { calibration }, OPTIONS);
  expect(graph.nodes.map(({ op }) => op)).toEqual(["Add"]);
  expect(report.calibration).toEqual({ samples: 1, meanError: 0, maxError: 0 });
  await expectSameEverywhere(graph, calibration);
});

test("writes the same bytes from the same file, samples and options", () => {
  const [first, second] = [0, 1].map(() =>
    importGraph(network().graph("MatMul2.value"), { calibration: { inputs } }, OPTIONS),
  );
  expect(first?.graph.id).toBe(second?.graph.id);
  expect(first?.report).toEqual(second?.report);
});

test("names units that are the same for every input", () => {
  const { report } = importGraph(float, { calibration: { inputs } }, OPTIONS);
  expect(report.notices).toEqual([
    expect.stringMatching(/MatMul0.*1 of 6 channels are the same for every input/),
  ]);
});

test("measures how often both answer right and alike", () => {
  const labels = new Int32Array(inputs.length);
  const { report } = importGraph(float, { calibration: { inputs, labels } }, OPTIONS);
  const { calibration } = report;
  expect(calibration.samples).toBe(inputs.length);
  expect(calibration.agreement).toBeGreaterThan(0.8);
  const apart = Math.abs(
    (calibration.float?.accuracy ?? 2) - (calibration.integer?.accuracy ?? -2),
  );
  expect(apart).toBeLessThanOrEqual(1 - (calibration.agreement ?? 1));
  expect(calibration.maxError).toBeGreaterThan(calibration.meanError);
});

test("keeps the names of classes, and refuses a wrong number of them", () => {
  const labels = ["one", "two", "three"];
  const { graph } = importGraph(float, { calibration: { inputs } }, { ...OPTIONS, labels });
  expect(graph.outputs[0]?.labels).toEqual(labels);
  expect(() =>
    importGraph(float, { calibration: { inputs } }, { ...OPTIONS, labels: ["one"] }),
  ).toThrow(expect.objectContaining({ code: "BAD_LABELS" }));
});

describe("refuses", () => {
  const good = inputs.slice(0, 4);
  test.each<[string, readonly (readonly Float64Array[])[], string]>([
    ["no samples", [], "there are no calibration samples"],
    [
      "a sample of another shape",
      [...good, [new Float64Array(11)]],
      'sample 4 has 11 numbers for input "x" [1,12]',
    ],
    ["a sample without an input", [[]], "sample 0 has 0 inputs, the model has 1"],
    ["a sample with a hole", [[numbers(12, 0, 1).fill(Number.NaN, 3, 4)]], '"x"[3] is NaN'],
    ["an infinite sample", [[numbers(12, 0, 1).fill(1 / 0, 5, 6)]], '"x"[5] is Infinity'],
  ])("%s", (_, samples, says) => {
    expect(() => importGraph(float, { calibration: { inputs: samples } }, OPTIONS)).toThrow(
      expect.objectContaining({ code: "BAD_SAMPLES", message: expect.stringContaining(says) }),
    );
  });

  test("labels that are not one for each sample", () => {
    const calibration = { inputs: good, labels: new Int32Array(3) };
    expect(() => importGraph(float, { calibration }, OPTIONS)).toThrow(
      "4 calibration samples and 3 labels",
    );
  });

  test.each([
    [{ weightBits: 1 }, "weightBits is 1"],
    [{ activationBits: 9 }, "activationBits is 9"],
    [{ inputBits: 17 }, "inputBits is 17"],
    [{ weightBits: 4.5 }, "weightBits is 4.5"],
  ])("widths outside of their ranges: %o", (widths, says) => {
    expect(() =>
      importGraph(float, { calibration: { inputs } }, { ...OPTIONS, ...widths }),
    ).toThrow(
      expect.objectContaining({ code: "BAD_WIDTH", message: expect.stringContaining(says) }),
    );
  });

  test.each<[string, (b: FloatBuilder, x: string) => string]>([
    [
      "convolved with what depends on the input",
      (b, x) => {
        const square = b.node("Reshape", [x], [1, 1, 3, 4], { dims: [1, 1, 3, 4] });
        const attributes = { strides: [1, 1], dilations: [1, 1], pads: [0, 0, 0, 0], group: 1 };
        return b.node("Conv", [square, square], [1, 1, 1, 1], attributes);
      },
    ],
    ["divided by what depends on the input", (b, x) => b.node("Div", [x, x], [1, 12])],
    ["a remainder", (b, x) => b.node("Mod", [x, b.constant([], [2])], [1, 12], { fmod: 1 })],
    [
      "multiplied by weights of three dimensions",
      (b, x) => b.node("MatMul", [x, b.constant([1, 12, 2], numbers(24, -1, 1))], [1, 1, 2]),
    ],
  ])("an operator by its node and a way out: %s", (_, make) => {
    const b = new FloatBuilder();
    const graph = b.graph(make(b, b.input("x", [1, 12])));
    let thrown: unknown;
    try {
      importGraph(graph, { calibration: { inputs } }, OPTIONS);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(ModelError);
    expect(thrown).toMatchObject({
      code: "UNSUPPORTED_OPERATOR",
      message: expect.stringMatching(/^node "/),
    });
    expect((thrown as ModelError).hint).not.toBe("");
  });

  test("an output that does not depend on the input", () => {
    const b = new FloatBuilder();
    b.input("x", [1, 12]);
    const constant = b.constant([2], [1, 2]);
    expect(() => importGraph(b.graph(constant), { calibration: { inputs } }, OPTIONS)).toThrow(
      expect.objectContaining({ code: "CONSTANT_OUTPUT" }),
    );
  });
});
