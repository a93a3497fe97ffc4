/**
 * The integers that stand for a value: a step and a range, chosen by what the value is on the
 * calibration samples. The zero is 0, so that the border of a convolution is exact.
 * @module
 */
import { nearest } from "./real.ts";
import type { Target } from "./round-form.ts";

/** Values looked at for one step; more of them move it by less than a hundredth. */
const MAX_SEEN = 2 ** 14;

/** Ranges tried differ by so much of the largest magnitude seen. */
const PART = 1 / 40;

/** 0 to 2^bits - 1 where nothing negative was seen, else -2^(bits-1) to 2^(bits-1) - 1. */
export function rangeOf(bits: number, isSigned: boolean): readonly [low: number, high: number] {
  return isSigned ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
}

/**
 * The step with the least mean square error.
 * @param reals what the value is on the calibration samples
 * @param leastPart of the largest magnitude seen no less is kept: a smaller range clips the rare and is
 *   finer for all others, but the rare may be what the network was looking for
 * @param image what is done with it: the error is that of image(value); the value itself if absent
 */
export function chooseTarget(
  reals: readonly Float64Array[],
  bits: number,
  leastPart: number,
  image?: (values: Float64Array) => Float64Array,
): Target {
  const [least, greatest] = extremesOf(reals);
  const [low, high] = rangeOf(bits, least < 0);
  const unit = wholeUnit(reals, low, high);
  if (unit !== undefined) return { step: unit, low, high };
  // A range without calibration above 0 has nothing to fit: any step serves.
  const full = Math.max(greatest / high, low === 0 ? 0 : least / low);
  if (!(full > 0)) return { step: 1, low, high };
  const seen = thinned(reals);
  const wanted = image === undefined ? seen : image(seen);
  let best = { step: full, error: Number.POSITIVE_INFINITY };
  for (let part = 1; part >= leastPart; part -= PART) {
    const step = full * part;
    const rounded = seen.map((x) => step * Math.min(Math.max(nearest(x / step), low), high));
    const got = image === undefined ? rounded : image(rounded);
    let error = 0;
    for (let i = 0; i < got.length; i++) {
      const miss = (got[i] as number) - (wanted[i] as number);
      error += miss * miss;
    }
    if (error < best.error) best = { step, error };
  }
  return { step: best.step, low, high };
}

export function extremesOf(
  reals: readonly Float64Array[],
): readonly [least: number, greatest: number] {
  let [least, greatest] = [0, 0];
  for (const values of reals) {
    for (let i = 0; i < values.length; i++) {
      const x = values[i] as number;
      if (x < least) least = x;
      else if (x > greatest) greatest = x;
    }
  }
  return [least, greatest];
}

/** 1 where every value is an integer of the range: such values are kept exactly. */
function wholeUnit(reals: readonly Float64Array[], low: number, high: number): number | undefined {
  let isZero = true;
  for (const values of reals) {
    for (let i = 0; i < values.length; i++) {
      const x = values[i] as number;
      if (!Number.isInteger(x) || x < low || x > high) return undefined;
      if (x !== 0) isZero = false;
    }
  }
  return isZero ? undefined : 1;
}

function thinned(reals: readonly Float64Array[]): Float64Array {
  const total = reals.reduce((sum, { length }) => sum + length, 0);
  const seen: number[] = [];
  const every = Math.max(1, Math.floor(total / MAX_SEEN));
  let at = 0;
  for (const values of reals) {
    for (; at < values.length; at += every) seen.push(values[at] as number);
    at -= values.length;
  }
  return Float64Array.from(seen);
}
