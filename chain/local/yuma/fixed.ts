/**
 * Fixed point with 32 fractional bits, held in a bigint: the arithmetic of Subtensor's I32F32, so that an epoch here
 * and there agree in every bit and on every machine. Products and quotients are cut off, not rounded.
 *
 * I32F32 saturates at 2^31; nothing here can reach it (a row of 256 u16 weights sums below 2^24, e^20 is below 2^29),
 * so no operation checks for it.
 * @module
 */

/** Multiples of 2^-32. */
export type Fixed = bigint;

const FRACTION_BITS = 32n;
export const ONE: Fixed = 1n << FRACTION_BITS;
const HALF: Fixed = ONE / 2n;

/** One, as a u16 fraction. */
export const U16_ONE = 65_535;
const U16_ONE_FIXED: Fixed = fromInteger(U16_ONE);

export function fromInteger(value: number | bigint): Fixed {
  return BigInt(value) << FRACTION_BITS;
}

/** A u16 fraction. */
export function fromU16(value: number): Fixed {
  return div(fromInteger(value), U16_ONE_FIXED);
}

/** The u16 fraction at or below `value`; 65535 for one and above. */
export function toU16(value: Fixed): number {
  return Math.min(U16_ONE, Number(mul(value, U16_ONE_FIXED) >> FRACTION_BITS));
}

export function mul(a: Fixed, b: Fixed): Fixed {
  return (a * b) >> FRACTION_BITS;
}

/** @param b not zero */
export function div(a: Fixed, b: Fixed): Fixed {
  return (a << FRACTION_BITS) / b;
}

export function sum(values: readonly Fixed[]): Fixed {
  return values.reduce((total, value) => total + value, 0n);
}

/** Sums to one, but for what is cut off; zeros stay zeros. */
export function normalise(values: readonly Fixed[]): Fixed[] {
  const total = sum(values);
  return total === 0n ? [...values] : values.map((value) => div(value, total));
}

export function clamp(value: Fixed, low: Fixed, high: Fixed): Fixed {
  if (value < low) return low;
  return value > high ? high : value;
}

/** e with the 23 bits that Subtensor's library keeps of it. */
const E: Fixed = 22_802_600n << 9n;

/**
 * e^x as Subtensor's library has it, for |x| at most 20: 31 terms of the power series, which above 5 no longer are
 * enough; and for x = 1, but for nothing near it, a shorter constant.
 */
export function exp(x: Fixed): Fixed {
  if (x === ONE) return E;
  // The series of a negative number cancels; its reciprocal does not.
  return x < 0n ? div(ONE, powerSeries(-x)) : powerSeries(x);
}

function powerSeries(x: Fixed): Fixed {
  let term = ONE;
  let total = ONE;
  for (let n = 1n; n < FRACTION_BITS; n++) {
    term = mul(term, x) / n;
    total += term;
  }
  return total;
}

/** The largest becomes 65535, the others in proportion, rounded; zeros alone stay zeros. */
export function maxUpscale(values: readonly number[]): number[] {
  const max = Math.max(0, ...values);
  if (max === 0) return values.map(() => 0);
  // Subtensor divides first above 32768, lest the product saturate, and what that cuts off can show in a tie.
  const scale =
    max > 32_768
      ? (value: Fixed) => mul(value, div(U16_ONE_FIXED, fromInteger(max)))
      : (value: Fixed) => div(mul(value, U16_ONE_FIXED), fromInteger(max));
  return values.map((value) => Number((scale(fromInteger(value)) + HALF) >> FRACTION_BITS));
}
