/**
 * ONNX's linear operators as explicit Conv, MatMul, Mul and Add.
 * @module
 */
import type { Draft, Value } from "../draft.ts";
import { badShape, countOf } from "../operators/operator.ts";
import type { Site, Translator } from "./site.ts";

/** The attributes that Conv and pools share; pads where auto_pad says so. */
export function windowAttributes(
  site: Site,
  spatial: readonly number[],
  kernel: readonly number[],
): { strides: readonly number[]; dilations: readonly number[]; pads: readonly number[] } {
  const rank = spatial.length;
  const strides = site.integers("strides") ?? spatial.map(() => 1);
  const dilations = site.integers("dilations") ?? spatial.map(() => 1);
  const stated = site.integers("pads");
  const auto = site.text("auto_pad", "NOTSET");
  if (auto === "NOTSET") {
    return { strides, dilations, pads: stated ?? new Array<number>(2 * rank).fill(0) };
  }
  const begins: number[] = [];
  const ends: number[] = [];
  spatial.forEach((size, axis) => {
    const stride = strides[axis] ?? 1;
    const reach = (dilations[axis] ?? 1) * ((kernel[axis] ?? 1) - 1) + 1;
    const missing = Math.max((Math.ceil(size / stride) - 1) * stride + reach - size, 0);
    // Of an odd number, SAME_UPPER puts the greater half behind, SAME_LOWER before.
    const half = auto === "SAME_LOWER" ? Math.ceil(missing / 2) : Math.floor(missing / 2);
    begins.push(auto === "VALID" ? 0 : half);
    ends.push(auto === "VALID" ? 0 : missing - half);
  });
  if (!["SAME_UPPER", "SAME_LOWER", "VALID"].includes(auto)) {
    throw badShape(site.label, `auto_pad is ${JSON.stringify(auto.slice(0, 80))}`);
  }
  return { strides, dilations, pads: [...begins, ...ends] };
}

export const conv: Translator = (site) => {
  const [x, weights] = [site.input(0), site.input(1)];
  const kernel = weights.dims.slice(2);
  const stated = site.integers("kernel_shape");
  if (stated !== undefined && stated.join() !== kernel.join()) {
    throw badShape(
      site.label,
      `kernel_shape is [${stated.join(", ")}], W has [${kernel.join(", ")}]`,
    );
  }
  const windows = windowAttributes(site, x.dims.slice(2), kernel);
  const bias = site.inputs[2];
  const operands = bias === undefined ? [x, weights] : [x, weights, bias];
  return [site.draft.emit("Conv", operands, { ...windows, group: site.number("group", 1) })];
};

/**
 * Every element of x apart by stride - 1 zeros, then a Conv with the kernel mirrored: the definition of a transposed
 * convolution, at most strides times the multiplications that it needs.
 */
export const convTranspose: Translator = (site) => {
  const { draft } = site;
  const [x, weights, bias] = [site.input(0), site.input(1), site.inputs[2]];
  const spatial = x.dims.slice(2);
  const kernel = weights.dims.slice(2);
  const [inChannels = 0, perGroup = 0] = weights.dims;
  const group = site.number("group", 1);
  const ones = spatial.map(() => 1);
  const strides = site.integers("strides") ?? ones;
  const dilations = site.integers("dilations") ?? ones;
  const extra = site.integers("output_padding") ?? spatial.map(() => 0);
  site.ignore("kernel_shape");
  if (site.text("auto_pad", "NOTSET") !== "NOTSET" || site.has("output_shape")) {
    throw site.refuse(
      "ConvTranspose with auto_pad or output_shape is not supported",
      "Export the model with explicit pads.",
    );
  }
  const pads = site.integers("pads") ?? spatial.flatMap(() => [0, 0]);
  const rank = spatial.length;
  if (
    kernel.length !== rank ||
    [strides, dilations, extra].some((list) => list.length !== rank) ||
    pads.length !== 2 * rank ||
    group < 1 ||
    inChannels % group !== 0 ||
    inChannels !== x.dims[1]
  ) {
    throw badShape(site.label, "its attributes do not fit its operands");
  }
  const spread = spreadOut(draft, x, strides);
  const reach = kernel.map((size, axis) => (dilations[axis] as number) * (size - 1));
  const edges = [
    ...reach.map((r, axis) => r - (pads[axis] as number)),
    ...reach.map((r, axis) => r - (pads[axis + rank] as number) + (extra[axis] as number)),
  ];
  const padded = draft.emit("Pad", [spread], {
    pads: [0, 0, ...edges.slice(0, rank), 0, 0, ...edges.slice(rank)],
    mode: "constant",
    value: 0,
  });
  // W [C, M / group, ...] becomes [M, C / group, ...], its spatial axes mirrored.
  const inGroup = inChannels / group;
  const apart = draft.reshape(weights, [group, inGroup, perGroup, ...kernel]);
  const swapped = draft.emit("Transpose", [apart], {
    perm: [0, 2, 1, ...kernel.map((_, axis) => axis + 3)],
  });
  const joined = draft.reshape(swapped, [group * perGroup, inGroup, ...kernel]);
  const mirrored = draft.emit("Slice", [joined], {
    axes: kernel.map((_, axis) => axis + 2),
    starts: kernel.map((size) => size - 1),
    ends: kernel.map((size) => -size - 1),
    steps: kernel.map(() => -1),
  });
  const operands = bias === undefined ? [padded, mirrored] : [padded, mirrored, bias];
  return [
    draft.emit("Conv", operands, {
      strides: ones,
      dilations,
      pads: new Array<number>(2 * rank).fill(0),
      group,
    }),
  ];
};

/** Zeros between the elements along the spatial axes: each axis becomes dim · stride, the last zeros cut off. */
function spreadOut(draft: Draft, x: Value, strides: readonly number[]): Value {
  let spread = x;
  strides.forEach((stride, at) => {
    if (stride === 1) return;
    const axis = at + 2;
    const dims = spread.dims;
    const size = dims[axis] as number;
    const split = draft.reshape(spread, [...dims.slice(0, axis + 1), 1, ...dims.slice(axis + 1)]);
    const pads = new Array<number>(2 * split.dims.length).fill(0);
    pads[split.dims.length + axis + 1] = stride - 1;
    const padded = draft.emit("Pad", [split], { pads, mode: "constant", value: 0 });
    const joined = draft.reshape(padded, dims.with(axis, size * stride));
    spread = draft.emit("Slice", [joined], {
      axes: [axis],
      starts: [0],
      ends: [(size - 1) * stride + 1],
      steps: [1],
    });
  });
  return spread;
}

/** Vectors are rows on the left, columns on the right; the axes they bring are taken away again. */
export const matmul: Translator = (site) => [product(site, site.input(0), site.input(1))];

export function product(site: Site, left: Value, right: Value): Value {
  const { draft } = site;
  if (left.dims.length === 0 || right.dims.length === 0) {
    throw badShape(site.label, "an operand is a scalar");
  }
  const isRow = left.dims.length === 1;
  const isColumn = right.dims.length === 1;
  const a = isRow ? draft.reshape(left, [1, ...left.dims]) : left;
  const b = isColumn ? draft.reshape(right, [...right.dims, 1]) : right;
  const result = draft.emit("MatMul", [a, b]);
  if (!isRow && !isColumn) return result;
  const dims = result.dims.filter(
    (_, axis) =>
      !(isRow && axis === result.dims.length - 2) && !(isColumn && axis === result.dims.length - 1),
  );
  return draft.reshape(result, dims);
}

/** alpha · op(A) · op(B) + beta · C */
export const gemm: Translator = (site) => {
  const { draft } = site;
  const turned = (value: Value, transposed: boolean): Value => {
    if (value.dims.length !== 2) throw badShape(site.label, "an operand is not a matrix");
    return transposed ? draft.emit("Transpose", [value], { perm: [1, 0] }) : value;
  };
  const scaled = (value: Value, factor: number): Value =>
    factor === 1 ? value : draft.emit("Mul", [value, draft.scalar(value, factor)]);
  const a = turned(site.input(0), site.flag("transA", 0));
  const b = turned(site.input(1), site.flag("transB", 0));
  const alpha = site.number("alpha", 1);
  const beta = site.number("beta", 1);
  const c = site.inputs[2];
  // Into whichever operand is constant, where it costs nothing.
  const result = draft.emit(
    "MatMul",
    a.values === undefined ? [a, scaled(b, alpha)] : [scaled(a, alpha), b],
  );
  if (c === undefined || beta === 0) return [result];
  return [draft.emit("Add", [result, scaled(c, beta)])];
};

/** Per channel (axis 1): y = x · scale / √(variance + epsilon) + (bias - mean · the same factor). */
export const batchNormalization: Translator = (site) => {
  const { draft } = site;
  const x = site.input(0);
  const epsilon = site.number("epsilon", 1e-5);
  site.ignore("momentum", "is_test", "consumed_inputs");
  if (site.number("spatial", 1) !== 1 || site.number("training_mode", 0) !== 0) {
    throw site.refuse(
      "BatchNormalization in training mode (or not per channel) is not supported",
      "Export the model in evaluation mode: model.eval(), or training=False.",
    );
  }
  const [scale, bias, mean, variance] = [1, 2, 3, 4].map((index) =>
    site.constant(index, "a parameter of the normalisation"),
  ) as [Value, Value, Value, Value];
  const channels = x.dims[1] ?? 1;
  if ([scale, bias, mean, variance].some((value) => countOf(value.dims) !== channels)) {
    throw badShape(site.label, `a parameter does not have ${channels} elements`);
  }
  const shape = x.dims.length < 2 ? [channels] : [channels, ...x.dims.slice(2).map(() => 1)];
  const at = (value: Value, i: number): number => value.values?.[i] as number;
  const factors = Float64Array.from(
    { length: channels },
    (_, i) => at(scale, i) / Math.sqrt(at(variance, i) + epsilon),
  );
  const shifts = factors.map((factor, i) => at(bias, i) - at(mean, i) * factor);
  const scaled = draft.emit("Mul", [x, draft.constant({ dtype: x.dtype, dims: shape }, factors)]);
  return [draft.emit("Add", [scaled, draft.constant({ dtype: x.dtype, dims: shape }, shifts)])];
};
