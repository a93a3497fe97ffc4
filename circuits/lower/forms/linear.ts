/**
 * Linear layers: sums of sums. No rows, except for what they read: a term that is rounded becomes wires here. One element
 * plus a constant stays as it is, rounded or not.
 * @module
 */
import { type Element, isRounded, shiftedElement } from "../rounded.ts";
import type { Lowering, Site } from "../site.ts";
import { isConstant, type Sum } from "../sum.ts";

export const lowerLinear: Lowering<"linear"> = ({ row }, site) => {
  const terms = new Terms(site);
  return (i) => {
    terms.clear();
    const constant = row(i, terms.add);
    return terms.sum(constant);
  };
};

/** Those of one row, kept until all are there: reading a value can make rows, and only one sum is made at a time. */
class Terms {
  readonly #site: Site;
  // Longer than `#count` after a row that was longer.
  readonly #operands: number[] = [];
  readonly #indices: number[] = [];
  readonly #weights: number[] = [];
  readonly #sums: Sum[] = [];
  #count = 0;
  #constant = 0;

  constructor(site: Site) {
    this.#site = site;
  }

  clear(): void {
    this.#count = 0;
    this.#constant = 0;
  }

  readonly add = (operand: number, index: number, weight: number): void => {
    const element = this.#site.element(operand, index);
    if (!isRounded(element) && isConstant(element)) {
      this.#constant += weight * element.constant;
      return;
    }
    this.#operands[this.#count] = operand;
    this.#indices[this.#count] = index;
    this.#weights[this.#count] = weight;
    this.#count += 1;
  };

  sum(constant: number): Element {
    const { rows } = this.#site;
    const total = constant + this.#constant;
    if (this.#count === 1 && this.#weights[0] === 1) {
      const only = this.#site.element(this.#operands[0] as number, this.#indices[0] as number);
      return shiftedElement(rows, only, total);
    }
    for (let k = 0; k < this.#count; k++) {
      this.#sums[k] = this.#site.sum(this.#operands[k] as number, this.#indices[k] as number);
    }
    for (let k = 0; k < this.#count; k++) {
      rows.accumulator.add(this.#sums[k] as Sum, this.#weights[k] as number);
    }
    return rows.accumulator.take(total);
  }
}
