/**
 * For tests: every operator of the table at random, as a graph of one node in any opset.
 * @module
 */
import fc from "fast-check";
import type { Lone } from "./testing.ts";
import { ANY_ARITHMETIC } from "./testing-arithmetic.ts";
import { ANY_CHOICE } from "./testing-choices.ts";
import { ANY_MOVEMENT } from "./testing-movement.ts";
import { ANY_WINDOWS } from "./testing-windows.ts";

export const ANY_OPERATOR: ReadonlyMap<string, fc.Arbitrary<Lone>> = new Map(
  Object.entries({ ...ANY_WINDOWS, ...ANY_ARITHMETIC, ...ANY_CHOICE, ...ANY_MOVEMENT }).map(
    ([op, lone]) => [
      op,
      fc
        .tuple(lone, fc.integer({ min: 14, max: 21 }))
        // Some draw an opset themselves, because it says how the node is written.
        .map(([drawn, opset]) => ({ ...drawn, opset: drawn.opset ?? opset })),
    ],
  ),
);
