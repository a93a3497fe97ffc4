/**
 * Conv over one to three spatial axes: x [N, C, ...], W [M, C / group, ...], optionally b [M].
 * @module
 */
import {
  badAttribute,
  badShape,
  commonDtype,
  countOf,
  integerOf,
  type Operator,
  operand,
} from "./operator.ts";
import { visitTaps, windowsOf } from "./windows.ts";

export const conv: Operator = (site) => {
  const [x, weights] = [operand(site, 0).dims, operand(site, 1).dims];
  const dtype = commonDtype(site);
  const [batch, channels] = x;
  const [maps, perGroup] = weights;
  const group = integerOf(site, "group");
  if (group < 1) throw badAttribute(site.label, "group", "a positive integer", group);
  if (
    batch === undefined ||
    channels === undefined ||
    maps === undefined ||
    perGroup === undefined ||
    channels !== perGroup * group ||
    maps % group !== 0
  ) {
    throw badShape(
      site.label,
      `W [${weights.join(", ")}] in ${group} groups does not fit x [${x.join(", ")}]`,
    );
  }
  const bias = site.operands[2];
  if (bias !== undefined && (bias.dims.length !== 1 || bias.dims[0] !== maps)) {
    throw badShape(site.label, `its bias [${bias.dims.join(", ")}] is not one number per map`);
  }
  const windows = windowsOf(site, x.slice(2), weights.slice(2));
  const dims = [batch, maps, ...windows.dims];
  const inputSize = countOf(windows.input);
  const outputSize = countOf(windows.output);
  const taps = countOf(windows.kernel);
  return {
    dtype,
    dims,
    work: batch * maps * Math.max(perGroup, 1) * outputSize * taps,
    run: ([values, kernel, offsets]) => {
      const out = new Float64Array(countOf(dims));
      if (values === undefined || kernel === undefined) return out;
      for (let n = 0; n < batch; n++) {
        for (let map = 0; map < maps; map++) {
          const to = (n * maps + map) * outputSize;
          if (offsets !== undefined) out.fill(offsets[map] as number, to, to + outputSize);
          const firstChannel = Math.floor((map * group) / maps) * perGroup;
          for (let c = 0; c < perGroup; c++) {
            const from = (n * channels + firstChannel + c) * inputSize;
            const firstTap = (map * perGroup + c) * taps;
            visitTaps(windows, (tap, toRun, fromRun, count, stride) => {
              const weight = kernel[firstTap + tap] as number;
              let j = from + fromRun;
              for (let i = to + toRun; i < to + toRun + count; i++, j += stride) {
                out[i] = (out[i] as number) + weight * (values[j] as number);
              }
            });
          }
        }
      }
      return out;
    },
  };
};
