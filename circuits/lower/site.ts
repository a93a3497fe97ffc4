/**
 * What lowers one form: a function that is given a node's form and its place, and returns, element by element, what the
 * node computes. Elements that no output depends on are never asked for, so they cost nothing.
 * @module
 */
import type { Form } from "../../models/operators/form.ts";
import { CircuitError } from "../error.ts";
import type { Element } from "./rounded.ts";
import type { Rows } from "./rows.ts";
import type { Sum } from "./sum.ts";

export interface Site {
  readonly rows: Rows;
  /** How errors name the node. */
  readonly label: string;
  /** How many elements the node writes. */
  readonly count: number;
  /** Some output depends on element i of what the node writes. */
  isLive(i: number): boolean;
  /** An element as it is: perhaps not rounded yet. */
  element(operand: number, index: number): Element;
  /**
   * An element's value: rounded if it must be, and as one wire where it is a long sum that is read often. A constant is
   * a sum without wires.
   */
  sum(operand: number, index: number): Sum;
}

export type FormOf<K extends Form["kind"]> = Extract<Form, { readonly kind: K }>;

/** Called once for a node; what it returns is called once for each live element, in ascending order. */
export type Lowering<K extends Form["kind"]> = (
  form: FormOf<K>,
  site: Site,
) => (i: number) => Element;

/** @param reason as in "divides by 3" */
export function unsupported(site: Pick<Site, "label">, reason: string, hint: string): CircuitError {
  return new CircuitError("UNSUPPORTED_GRAPH", `${site.label}: ${reason}`, hint);
}
