/**
 * A rounded linear form as nodes of stock ONNX operators:
 *
 *     x ─ ConvInteger | MatMulInteger | Cast, Mul ─ Add(b + h + K·2^e) ─ Div(2^e) ─ Sub(K) ─ Clip ─ Cast ─ y
 *
 * Floor is Div of a number that cannot be negative, because ONNX divides toward zero: K·2^e outweighs
 * the least accumulator. Bytes meet bytes of the same sign, uint8 with uint8 (weights at zero point 128)
 * and int8 with int8: the pairings that are exact on every CPU. Wider integers meet int32.
 * @module
 */
import { broadcastIndex } from "../operators/broadcast.ts";
import { type Dtype, RANGES } from "../operators/operator.ts";
import { type HeavyTerm, isHeavy } from "./linear-form.ts";
import { halfOf, type RoundedForm, type RoundedTerm, type Target } from "./round-form.ts";
import type { GraphWriter, Integers } from "./writer.ts";

const WEIGHT_ZERO = 128;

/** The narrowest type that onnxruntime multiplies and pools. */
export function dtypeFor(min: number, max: number): "uint8" | "int8" | "int32" {
  if (min >= 0 && max <= 255) return "uint8";
  return min >= -128 && max <= 127 ? "int8" : "int32";
}

/**
 * Writes y of a rounded form, clipped to its target and in the narrowest type.
 * @param name of the nodes, before their suffix
 */
export function emitRounded(writer: GraphWriter, rounded: RoundedForm, name: string): Integers {
  const { groups, exponents, least, target } = rounded;
  const sum = emitSum(writer, rounded, name);
  const divisors = Float64Array.from(exponents, (e) => 2 ** e);
  // K, in units of the quotient: the least that makes every dividend non-negative.
  const isDivided = exponents.some((e) => e > 0);
  const lifts = Float64Array.from(least, (low, c) =>
    isDivided ? Math.max(0, Math.ceil(-low / (divisors[c] as number))) : 0,
  );
  const { dims, values: bias } = rounded.bias;
  const group = broadcastIndex(groups, dims);
  const offsets = Float64Array.from(bias, (b, i) => {
    const c = group[i] as number;
    const lift = (lifts[c] as number) * (divisors[c] as number);
    return b + halfOf(exponents[c] as number) + lift;
  });

  let value = addConstant(writer, sum, `${name}.offset`, dims, offsets, "dividend");
  if (isDivided) {
    const divided = compact(writer, `${name}.divisor`, groups, divisors);
    value = writer.node(`${name}.lifted`, "Div", [value.name, divided]);
    if (lifts.some((lift) => lift > 0)) {
      const lift = compact(writer, `${name}.lift`, groups, lifts);
      value = writer.node(`${name}.quotient`, "Sub", [value.name, lift]);
    }
  }
  const clipped = emitClipped(writer, value, name, target);
  return shaped(writer, clipped, rounded.form.dims, name);
}

/** Clips where the interval asks for it, and narrows the type. */
export function emitClipped(
  writer: GraphWriter,
  value: Integers,
  name: string,
  { low, high }: Pick<Target, "low" | "high">,
): Integers {
  let clipped = value;
  if (value.min < low || value.max > high) {
    const [lowest, highest] = RANGES[value.dtype];
    const limit = (suffix: string, at: number): string =>
      writer.scalar(`${name}.${suffix}`, value.dtype, Math.min(Math.max(at, lowest), highest));
    const limits = [limit("low", low), limit("high", high)];
    clipped = writer.node(`${name}.clipped`, "Clip", [value.name, ...limits]);
  }
  return writer.cast(`${name}.rounded`, clipped, dtypeFor(clipped.min, clipped.max));
}

/**
 * Writes the accumulators themselves, bias added: int32, of the form's shape.
 * Their exponents are all 0.
 */
export function emitAccumulators(
  writer: GraphWriter,
  rounded: RoundedForm,
  name: string,
): Integers {
  const sum = emitSum(writer, rounded, name);
  const { dims, values } = rounded.bias;
  const biased = addConstant(writer, sum, `${name}.bias`, dims, Float64Array.from(values), "sum");
  return shaped(writer, biased, rounded.form.dims, name);
}

function emitSum(writer: GraphWriter, { terms, groups }: RoundedForm, name: string): Integers {
  const [first, ...more] = terms.map((term) => emitTerm(writer, term, groups, name));
  if (first === undefined) throw new Error(`${name} is a constant, which no node computes`);
  return more.reduce(
    (sum, term) => writer.node(`${name}.sum`, "Add", [sum.name, term.name]),
    first,
  );
}

function emitTerm(
  writer: GraphWriter,
  { term, integers }: RoundedTerm,
  groups: readonly number[],
  name: string,
): Integers {
  if (isHeavy(term)) return emitProduct(writer, term, integers, name);
  const wide = writer.cast(`${name}.wide`, term.source, "int32");
  if (integers.every((factor) => factor === 1)) return wide;
  const factor = compact(writer, `${name}.factor`, groups, integers);
  return writer.node(`${name}.scaled`, "Mul", [wide.name, factor]);
}

function emitProduct(
  writer: GraphWriter,
  term: HeavyTerm,
  integers: Int32Array,
  name: string,
): Integers {
  const { source, weights } = term;
  const product = `${name}.product`;
  if (source.dtype === "int32") {
    const constant = writer.constant(`${name}.weights`, "int32", weights.dims, integers);
    const isLeft = term.kind === "matmul" && term.side === "left";
    return writer.node(
      product,
      "MatMul",
      isLeft ? [constant, source.name] : [source.name, constant],
    );
  }
  const zero = source.dtype === "uint8" ? WEIGHT_ZERO : 0;
  const dtype: Dtype = source.dtype;
  const constant = writer.constant(
    `${name}.weights`,
    dtype,
    weights.dims,
    integers.map((w) => w + zero),
  );
  const inputZero = writer.scalar(`${name}.input_zero`, dtype, 0);
  const weightsZero = writer.scalar(`${name}.weights_zero`, dtype, zero);
  if (term.kind === "matmul") {
    return writer.node(
      product,
      "MatMulInteger",
      term.side === "left"
        ? [constant, source.name, weightsZero, inputZero]
        : [source.name, constant, inputZero, weightsZero],
    );
  }
  const { strides, pads, dilations, group } = term.window;
  return writer.node(product, "ConvInteger", [source.name, constant, inputZero, weightsZero], {
    dilations,
    group,
    kernel_shape: weights.dims.slice(2),
    pads,
    strides,
  });
}

function addConstant(
  writer: GraphWriter,
  to: Integers,
  name: string,
  dims: readonly number[],
  values: Float64Array,
  result: string,
): Integers {
  if (values.every((value) => value === 0)) return to;
  const constant = compact(writer, name, dims, values);
  const stem = name.slice(0, name.lastIndexOf("."));
  return writer.node(`${stem}.${result}`, "Add", [to.name, constant]);
}

/** An int32 constant: a scalar where all values are one. */
function compact(
  writer: GraphWriter,
  name: string,
  dims: readonly number[],
  values: Float64Array | Int32Array,
): string {
  return values.every((value) => value === values[0])
    ? writer.scalar(name, "int32", values[0] as number)
    : writer.constant(name, "int32", dims, values);
}

/** Repeats to the form's shape what constants of one value did not. */
function shaped(
  writer: GraphWriter,
  value: Integers,
  dims: readonly number[],
  name: string,
): Integers {
  if (String(value.dims) === String(dims)) return value;
  return writer.node(`${name}.expanded`, "Expand", [
    value.name,
    writer.list(`${name}.shape`, dims),
  ]);
}
