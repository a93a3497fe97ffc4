/**
 * Linear models and tails of ai.onnx.ml, as scikit-learn's and XGBoost's exporters write them. A class label is carried
 * as the position of the class; what spells it becomes the labels of the output.
 * @module
 */
import type { Value } from "../draft.ts";
import { badShape, countOf } from "../operators/operator.ts";
import { isFloat } from "../value.ts";
import type { Site, Translator } from "./site.ts";

/** [features] is one row; anything else is rows already. Integers become float32, in which all of ai.onnx.ml computes. */
export function rowsOf(site: Site, index = 0): Value {
  const x = site.input(index);
  const float = isFloat(x.dtype) ? x : site.draft.emit("Cast", [x], { to: 1 });
  if (float.dims.length === 2) return float;
  if (float.dims.length === 1) return site.draft.reshape(float, [1, ...float.dims]);
  throw badShape(site.label, `[${x.dims.join(", ")}] is not a list of rows`);
}

/** x · coefficientsᵀ + intercepts, for `targets` rows of coefficients. */
export function affine(
  site: Site,
  x: Value,
  coefficients: readonly number[],
  intercepts: readonly number[],
): Value {
  const { draft } = site;
  const features = x.dims[1] ?? 0;
  const targets = coefficients.length / features;
  if (!Number.isInteger(targets) || targets < 1) {
    throw badShape(site.label, `${coefficients.length} coefficients for ${features} features`);
  }
  const weights = draft.emit(
    "Transpose",
    [draft.numbers(x.dtype, [targets, features], coefficients)],
    { perm: [1, 0] },
  );
  const product = draft.emit("MatMul", [x, weights]);
  if (intercepts.length === 0) return product;
  if (intercepts.length !== targets) {
    throw badShape(site.label, `${intercepts.length} intercepts for ${targets} targets`);
  }
  return draft.emit("Add", [product, draft.numbers(x.dtype, [targets], intercepts)]);
}

/** The spelling of the classes, if the node names them. */
export function classesOf(site: Site, integers: string, strings: string): readonly string[] {
  const texts = site.texts(strings) ?? [];
  const numbers = site.integers(integers) ?? [];
  return texts.length > 0 ? texts : numbers.map(String);
}

/** Which class is greatest, and how it is spelled. [N, classes] → [N] */
export function greatestClass(site: Site, scores: Value, classes: readonly string[]): Value {
  const label = site.draft.emit("ArgMax", [scores], { axis: 1, keepdims: 0, select_last_index: 0 });
  if (classes.length > 0) label.labels = classes;
  return label;
}

/** What turns scores into probabilities: written as a node, and dropped later where it is the last. */
export function transformed(site: Site, scores: Value): Value {
  const transform = site.text("post_transform", "NONE");
  switch (transform) {
    case "NONE":
      return scores;
    case "LOGISTIC":
      return site.draft.emit("Logistic", [scores]);
    case "SOFTMAX":
      return site.draft.emit("Softmax", [scores], { axis: 1 });
    default:
      throw site.refuse(
        `post_transform ${JSON.stringify(transform.slice(0, 80))} is not supported`,
        "Export the model with post_transform NONE, LOGISTIC or SOFTMAX.",
      );
  }
}

export const linearRegressor: Translator = (site) => {
  site.ignore("targets");
  const x = rowsOf(site);
  const intercepts = site.integers("intercepts") ?? [];
  return [transformed(site, affine(site, x, site.integers("coefficients") ?? [], intercepts))];
};

export const linearClassifier: Translator = (site) => {
  const { draft } = site;
  site.ignore("multi_class");
  const classes = classesOf(site, "classlabels_ints", "classlabels_strings");
  const intercepts = site.integers("intercepts") ?? [];
  const scores = affine(site, rowsOf(site), site.integers("coefficients") ?? [], intercepts);
  if (scores.dims[1] !== 1 || classes.length !== 2) {
    return [greatestClass(site, scores, classes), transformed(site, scores)];
  }
  // One score for two classes: the label is the score's sign, with or without a transform.
  const both = draft.emit("Concat", [draft.emit("Neg", [scores]), scores], { axis: 1 });
  const label = greatestClass(site, both, classes);
  const transform = site.text("post_transform", "NONE");
  if (transform === "LOGISTIC") return [label, transformed(site, both)];
  const result = transformed(site, scores);
  const other = draft.emit("Sub", [draft.scalar(result, 1), result]);
  return [label, draft.emit("Concat", [other, result], { axis: 1 })];
};

/** (x - offset) · scale, each one number or one per feature. */
export const scaler: Translator = (site) => {
  const { draft } = site;
  const x = rowsOf(site);
  const offset = site.integers("offset") ?? [0];
  const scale = site.integers("scale") ?? [1];
  const shape = (list: readonly number[]): number[] => (list.length === 1 ? [1] : [list.length]);
  const centred = offset.every((value) => value === 0)
    ? x
    : draft.emit("Sub", [x, draft.numbers(x.dtype, shape(offset), offset)]);
  return [draft.emit("Mul", [centred, draft.numbers(x.dtype, shape(scale), scale)])];
};

export const normalizer: Translator = (site) => {
  const norm = site.text("norm", "MAX");
  const x = site.input(0);
  return [site.draft.emit("Normalizer", [x], { norm, axis: x.dims.length - 1 })];
};

export const featureVectorizer: Translator = (site) => {
  site.ignore("inputdimensions");
  const rows = site.inputs.map((_, index) => rowsOf(site, index));
  return [site.draft.emit("Concat", rows, { axis: 1 })];
};

/** Scores as a map from class to number: the scores, and the classes as their labels. */
export const zipMap: Translator = (site) => {
  const scores = site.input(0);
  const classes = classesOf(site, "classlabels_int64s", "classlabels_strings");
  site.draft.notices.push(`${site.label}: cut off, its scores are the output`);
  if (classes.length > 0) scores.labels = classes;
  return [scores];
};

/** Columns of x by position; of a constant list of classes, the spelling of the class at a position. */
export const arrayFeatureExtractor: Translator = (site) => {
  const { draft } = site;
  const [list, position] = [site.input(0), site.input(1)];
  if (position.values !== undefined) {
    const flat = draft.reshape(position, [countOf(position.dims)]);
    const rows = list.dims.length === 1 ? draft.reshape(list, [1, ...list.dims]) : list;
    return [draft.emit("Gather", [rows, flat], { axis: rows.dims.length - 1 })];
  }
  const classes = spelled(list);
  if (classes === undefined || (position.labels ?? []).length > 0) {
    throw site.refuse(
      "it picks features at positions that depend on the input",
      "Only a table of class labels may be read so.",
    );
  }
  const label = draft.reshape(position, [1, countOf(position.dims)]);
  label.labels = classes;
  return [label];
};

/** Other spellings of a class. */
export const labelEncoder: Translator = (site) => {
  const label = site.input(0);
  const keys = spellings(site, "keys");
  const values = spellings(site, "values");
  const older = site.texts("classes_strings");
  site.ignore("default_int64", "default_string", "default_float", "default_tensor");
  const from = label.labels ?? keys;
  const to = older ?? from.map((key) => values[keys.indexOf(key)]);
  const known = to.filter((text) => text !== undefined);
  if (label.dtype !== "int64" || known.length !== to.length || to.length === 0) {
    throw site.refuse(
      "it does not spell the classes of this model",
      "Only the label of a class may be encoded; encode features before inference.",
    );
  }
  // Without labels the number of a class is the key itself, and keys must number the classes in order.
  if (
    label.labels === undefined &&
    older === undefined &&
    keys.some((key, i) => key !== String(i))
  ) {
    throw site.refuse("its keys do not number the classes", "Export the classifier without it.");
  }
  const same = site.draft.reshape(label, label.dims);
  same.labels = known;
  return [same];
};

function spellings(site: Site, side: "keys" | "values"): readonly string[] {
  const texts = site.texts(`${side}_strings`) ?? [];
  const lists = [`${side}_int64s`, `${side}_floats`].map((name) => site.integers(name) ?? []);
  const tensor = site.tensor(`${side}_tensor`);
  const list = tensor === undefined ? undefined : spelled(tensor);
  return [...texts, ...lists.flat().map(String), ...(list ?? [])];
}

/** A constant list as text. */
function spelled({
  values,
  strings,
}: Pick<Value, "values" | "strings">): readonly string[] | undefined {
  if (values === undefined) return undefined;
  return Array.from(values, (value) => strings?.[value] ?? String(value));
}
