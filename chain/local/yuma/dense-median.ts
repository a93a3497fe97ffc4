/**
 * weightedMedian of every column, in doubles over a dense matrix: the same search in the same order.
 * @module
 */
import { normalise } from "./exact.ts";

/**
 * @param S stake by row; rows without have no say
 * @param W n × n, row by row
 */
export function denseMedian(S: Float64Array, W: Float64Array, kappa: number): Float64Array {
  const n = S.length;
  const voters = Int32Array.from(S.keys()).filter((i) => (S[i] ?? 0) > 0);
  const weight = normalise(Float64Array.from(voters, (i) => S[i] ?? 0));
  const total = weight.reduce((sum, w) => sum + w, 0);
  const median = new Float64Array(n);
  const score = new Float64Array(voters.length);
  const search = new MedianSearch(weight, score, total, total - kappa);
  for (let j = 0; j < n; j++) {
    for (let k = 0; k < voters.length; k++) score[k] = W[(voters[k] ?? 0) * n + j] ?? 0;
    median[j] = search.run();
  }
  return median;
}

class MedianSearch {
  readonly #weight: Float64Array;
  readonly #score: Float64Array;
  readonly #total: number;
  readonly #target: number;
  /** The ballots still in question, and scratch for those below and above the pivot. */
  #ballots: Int32Array;
  #below: Int32Array;
  #above: Int32Array;

  constructor(weight: Float64Array, score: Float64Array, total: number, target: number) {
    this.#weight = weight;
    this.#score = score;
    this.#total = total;
    this.#target = target;
    this.#ballots = new Int32Array(weight.length);
    this.#below = new Int32Array(weight.length);
    this.#above = new Int32Array(weight.length);
  }

  run(): number {
    const [weight, score] = [this.#weight, this.#score];
    let count = weight.length;
    for (let k = 0; k < count; k++) this.#ballots[k] = k;
    let [low, high] = [0, this.#total];
    for (;;) {
      const [ballots, below, above] = [this.#ballots, this.#below, this.#above];
      const pivot = score[ballots[count >> 1] ?? 0] ?? 0;
      let [belowCount, aboveCount, belowWeight, aboveWeight] = [0, 0, 0, 0];
      for (let k = 0; k < count; k++) {
        const ballot = ballots[k] ?? 0;
        const value = score[ballot] ?? 0;
        if (value < pivot) {
          belowWeight += weight[ballot] ?? 0;
          below[belowCount++] = ballot;
        } else if (value > pivot) {
          aboveWeight += weight[ballot] ?? 0;
          above[aboveCount++] = ballot;
        }
      }
      const [lowEdge, highEdge] = [low + belowWeight, high - aboveWeight];
      if (this.#target < lowEdge && belowCount > 0) {
        [this.#ballots, this.#below] = [below, ballots];
        [count, high] = [belowCount, lowEdge];
      } else if (this.#target >= highEdge && aboveCount > 0) {
        [this.#ballots, this.#above] = [above, ballots];
        [count, low] = [aboveCount, highEdge];
      } else {
        return pivot;
      }
    }
  }
}
