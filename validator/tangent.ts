/**
 * The tangent in fixed point, so that every machine computes the same score to the last bit.
 *
 * tan a = sin a / cos a, both by Taylor's series in integers of 2^-96 (one ulp), every division rounded down.
 *
 * Error, for 0 ≤ a ≤ 0.45π (a² < 2.02, tan a < 6.32, cos a > 0.1564). A term is the one before times a²/d with
 * d ≥ 6 (sine; cosine's d is 2 once, then ≥ 12). If e is the error of a term, the next one's is at most
 * (2.02·e + 1.42)/d + 1, the 1.42 from rounding a², the 1 from the division; so no term is off by more than
 * 2 ulp. The 17th term is below one ulp, the series alternate, so what is cut off is below the last term's bound:
 * sine and cosine are each within 2·17 + 2 = 36 ulp, and the quotient within
 * 36·(1 + tan a)/cos a + 1 < 1700 ulp < 2^-85. The 2^-32 that scores need leaves 53 bits to spare.
 * @module
 */

/** Bits behind the point of everything this file takes and returns. */
export const TANGENT_BITS = 96n;

const ONE = 1n << TANGENT_BITS;

/** π in 2^-96, rounded down: its hexadecimal digits are 3.243F6A88 85A308D3 13198A2E 0370… */
export const PI = 0x3243f6a88_85a308d3_13198a2en;

/** The largest angle for which the bound above is proven: 0.45π, 81°. */
export const MAX_ANGLE: bigint = (PI * 45n) / 100n;

/**
 * @param angle radians in 2^-96, from 0 to `MAX_ANGLE`
 * @returns its tangent in 2^-96, within 2^-85
 * @throws RangeError for an angle outside, where the bound does not hold
 */
export function tangent(angle: bigint): bigint {
  if (angle < 0n || angle > MAX_ANGLE) {
    throw new RangeError(`tangent: expected an angle from 0 to 0.45π, got ${angle} / 2^96`);
  }
  const square = (angle * angle) / ONE;
  const sine = alternatingSeries(angle, square, 2n);
  const cosine = alternatingSeries(ONE, square, 1n);
  return (sine * ONE) / cosine;
}

/** first − first·x²/(k(k+1)) + first·x⁴/(k(k+1)(k+2)(k+3)) − … until a term is below one ulp. */
function alternatingSeries(first: bigint, square: bigint, firstFactor: bigint): bigint {
  let sum = 0n;
  let sign = 1n;
  let factor = firstFactor;
  for (let term = first; term > 0n; factor += 2n) {
    sum += sign * term;
    sign = -sign;
    term = (term * square) / (ONE * factor * (factor + 1n));
  }
  return sum;
}
