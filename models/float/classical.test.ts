import { describe, expect, test } from "vitest";
import { evaluateFloat } from "./evaluate.ts";
import { readFloatGraph } from "./read-graph.ts";
import {
  bytesOf,
  drawing,
  drawn,
  runOriginal,
  type TestAttribute,
  type TestModel,
} from "./testing.ts";

const FEATURES = 4;
type Attributes = Readonly<Record<string, TestAttribute>>;

function model(op: string, attributes: Attributes, outputs: readonly string[]): TestModel {
  return {
    inputs: { x: { dims: [1, FEATURES] } },
    nodes: [{ op, domain: "ai.onnx.ml", inputs: ["x"], outputs, attributes }],
    outputs,
  };
}

const reals = (count: number, seed: number): number[] => [...drawn("float32", count, seed)];

/** Scores as the file's post_transform would turn them. */
function transformed(scores: readonly number[], transform: string): number[] {
  if (transform === "LOGISTIC") return scores.map((score) => 1 / (1 + Math.exp(-score)));
  if (transform !== "SOFTMAX") return [...scores];
  const powers = scores.map((score) => Math.exp(score - Math.max(...scores)));
  return powers.map((power) => power / powers.reduce((sum, one) => sum + one, 0));
}

/** Scores, and that the greatest of them is the label that onnxruntime answers. */
async function checkClassifier(
  op: string,
  attributes: Attributes,
  transform: string,
): Promise<void> {
  const file = model(op, { ...attributes, post_transform: transform }, ["label", "scores"]);
  const graph = readFloatGraph(bytesOf(file));
  const [output] = graph.outputs;
  expect(graph.outputs).toHaveLength(1);
  const only = readFloatGraph(bytesOf({ ...file, outputs: ["label"] }));
  for (let seed = 0; seed < 12; seed++) {
    const x = drawn("float32", FEATURES, seed);
    const [label, theirs] = await runOriginal(bytesOf(file), { x }, ["label", "scores"]);
    const scores = [...(evaluateFloat(graph, [x]).get(output?.name ?? "") as Float64Array)];
    expect(scores).toHaveLength(theirs?.length ?? 0);
    transformed(scores, transform).forEach((score, i) => {
      expect(score).toBeCloseTo(theirs?.[i] as number, 4);
    });
    const position = evaluateFloat(only, [x]).get(only.outputs[0]?.name ?? "")?.[0] as number;
    expect(only.outputs[0]?.labels[position]).toBe(String(label?.[0]));
    if (output?.labels.length === scores.length) {
      const best = scores.indexOf(Math.max(...scores));
      expect(output.labels[best]).toBe(String(label?.[0]));
    }
  }
}

const TRANSFORMS = ["NONE", "LOGISTIC", "SOFTMAX"];
const labels = (count: number): number[] => Array.from({ length: count }, (_, i) => 10 + i);

describe("linear classifiers", () => {
  test.each(TRANSFORMS)("of three classes, %s", async (transform) => {
    await checkClassifier(
      "LinearClassifier",
      {
        coefficients: { floats: reals(12, 1) },
        intercepts: { floats: reals(3, 2) },
        classlabels_ints: labels(3),
      },
      transform,
    );
  });

  test.each(["NONE", "LOGISTIC"])("of two classes and one score, %s", async (transform) => {
    const file = model(
      "LinearClassifier",
      {
        coefficients: { floats: reals(4, 1) },
        intercepts: { floats: reals(1, 2) },
        classlabels_ints: labels(2),
        post_transform: transform,
      },
      ["label", "scores"],
    );
    const graph = readFloatGraph(bytesOf(file));
    for (let seed = 0; seed < 12; seed++) {
      const x = drawn("float32", FEATURES, seed);
      const [label, theirs] = await runOriginal(bytesOf(file), { x }, ["label", "scores"]);
      const values = evaluateFloat(graph, [x]);
      const scores = [...(values.get(graph.outputs[0]?.name ?? "") as Float64Array)];
      transformed(scores, transform).forEach((score, i) => {
        expect(score).toBeCloseTo(theirs?.[i] as number, 4);
      });
      const only = readFloatGraph(bytesOf({ ...file, outputs: ["label"] }));
      const position = evaluateFloat(only, [x]).get(only.outputs[0]?.name ?? "")?.[0] as number;
      expect(only.outputs[0]?.labels[position]).toBe(String(label?.[0]));
    }
  });

  test("refuse a probit, which no circuit computes", () => {
    const file = model(
      "LinearClassifier",
      {
        coefficients: { floats: reals(12, 1) },
        intercepts: { floats: reals(3, 2) },
        classlabels_ints: labels(3),
        post_transform: "PROBIT",
      },
      ["label", "scores"],
    );
    expect(() => readFloatGraph(bytesOf(file))).toThrow(/PROBIT.* is not supported/);
  });
});

describe("support vector machines", () => {
  const svm = (classes: number, perClass: readonly number[]): Attributes => {
    const supports = perClass.reduce((sum, count) => sum + count, 0);
    return {
      kernel_type: "LINEAR",
      kernel_params: { floats: [0.1, 0, 3] },
      classlabels_ints: labels(classes),
      vectors_per_class: perClass,
      support_vectors: { floats: reals(supports * FEATURES, 3) },
      coefficients: { floats: reals(supports * (classes - 1), 4) },
      rho: { floats: reals((classes * (classes - 1)) / 2, 5) },
    };
  };

  test.each([
    [3, [2, 1, 3]],
    [4, [2, 2, 1, 3]],
  ] as const)("of %d classes decide between every two", async (classes, perClass) => {
    await checkClassifier("SVMClassifier", svm(classes, perClass), "NONE");
  });

  test("of two classes give each class its own score", async () => {
    const file = model("SVMClassifier", svm(2, [2, 3]), ["label", "scores"]);
    const graph = readFloatGraph(bytesOf(file));
    for (let seed = 0; seed < 12; seed++) {
      const x = drawn("float32", FEATURES, seed);
      const [label, theirs] = await runOriginal(bytesOf(file), { x }, ["label", "scores"]);
      const scores = evaluateFloat(graph, [x]).get(graph.outputs[0]?.name ?? "") as Float64Array;
      // onnxruntime's two scores stand the other way round, against its own label.
      expect(scores[0]).toBeCloseTo(theirs?.[1] as number, 4);
      expect(scores[1]).toBeCloseTo(theirs?.[0] as number, 4);
      const best = scores.indexOf(Math.max(...scores));
      expect(graph.outputs[0]?.labels[best]).toBe(String(label?.[0]));
    }
  });

  test("of liblinear have one row of weights per class", async () => {
    await checkClassifier(
      "SVMClassifier",
      {
        kernel_type: "LINEAR",
        kernel_params: { floats: [0.1, 0, 3] },
        classlabels_ints: labels(3),
        coefficients: { floats: reals(12, 4) },
        rho: { floats: [0.5] },
      },
      "NONE",
    );
  });

  test("for regression add up their support vectors", async () => {
    const file = model(
      "SVMRegressor",
      {
        kernel_type: "LINEAR",
        kernel_params: { floats: [0.1, 0, 3] },
        n_supports: 3,
        support_vectors: { floats: reals(12, 3) },
        coefficients: { floats: reals(3, 4) },
        rho: { floats: [0.25] },
      },
      ["y"],
    );
    const graph = readFloatGraph(bytesOf(file));
    const x = drawn("float32", FEATURES, 6);
    const [theirs] = await runOriginal(bytesOf(file), { x }, ["y"]);
    expect(evaluateFloat(graph, [x]).get("y")?.[0]).toBeCloseTo(theirs?.[0] as number, 4);
  });

  test("refuse kernels that are not linear, and probabilities", () => {
    const read = (more: Attributes) => () =>
      readFloatGraph(bytesOf(model("SVMClassifier", { ...svm(2, [2, 3]), ...more }, ["l", "s"])));
    expect(read({ kernel_type: "RBF" })).toThrow(/its kernel is "RBF", only LINEAR is supported/);
    expect(read({ prob_a: { floats: [1] }, prob_b: { floats: [0] } })).toThrow(/probabilities/);
  });
});

const MODES = ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ"];

/** Full trees of depth 2, whose tests are `modes` in turn and whose thresholds are numbers that inputs take exactly. */
function nodesOf(trees: number, modes: readonly string[], thresholds: readonly number[]) {
  const lists = {
    nodes_treeids: [] as number[],
    nodes_nodeids: [] as number[],
    nodes_featureids: [] as number[],
    nodes_truenodeids: [] as number[],
    nodes_falsenodeids: [] as number[],
  };
  const values: number[] = [];
  const strings: string[] = [];
  const next = drawing(8);
  for (let tree = 0; tree < trees; tree++) {
    for (let node = 0; node < 7; node++) {
      const isLeaf = node >= 3;
      lists.nodes_treeids.push(tree);
      lists.nodes_nodeids.push(node);
      lists.nodes_featureids.push(isLeaf ? 0 : Math.floor(next() * FEATURES));
      lists.nodes_truenodeids.push(isLeaf ? 0 : 2 * node + 1);
      lists.nodes_falsenodeids.push(isLeaf ? 0 : 2 * node + 2);
      values.push(isLeaf ? 0 : (thresholds[Math.floor(next() * thresholds.length)] as number));
      strings.push(isLeaf ? "LEAF" : (modes[(tree + node) % modes.length] as string));
    }
  }
  return { ...lists, nodes_values: { floats: values }, nodes_modes: { strings } };
}

/** Weights of the four leaves of every tree for each of `ids`. */
function leavesOf(
  kind: "class" | "target",
  trees: number,
  ids: readonly number[],
  weights: readonly number[],
) {
  const at = Array.from({ length: trees * 4 * ids.length }, (_, i) => i);
  const share = 4 * ids.length;
  return {
    [`${kind}_treeids`]: at.map((i) => Math.floor(i / share)),
    [`${kind}_nodeids`]: at.map((i) => 3 + (Math.floor(i / ids.length) % 4)),
    [`${kind}_ids`]: at.map((i) => ids[i % ids.length] as number),
    [`${kind}_weights`]: { floats: at.map((i) => weights[i % weights.length] as number) },
  };
}

const grid = drawn("float32", 3, 21);
/** Inputs on the thresholds and between them. */
const onGrid = (seed: number): Float64Array => {
  const next = drawing(seed);
  return Float64Array.from({ length: FEATURES }, () =>
    next() < 0.6 ? (grid[Math.floor(next() * 3)] as number) : Math.fround(6 * next() - 3),
  );
};

describe("tree ensembles", () => {
  test.each(MODES)("test by %s", async (mode) => {
    const file = model(
      "TreeEnsembleRegressor",
      {
        ...nodesOf(3, [mode], [...grid]),
        ...leavesOf("target", 3, [0], reals(7, 9)),
        n_targets: 1,
      },
      ["y"],
    );
    const graph = readFloatGraph(bytesOf(file));
    expect(graph.nodes.map(({ op }) => op)).toEqual(["TreeEnsemble"]);
    for (let seed = 0; seed < 20; seed++) {
      const x = onGrid(seed);
      const [theirs] = await runOriginal(bytesOf(file), { x }, ["y"]);
      expect(evaluateFloat(graph, [x]).get("y")?.[0]).toBeCloseTo(theirs?.[0] as number, 4);
    }
  });

  test.each([
    ["SUM", {}],
    ["AVERAGE", {}],
    ["SUM", { base_values: { floats: [1, -2] } }],
  ] as const)("for regression give several targets, %s %o", async (aggregate_function, more) => {
    const file = model(
      "TreeEnsembleRegressor",
      {
        ...nodesOf(3, ["BRANCH_LEQ"], [...grid]),
        ...leavesOf("target", 3, [0, 1], reals(7, 9)),
        n_targets: 2,
        aggregate_function,
        ...more,
      },
      ["y"],
    );
    const graph = readFloatGraph(bytesOf(file));
    for (let seed = 0; seed < 8; seed++) {
      const x = onGrid(seed);
      const [theirs] = await runOriginal(bytesOf(file), { x }, ["y"]);
      evaluateFloat(graph, [x])
        .get("y")
        ?.forEach((score, i) => {
          expect(score).toBeCloseTo(theirs?.[i] as number, 4);
        });
    }
  });

  const forest = (ids: readonly number[], weights: readonly number[]): Attributes => ({
    ...nodesOf(3, ["BRANCH_LEQ", "BRANCH_LT"], [...grid]),
    ...leavesOf("class", 3, ids, weights),
  });

  test.each(TRANSFORMS)("of three classes, %s", async (transform) => {
    const attributes = { ...forest([0, 1, 2], reals(11, 9)), classlabels_int64s: labels(3) };
    await checkClassifier("TreeEnsembleClassifier", attributes, transform);
    const base_values = { floats: [0.5, -1, 2] };
    await checkClassifier("TreeEnsembleClassifier", { ...attributes, base_values }, transform);
  });

  const positive = reals(11, 9).map((weight) => Math.fround(Math.abs(weight) / 9));
  test.each([
    ["one weight per leaf, a probability", [0], positive, "NONE", undefined],
    ["one weight per leaf of the second class, positive", [1], positive, "NONE", undefined],
    ["one weight per leaf of both signs", [0], reals(11, 9), "LOGISTIC", undefined],
    ["one weight per leaf and one base", [0], reals(11, 9), "LOGISTIC", [0.5]],
    ["one weight per leaf of the second class", [1], reals(11, 9), "LOGISTIC", undefined],
  ] as const)("of two classes with %s", async (_, ids, weights, transform, base) => {
    await checkClassifier(
      "TreeEnsembleClassifier",
      {
        ...forest(ids, weights),
        classlabels_int64s: labels(2),
        ...(base === undefined ? {} : { base_values: { floats: base } }),
      },
      transform,
    );
  });

  test("of two classes with two weights per leaf score both", async () => {
    // onnxruntime's label is 0 or 1 here, whatever the classes are called: its scores count.
    const file = model(
      "TreeEnsembleClassifier",
      { ...forest([0, 1], positive), classlabels_int64s: labels(2) },
      ["label", "scores"],
    );
    const graph = readFloatGraph(bytesOf(file));
    expect(graph.outputs).toMatchObject([{ name: "scores", labels: ["10", "11"] }]);
    for (let seed = 0; seed < 8; seed++) {
      const x = onGrid(seed);
      const [theirs] = await runOriginal(bytesOf(file), { x }, ["scores"]);
      evaluateFloat(graph, [x])
        .get("scores")
        ?.forEach((score, i) => {
          expect(score).toBeCloseTo(theirs?.[i] as number, 4);
        });
    }
  });

  test("refuse what is no sum, and nodes that are no tree", () => {
    const read = (more: Attributes) => () =>
      readFloatGraph(
        bytesOf(
          model(
            "TreeEnsembleRegressor",
            {
              ...nodesOf(1, ["BRANCH_LEQ"], [0]),
              ...leavesOf("target", 1, [0], [1]),
              n_targets: 1,
              ...more,
            },
            ["y"],
          ),
        ),
      );
    expect(read({ aggregate_function: "MAX" })).toThrow(/only SUM and AVERAGE are supported/);
    expect(read({ nodes_truenodeids: [1, 0, 5, 0, 0, 0, 0] })).toThrow(
      /node 0 of tree 0 is in no place/,
    );
    expect(read({ nodes_falsenodeids: [9, 4, 6, 0, 0, 0, 0] })).toThrow(/tree 0 has no node 9/);
    expect(read({ nodes_featureids: [7, 0, 0, 0, 0, 0, 0] })).toThrow(/features below 4/);
  });
});

describe("labels", () => {
  const classifier = {
    op: "LinearClassifier",
    domain: "ai.onnx.ml",
    inputs: ["x"],
    outputs: ["label", "scores"],
    attributes: {
      coefficients: { floats: reals(8, 1) },
      intercepts: { floats: reals(2, 2) },
      classlabels_ints: [0, 1],
    },
  };
  const encoder = (attributes: Attributes) => ({
    op: "LabelEncoder",
    domain: "ai.onnx.ml",
    inputs: ["label"],
    outputs: ["name"],
    attributes,
  });
  const read = (attributes: Attributes, outputs: readonly string[]) =>
    readFloatGraph(
      bytesOf({
        inputs: { x: { dims: [1, FEATURES] } },
        nodes: [classifier, encoder(attributes)],
        outputs,
      }),
    );
  const names = { keys_int64s: [1, 0], values_strings: { strings: ["malign", "benign"] } };

  test("are spelled by a LabelEncoder, at the scores as at the label alone", () => {
    expect(read(names, ["name", "scores"]).outputs).toMatchObject([
      { name: "scores", labels: ["benign", "malign"] },
    ]);
    expect(read(names, ["name"]).outputs).toMatchObject([
      { dtype: "integer", labels: ["benign", "malign"] },
    ]);
  });

  test("that an encoder does not know are refused", () => {
    const other = { keys_int64s: [4, 5], values_strings: { strings: ["a", "b"] } };
    expect(() => read(other, ["name"])).toThrow(/does not spell the classes of this model/);
  });
});
