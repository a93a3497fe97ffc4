/**
 * TreeEnsembleClassifier and TreeEnsembleRegressor as trees.ts wants them: every test is `x <= threshold`, children stand
 * behind parents, leaves add up. A sum of weights of one sign, or of one class of two, is understood as onnxruntime does.
 * @module
 */
import { MAX_TENSOR_ELEMENTS } from "../../onnx/tensor.ts";
import type { Value } from "../draft.ts";
import { badShape, countOf } from "../operators/operator.ts";
import { classesOf, greatestClass, rowsOf, transformed } from "./classical.ts";
import type { Site, Translator } from "./site.ts";

interface Forest {
  readonly roots: readonly number[];
  readonly feature: readonly number[];
  readonly threshold: readonly number[];
  readonly left: readonly number[];
  readonly right: readonly number[];
  /** Leaf count × outputs. */
  readonly leaves: Float64Array;
}

/** By (tree, node), the position in the file's lists. */
type Positions = ReadonlyMap<string, number>;

interface FileNodes {
  readonly trees: readonly number[];
  readonly ids: readonly number[];
  readonly features: readonly number[];
  readonly values: readonly number[];
  readonly modes: readonly string[];
  readonly yes: readonly number[];
  readonly no: readonly number[];
}

function fileNodes(site: Site): FileNodes {
  const list = (name: string): readonly number[] => site.integers(`nodes_${name}`) ?? [];
  site.ignore("nodes_hitrates", "nodes_missing_value_tracks_true", "nodes_hitrates_as_tensor");
  const doubles = site.tensor("nodes_values_as_tensor");
  const nodes: FileNodes = {
    trees: list("treeids"),
    ids: list("nodeids"),
    features: list("featureids"),
    values: doubles === undefined ? list("values") : Array.from(doubles.values),
    modes: site.texts("nodes_modes") ?? [],
    yes: list("truenodeids"),
    no: list("falsenodeids"),
  };
  const { length } = nodes.trees;
  if (length === 0 || Object.values(nodes).some((one) => one.length !== length)) {
    throw badShape(site.label, "its lists of nodes are empty or not of one length");
  }
  return nodes;
}

/** The leaves' weights: by position of the leaf, pairs of output and weight. */
function fileWeights(
  site: Site,
  kind: "class" | "target",
  positions: Positions,
): ReadonlyMap<number, readonly (readonly [number, number])[]> {
  const list = (name: string): readonly number[] => site.integers(`${kind}_${name}`) ?? [];
  const doubles = site.tensor(`${kind}_weights_as_tensor`);
  const [trees, nodes, ids] = [list("treeids"), list("nodeids"), list("ids")];
  const weights = doubles === undefined ? list("weights") : Array.from(doubles.values);
  if ([nodes, ids, weights].some(({ length }) => length !== trees.length)) {
    throw badShape(site.label, "its lists of weights are not of one length");
  }
  const found = new Map<number, [number, number][]>();
  weights.forEach((weight, i) => {
    const at = positions.get(`${trees[i]} ${nodes[i]}`);
    if (at === undefined) throw badShape(site.label, `weight ${i} belongs to no node`);
    const those = found.get(at) ?? [];
    those.push([ids[i] as number, weight]);
    found.set(at, those);
  });
  return found;
}

/**
 * The greatest number below: x < v is x <= below(v). Inputs are float32 (or double in a _as_tensor file), and for a float32
 * x the double below v separates the same numbers.
 */
function below(value: number): number {
  const view = new DataView(new ArrayBuffer(8));
  if (value === 0) return -Number.MIN_VALUE;
  view.setFloat64(0, value);
  view.setBigInt64(0, view.getBigInt64(0) + (value > 0 ? -1n : 1n));
  return view.getFloat64(0);
}

/** The first node of each tree, which is nobody's child, as every other one is somebody's. */
function rootsOf(site: Site, nodes: FileNodes, childOf: ChildOf): readonly number[] {
  const children = new Set<number>();
  const firsts = new Map<number, number>();
  nodes.trees.forEach((tree, at) => {
    if (!firsts.has(tree)) firsts.set(tree, at);
    if (nodes.modes[at] === "LEAF") return;
    children.add(childOf(tree, nodes.yes[at] as number));
    children.add(childOf(tree, nodes.no[at] as number));
  });
  nodes.trees.forEach((tree, at) => {
    if ((firsts.get(tree) === at) === children.has(at)) {
      throw badShape(site.label, `node ${nodes.ids[at]} of tree ${tree} is in no place of a tree`);
    }
  });
  return [...firsts.values()];
}

type ChildOf = (tree: number, id: number) => number;

/** Nodes in depth-first order, so that a parent stands before its children. */
function forestOf(
  site: Site,
  outputs: number,
  kind: "class" | "target",
  outputOf: (id: number) => number,
): Forest {
  const nodes = fileNodes(site);
  const positions = new Map(nodes.trees.map((tree, i) => [`${tree} ${nodes.ids[i]}`, i]));
  if (positions.size !== nodes.trees.length) throw badShape(site.label, "a node is defined twice");
  const weights = fileWeights(site, kind, positions);
  const childOf: ChildOf = (tree, id) => {
    const at = positions.get(`${tree} ${id}`);
    if (at === undefined) throw badShape(site.label, `tree ${tree} has no node ${id}`);
    return at;
  };
  const roots: number[] = [];
  const feature: number[] = [];
  const threshold: number[] = [];
  const left: number[] = [];
  const right: number[] = [];
  const leaves: number[] = [];

  const placeLeaf = (at: number): number => {
    if (leaves.length + outputs > MAX_TENSOR_ELEMENTS) {
      throw badShape(site.label, `its leaves have more than ${MAX_TENSOR_ELEMENTS} weights`);
    }
    const row = new Array<number>(outputs).fill(0);
    for (const [id, weight] of weights.get(at) ?? []) {
      const to = outputOf(id);
      if (!(to >= 0 && to < outputs)) throw badShape(site.label, `a leaf writes output ${id}`);
      row[to] = (row[to] as number) + weight;
    }
    for (const weight of row) leaves.push(weight);
    return ~(leaves.length / outputs - 1);
  };
  const placeTest = (at: number, value: number): number => {
    feature.push(nodes.features[at] as number);
    threshold.push(value);
    left.push(0);
    right.push(0);
    return feature.length - 1;
  };

  // Equality is two tests, and what follows when it fails stands twice: without a limit a chain of them would double at
  // every link. Other trees place every node once, and a loop is what exceeds that.
  const isEquality = (mode: string): boolean => mode === "BRANCH_EQ" || mode === "BRANCH_NEQ";
  const limit = nodes.modes.some(isEquality) ? 8 * nodes.ids.length + 64 : nodes.ids.length;
  let placed = 0;
  // What is to be placed, and where its number goes. A stack, for a tree may be a chain of a million nodes.
  const stack: { readonly at: number; readonly into: number[]; readonly index: number }[] = [];
  const place = (at: number): number => {
    const mode = nodes.modes[at] as string;
    if (mode === "LEAF") return placeLeaf(at);
    const tree = nodes.trees[at] as number;
    const value = nodes.values[at] as number;
    const whenYes = childOf(tree, nodes.yes[at] as number);
    const whenNo = childOf(tree, nodes.no[at] as number);
    const test = testOf(site, mode, value);
    const own = placeTest(at, test.threshold);
    if (test.kind === "equal") {
      const inside = placeTest(at, below(value));
      left[own] = inside;
      const [equal, other] = test.yesIsLeft ? [whenYes, whenNo] : [whenNo, whenYes];
      stack.push({ at: other, into: right, index: own });
      stack.push({ at: equal, into: right, index: inside });
      stack.push({ at: other, into: left, index: inside });
      return own;
    }
    const [first, second] = test.yesIsLeft ? [whenYes, whenNo] : [whenNo, whenYes];
    stack.push({ at: second, into: right, index: own });
    stack.push({ at: first, into: left, index: own });
    return own;
  };
  rootsOf(site, nodes, childOf).forEach((at, index) => {
    stack.push({ at, into: roots, index });
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      if (++placed > limit) {
        throw site.refuse(
          "its nodes are no tree, or its tests for equality would multiply it",
          "Encode categories as one feature per value (one-hot), and train with those.",
        );
      }
      next.into[next.index] = place(next.at);
    }
  });
  return { roots, feature, threshold, left, right, leaves: Float64Array.from(leaves) };
}

/** A mode as `x <= threshold`, and whether a yes goes left; equality is x <= v and not x <= below(v). */
function testOf(
  site: Site,
  mode: string,
  value: number,
): { readonly kind: "order" | "equal"; readonly threshold: number; readonly yesIsLeft: boolean } {
  switch (mode) {
    case "BRANCH_LEQ":
      return { kind: "order", threshold: value, yesIsLeft: true };
    case "BRANCH_LT":
      return { kind: "order", threshold: below(value), yesIsLeft: true };
    case "BRANCH_GT":
      return { kind: "order", threshold: value, yesIsLeft: false };
    case "BRANCH_GTE":
      return { kind: "order", threshold: below(value), yesIsLeft: false };
    case "BRANCH_EQ":
      return { kind: "equal", threshold: value, yesIsLeft: true };
    case "BRANCH_NEQ":
      return { kind: "equal", threshold: value, yesIsLeft: false };
    default:
      throw badShape(site.label, `a node has mode ${JSON.stringify(mode.slice(0, 80))}`);
  }
}

function emitForest(site: Site, forest: Forest, outputs: number, base: readonly number[]): Value {
  return site.draft.emit("TreeEnsemble", [rowsOf(site)], {
    roots: forest.roots,
    feature: forest.feature,
    threshold: forest.threshold,
    left: forest.left,
    right: forest.right,
    leaves: Array.from(forest.leaves),
    outputs,
    base,
  });
}

function baseValues(site: Site): readonly number[] {
  const doubles = site.tensor("base_values_as_tensor");
  return doubles === undefined ? (site.integers("base_values") ?? []) : Array.from(doubles.values);
}

export const treeEnsembleRegressor: Translator = (site) => {
  const targets = site.number("n_targets", 1);
  const aggregate = site.text("aggregate_function", "SUM");
  if (!(targets >= 1 && targets <= 2 ** 16))
    throw badShape(site.label, `it has ${targets} targets`);
  if (aggregate !== "SUM" && aggregate !== "AVERAGE") {
    throw site.refuse(
      `it aggregates by ${JSON.stringify(aggregate.slice(0, 80))}, only SUM and AVERAGE are supported`,
      "Train an ensemble whose trees add up (random forest, gradient boosting).",
    );
  }
  const forest = forestOf(site, targets, "target", (id) => id);
  const share = aggregate === "AVERAGE" ? 1 / forest.roots.length : 1;
  const stated = baseValues(site);
  if (stated.length > 0 && stated.length !== targets) {
    throw badShape(site.label, `${stated.length} base values for ${targets} targets`);
  }
  const base = stated.length === targets ? stated : new Array<number>(targets).fill(0);
  const leaves = forest.leaves.map((weight) => weight * share);
  return [transformed(site, emitForest(site, { ...forest, leaves }, targets, base))];
};

export const treeEnsembleClassifier: Translator = (site) => {
  const classes = classesOf(site, "classlabels_int64s", "classlabels_strings");
  if (classes.length === 0) throw badShape(site.label, "it names no classes");
  const ids = new Set(site.integers("class_ids") ?? []);
  const base = baseValues(site);
  if (classes.length !== 2 || ids.size !== 1) {
    if (base.length > 0 && base.length !== classes.length) {
      throw badShape(site.label, `${base.length} base values for ${classes.length} classes`);
    }
    const forest = forestOf(site, classes.length, "class", (id) => id);
    const stated = base.length > 0 ? base : classes.map(() => 0);
    const scores = emitForest(site, forest, classes.length, stated);
    return [greatestClass(site, scores, classes), transformed(site, scores)];
  }
  return oneScore(site, classes, ids.has(0), base);
};

/**
 * Two classes and one weight per leaf, which the specification leaves open: as onnxruntime 1.30 does. Weights that name the
 * first class are the score of the second nevertheless. Where onnxruntime's label contradicts its own scores (weights
 * of one sign under LOGISTIC), the scores count, as they do for the library that trained the trees.
 */
function oneScore(
  site: Site,
  classes: readonly string[],
  namesFirst: boolean,
  base: readonly number[],
): readonly Value[] {
  const { draft } = site;
  if (base.length > 1 || (base.length === 1 && !namesFirst)) {
    throw site.refuse(
      `it has ${base.length} base values for one weight per leaf, which runtimes understand differently`,
      "Export the model with one base value, or with one weight per class.",
    );
  }
  const forest = forestOf(site, 1, "class", () => 0);
  const score = emitForest(site, forest, 1, [base[0] ?? 0]);
  const isPositive = forest.leaves.every((weight) => weight >= 0);
  const beside = (first: Value): Value => draft.emit("Concat", [first, score], { axis: 1 });
  const fixed = (value: number): Value =>
    draft.numbers(score.dtype, score.dims, new Float64Array(countOf(score.dims)).fill(value));
  if (!namesFirst) {
    const scores = beside(fixed(0));
    const label = greatestClass(site, isPositive ? beside(fixed(0.5)) : scores, classes);
    return [label, transformed(site, scores)];
  }
  const isProbability = isPositive && site.text("post_transform", "NONE") === "NONE";
  const scores = beside(
    isProbability ? draft.emit("Sub", [draft.scalar(score, 1), score]) : draft.emit("Neg", [score]),
  );
  return [greatestClass(site, scores, classes), transformed(site, scores)];
}
