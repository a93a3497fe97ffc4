/**
 * ONNX's operators that move elements, with every default written out.
 * @module
 */
import type { Value } from "../draft.ts";
import { axisOf, badShape, broadcastDims, countOf } from "../operators/operator.ts";
import { dtypeOf } from "../value.ts";
import type { Site, Translator } from "./site.ts";

/** What only changes form keeps the labels of classes. */
function keepLabels(from: Value, to: Value): readonly Value[] {
  if (from.labels !== undefined && to !== from) to.labels = from.labels;
  return [to];
}

const reshaped = (site: Site, dims: readonly number[]): readonly Value[] =>
  keepLabels(site.input(0), site.draft.reshape(site.input(0), dims));

export const identity: Translator = (site) => [site.input(0)];

export const dropout: Translator = (site) => {
  site.ignore("ratio", "seed", "is_test", "consumed_inputs");
  if (site.wants(1)) throw site.refuse("its mask is used", "Export the model in evaluation mode.");
  if (site.inputs[2]?.values?.[0] === 1) {
    throw site.refuse("it drops in training mode", "Export the model in evaluation mode.");
  }
  return [site.input(0)];
};

export const reshape: Translator = (site) => {
  const x = site.input(0);
  const stated = site.integersOf(1, "the shape") ?? site.integers("shape") ?? [];
  const keepsZero = site.flag("allowzero", 0);
  const dims = stated.map((dim, axis) => (dim === 0 && !keepsZero ? (x.dims[axis] ?? 0) : dim));
  const open = dims.indexOf(-1);
  if (open >= 0) {
    const rest = countOf(dims.toSpliced(open, 1));
    const size = countOf(x.dims) / rest;
    if (!Number.isInteger(size)) {
      throw badShape(site.label, `[${x.dims.join(", ")}] cannot become [${stated.join(", ")}]`);
    }
    dims[open] = size;
  }
  return reshaped(site, dims);
};

export const flatten: Translator = (site) => {
  const { dims } = site.input(0);
  const stated = site.number("axis", 1);
  const axis = stated < 0 ? stated + dims.length : stated;
  if (!(axis >= 0 && axis <= dims.length)) throw badShape(site.label, `axis ${stated} is outside`);
  return reshaped(site, [countOf(dims.slice(0, axis)), countOf(dims.slice(axis))]);
};

export const squeeze: Translator = (site) => {
  const { dims } = site.input(0);
  const axes = site.listEither("axes", 1, 13)?.map((axis) => axisOf(site.label, axis, dims.length));
  if (axes?.some((axis) => dims[axis] !== 1)) {
    throw badShape(
      site.label,
      `[${dims.join(", ")}] has an axis among ${axes.join(", ")} that is not 1`,
    );
  }
  return reshaped(
    site,
    dims.filter((dim, axis) => (axes === undefined ? dim !== 1 : !axes.includes(axis))),
  );
};

export const unsqueeze: Translator = (site) => {
  const { dims } = site.input(0);
  const stated = site.listEither("axes", 1, 13) ?? [];
  const rank = dims.length + stated.length;
  const axes = new Set(stated.map((axis) => axisOf(site.label, axis, rank)));
  if (axes.size !== stated.length) throw badShape(site.label, "an axis is named twice");
  const rest = [...dims];
  return reshaped(
    site,
    Array.from({ length: rank }, (_, axis) => (axes.has(axis) ? 1 : (rest.shift() ?? 1))),
  );
};

export const transpose: Translator = (site) => {
  const x = site.input(0);
  const perm = site.integers("perm") ?? x.dims.map((_, axis) => x.dims.length - 1 - axis);
  return [site.draft.emit("Transpose", [x], { perm })];
};

export const cast: Translator = (site) => {
  const x = site.input(0);
  const to = site.number("to");
  site.ignore("saturate", "round_mode");
  // Labels stay numbers of classes, whatever they are spelled as.
  if (x.labels !== undefined) return [x];
  return castTo(site, x, to);
};

export const castLike: Translator = (site) => {
  const codes = {
    float32: 1,
    uint8: 2,
    int8: 3,
    uint16: 4,
    int16: 5,
    int32: 6,
    int64: 7,
    string: 8,
  };
  const more = { bool: 9, float64: 11, uint32: 12, uint64: 13 };
  site.ignore("saturate", "round_mode");
  return castTo(site, site.input(0), { ...codes, ...more }[site.input(1).dtype]);
};

function castTo(site: Site, x: Value, to: number): readonly Value[] {
  if (dtypeOf(to, site.label) === x.dtype) return [x];
  return [site.draft.emit("Cast", [x], { to })];
}

export const slice: Translator = (site) => {
  const x = site.input(0);
  const starts = site.listEither("starts", 1, 10) ?? [];
  const ends = site.listEither("ends", 2, 10) ?? [];
  const axes = site.listEither("axes", 3, 10) ?? starts.map((_, axis) => axis);
  const steps = (site.opset >= 10 ? site.integersOf(4, "steps") : undefined) ?? axes.map(() => 1);
  return [site.draft.emit("Slice", [x], { starts, ends, axes, steps })];
};

export const split: Translator = (site) => {
  const x = site.input(0);
  const axis = axisOf(site.label, site.number("axis", 0), x.dims.length);
  const size = x.dims[axis] as number;
  const parts = site.number("num_outputs", site.node.outputs.length);
  const chunk = Math.ceil(size / parts);
  const stated = site.listEither("split", 1, 13);
  const sizes =
    stated ?? site.node.outputs.map((_, i) => Math.max(Math.min(chunk, size - i * chunk), 0));
  if (
    sizes.length !== site.node.outputs.length ||
    sizes.some((part) => !(part >= 0)) ||
    sizes.reduce((sum, part) => sum + part, 0) !== size
  ) {
    throw badShape(site.label, `parts of [${sizes.join(", ")}] do not add up to ${size}`);
  }
  let start = 0;
  return sizes.map((part) => {
    const bounds = { starts: [start], ends: [start + part], axes: [axis], steps: [1] };
    start += part;
    return site.draft.emit("Slice", [x], bounds);
  });
};

export const concat: Translator = (site) => {
  const axis = site.number("axis", site.opset < 4 ? 1 : undefined);
  return [site.draft.emit("Concat", site.all(), { axis })];
};

export const gather: Translator = (site) => {
  site.constant(1, "an index");
  const axis = site.number("axis", 0);
  return [site.draft.emit("Gather", [site.input(0), site.input(1)], { axis })];
};

export const gatherElements: Translator = (site) => {
  site.constant(1, "an index");
  const axis = site.number("axis", 0);
  return [site.draft.emit("GatherElements", [site.input(0), site.input(1)], { axis })];
};

export const pad: Translator = (site) => {
  const x = site.input(0);
  const rank = x.dims.length;
  const stated = site.listEither("pads", 1, 11) ?? [];
  const mode = site.text("mode", "constant");
  const value =
    site.opset >= 11 ? (site.integersOf(2, "the fill")?.[0] ?? 0) : site.number("value", 0);
  const axes = site.opset >= 18 ? site.integersOf(3, "axes") : undefined;
  const pads = new Array<number>(2 * rank).fill(0);
  const list = (axes ?? x.dims.map((_, axis) => axis)).map((axis) =>
    axisOf(site.label, axis, rank),
  );
  if (stated.length !== 2 * list.length) {
    throw badShape(site.label, `${stated.length} pads for ${list.length} axes`);
  }
  list.forEach((axis, i) => {
    pads[axis] = stated[i] as number;
    pads[axis + rank] = stated[i + list.length] as number;
  });
  if (pads.every((size) => size === 0)) return [x];
  return [site.draft.emit("Pad", [x], { pads, mode, value })];
};

export const expand: Translator = (site) => {
  const x = site.input(0);
  const dims = broadcastDims(site.label, x.dims, site.integersOf(1, "the shape") ?? []);
  if (dims.join() === x.dims.join()) return [x];
  return [site.draft.emit("Expand", [x], { dims })];
};

export const tile: Translator = (site) => {
  const repeats = site.integersOf(1, "the repeats") ?? [];
  return [site.draft.emit("Tile", [site.input(0)], { repeats })];
};

/** Blocks of the channel axis become blocks of the picture (Shi et al. 2016, sub-pixel convolution). */
export const depthToSpace: Translator = (site) => {
  const x = site.input(0);
  const block = site.number("blocksize");
  const [n = 0, c = 0, h = 0, w = 0] = x.dims;
  const depth = c / (block * block);
  if (x.dims.length !== 4 || !Number.isInteger(depth)) throw badShape(site.label, "no such blocks");
  const isCrd = site.text("mode", "DCR") === "CRD";
  const split = site.draft.reshape(
    x,
    isCrd ? [n, depth, block, block, h, w] : [n, block, block, depth, h, w],
  );
  const perm = isCrd ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2];
  const turned = site.draft.emit("Transpose", [split], { perm });
  return [site.draft.reshape(turned, [n, depth, h * block, w * block])];
};

export const spaceToDepth: Translator = (site) => {
  const x = site.input(0);
  const block = site.number("blocksize");
  const [n = 0, c = 0, h = 0, w = 0] = x.dims;
  if (x.dims.length !== 4 || h % block !== 0 || w % block !== 0) {
    throw badShape(site.label, "no such blocks");
  }
  const split = site.draft.reshape(x, [n, c, h / block, block, w / block, block]);
  const turned = site.draft.emit("Transpose", [split], { perm: [0, 3, 5, 1, 2, 4] });
  return [site.draft.reshape(turned, [n, c * block * block, h / block, w / block])];
};

/** Nearest neighbours only: each axis is a Gather. Rules of rounding and coordinates: ONNX, operator Resize. */
export const resize: Translator = (site) => {
  const isUpsample = site.node.op === "Upsample";
  const x = site.input(0);
  const mode = site.text("mode", "nearest");
  if (mode !== "nearest") {
    throw site.refuse(
      `mode ${JSON.stringify(mode.slice(0, 80))} interpolates, which is not supported`,
      "Use nearest neighbours, or resize the input before inference.",
    );
  }
  site.ignore("cubic_coeff_a", "exclude_outside", "extrapolation_value", "antialias");
  const stated = site.integers("axes") ?? x.dims.map((_, axis) => axis);
  const axes = stated.map((axis) => axisOf(site.label, axis, x.dims.length));
  if (site.text("keep_aspect_ratio_policy", "stretch") !== "stretch") {
    throw site.refuse("it keeps the aspect ratio", "Export the model with fixed sizes.");
  }
  const scalesAt = isUpsample || site.opset < 11 ? 1 : 2;
  const given = site.has("scales")
    ? site.integers("scales")
    : site.integersOf(scalesAt, "the scale");
  const sizes = scalesAt === 2 ? site.integersOf(3, "the size") : undefined;
  const old = isUpsample || site.opset < 11;
  const transform = site.text("coordinate_transformation_mode", old ? "asymmetric" : "half_pixel");
  const rounding = site.text("nearest_mode", old ? "floor" : "round_prefer_floor");
  let result = x;
  axes.forEach((axis, i) => {
    const from = x.dims[axis] as number;
    const scale = given !== undefined && given.length > 0 ? (given[i] ?? 1) : undefined;
    const to = scale === undefined ? (sizes?.[i] ?? from) : Math.floor(from * scale);
    if (!(to >= 1 && to <= 2 ** 24)) throw badShape(site.label, `axis ${axis} becomes ${to}`);
    if (to === from && (scale === undefined || scale === 1)) return;
    const factor = scale ?? to / from;
    const indices = Array.from({ length: to }, (_, at) => {
      const place = sourcePlace(site, transform, at, factor, from, to);
      return Math.min(Math.max(rounded(site, rounding, place), 0), from - 1);
    });
    const index = site.draft.numbers("int64", [to], indices);
    result = site.draft.emit("Gather", [result, index], { axis });
  });
  return [result];
};

function sourcePlace(
  site: Site,
  transform: string,
  at: number,
  scale: number,
  from: number,
  to: number,
): number {
  switch (transform) {
    case "half_pixel":
      return (at + 0.5) / scale - 0.5;
    case "pytorch_half_pixel":
      return to > 1 ? (at + 0.5) / scale - 0.5 : 0;
    case "asymmetric":
      return at / scale;
    case "align_corners":
      return to > 1 ? (at * (from - 1)) / (to - 1) : 0;
    case "half_pixel_symmetric": {
      const adjustment = to / (scale * from);
      return (from / 2) * (1 - adjustment) + (at + 0.5) / scale - 0.5;
    }
    default:
      throw site.refuse(
        `coordinate transformation ${JSON.stringify(transform.slice(0, 80))} is not supported`,
        "Use half_pixel, asymmetric or align_corners.",
      );
  }
}

function rounded(site: Site, rounding: string, place: number): number {
  switch (rounding) {
    case "floor":
      return Math.floor(place);
    case "ceil":
      return Math.ceil(place);
    case "round_prefer_floor":
      return Math.ceil(place - 0.5);
    case "round_prefer_ceil":
      return Math.floor(place + 0.5);
    default:
      throw badShape(
        site.label,
        `nearest_mode ${JSON.stringify(rounding.slice(0, 80))} is unknown`,
      );
  }
}
