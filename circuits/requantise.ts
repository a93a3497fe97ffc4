/**
 * How wide one requantise gadget must be: the statically proven interval of its accumulator decides which of its
 * parts exist. The mirror of templates/requantise.circom, with the same letters.
 * Scheme P2 of docs/decisions (power-of-two shift), y = clip(⌊acc / 2^shift⌋, 0, 2^bits − 1).
 * @module
 */

/** The parameters of one gadget. */
export interface RequantiseShape {
  readonly kind: "gadget";
  readonly shift: number;
  readonly bits: number;
  /** Bits of t = ⌊acc / 2^(shift + bits)⌋ without its sign. */
  readonly high: number;
  /** acc < 0 is possible. */
  readonly below: boolean;
  /** ⌊acc / 2^shift⌋ ≥ 2^bits is possible. */
  readonly above: boolean;
}

/** An accumulator whose whole interval gives one activation: it needs no row, and is folded into the next layer. */
export interface ConstantActivation {
  readonly kind: "constant";
  readonly value: number;
}

/** @param interval of the accumulator, both ends included */
export function fitRequantise(
  interval: { readonly min: number; readonly max: number },
  { shift, bits }: { readonly shift: number; readonly bits: number },
): RequantiseShape | ConstantActivation {
  const top = 2 ** bits - 1;
  const least = Math.min(Math.max(Math.floor(interval.min / 2 ** shift), 0), top);
  const greatest = Math.min(Math.max(Math.floor(interval.max / 2 ** shift), 0), top);
  if (least === greatest) return { kind: "constant", value: least };
  const leastT = Math.floor(interval.min / 2 ** (shift + bits));
  const greatestT = Math.floor(interval.max / 2 ** (shift + bits));
  const below = leastT < 0;
  const above = greatestT > 0;
  if (!below && !above) {
    // A gadget of one bit in all has no wire for it; one bit more is the cheapest way out.
    const high = shift + bits === 1 ? 1 : 0;
    return { kind: "gadget", shift, bits, high, below, above: high > 0 };
  }
  // With a sign, t ∈ [−2^high, 2^high); below alone, t ∈ (−2^high, 0]; above alone, t ∈ [0, 2^high).
  const high = Math.max(bitLength(below && above ? -leastT - 1 : -leastT), bitLength(greatestT), 1);
  return { kind: "gadget", shift, bits, high, below, above };
}

/** Bits of acc + offset: the `n` of the template. */
export function widthOf({ shift, bits, high, below, above }: RequantiseShape): number {
  return shift + bits + high + (below && above ? 1 : 0);
}

/** Constraints of the gadget. The row that computes its accumulator belongs to the dense layer. */
export function rowsOf(shape: RequantiseShape): number {
  return widthOf(shape) + (shape.high > 0 ? 2 : 1);
}

/** Bits of a non-negative integer; negative ones, where a side is impossible, need none. */
function bitLength(value: number): number {
  return value <= 0 ? 0 : Math.floor(Math.log2(value)) + 1;
}
