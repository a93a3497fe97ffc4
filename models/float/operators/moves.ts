/**
 * Operators that move elements and compute nothing: each result element is one element of an operand, or a fill.
 * ONNX operator schemas, with attributes explicit.
 * @module
 */
import type { OnnxType } from "../value.ts";
import {
  axisOf,
  badAttribute,
  badShape,
  broadcastDims,
  broadcastIndex,
  commonDtype,
  constant,
  countOf,
  integerOf,
  listOf,
  numberOf,
  type Operator,
  once,
  operand,
  type Prepared,
  stridesOf,
  textOf,
  walk,
} from "./operator.ts";

/** A result whose element i is element index[i] of the first operand, or `fill` where that is negative. */
function moved(type: OnnxType, index: () => Int32Array, fill = 0): Prepared {
  const map = once(index);
  return {
    ...type,
    work: countOf(type.dims),
    run: ([x]) => {
      const at = map();
      const out = new Float64Array(at.length);
      for (let i = 0; i < at.length; i++) {
        const from = at[i] as number;
        out[i] = from < 0 ? fill : (x?.[from] as number);
      }
      return out;
    },
  };
}

export const reshape: Operator = (site) => {
  const { dtype, dims: from } = operand(site, 0);
  const dims = listOf(site, "dims");
  if (countOf(from) !== countOf(dims) || dims.some((dim) => !(dim >= 0))) {
    throw badShape(site.label, `[${from.join(", ")}] cannot become [${dims.join(", ")}]`);
  }
  return { dtype, dims, work: 0, run: ([x]) => x ?? new Float64Array(0) };
};

export const transpose: Operator = (site) => {
  const { dtype, dims } = operand(site, 0);
  const perm = listOf(site, "perm");
  if (perm.length !== dims.length || !dims.every((_, axis) => perm.includes(axis))) {
    throw badAttribute(site.label, "perm", `the ${dims.length} axes in some order`, perm);
  }
  const strides = stridesOf(dims);
  const to = perm.map((axis) => dims[axis] as number);
  const steps = perm.map((axis) => strides[axis] as number);
  return moved({ dtype, dims: to }, () => walk(to, steps, 0));
};

/** One step per listed axis; ends that lie outside are cut off, as ONNX and NumPy do. */
export const slice: Operator = (site) => {
  const { dtype, dims } = operand(site, 0);
  const axes = listOf(site, "axes").map((axis) => axisOf(site.label, axis, dims.length));
  const [starts, ends, steps] = [
    listOf(site, "starts"),
    listOf(site, "ends"),
    listOf(site, "steps"),
  ];
  if (
    new Set(axes).size !== axes.length ||
    [starts, ends, steps].some((list) => list.length !== axes.length)
  ) {
    throw badShape(site.label, "its starts, ends, axes and steps do not fit together");
  }
  const strides = stridesOf(dims);
  const to = [...dims];
  const strideOut = [...strides];
  let offset = 0;
  axes.forEach((axis, i) => {
    const dim = dims[axis] as number;
    const step = steps[i] as number;
    if (!Number.isInteger(step) || step === 0) {
      throw badAttribute(site.label, "steps", "integers other than 0", steps);
    }
    const clamp = (at: number | undefined, low: number, high: number): number => {
      const from = at as number;
      return Math.min(Math.max(from < 0 ? from + dim : from, low), high);
    };
    const start = step > 0 ? clamp(starts[i], 0, dim) : clamp(starts[i], 0, dim - 1);
    const end = step > 0 ? clamp(ends[i], 0, dim) : clamp(ends[i], -1, dim - 1);
    to[axis] = Math.max(Math.ceil((end - start) / step), 0);
    offset += start * (strides[axis] as number);
    strideOut[axis] = step * (strides[axis] as number);
  });
  return moved({ dtype, dims: to }, () => walk(to, strideOut, offset));
};

export const concat: Operator = (site) => {
  const dtype = commonDtype(site);
  const first = operand(site, 0).dims;
  const axis = axisOf(site.label, integerOf(site, "axis"), first.length);
  let length = 0;
  for (const { dims } of site.operands) {
    if (dims.length !== first.length || dims.some((dim, i) => i !== axis && dim !== first[i])) {
      throw badShape(
        site.label,
        `[${first.join(", ")}] and [${dims.join(", ")}] do not meet along axis ${axis}`,
      );
    }
    length += dims[axis] as number;
  }
  const dims = first.map((dim, i) => (i === axis ? length : dim));
  const outer = countOf(dims.slice(0, axis));
  const chunks = site.operands.map((part) => countOf(part.dims.slice(axis)));
  return {
    dtype,
    dims,
    work: countOf(dims),
    run: (parts) => {
      const out = new Float64Array(countOf(dims));
      let at = 0;
      for (let i = 0; i < outer; i++) {
        parts.forEach((part, k) => {
          const chunk = chunks[k] as number;
          out.set(part.subarray(i * chunk, (i + 1) * chunk), at);
          at += chunk;
        });
      }
      return out;
    },
  };
};

/** The indices of operand 1, counted from the front. */
function frontIndices(label: string, indices: Float64Array, dim: number): Int32Array {
  return Int32Array.from(indices, (at) => {
    const index = at < 0 ? at + dim : at;
    if (index >= 0 && index < dim) return index;
    throw badShape(label, `index ${at} is outside of ${dim}`);
  });
}

export const gather: Operator = (site) => {
  const { dtype, dims } = operand(site, 0);
  const axis = axisOf(site.label, integerOf(site, "axis"), dims.length);
  const dim = dims[axis] as number;
  const indices = frontIndices(site.label, constant(site, 1), dim);
  const to = [...dims.slice(0, axis), ...operand(site, 1).dims, ...dims.slice(axis + 1)];
  const inner = countOf(dims.slice(axis + 1));
  const outer = countOf(dims.slice(0, axis));
  return moved({ dtype, dims: to }, () => {
    const index = new Int32Array(countOf(to));
    let i = 0;
    for (let o = 0; o < outer; o++) {
      for (const at of indices) {
        for (let k = 0; k < inner; k++) index[i++] = (o * dim + at) * inner + k;
      }
    }
    return index;
  });
};

export const gatherElements: Operator = (site) => {
  const { dtype, dims } = operand(site, 0);
  const axis = axisOf(site.label, integerOf(site, "axis"), dims.length);
  const to = operand(site, 1).dims;
  if (to.length !== dims.length || to.some((dim, i) => i !== axis && dim > (dims[i] as number))) {
    throw badShape(site.label, `indices [${to.join(", ")}] do not fit [${dims.join(", ")}]`);
  }
  const indices = frontIndices(site.label, constant(site, 1), dims[axis] as number);
  const strides = stridesOf(dims);
  return moved({ dtype, dims: to }, () => {
    const steps = strides.map((stride, i) => (i === axis ? 0 : stride));
    return walk(to, steps, 0).map(
      (at, i) => at + (indices[i] as number) * (strides[axis] as number),
    );
  });
};

/** Where a padded coordinate lies in the tensor, or -1 for the fill. */
const MODES: Readonly<Record<string, (at: number, dim: number) => number>> = {
  constant: (at, dim) => (at < 0 || at >= dim ? -1 : at),
  edge: (at, dim) => Math.min(Math.max(at, 0), dim - 1),
  wrap: (at, dim) => ((at % dim) + dim) % dim,
  reflect: (at, dim) => {
    if (dim === 1) return 0;
    const period = 2 * (dim - 1);
    const inside = ((at % period) + period) % period;
    return inside < dim ? inside : period - inside;
  },
};

/** Begins and ends of every axis; a negative one cuts elements off. */
export const pad: Operator = (site) => {
  const { dtype, dims } = operand(site, 0);
  const pads = listOf(site, "pads");
  const mode = textOf(site, "mode");
  const place = Object.hasOwn(MODES, mode) ? MODES[mode] : undefined;
  if (place === undefined)
    throw badAttribute(site.label, "mode", Object.keys(MODES).join(", "), mode);
  if (pads.length !== 2 * dims.length || !pads.every(Number.isInteger)) {
    throw badAttribute(site.label, "pads", `${2 * dims.length} integers`, pads);
  }
  const to = dims.map(
    (dim, axis) => dim + (pads[axis] as number) + (pads[axis + dims.length] as number),
  );
  if (to.some((dim) => dim < 0) || (mode !== "constant" && dims.includes(0))) {
    throw badShape(site.label, `[${dims.join(", ")}] with pads [${pads.join(", ")}] is no shape`);
  }
  const strides = stridesOf(dims);
  return moved(
    { dtype, dims: to },
    () => {
      let index = Int32Array.of(0);
      dims.forEach((dim, axis) => {
        const size = to[axis] as number;
        const next = new Int32Array(index.length * size);
        index.forEach((base, i) => {
          for (let k = 0; k < size; k++) {
            const at = place(k - (pads[axis] as number), dim);
            next[i * size + k] = base < 0 || at < 0 ? -1 : base + at * (strides[axis] as number);
          }
        });
        index = next;
      });
      return index;
    },
    numberOf(site, "value"),
  );
};

export const expand: Operator = (site) => {
  const { dtype, dims: from } = operand(site, 0);
  const dims = listOf(site, "dims");
  const meeting = broadcastDims(site.label, from, dims);
  if (meeting.length !== dims.length || meeting.some((dim, axis) => dim !== dims[axis])) {
    throw badShape(site.label, `[${from.join(", ")}] does not expand to [${dims.join(", ")}]`);
  }
  return moved({ dtype, dims }, () => broadcastIndex(from, dims) ?? walk(dims, stridesOf(dims), 0));
};

export const tile: Operator = (site) => {
  const { dtype, dims } = operand(site, 0);
  const repeats = listOf(site, "repeats");
  if (repeats.length !== dims.length || !repeats.every((n) => Number.isInteger(n) && n >= 0)) {
    throw badAttribute(site.label, "repeats", `${dims.length} numbers from 0`, repeats);
  }
  const to = dims.map((dim, axis) => dim * (repeats[axis] as number));
  const strides = stridesOf(dims);
  return moved({ dtype, dims: to }, () => {
    // One more axis per axis: which copy (a step of 0), then where in it.
    const split = dims.flatMap((dim, axis) => [repeats[axis] as number, dim]);
    return walk(
      split,
      strides.flatMap((stride) => [0, stride]),
      0,
    );
  });
};
