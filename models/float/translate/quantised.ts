/**
 * Types of quantised operators. They are not computed here: models/exact/ proves what they say about integers, and the
 * float reader refuses them.
 * @module
 */
import type { Value } from "../draft.ts";
import { badShape, broadcastDims } from "../operators/operator.ts";
import { windowsOf } from "../operators/windows.ts";
import { dtypeOf, type OnnxDtype } from "../value.ts";
import { windowAttributes } from "./linear.ts";
import type { Site, Translator } from "./site.ts";

/** The node as it stands in the file, typed. */
function opaque(site: Site, dtype: OnnxDtype, dims: readonly number[]): readonly Value[] {
  site.ignore(...site.node.attributes.keys());
  const operands = site.inputs.filter((value) => value !== undefined);
  const output = site.draft.write(site.node.op, operands, new Map(), { dtype, dims });
  site.draft.count(output, site.label);
  return [output];
}

export const quantizeLinear: Translator = (site) => {
  const code = site.number("output_dtype", 0);
  const byDefault = code === 0 ? "uint8" : dtypeOf(code, site.label);
  return opaque(site, site.inputs[2]?.dtype ?? byDefault, site.input(0).dims);
};

export const dequantizeLinear: Translator = (site) =>
  opaque(site, site.input(1).dtype, site.input(0).dims);

function convolved(site: Site, x: Value, weights: Value, dtype: OnnxDtype): readonly Value[] {
  const spatial = x.dims.slice(2);
  const kernel = weights.dims.slice(2);
  const attributes = windowAttributes(site, spatial, kernel);
  const { dims } = windowsOf(
    {
      label: site.label,
      operands: [],
      constants: [],
      attributes: new Map(Object.entries(attributes)),
    },
    spatial,
    kernel,
  );
  const [batch, maps] = [x.dims[0], weights.dims[0]];
  if (batch === undefined || maps === undefined)
    throw badShape(site.label, "an operand is a scalar");
  return opaque(site, dtype, [batch, maps, ...dims]);
}

export const convInteger: Translator = (site) =>
  convolved(site, site.input(0), site.input(1), "int32");

export const qlinearConv: Translator = (site) =>
  convolved(site, site.input(0), site.input(3), site.input(7).dtype);

function multiplied(site: Site, left: Value, right: Value, dtype: OnnxDtype): readonly Value[] {
  const isRow = left.dims.length === 1;
  const isColumn = right.dims.length === 1;
  const a = isRow ? [1, ...left.dims] : left.dims;
  const b = isColumn ? [...right.dims, 1] : right.dims;
  const [m, k] = a.slice(-2);
  const [inner, n] = b.slice(-2);
  if (m === undefined || n === undefined || k === undefined || k !== inner) {
    throw badShape(
      site.label,
      `[${left.dims.join(", ")}] and [${right.dims.join(", ")}] do not fit`,
    );
  }
  const batch = broadcastDims(site.label, a.slice(0, -2), b.slice(0, -2));
  return opaque(site, dtype, [...batch, ...(isRow ? [] : [m]), ...(isColumn ? [] : [n])]);
}

export const matmulInteger: Translator = (site) =>
  multiplied(site, site.input(0), site.input(1), "int32");

export const qlinearMatmul: Translator = (site) =>
  multiplied(site, site.input(0), site.input(3), site.input(7).dtype);

/** com.microsoft: A, its scale and zero point, B likewise, C, and the result's scale and zero point. */
export const qgemm: Translator = (site) => {
  const [a, b] = [site.input(0).dims, site.input(3).dims];
  const [m, k] = site.flag("transA", 0) ? [a[1], a[0]] : a;
  const [inner, n] = site.flag("transB", 0) ? [b[1], b[0]] : b;
  if (a.length !== 2 || b.length !== 2 || m === undefined || n === undefined || k !== inner) {
    throw badShape(site.label, `[${a.join(", ")}] and [${b.join(", ")}] do not fit`);
  }
  return opaque(site, site.inputs[8]?.dtype ?? "float32", [m, n]);
};

export const bitShift: Translator = (site) =>
  opaque(
    site,
    site.input(0).dtype,
    broadcastDims(site.label, site.input(0).dims, site.input(1).dims),
  );
