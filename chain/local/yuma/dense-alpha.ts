/**
 * Liquid alpha for a whole row of weights at once, in doubles, bit for bit as liquid-alpha.ts. The power series of the
 * exponential is most of the work; taken term by term over the row, not entry by entry, no step waits for the one
 * before.
 * @module
 */
import { div, mul, ONE } from "./exact.ts";
import { exp, div as fixedDiv, fromInteger, fromU16 } from "./fixed.ts";
import type { YumaParameters } from "./input.ts";
import { liquidAlpha } from "./liquid-alpha.ts";

/** Above, the series' terms need more than 53 bits. 1000 is Subtensor's default. */
const MAX_FAST_STEEPNESS = 1_000;
const TERMS = 32;
const [LOW_BITS, MIDDLE_BITS] = [2 ** 12, 2 ** 24];
/** What is left to divide by after the product with the highest part: 2^32 / 2^24. */
const REST_BITS = 2 ** 8;
const HALF = ONE / 2;
const HALF_WORD = 2 ** 16;
const E = Number(exp(fromInteger(1)));

export class LiquidAlphas {
  readonly #parameters: YumaParameters;
  readonly #low: number;
  readonly #high: number;
  /** |steepness| / 100 */
  readonly #slope: number;
  readonly #isRising: boolean;
  readonly #isFast: boolean;
  /** Scratch, by column: the exponent's size and its three parts, a term, the sum of terms. */
  readonly #isNegative: Uint8Array;
  readonly #x: Float64Array;
  readonly #top: Float64Array;
  readonly #middle: Float64Array;
  readonly #bottom: Float64Array;
  readonly #term: Float64Array;
  readonly #total: Float64Array;

  constructor(parameters: YumaParameters, columns: number) {
    const steepness = parameters.alphaSigmoidSteepness;
    this.#parameters = parameters;
    this.#low = Number(fromU16(parameters.alphaValues[0]));
    this.#high = Number(fromU16(parameters.alphaValues[1]));
    this.#slope = Number(fixedDiv(fromInteger(Math.abs(steepness)), fromInteger(100)));
    this.#isRising = steepness < 0;
    this.#isFast = Math.abs(steepness) <= MAX_FAST_STEEPNESS && this.#low <= this.#high;
    this.#isNegative = new Uint8Array(columns);
    [this.#x, this.#top, this.#middle] = scratch(columns);
    [this.#bottom, this.#term, this.#total] = scratch(columns);
  }

  /**
   * @param count how many columns
   * @param w weights, b bonds, c consensus, of those columns
   * @param alphas takes the result
   */
  row(
    count: number,
    w: Float64Array,
    b: Float64Array,
    c: Float64Array,
    alphas: Float64Array,
  ): void {
    if (!this.#isFast) return this.#slowRow(count, w, b, c, alphas);
    for (let k = 0; k < count; k++) this.#exponent(k, w[k] ?? 0, b[k] ?? 0, c[k] ?? 0);
    this.#series(count);
    const range = this.#high - this.#low;
    for (let k = 0; k < count; k++) {
      const sigmoid = div(ONE, ONE + this.#exponential(k));
      alphas[k] = this.#low + mul(sigmoid, range);
    }
  }

  /** x = −steepness/100 · (difference − 1/2) as sign and size. */
  #exponent(k: number, w: number, b: number, c: number): void {
    const difference = Math.min(ONE, Math.max(0, w >= b ? w - c : b - w)) - HALF;
    const size = Math.abs(difference);
    const high = Math.floor(size / HALF_WORD);
    const lowProduct = (size - high * HALF_WORD) * this.#slope;
    const carried = Math.floor(lowProduct / HALF_WORD);
    const product = high * this.#slope + carried;
    const cut = Math.floor(product / HALF_WORD);
    const isNegative = difference > 0 !== this.#isRising;
    const isEven = lowProduct === carried * HALF_WORD && product === cut * HALF_WORD;
    // A negative product is cut off downwards, away from zero.
    const x = isNegative && !isEven ? cut + 1 : cut;

    const top = Math.floor(x / MIDDLE_BITS);
    const middle = Math.floor((x - top * MIDDLE_BITS) / LOW_BITS);
    this.#isNegative[k] = isNegative ? 1 : 0;
    this.#x[k] = x;
    this.#top[k] = top;
    this.#middle[k] = middle;
    this.#bottom[k] = x - top * MIDDLE_BITS - middle * LOW_BITS;
  }

  /** 1 + x + x²/2 + … of every |x|, each product and quotient cut off. */
  #series(count: number): void {
    const [high, middle, low] = [this.#top, this.#middle, this.#bottom];
    const [term, total] = [this.#term, this.#total];
    for (let k = 0; k < count; k++) {
      const x = this.#x[k] ?? 0;
      term[k] = x;
      total[k] = ONE + x;
    }
    for (let n = 2; n < TERMS; n++) {
      let largest = 0;
      for (let k = 0; k < count; k++) {
        const t = term[k] ?? 0;
        // t·x / 2^32 in three steps, so that no product reaches 2^53: t is below 2^37, x below 2^35.
        const lower = Math.floor((t * (low[k] ?? 0)) / LOW_BITS);
        const upper = Math.floor((t * (middle[k] ?? 0) + lower) / LOW_BITS);
        const product = Math.floor((t * (high[k] ?? 0) + upper) / REST_BITS);
        const next = Math.floor(product / n);
        term[k] = next;
        total[k] = (total[k] ?? 0) + next;
        if (next > largest) largest = next;
      }
      if (largest === 0) return;
    }
  }

  #exponential(k: number): number {
    const total = this.#total[k] ?? 0;
    if (this.#isNegative[k] === 1) return div(ONE, total);
    return this.#x[k] === ONE ? E : total;
  }

  #slowRow(
    count: number,
    w: Float64Array,
    b: Float64Array,
    c: Float64Array,
    alphas: Float64Array,
  ): void {
    const big = (values: Float64Array, k: number): bigint => BigInt(values[k] ?? 0);
    for (let k = 0; k < count; k++) {
      alphas[k] = Number(liquidAlpha(this.#parameters, big(w, k), big(b, k), big(c, k)));
    }
  }
}

function scratch(length: number): [Float64Array, Float64Array, Float64Array] {
  return [new Float64Array(length), new Float64Array(length), new Float64Array(length)];
}
