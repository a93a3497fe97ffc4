/**
 * ONNX's operators element by element, with parameters written out; what is a product with a constant becomes one.
 * @module
 */
import type { Value } from "../draft.ts";
import type { Attribute, UnaryFunction } from "../float-graph.ts";
import { badShape } from "../operators/operator.ts";
import { isFloat } from "../value.ts";
import type { Site, Translator } from "./site.ts";

/** An operator of two operands whose explicit form has the same name. */
export const same =
  (op: string): Translator =>
  (site) => [site.draft.emit(op, [site.input(0), site.input(1)])];

/** Likewise of one operand. */
export const one =
  (op: string): Translator =>
  (site) => {
    site.ignore("consumed_inputs");
    return [site.draft.emit(op, [site.input(0)])];
  };

/** Any number of operands, two at a time. */
export const several =
  (op: string): Translator =>
  (site) => {
    const [first, ...rest] = site.all();
    if (first === undefined) throw badShape(site.label, "it has no operands");
    return [rest.reduce((kept, next) => site.draft.emit(op, [kept, next]), first)];
  };

export const mean: Translator = (site) => {
  const [sum] = several("Add")(site);
  if (sum === undefined) return [];
  return [site.draft.emit("Mul", [sum, site.draft.scalar(sum, 1 / site.inputs.length)])];
};

/** Division of reals by a constant is a product; by zero it is refused when the product turns out infinite. */
export const div: Translator = (site) => {
  const { draft } = site;
  const [a, b] = [site.input(0), site.input(1)];
  if (b.values === undefined || !isFloat(b.dtype)) return [draft.emit("Div", [a, b])];
  const inverse = draft.constant(
    b,
    b.values.map((value) => 1 / value),
  );
  return [draft.emit("Mul", [a, inverse])];
};

export const mod: Translator = (site) => [
  site.draft.emit("Mod", [site.input(0), site.input(1)], { fmod: site.number("fmod", 0) }),
];

/** A constant exponent: 1 and 2 are products, others a function of one element. */
export const pow: Translator = (site) => {
  const { draft } = site;
  const [x, exponent] = [site.input(0), site.input(1)];
  if (x.values !== undefined && exponent.values !== undefined) {
    const like =
      exponent.dtype === x.dtype
        ? exponent
        : draft.constant({ ...exponent, dtype: x.dtype }, exponent.values);
    return [draft.emit("BinaryPow", [x, like])];
  }
  const [power] = exponent.values ?? [];
  if (power === undefined || exponent.values?.some((value) => value !== power)) {
    throw site.refuse(
      "its exponent depends on the input, or is not one number",
      "Use a constant exponent.",
    );
  }
  if (power === 1) return [x];
  if (power === 2) return [draft.emit("Mul", [x, x])];
  return [draft.emit("Unary", [x], { function: "Pow", exponent: power })];
};

/** A function of one element; parameters by name, with the value that ONNX gives them by default. */
export const unary =
  (name: UnaryFunction, parameters: Readonly<Record<string, number>> = {}): Translator =>
  (site) => {
    site.ignore("consumed_inputs");
    const attributes: Record<string, Attribute> = { function: name };
    for (const [key, byDefault] of Object.entries(parameters)) {
      attributes[key] = site.number(key, byDefault);
    }
    return [site.draft.emit("Unary", [site.input(0)], attributes)];
  };

export const gelu: Translator = (site) => [
  site.draft.emit("Unary", [site.input(0)], {
    function: "Gelu",
    approximate: site.text("approximate", "none"),
  }),
];

export const clip: Translator = (site) => {
  const { draft } = site;
  const x = site.input(0);
  site.ignore("consumed_inputs");
  if (site.opset < 11) {
    const min = site.number("min", Number.NEGATIVE_INFINITY);
    return [clamped(site, x, min, site.number("max", Number.POSITIVE_INFINITY))];
  }
  const [low, high] = [site.inputs[1], site.inputs[2]];
  const isFixed = [low, high].every((bound) => bound === undefined || bound.values !== undefined);
  if (isFixed) {
    const min = low?.values?.[0] ?? Number.NEGATIVE_INFINITY;
    return [clamped(site, x, min, high?.values?.[0] ?? Number.POSITIVE_INFINITY)];
  }
  const above = low === undefined ? x : draft.emit("Max", [x, low]);
  return [high === undefined ? above : draft.emit("Min", [above, high])];
};

/** The greatest float is how older exporters wrote "no bound". */
function clamped(site: Site, x: Value, min: number, max: number): Value {
  const greatest = 3.4028234e38;
  const low = min <= -greatest ? Number.NEGATIVE_INFINITY : min;
  const high = max >= greatest ? Number.POSITIVE_INFINITY : max;
  if (low === 0 && high === Number.POSITIVE_INFINITY) return site.draft.emit("Relu", [x]);
  if (low === Number.NEGATIVE_INFINITY && high === Number.POSITIVE_INFINITY) return x;
  return site.draft.emit("Clip", [x], { min: low, max: high });
}

export const prelu: Translator = (site) => {
  const { draft } = site;
  const [x, slope] = [site.input(0), site.input(1)];
  if (slope.values?.length === 1 && x.values === undefined) {
    const alpha = slope.values[0] as number;
    return [draft.emit("Unary", [x], { function: "LeakyRelu", alpha })];
  }
  return [draft.emit("PRelu", [x, slope])];
};

export const where: Translator = (site) => [
  site.draft.emit("Where", [site.input(0), site.input(1), site.input(2)]),
];

/** ai.onnx.ml: 1 where x is greater than the threshold, else 0. */
export const binarizer: Translator = (site) => {
  const x = site.input(0);
  const threshold = site.draft.scalar(x, site.number("threshold", 0));
  const above = site.draft.emit("Greater", [x, threshold]);
  return [site.draft.emit("Cast", [above], { to: 1 })];
};
