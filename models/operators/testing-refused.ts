/**
 * For tests: nodes that no integer graph may have, and the expectation that reading says so.
 * @module
 */
import { expect } from "vitest";
import { graphOf, type Lone } from "./testing.ts";

/** A node that nobody reads: what it is, the node, the code of its refusal, and words of it. */
export type Refusal = readonly [
  what: string,
  op: string,
  operands: Lone["operands"],
  attributes: NonNullable<Lone["attributes"]>,
  code: string,
  says: string,
];

/** Expects that reading refuses the node, by its name. */
export function expectRefused([, op, operands, attributes, code, says]: Refusal): void {
  const reading = (): unknown => graphOf({ op, operands, attributes });
  const message = expect.stringMatching(new RegExp(`^node "it" \\(${op}\\): `));
  expect(reading).toThrow(expect.objectContaining({ code, message }));
  expect(reading).toThrow(says);
}
