/**
 * Windows that slide over the last one to three axes of a tensor [N, C, …]: the geometry that
 * convolution and pooling share. The tensor is thought of with its border; a window's elements then
 * stand at fixed offsets from its first, wherever the window is.
 * @module
 */
import { badAttribute, listAttribute, wordAttribute } from "./attributes.ts";
import type { Border } from "./border.ts";
import { gridIndex, offsets, stridesOf } from "./grid.ts";
import { badOperands, requireSize, requireTerms, type Site } from "./operator.ts";

export interface Windows {
  /** The axes of the output over which the windows slide. */
  readonly outputDims: readonly number[];
  /** Of the tensor with its border: how far apart its samples, and its channels, stand. */
  readonly sampleStride: number;
  readonly channelStride: number;
  /** Where each window begins within its channel, in the order of the output. */
  readonly begins: Int32Array;
  /** Where each element of a window stands, from where the window begins, in the order of the kernel. */
  readonly offsets: Int32Array;
  /** Absent where there is none. */
  readonly border: Border | undefined;
}

/** Attributes that say how windows slide. */
export const WINDOW_ATTRIBUTES: readonly string[] = [
  "auto_pad",
  "dilations",
  "kernel_shape",
  "pads",
  "strides",
];

/**
 * @param dims of the tensor, [N, C, …]
 * @param kernel sizes along the last axes
 * @param terms how many terms the operator has per window element
 * @throws ModelError `BAD_OPERANDS`, `BAD_ATTRIBUTE`, `TOO_LARGE`
 */
export function windowsOf(
  site: Site,
  dims: readonly number[],
  kernel: readonly number[],
  terms: number,
): Windows {
  const [samples, channels] = dims as [number, number];
  const sizes = dims.slice(2);
  if (sizes.length < 1 || sizes.length > 3 || sizes.length !== kernel.length) {
    throw badOperands(
      site,
      `a window of [${kernel}] does not slide over [${dims}]; expected [N, C] and 1 to 3 axes`,
    );
  }
  const strides = perAxis(site, "strides", sizes.length, 1);
  const dilations = perAxis(site, "dilations", sizes.length, 1);
  const { before, after } = borders(site, sizes, kernel, strides, dilations);
  const bordered = sizes.map((size, axis) => (before[axis] ?? 0) + size + (after[axis] ?? 0));
  const reach = kernel.map((size, axis) => (size - 1) * (dilations[axis] as number) + 1);
  const outputDims = bordered.map(
    (size, axis) => Math.floor((size - (reach[axis] as number)) / (strides[axis] as number)) + 1,
  );
  if (outputDims.some((size) => size < 1)) {
    throw badOperands(
      site,
      `the window reaches over [${reach}], the tensor with its border [${bordered}]`,
    );
  }
  requireSize(site, [samples, channels, ...bordered]);
  requireSize(site, outputDims);
  requireTerms(site.label, terms * elements(kernel) * elements(outputDims));

  const axisStrides = stridesOf(bordered);
  const channelStride = elements(bordered);
  const isBordered = bordered.some((size, axis) => size !== sizes[axis]);
  return {
    outputDims,
    sampleStride: channels * channelStride,
    channelStride,
    begins: gridIndex(
      outputDims.map((size, axis) =>
        offsets(size, (strides[axis] as number) * (axisStrides[axis] as number)),
      ),
    ),
    offsets: gridIndex(
      kernel.map((size, axis) =>
        offsets(size, (dilations[axis] as number) * (axisStrides[axis] as number)),
      ),
    ),
    border: isBordered
      ? {
          planes: samples * channels,
          sizes: threeAxes(sizes, 1),
          before: threeAxes(before, 0),
          bordered: threeAxes(bordered, 1),
        }
      : undefined,
  };
}

/** How wide the border is along each axis. */
function borders(
  site: Site,
  sizes: readonly number[],
  kernel: readonly number[],
  strides: readonly number[],
  dilations: readonly number[],
): { before: readonly number[]; after: readonly number[] } {
  const auto = wordAttribute(site, "auto_pad", ["NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"]);
  const rank = sizes.length;
  const none = sizes.map(() => 0);
  const pads = listAttribute(site, "pads") ?? [...none, ...none];
  if (pads.length !== 2 * rank || pads.some((width) => width < 0)) {
    throw badAttribute(
      site,
      "pads",
      `is [${pads}], expected ${2 * rank} widths that are not negative`,
    );
  }
  if (auto === "NOTSET") return { before: pads.slice(0, rank), after: pads.slice(rank) };
  if (site.attributes.has("pads")) {
    throw badAttribute(site, "auto_pad", `is ${auto} beside pads; one of them decides`);
  }
  if (auto === "VALID") return { before: none, after: none };
  if (dilations.some((step) => step !== 1)) {
    throw badAttribute(
      site,
      "auto_pad",
      `is ${auto} beside dilations; onnxruntime has no such kernel`,
      "Write the pads.",
    );
  }
  const total = sizes.map((size, axis) => {
    const stride = strides[axis] as number;
    return (Math.ceil(size / stride) - 1) * stride + (kernel[axis] as number) - size;
  });
  if (total.some((width) => width < 0)) {
    throw badAttribute(
      site,
      "auto_pad",
      `is ${auto} with strides that leave elements out, where onnxruntime's pooling cuts instead`,
      "Write the pads.",
    );
  }
  const less = total.map((width) => Math.floor(width / 2));
  const more = total.map((width) => Math.ceil(width / 2));
  return auto === "SAME_UPPER" ? { before: less, after: more } : { before: more, after: less };
}

/** A list with a positive entry for each axis. */
function perAxis(site: Site, name: string, rank: number, otherwise: number): readonly number[] {
  const list = listAttribute(site, name) ?? new Array<number>(rank).fill(otherwise);
  if (list.length === rank && list.every((entry) => entry >= 1)) return list;
  throw badAttribute(site, name, `is [${list}], expected ${rank} positive integers`);
}

/** One to three axes as three, with ones in front. */
function threeAxes(axes: readonly number[], filler: number): readonly [number, number, number] {
  const [first, second, third] = [filler, filler, ...axes].slice(-3);
  return [first as number, second as number, third as number];
}

function elements(dims: readonly number[]): number {
  return dims.reduce((product, size) => product * size, 1);
}
