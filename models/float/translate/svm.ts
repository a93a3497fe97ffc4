/**
 * SVMClassifier and SVMRegressor with a linear kernel, whose support vectors add up to one row of weights per decision.
 *
 * libsvm decides between every two classes i < j. Support vectors stand class by class; the coefficients are
 * [classes - 1, vectors], where row j - 1 holds what class i's vectors weigh against class j, and row i what class j's weigh
 * against class i. rho is added. Chang and Lin, "LIBSVM", §4 and §7; onnxruntime's svmclassifier for the layout.
 * @module
 */
import { MAX_TENSOR_ELEMENTS } from "../../onnx/tensor.ts";
import type { Value } from "../draft.ts";
import { badShape, countOf } from "../operators/operator.ts";
import { affine, classesOf, greatestClass, rowsOf, transformed } from "./classical.ts";
import type { Site, Translator } from "./site.ts";

function requireLinear(site: Site): void {
  const kernel = site.text("kernel_type", "LINEAR");
  site.ignore("kernel_params");
  if (kernel === "LINEAR") return;
  throw site.refuse(
    `its kernel is ${JSON.stringify(kernel.slice(0, 80))}, only LINEAR is supported`,
    'Train it with kernel="linear", or use trees or a small network instead.',
  );
}

export const svmRegressor: Translator = (site) => {
  requireLinear(site);
  const x = rowsOf(site);
  const features = x.dims[1] ?? 0;
  const coefficients = site.integers("coefficients") ?? [];
  const vectors = site.integers("support_vectors") ?? [];
  const rho = site.integers("rho") ?? [];
  const supports = site.number("n_supports", 0);
  const isOneClass = site.flag("one_class", 0);
  const weights =
    supports === 0
      ? coefficients
      : Array.from(weighted(site, coefficients, vectors, supports, features));
  const score = affine(site, x, weights, rho.slice(0, 1));
  if (!isOneClass) return [transformed(site, score)];
  throw site.refuse(
    "one_class answers 1 or -1 instead of a score",
    "Export the decision function instead of the prediction.",
  );
};

/** Σ coefficient · support vector */
function weighted(
  site: Site,
  coefficients: readonly number[],
  vectors: readonly number[],
  supports: number,
  features: number,
): Float64Array {
  if (coefficients.length !== supports || vectors.length !== supports * features) {
    throw badShape(site.label, `${supports} support vectors do not fit its lists`);
  }
  const sum = new Float64Array(features);
  addVectors(sum, vectors, 0, supports, (v) => coefficients[v] as number);
  return sum;
}

function addVectors(
  sum: Float64Array,
  vectors: readonly number[],
  first: number,
  count: number,
  weight: (vector: number) => number,
): void {
  for (let v = first; v < first + count; v++) {
    for (let f = 0; f < sum.length; f++) {
      sum[f] = (sum[f] as number) + weight(v) * (vectors[v * sum.length + f] as number);
    }
  }
}

export const svmClassifier: Translator = (site) => {
  requireLinear(site);
  const x = rowsOf(site);
  const features = x.dims[1] ?? 0;
  const classes = classesOf(site, "classlabels_ints", "classlabels_strings");
  const coefficients = site.integers("coefficients") ?? [];
  const rho = site.integers("rho") ?? [];
  const perClass = site.integers("vectors_per_class") ?? [];
  const vectors = site.integers("support_vectors") ?? [];
  if ((site.integers("prob_a") ?? []).length + (site.integers("prob_b") ?? []).length > 0) {
    throw site.refuse(
      "it estimates probabilities, which no circuit of ours computes",
      "Train it with probability=False; the decision values remain.",
    );
  }
  const supports = perClass.reduce((sum, count) => sum + count, 0);
  if (supports === 0) {
    // liblinear: one row of weights per class, and one rho for all.
    const row = affine(site, x, coefficients, []);
    const scores = site.draft.emit("Add", [row, site.draft.scalar(x, rho[0] ?? 0)]);
    return [greatestClass(site, scores, classes), transformed(site, scores)];
  }
  const count = perClass.length;
  const pairs = (count * (count - 1)) / 2;
  if (
    count < 2 ||
    classes.length !== count ||
    perClass.some((size) => !(size >= 0)) ||
    vectors.length !== supports * features ||
    coefficients.length !== (count - 1) * supports ||
    rho.length !== pairs
  ) {
    throw badShape(
      site.label,
      `${supports} support vectors of ${count} classes do not fit its lists`,
    );
  }
  if (pairs * features > MAX_TENSOR_ELEMENTS) {
    throw badShape(site.label, `it has more than ${MAX_TENSOR_ELEMENTS} weights`);
  }
  const rows: number[] = [];
  const starts = perClass.map((_, i) => perClass.slice(0, i).reduce((sum, size) => sum + size, 0));
  for (let i = 0; i < count - 1; i++) {
    for (let j = i + 1; j < count; j++) {
      const sum = new Float64Array(features);
      const against = (row: number) => (v: number) => coefficients[row * supports + v] as number;
      addVectors(sum, vectors, starts[i] as number, perClass[i] as number, against(j - 1));
      addVectors(sum, vectors, starts[j] as number, perClass[j] as number, against(i));
      for (const weight of sum) rows.push(weight);
    }
  }
  return decided(site, affine(site, x, rows, rho), classes);
};

/** Positive is a vote for the first class of a pair. */
function decided(site: Site, decisions: Value, classes: readonly string[]): readonly Value[] {
  const { draft } = site;
  const count = classes.length;
  if (count === 2) {
    // d > 0 is a vote for the first class. onnxruntime writes [-d, d], each class with the score of the other: what it
    // calls a score contradicts its own label, which is the one followed here.
    const opposite = draft.emit("Neg", [decisions]);
    const scores = draft.emit("Concat", [decisions, opposite], { axis: 1 });
    return [greatestClass(site, scores, classes), transformed(site, scores)];
  }
  const pairs = countOf(decisions.dims.slice(1));
  const isFirst = draft.emit("Greater", [decisions, draft.scalar(decisions, 0)]);
  const wins = draft.emit("Cast", [isFirst], { to: 1 });
  // votes = (what a lost pair gives) + wins · (what a won one adds)
  const change = new Float64Array(pairs * count);
  const lost = new Float64Array(count);
  let pair = 0;
  for (let i = 0; i < count - 1; i++) {
    for (let j = i + 1; j < count; j++, pair++) {
      change[pair * count + i] = 1;
      change[pair * count + j] = -1;
      lost[j] = (lost[j] as number) + 1;
    }
  }
  const moved = draft.emit("MatMul", [wins, draft.numbers("float32", [pairs, count], change)]);
  const votes = draft.emit("Add", [moved, draft.numbers("float32", [count], lost)]);
  return [greatestClass(site, votes, classes), transformed(site, decisions)];
}
