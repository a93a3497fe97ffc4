/**
 * An element that is rounded and clipped, and has no wires yet: it passes through moves, poolings, clips and further
 * roundings as it is, because they all are monotone, and costs rows once somebody needs its value, and then once.
 * @module
 */
import { quotientRange, type Rounding, requantise } from "./requantise.ts";
import type { Rows } from "./rows.ts";
import { constantSum, SUM_END, type Sum, shifted } from "./sum.ts";

/** An element of a tensor. */
export type Element = Sum | Rounded;

/** clip(⌊sum / 2^shift⌋, low, high). */
export class Rounded implements Rounding {
  readonly sum: Sum;
  readonly shift: number;
  readonly low: number;
  readonly high: number;
  readonly min: number;
  readonly max: number;
  readonly #layer: number;
  #value: Sum | undefined;

  /** @param layer whose rows it makes */
  constructor(sum: Sum, { shift, low, high }: Rounding, layer: number) {
    this.sum = sum;
    this.shift = shift;
    this.low = low;
    this.high = high;
    const { least, greatest } = quotientRange(sum, shift);
    this.min = clip(least, low, high);
    this.max = clip(greatest, low, high);
    this.#layer = layer;
  }

  /** Its value, which has rows from the first call on. */
  value(rows: Rows): Sum {
    this.#value ??= rows.within(this.#layer, () => requantise(rows, this.sum, this));
    return this.#value;
  }

  get hasValue(): boolean {
    return this.#value !== undefined;
  }
}

export function isRounded(element: Element): element is Rounded {
  return element instanceof Rounded;
}

/** Rounds as far as it must: what cannot be clipped and has no shift is the sum itself, and one point is a constant. */
export function rounded(rows: Rows, sum: Sum, rounding: Rounding): Element {
  const element = new Rounded(sum, rounding, rows.layer);
  if (element.min === element.max) return constantSum(element.min);
  const isWhole = rounding.shift === 0 && element.min === sum.min && element.max === sum.max;
  return isWhole ? sum : element;
}

const AS_IT_IS: Rounding = {
  shift: 0,
  low: Number.NEGATIVE_INFINITY,
  high: Number.POSITIVE_INFINITY,
};

function partsOf(element: Element): { sum: Sum; rounding: Rounding } {
  return isRounded(element)
    ? { sum: element.sum, rounding: element }
    : { sum: element, rounding: AS_IT_IS };
}

/** element + by. */
export function shiftedElement(rows: Rows, element: Element, by: number): Element {
  if (!isRounded(element)) return shifted(element, by);
  const { sum, shift, low, high } = element;
  const reach = Math.max(Math.abs(sum.constant), -sum.min, sum.max);
  // Far more than any quotient: rounded now, there is room for it.
  if (reach + Math.abs(by) * 2 ** shift >= SUM_END) return shifted(element.value(rows), by);
  // ⌊s / 2^k⌋ + c = ⌊(s + c·2^k) / 2^k⌋
  return rounded(rows, shifted(sum, by * 2 ** shift), { shift, low: low + by, high: high + by });
}

/** clip(element, low, high). */
export function clipped(rows: Rows, element: Element, low: number, high: number): Element {
  const { sum, rounding } = partsOf(element);
  return rounded(rows, sum, {
    shift: rounding.shift,
    low: clip(rounding.low, low, high),
    high: clip(rounding.high, low, high),
  });
}

/** ⌊element / 2^shift⌋. */
export function halved(rows: Rows, element: Element, shift: number): Element {
  const { sum, rounding } = partsOf(element);
  return rounded(rows, sum, {
    shift: rounding.shift + shift,
    low: Math.floor(rounding.low / 2 ** shift),
    high: Math.floor(rounding.high / 2 ** shift),
  });
}

function clip(x: number, low: number, high: number): number {
  return Math.min(Math.max(x, low), high);
}
