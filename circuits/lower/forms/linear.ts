/**
 * Linear layers: sums of sums. No rows, except for what they read: a term that is rounded becomes wires here. One element
 * plus a constant stays as it is, rounded or not.
 * @module
 */
import { type Element, isRounded, shiftedElement } from "../rounded.ts";
import type { Lowering, Site } from "../site.ts";

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
  readonly #elements: Element[] = [];
  readonly #operands: number[] = [];
  readonly #indices: number[] = [];
  readonly #weights: number[] = [];
  #constant = 0;

  constructor(site: Site) {
    this.#site = site;
  }

  clear(): void {
    this.#elements.length = 0;
    this.#operands.length = 0;
    this.#indices.length = 0;
    this.#weights.length = 0;
    this.#constant = 0;
  }

  readonly add = (operand: number, index: number, weight: number): void => {
    const element = this.#site.element(operand, index);
    if (!isRounded(element) && element.wires.length === 0) {
      this.#constant += weight * element.constant;
      return;
    }
    this.#elements.push(element);
    this.#operands.push(operand);
    this.#indices.push(index);
    this.#weights.push(weight);
  };

  sum(constant: number): Element {
    const { rows } = this.#site;
    const total = constant + this.#constant;
    const [only] = this.#elements;
    if (only !== undefined && this.#elements.length === 1 && this.#weights[0] === 1) {
      return shiftedElement(rows, only, total);
    }
    const sums = this.#operands.map((operand, k) =>
      this.#site.sum(operand, this.#indices[k] as number),
    );
    sums.forEach((sum, k) => {
      rows.accumulator.add(sum, this.#weights[k] as number);
    });
    return rows.accumulator.take(total);
  }
}
