import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { evaluateFloat } from "./evaluate.ts";
import { readFloatGraph } from "./read-graph.ts";

interface Expected {
  readonly name: string;
  /** What the library does to scores that the graph leaves as they are. */
  readonly transform: "none" | "softmax" | "logistic";
  readonly rows: readonly (readonly number[])[];
  readonly scores: readonly (readonly number[])[];
  /** What the library answers; none for regressors. */
  readonly labels: readonly string[];
}

const folder = new URL("fixtures/", import.meta.url);
const expected = readFileSync(new URL("expected.jsonl", folder), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Expected);

const read = (name: string) => readFloatGraph(readFileSync(new URL(`${name}.onnx`, folder)));

function transformed(scores: Float64Array, transform: Expected["transform"]): number[] {
  if (transform === "none") return [...scores];
  if (transform === "logistic") return Array.from(scores, (score) => 1 / (1 + Math.exp(-score)));
  const powers = Array.from(scores, (score) => Math.exp(score - Math.max(...scores)));
  return powers.map((power) => power / powers.reduce((sum, one) => sum + one, 0));
}

describe("the files of scikit-learn, XGBoost, PyTorch and Keras", () => {
  test("are all checked", () => {
    // Those that are quantised already have a test of their own, translate/dequantised.test.ts.
    const files = readdirSync(folder).filter((file) => /^(?!q).*\.onnx$/.test(file));
    expect(files.map((file) => file.replace(".onnx", "")).sort()).toEqual(
      expected.map(({ name }) => name).sort(),
    );
  });

  test.each(expected)(
    "$name gives the scores and labels of the library that trained it",
    ({ name, transform, rows, scores, labels }) => {
      const graph = read(name);
      const [output] = graph.outputs;
      expect(graph.outputs).toHaveLength(1);
      rows.forEach((row, i) => {
        const values = evaluateFloat(graph, [Float64Array.from(row)]);
        const ours = values.get(output?.name ?? "") as Float64Array;
        const theirs = scores[i] as readonly number[];
        const size = Math.max(1, ...theirs.map(Math.abs));
        expect(ours).toHaveLength(theirs.length);
        transformed(ours, transform).forEach((score, k) => {
          expect(Math.abs(score - (theirs[k] as number)) / size).toBeLessThan(2e-5);
        });
        if (labels.length === 0) return;
        const best = ours.indexOf(Math.max(...ours));
        expect(output?.labels[best]).toBe(labels[i]);
      });
    },
  );

  test("and of the catalogue are read", () => {
    const zoo = new URL("../zoo/", import.meta.url);
    const models = readdirSync(zoo).filter((name) =>
      existsSync(new URL(`${name}/float.onnx`, zoo)),
    );
    expect(models).toContain("mnist-mlp");
    for (const name of models) {
      const graph = readFloatGraph(readFileSync(new URL(`${name}/float.onnx`, zoo)));
      const inputs = graph.inputs.map(
        ({ dims }) => new Float64Array(dims.reduce((product, dim) => product * dim, 1)),
      );
      const values = evaluateFloat(graph, inputs);
      for (const output of graph.outputs) {
        expect(values.get(output.name)?.every(Number.isFinite)).toBe(true);
      }
    }
  });

  test("lose their shape arithmetic, their tails and their normalisation", () => {
    const ops = (name: string) =>
      read(name)
        .nodes.map(({ op }) => op)
        .join(" ");
    expect(ops("pytorch-like")).toBe("Conv Relu MaxPool Reshape MatMul Add Unary MatMul Add");
    expect(ops("standard-mlp")).toBe("Sub Mul MatMul Add Relu MatMul Add");
    expect(read("standard-mlp").notices).toEqual([
      'node "ZipMap" (ZipMap): cut off, its scores are the output',
      'output "output_label": cut off, the scores it is read from are an output',
      'node "Relu1" (Softmax): dropped as the last node, it keeps the order of the scores',
    ]);
  });
});
