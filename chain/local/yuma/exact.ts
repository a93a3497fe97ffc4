/**
 * The arithmetic of fixed.ts in doubles: a Fixed as a number, an integer below 2^53, every product and quotient cut off
 * at exactly the same bit. Where a product has more than 53 bits one factor is split first; where a quotient may have
 * been rounded up, the remainder tells, computed without rounding. All arguments are integers and not negative; the
 * bounds are the caller's duty.
 * @module
 */

export const ONE: number = 2 ** 32;
const HALF_WORD = 2 ** 16;

/** ⌊a·b / 2^32⌋ for a up to 2^32, b up to 2^36 */
export function mul(a: number, b: number): number {
  const high = Math.floor(a / HALF_WORD);
  const low = a - high * HALF_WORD;
  return Math.floor((high * b + Math.floor((low * b) / HALF_WORD)) / HALF_WORD);
}

/** ⌈a·b / 2^32⌉ for a up to 2^32, b up to 2^36: how a negative product is cut off, seen from the other side. */
export function mulUp(a: number, b: number): number {
  const high = Math.floor(a / HALF_WORD);
  const low = a - high * HALF_WORD;
  return Math.ceil((high * b + Math.ceil((low * b) / HALF_WORD)) / HALF_WORD);
}

const SPLIT = 2 ** 20;

/** ⌊a·2^32 / b⌋ for a up to 2^32, 0 < b up to 2^41, quotient up to 2^33 */
export function div(a: number, b: number): number {
  const quotient = Math.floor((a * ONE) / b);
  // At most one off: the error of the division is below 2^-20. Each partial product below, and each difference in this
  // order, is a multiple of a power of two with fewer than 53 bits above it.
  const qHigh = Math.floor(quotient / HALF_WORD);
  const qLow = quotient - qHigh * HALF_WORD;
  const bHigh = Math.floor(b / SPLIT);
  const bLow = b - bHigh * SPLIT;
  const remainder =
    a * ONE -
    qHigh * bHigh * (HALF_WORD * SPLIT) -
    qLow * bHigh * SPLIT -
    qHigh * bLow * HALF_WORD -
    qLow * bLow;
  if (remainder < 0) return quotient - 1;
  return remainder >= b ? quotient + 1 : quotient;
}

/** ⌊value·2^32 / divisor⌋ for integers: value below 2^21, where a double's quotient cannot be rounded up to the next. */
export function ratio(value: number, divisor: number): number {
  return Math.floor((value * ONE) / divisor);
}

/** Multiples of 2^-32 to u16 fractions; up to one. */
export function toU16(value: number): number {
  return Math.floor((value * 65_535) / ONE);
}

/** In place: sums to one, but for what is cut off; zeros stay zeros. Elements up to 2^32, 512 at most. */
export function normalise(values: Float64Array): Float64Array {
  let total = 0;
  for (const value of values) total += value;
  if (total === 0) return values;
  for (let i = 0; i < values.length; i++) values[i] = div(values[i] ?? 0, total);
  return values;
}
