import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_ANGLE, TANGENT_BITS, tangent } from "./tangent.ts";

/** The bound that tangent.ts proves, in ulp of 2^-96. */
const BOUND = 1n << (TANGENT_BITS - 85n);

/** tan(angle / 2^96) to 40 decimals, computed with mpmath 1.3.0 at 80 digits. */
const REFERENCE: readonly (readonly [angle: bigint, tangent: string])[] = [
  [0n, "0.0000000000000000000000000000000000000000"],
  [18446744073709551616n, "0.0000000002328306436538696289104572581611"],
  [1237940039285380274899124224n, "0.0156262716899438237897797677226259890115"],
  [37335391996834662784578291693n, "0.5095254494944288105137069112458558697085"],
  [39614081257132168796771975168n, "0.5463024898437905132551794657802853832975"],
  [56003087995251994176867437539n, "0.8540806854634666375228608902727416287940"],
  [79228162514264337593543950336n, "1.5574077246549022305069748074583601730872"],
  [100805558391453589518361387571n, "3.2505508012998363763382016260671149195201"],
  [112006175990503988353734875078n, "6.3137515146750430989794642437851061662079"],
  [112006175990503988353734875079n, "6.3137515146750430989794642443008755200876"],
];

/** Lambert's continued fraction a/(1 − a²/(3 − a²/(5 − …))) with 256 bits: another method, 160 bits finer. */
function tangentByContinuedFraction(angle: bigint): bigint {
  const one = 1n << 256n;
  const a = angle << (256n - TANGENT_BITS);
  const square = (a * a) / one;
  let denominator = 121n * one;
  for (let odd = 119n; odd >= 1n; odd -= 2n) {
    denominator = odd * one - (square * one) / denominator;
  }
  return ((a * one) / denominator) >> (256n - TANGENT_BITS);
}

const distance = (a: bigint, b: bigint): bigint => (a < b ? b - a : a - b);

describe("tangent", () => {
  test.each(REFERENCE)("of %s / 2^96 is within 2^-85 of 40 known decimals", (angle, digits) => {
    const expected = (BigInt(digits.replace(".", "")) << TANGENT_BITS) / 10n ** 40n;
    expect(distance(tangent(angle), expected)).toBeLessThan(BOUND);
  });

  test("agrees with Lambert's continued fraction within 2^-85 at every angle", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: MAX_ANGLE }), (angle) => {
        expect(distance(tangent(angle), tangentByContinuedFraction(angle))).toBeLessThan(BOUND);
      }),
      { numRuns: 500 },
    );
  });

  test("refuses an angle for which its error is not proven", () => {
    expect(() => tangent(-1n)).toThrow(RangeError);
    expect(() => tangent(MAX_ANGLE + 1n)).toThrow(RangeError);
  });
});
