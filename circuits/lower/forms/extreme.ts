/**
 * The greatest (or least) of several elements: MaxPool, ReduceMax, Max. Rounding and clipping are monotone, so elements
 * that are rounded in one way are compared before it, and the greatest is rounded once; unless windows overlap so much
 * that rounding each element first costs fewer rows.
 *
 *     d = a − b,  d + 2^(n−1) = Σ 2^i·b_i,  s = b_(n−1) says d ≥ 0
 *     s × (Σ_{i<n−1} 2^i·b_i) = m − b                   the greater; for the less, = a − m
 *
 * n + 2 rows, in the proven interval of d. Sound: bits are unique (bits.ts), and where s = 1 the bits below it are d.
 * @module
 */
import { bitAt, bitsOf, numberOf } from "../bits.ts";
import { type Element, isRounded, type Rounded, rounded } from "../rounded.ts";
import type { Rows } from "../rows.ts";
import type { FormOf, Lowering, Site } from "../site.ts";
import { bitLength, constantSum, isConstant, type Sum, scaled, shifted, ZERO } from "../sum.ts";

export type Which = "greatest" | "least";

export const lowerExtreme: Lowering<"extreme"> = (form, site) => {
  const poolFirst = isPoolingCheaper(form, site);
  return (i) => {
    const window: Element[] = [];
    const places: (readonly [operand: number, index: number])[] = [];
    form.row(i, (operand, index) => {
      window.push(site.element(operand, index));
      places.push([operand, index]);
    });
    const kept = undominated(window, form.which);
    const [first] = kept;
    if (first !== undefined && kept.length === 1) return window[first] as Element;
    const elements = kept.map((k) => window[k] as Element);
    const alike = poolFirst ? alikeRounded(elements) : undefined;
    if (alike !== undefined) {
      const pooled = extremeOf(
        site.rows,
        elements.map((element) => unroundedSum(element, alike)),
        form.which,
      );
      return rounded(site.rows, pooled, alike);
    }
    const sums = kept.map((k) => site.sum(...(places[k] as readonly [number, number])));
    return extremeOf(site.rows, sums, form.which);
  };
};

/** @param sums at least one */
export function extremeOf(rows: Rows, sums: readonly Sum[], which: Which): Sum {
  // In rounds of pairs: a difference of neighbours often shares wires, which makes its interval narrower.
  let round = sums;
  while (round.length > 1) {
    const winners: Sum[] = [];
    for (let k = 0; k + 1 < round.length; k += 2) {
      winners.push(extremeOfTwo(rows, round[k] as Sum, round[k + 1] as Sum, which));
    }
    if (round.length % 2 === 1) winners.push(round[round.length - 1] as Sum);
    round = winners;
  }
  return round[0] ?? ZERO;
}

/** @throws CircuitError `BOUND_UNPROVEN` */
export function extremeOfTwo(rows: Rows, one: Sum, other: Sum, which: Which): Sum {
  // What stands in the second row, besides the difference's bits, is the shorter of the two.
  const isOtherShorter = other.wires.length <= one.wires.length;
  const kept = isOtherShorter ? other : one;
  const left = isOtherShorter ? one : other;
  const [a, b] = which === "greatest" ? [left, kept] : [kept, left];
  const d = rows.combine(0, [a, 1], [b, -1]);
  if (d.min >= 0) return which === "greatest" ? a : b;
  if (d.max <= 0) return which === "greatest" ? b : a;
  const size = bitLength(Math.max(d.max, -d.min - 1));
  const bits = bitsOf(rows, shifted(d, 2 ** size), size + 1);
  const pick = which === "greatest" ? Math.max : Math.min;
  const m = rows.addWire(pick(a.min, b.min), pick(a.max, b.max));
  const isNotNegative = bitAt(bits, size);
  const gain = numberOf(bits, 0, bitLength(d.max));
  if (which === "greatest") rows.addSolvedRow(isNotNegative, gain, m, 1, scaled(b, -1));
  else rows.addSolvedRow(isNotNegative, gain, m, -1, a);
  return rows.term(m);
}

/** Positions of those that no other always beats. Of equals the first stays. */
function undominated(window: readonly Element[], which: Which): number[] {
  // The best of what each can surely give: who cannot exceed it is beaten by whoever gives it.
  let best = 0;
  window.forEach((element, k) => {
    const leader = window[best] as Element;
    if (which === "greatest" ? element.min > leader.min : element.max < leader.max) best = k;
  });
  const leader = window[best] as Element;
  return [...window.keys()].filter((k) => {
    const element = window[k] as Element;
    return (
      k === best || (which === "greatest" ? element.max > leader.min : element.min < leader.max)
    );
  });
}

/** The rounding that all share, constants apart, if they do. */
function alikeRounded(elements: readonly Element[]): Rounded | undefined {
  const first = elements.find(isRounded);
  if (first === undefined) return undefined;
  const { shift, low, high } = first;
  const isAlike = elements.every((element) => {
    if (isRounded(element)) {
      return element.shift === shift && element.low === low && element.high === high;
    }
    return isConstant(element) && element.constant >= low && element.constant <= high;
  });
  return isAlike ? first : undefined;
}

function unroundedSum(element: Element, { shift }: Rounded): Sum {
  if (isRounded(element)) return element.sum;
  return constantSum(element.constant * 2 ** shift);
}

/**
 * Compares what a node costs if it pools before it rounds with what it costs the other way round: a comparison of
 * accumulators has as many bits as they have, one of rounded values few, but then each element is rounded, not each
 * window.
 */
function isPoolingCheaper({ row }: FormOf<"extreme">, site: Site): boolean {
  const seen = new Set<Element>();
  let [comparisons, windows, wideBits, narrowBits] = [0, 0, 0, 0];
  for (let i = 0; i < site.count; i++) {
    if (!site.isLive(i)) continue;
    let size = 0;
    row(i, (operand, index) => {
      const element = site.element(operand, index);
      size += 1;
      if (!isRounded(element) || seen.has(element)) return;
      seen.add(element);
      wideBits = Math.max(wideBits, widthOf(element.sum));
      narrowBits = Math.max(narrowBits, widthOf(element));
    });
    comparisons += size - 1;
    windows += 1;
  }
  const roundings = [...seen].filter((element) => isRounded(element) && !element.hasValue).length;
  const poolFirst = comparisons * (wideBits + ROWS_BESIDE_BITS) + windows * wideBits;
  const roundFirst = roundings * wideBits + comparisons * (narrowBits + ROWS_BESIDE_BITS);
  return poolFirst < roundFirst;
}

/** Of a comparison; the sign makes the difference one bit wider. */
const ROWS_BESIDE_BITS = 3;

function widthOf({ min, max }: { readonly min: number; readonly max: number }): number {
  return bitLength(Math.max(max, -min - 1, 0)) + (min < 0 ? 1 : 0);
}
