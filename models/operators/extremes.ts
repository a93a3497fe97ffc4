/**
 * The greatest or the least of several elements: Max and Min of any number of operands, ReduceMax and
 * ReduceMin over axes, MaxPool over windows. All are one form, and one interval: the extreme of the
 * lower ends, and of the upper.
 * @module
 */
import {
  axesIn,
  badAttribute,
  flagAttribute,
  listAttribute,
  requireAttributes,
} from "./attributes.ts";
import { type Border, insideIndex, withBorder } from "./border.ts";
import { align } from "./broadcast.ts";
import type { ElementRow } from "./form.ts";
import {
  badOperands,
  constantList,
  type Dtype,
  type Interval,
  type Kernel,
  type Operator,
  operandOfDtype,
  RANGES,
  requireAtMost,
  requireSize,
  type Site,
  type TensorType,
} from "./operator.ts";
import { type Rows, reducedDims, rowsAlong } from "./rows.ts";
import { WINDOW_ATTRIBUTES, type Windows, windowsOf } from "./windows.ts";

type Which = "greatest" | "least";

const BYTES: readonly Dtype[] = ["uint8", "int8"];
const INTEGERS: readonly Dtype[] = [...BYTES, "int32"];

export const max: Operator = (site) => ofOperands(site, "greatest");
export const min: Operator = (site) => ofOperands(site, "least");
export const reduceMax: Operator = (site) => ofAxes(site, "greatest");
export const reduceMin: Operator = (site) => ofAxes(site, "least");

export const maxPool: Operator = (site) => {
  requireAttributes(site, [...WINDOW_ATTRIBUTES, "ceil_mode", "storage_order"]);
  requireAtMost(site, 1);
  const { dtype, dims } = operandOfDtype(site, 0, BYTES);
  if (flagAttribute(site, "ceil_mode", false)) {
    throw badAttribute(site, "ceil_mode", "is 1", "Write the pads to the end where it would end.");
  }
  if (flagAttribute(site, "storage_order", false)) {
    throw badAttribute(site, "storage_order", "is 1, which only the positions of a MaxPool have");
  }
  const kernel = listAttribute(site, "kernel_shape") ?? [];
  if (kernel.some((size) => size < 1)) throw badAttribute(site, "kernel_shape", `is [${kernel}]`);
  const [samples, channels] = dims as [number, number];
  const windows = windowsOf(site, dims, kernel, samples * channels);
  const pads = listAttribute(site, "pads") ?? [];
  if (pads.some((width, i) => width >= (kernel[i % kernel.length] as number))) {
    throw badAttribute(site, "pads", `is [${pads}], not below the window's size [${kernel}]`);
  }
  const output = { dtype, dims: [samples, channels, ...windows.outputDims] };
  requireSize(site, output.dims);
  // Channels of all samples stand one after the other, each with its border.
  const { channelStride, border } = windows;
  const begins = new Int32Array(samples * channels * windows.begins.length);
  for (let channel = 0; channel < samples * channels; channel++) {
    begins.set(
      windows.begins.map((begin) => begin + channel * channelStride),
      channel * windows.begins.length,
    );
  }
  requireElements(site, windows);
  // What is least of its type changes no maximum, so the border may hold it.
  return ofRows(output, { begins, offsets: windows.offsets }, "greatest", border, RANGES[dtype][0]);
};

/** Refuses a window that lies in the border entirely: its maximum is nothing. */
function requireElements(site: Site, { begins, offsets, border }: Windows): void {
  if (border === undefined) return;
  const empty = begins.findIndex((begin) =>
    offsets.every((offset) => insideIndex(begin + offset, border) < 0),
  );
  if (empty >= 0) throw badOperands(site, `window ${empty} has no element of the operand`);
}

function ofAxes(site: Site, which: Which): Kernel {
  const isNamedByInput = site.opset >= 18;
  requireAttributes(
    site,
    isNamedByInput ? ["keepdims", "noop_with_empty_axes"] : ["keepdims", "axes"],
  );
  requireAtMost(site, isNamedByInput ? 2 : 1);
  const dtypes = site.opset < 20 ? INTEGERS : [...INTEGERS, "bool" as const];
  const { dtype, dims } = operandOfDtype(site, 0, dtypes);
  const axes = reducedAxes(site, dims.length);
  const isKept = flagAttribute(site, "keepdims", true);
  return ofRows({ dtype, dims: reducedDims(dims, axes, isKept) }, rowsAlong(dims, axes), which);
}

/**
 * The axes that a reduction names, as an input or as an attribute; all of them when it names none.
 * @throws ModelError `BAD_OPERANDS`, `BAD_ATTRIBUTE`
 */
export function reducedAxes(site: Site, rank: number): readonly number[] {
  const named = listAttribute(site, "axes") ?? constantList(site, 1, "the axes");
  if (named !== undefined) return axesIn(site, named, rank);
  if (flagAttribute(site, "noop_with_empty_axes", false)) {
    throw badAttribute(
      site,
      "noop_with_empty_axes",
      "is 1 and no axes are named",
      "Remove the node.",
    );
  }
  return Array.from({ length: rank }, (_, axis) => axis);
}

/** @param border around the operand, where rows reach into it; it is filled with `fill` */
function ofRows(
  output: TensorType,
  { begins, offsets }: Rows,
  which: Which,
  border?: Border,
  fill = 0,
): Kernel {
  const isGreatest = which === "greatest";
  const extreme = (operand: Int32Array): Int32Array => {
    const x = withBorder(operand, border, fill);
    const out = new Int32Array(begins.length);
    for (let i = 0; i < out.length; i++) {
      const begin = begins[i] as number;
      let best = x[begin + (offsets[0] as number)] as number;
      for (let j = 1; j < offsets.length; j++) {
        const value = x[begin + (offsets[j] as number)] as number;
        if (isGreatest ? value > best : value < best) best = value;
      }
      out[i] = best;
    }
    return out;
  };
  const row: ElementRow = (i, element) => {
    for (const offset of offsets) {
      const index = insideIndex((begins[i] as number) + offset, border);
      if (index >= 0) element(0, index);
    }
  };
  return {
    output,
    form: { kind: "extreme", which, row },
    terms: begins.length * offsets.length,
    evaluate: (operand) => extreme(operand(0)),
    bound: (operand): Interval => ({ min: extreme(operand(0).min), max: extreme(operand(0).max) }),
  };
}

function ofOperands(site: Site, which: Which): Kernel {
  requireAttributes(site, []);
  const operands = site.operands.map((_, index) => operandOfDtype(site, index, INTEGERS));
  const dtypes = new Set(operands.map(({ dtype }) => dtype));
  const [dtype] = dtypes;
  if (dtype === undefined || dtypes.size > 1) {
    const shown = operands.map((operand) => operand.dtype).join(" and ");
    throw badOperands(site, `operands are ${shown || "missing"}, expected one dtype`);
  }
  const { dims, indices } = align(
    site,
    operands.map((operand) => operand.dims),
  );
  const isGreatest = which === "greatest";
  const extreme = (values: readonly Int32Array[]): Int32Array => {
    const [first, ...others] = values as [Int32Array, ...Int32Array[]];
    const out = (indices[0] as Int32Array).map((index) => first[index] as number);
    others.forEach((other, k) => {
      const at = indices[k + 1] as Int32Array;
      for (let i = 0; i < out.length; i++) {
        const value = other[at[i] as number] as number;
        if (isGreatest ? value > (out[i] as number) : value < (out[i] as number)) out[i] = value;
      }
    });
    return out;
  };
  const all = <T>(operand: (index: number) => T): T[] => operands.map((_, index) => operand(index));
  return {
    output: { dtype, dims },
    form: {
      kind: "extreme",
      which,
      row: (i, element) => {
        indices.forEach((at, k) => {
          element(k, at[i] as number);
        });
      },
    },
    terms: operands.length * (indices[0] as Int32Array).length,
    evaluate: (operand) => extreme(all(operand)),
    bound: (operand): Interval => ({
      min: extreme(all(operand).map((interval) => interval.min)),
      max: extreme(all(operand).map((interval) => interval.max)),
    }),
  };
}
