/**
 * Operators whose result depends on no element of the input: constants, shapes and what is computed from them.
 * @module
 */

import { MAX_TENSOR_ELEMENTS } from "../../onnx/tensor.ts";
import type { Value } from "../draft.ts";
import { badShape, countOf } from "../operators/operator.ts";
import type { Translator } from "./site.ts";

/** Whichever of the attributes holds the constant. */
export const constant: Translator = (site) => {
  const { draft, node } = site;
  if (node.attributes.size !== 1) throw badShape(site.label, "it has not exactly one attribute");
  if (site.has("value_float")) return [draft.numbers("float32", [], [site.number("value_float")])];
  if (site.has("value_int")) return [draft.numbers("int64", [], [site.number("value_int")])];
  const floats = site.integers("value_floats");
  if (floats !== undefined) return [draft.numbers("float32", [floats.length], floats)];
  const integers = site.integers("value_ints");
  if (integers !== undefined) return [draft.numbers("int64", [integers.length], integers)];
  const single = site.has("value_string") ? [site.text("value_string")] : undefined;
  const texts = single ?? site.texts("value_strings");
  if (texts !== undefined) {
    const dims = single === undefined ? [texts.length] : [];
    const values = Float64Array.from(texts, (_, i) => i);
    return [draft.constant({ dtype: "string", dims }, values, "", texts)];
  }
  const tensor = site.tensor("value");
  if (tensor === undefined) throw badShape(site.label, "its constant is sparse or missing");
  return [draft.constant(tensor, tensor.values, "", tensor.strings)];
};

export const shape: Translator = (site) => {
  const { dims } = site.input(0);
  const clamp = (at: number): number =>
    Math.min(Math.max(at < 0 ? at + dims.length : at, 0), dims.length);
  const part = dims.slice(clamp(site.number("start", 0)), clamp(site.number("end", dims.length)));
  return [site.draft.numbers("int64", [part.length], part)];
};

export const size: Translator = (site) => [
  site.draft.numbers("int64", [], [countOf(site.input(0).dims)]),
];

export const constantOfShape: Translator = (site) => {
  const dims = site.integersOf(0, "the shape") ?? [];
  const fill = site.tensor("value");
  if (fill !== undefined && fill.values.length !== 1) {
    throw badShape(site.label, `its value has ${fill.values.length} elements, 1 is expected`);
  }
  const one = site.draft.numbers(fill?.dtype ?? "float32", [], fill?.values ?? [0]);
  return [site.draft.emit("Expand", [one], { dims })];
};

export const range: Translator = (site) => {
  const [start, limit, delta] = [0, 1, 2].map((index) => {
    const { values } = site.constant(index, "a bound of the range");
    if (values.length !== 1) throw badShape(site.label, "a bound is not one number");
    return values[0] as number;
  }) as [number, number, number];
  const count = Math.max(Math.ceil((limit - start) / delta), 0);
  if (!(count <= MAX_TENSOR_ELEMENTS)) throw badShape(site.label, `it has ${count} elements`);
  const { dtype } = site.input(0);
  const values = Float64Array.from({ length: count }, (_, i) => start + i * delta);
  return [site.draft.numbers(dtype, [count], values)];
};

/** Ones and zeros along a new axis, of constant indices. */
export const oneHot: Translator = (site) => {
  const { draft } = site;
  const indices = site.constant(0, "the indices");
  const [depth = 0] = site.integersOf(1, "the depth") ?? [];
  const [off, on] = site.constant(2, "the values").values;
  const axis = site.number("axis", -1);
  const at = axis < 0 ? axis + indices.dims.length + 1 : axis;
  const identity: Value = draft.emit("Where", [
    draft.emit("Equal", [
      draft.reshape(
        draft.numbers(
          indices.dtype,
          indices.dims,
          indices.values.map((index) => (index < 0 ? index + depth : index)),
        ),
        [...indices.dims.slice(0, at), 1, ...indices.dims.slice(at)],
      ),
      draft.numbers(
        indices.dtype,
        [depth, ...indices.dims.slice(at).map(() => 1)],
        Array.from({ length: Math.min(depth, MAX_TENSOR_ELEMENTS) }, (_, i) => i),
      ),
    ]),
    draft.numbers(site.input(2).dtype, [], [on ?? 1]),
    draft.numbers(site.input(2).dtype, [], [off ?? 0]),
  ]);
  return [identity];
};
