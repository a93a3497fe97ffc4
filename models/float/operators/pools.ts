/**
 * MaxPool and AveragePool over one to three spatial axes of x [N, C, ...].
 * @module
 */
import {
  badShape,
  countOf,
  integerOf,
  listOf,
  type Operator,
  type OperatorSite,
  once,
  operand,
} from "./operator.ts";
import { visitTaps, type Windows, windowsOf } from "./windows.ts";

function pool(site: OperatorSite, finish: "greatest" | "mean"): ReturnType<Operator> {
  const { dtype, dims: x } = operand(site, 0);
  if (x.length < 3) throw badShape(site.label, `[${x.join(", ")}] has no spatial axes`);
  const windows = windowsOf(site, x.slice(2), listOf(site, "kernel_shape"));
  const dims = [...x.slice(0, 2), ...windows.dims];
  const planes = countOf(x.slice(0, 2));
  const inputSize = countOf(windows.input);
  const outputSize = countOf(windows.output);
  const countsPads = finish === "mean" && integerOf(site, "count_include_pad") === 1;
  const shares = once(() => sharesOf(windows, countsPads));
  return {
    dtype,
    dims,
    work: planes * outputSize * countOf(windows.kernel),
    run: ([values]) => {
      const out = new Float64Array(countOf(dims));
      if (values === undefined) return out;
      if (finish === "greatest") out.fill(Number.NEGATIVE_INFINITY);
      for (let plane = 0; plane < planes; plane++) {
        const to = plane * outputSize;
        visitTaps(windows, (_, toRun, fromRun, count, stride) => {
          let j = plane * inputSize + fromRun;
          for (let i = to + toRun; i < to + toRun + count; i++, j += stride) {
            const [kept, value] = [out[i] as number, values[j] as number];
            out[i] = finish === "mean" ? kept + value : kept > value ? kept : value;
          }
        });
        if (finish === "greatest") continue;
        const share = shares();
        for (let i = 0; i < outputSize; i++) {
          out[to + i] = (out[to + i] as number) * (share[i] as number);
        }
      }
      return out;
    },
  };
}

/** For each result element, the share of one operand element in its mean. */
function sharesOf(windows: Windows, countsPads: boolean): Float64Array {
  const counts = new Float64Array(countOf(windows.output));
  visitTaps(windows, (_, to, _from, count) => {
    for (let i = to; i < to + count; i++) counts[i] = (counts[i] as number) + 1;
  });
  if (countsPads) counts.fill(countOf(windows.kernel));
  return counts.map((count) => (count > 0 ? 1 / count : 0));
}

export const maxPool: Operator = (site) => pool(site, "greatest");
export const averagePool: Operator = (site) => pool(site, "mean");
