/**
 * A linear form as accumulators of one step: what is the answer, or is compared, is not rounded.
 * @module
 */
import { elementCount } from "../onnx/tensor.ts";
import { type Columns, columnsOf, largestMagnitude, reachOf } from "./columns.ts";
import { isHeavy, type LinearForm, type Term } from "./linear-form.ts";
import type { Moments } from "./moments.ts";
import { nearest } from "./real.ts";
import { type RoundedForm, roundForm, type Widths } from "./round-form.ts";

/**
 * Integers of one step for all groups, the finest that their widths allow and their terms need; exponents
 * are all 0.
 * @throws ModelError `ACCUMULATOR_TOO_WIDE`
 */
export function accumulate(
  form: LinearForm,
  widths: Widths,
  moments: (term: Term) => Moments | undefined,
  label: string,
): RoundedForm {
  const columns = columnsOf(form);
  // A half of the room, since rounding can add one to every weight and to the bias.
  const room = 2 ** (widths.accumulatorBits - 1);
  let step = largestMagnitude(form.bias.values) / room;
  for (let c = 0; c < elementCount(columns.groups); c++) {
    let reach = 0;
    for (const term of form.terms) {
      const [first, stride, count] = columns.place(term, c);
      const all = columns.coefficients.get(term) as Float64Array;
      const [min, max] = reachOf(term);
      for (let k = 0; k < count; k++) {
        reach += Math.abs(all[first + k * stride] as number) * Math.max(-min, max);
      }
    }
    step = Math.max(step, reach / room);
  }
  const target = {
    // A form that is 0 for every input has no step of its own.
    step: Math.max(commonStep(form, columns, step), step) || 1,
    low: Number.NEGATIVE_INFINITY,
    high: Number.POSITIVE_INFINITY,
  };
  return roundForm(form, target, { ...widths, maxExponent: 0 }, moments, label);
}

/**
 * A step in which factors of scaled tensors are whole and small, and offsets are too or nearly: rounded
 * tensors that are added or compared need no finer one. 0 where there is none.
 */
function commonStep(form: LinearForm, { coefficients }: Columns, least: number): number {
  if (form.terms.some(isHeavy)) return 0;
  const factors = [...coefficients.values()].flatMap((values) => Array.from(values, Math.abs));
  const smallest = factors.reduce((a, b) => (b > 0 ? Math.min(a, b) : a), Number.POSITIVE_INFINITY);
  const isWhole = (x: number, error: number): boolean => Math.abs(x - nearest(x)) <= error;
  if (smallest === Number.POSITIVE_INFINITY) return 0;
  if (!factors.every((x) => isWhole(x / smallest, 1e-12) && x <= 2 ** 12 * smallest)) return 0;
  let step = 0;
  for (let parts = 1; parts <= 64 && smallest / parts >= least; parts *= 2) {
    step = smallest / parts;
    if (form.bias.values.every((b) => isWhole(b / step, 1 / 128))) break;
  }
  return step;
}
