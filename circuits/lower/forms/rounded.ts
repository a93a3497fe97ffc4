/**
 * What rounds and clips: quotients by powers of two, clamps, and casts that change nothing. No rows: they fuse into one
 * element, which is rounded when somebody needs its value.
 * @module
 */
import { clipped, halved, shiftedElement } from "../rounded.ts";
import { type Lowering, unsupported } from "../site.ts";

export const lowerQuotient: Lowering<"quotient"> = ({ at, divisors }, site) => {
  return (i) => {
    const element = site.element(0, at[i] as number);
    const divisor = divisors[i] as number;
    const shift = Math.log2(divisor);
    if (Number.isInteger(shift)) {
      if (element.min >= 0) return halved(site.rows, element, shift);
      // Truncated toward zero, what is negative is rounded up.
      if (element.max <= 0) {
        return halved(site.rows, shiftedElement(site.rows, element, divisor - 1), shift);
      }
    }
    throw unsupported(
      site,
      `element ${i}, in [${element.min}, ${element.max}], is divided by ${divisor}`,
      "Divide what is never negative, by a power of two.",
    );
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
