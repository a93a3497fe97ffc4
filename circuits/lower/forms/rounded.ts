/**
 * What rounds and clips: quotients, clamps, and casts that change nothing. No rows: they fuse into one element, which is
 * rounded when somebody needs its value. Only a quotient of either sign, or by no power of two, has rows (division.ts).
 * @module
 */

import { clipped, halved, shiftedElement } from "../rounded.ts";
import { type Lowering, unsupported } from "../site.ts";
import { truncatedQuotient } from "./division.ts";

export const lowerQuotient: Lowering<"quotient"> = ({ at, divisors }, site) => {
  const { rows } = site;
  return (i) => {
    const index = at[i] as number;
    const element = site.element(0, index);
    const divisor = divisors[i] as number;
    const shift = Math.log2(divisor);
    if (Number.isInteger(shift)) {
      if (element.min >= 0) return halved(rows, element, shift);
      // Truncated toward zero, what is negative is rounded up.
      if (element.max <= 0) return halved(rows, shiftedElement(rows, element, divisor - 1), shift);
    }
    return truncatedQuotient(rows, site.sum(0, index), divisor);
  };
};

export const lowerClamp: Lowering<"clamp"> = ({ low, high }, site) => {
  return (i) => clipped(site.rows, site.element(0, i), low, high);
};

export const lowerWrap: Lowering<"wrap"> = ({ min, max }, site) => {
  return (i) => {
    const element = site.element(0, i);
    if (element.min >= min && element.max <= max) return element;
    throw unsupported(
      site,
      `element ${i} can be in [${element.min}, ${element.max}], and the cast keeps [${min}, ${max}]`,
      "Clip before the cast.",
    );
  };
};
