/**
 * SafeFloat, the decimal floating point of Subtensor's share pools: mantissa · 10^exponent with
 * 10^20 < mantissa ≤ 10^21. So many digits tell one rao of all there are, and no fraction of one.
 * All operations round down.
 * @module
 */

export interface SafeFloat {
  readonly mantissa: bigint;
  readonly exponent: bigint;
}

export const ZERO: SafeFloat = { mantissa: 0n, exponent: 0n };

const MAX_MANTISSA = 10n ** 21n;
const MIN_MANTISSA = 10n ** 20n;

/** Differences of the exponents beyond this leave nothing of the smaller number. */
const DIGITS = 22n;

export function normalised(mantissa: bigint, exponent = 0n): SafeFloat {
  if (mantissa === 0n) return ZERO;
  let m = mantissa;
  let e = exponent;
  for (; m > MAX_MANTISSA; e++) m /= 10n;
  for (; m <= MIN_MANTISSA; e--) m *= 10n;
  return { mantissa: m, exponent: e };
}

export function add(a: SafeFloat, b: SafeFloat): SafeFloat {
  if (a.mantissa === 0n) return b;
  if (b.mantissa === 0n) return a;
  const [x, y, exponent] = aligned(a, b);
  return normalised(x + y, exponent);
}

/** a − b, but never less than nothing. */
export function subtract(a: SafeFloat, b: SafeFloat): SafeFloat {
  if (b.mantissa === 0n) return a;
  if (a.mantissa === 0n) return ZERO;
  const [x, y, exponent] = aligned(a, b);
  return x > y ? normalised(x - y, exponent) : ZERO;
}

/** a · b / c @throws RangeError when c is nothing */
export function multiplyDivide(a: SafeFloat, b: SafeFloat, c: SafeFloat): SafeFloat {
  const mantissa = (a.mantissa * b.mantissa) / c.mantissa;
  return normalised(mantissa, a.exponent + b.exponent - c.exponent);
}

export function toInteger({ mantissa, exponent }: SafeFloat): bigint {
  return exponent >= 0n ? mantissa * 10n ** exponent : mantissa / 10n ** -exponent;
}

/** Both mantissas at the larger exponent. */
function aligned(a: SafeFloat, b: SafeFloat): [bigint, bigint, bigint] {
  return a.exponent >= b.exponent
    ? [a.mantissa, shifted(b.mantissa, a.exponent - b.exponent), a.exponent]
    : [shifted(a.mantissa, b.exponent - a.exponent), b.mantissa, b.exponent];
}

function shifted(mantissa: bigint, digits: bigint): bigint {
  return digits > DIGITS ? 0n : mantissa / 10n ** digits;
}
