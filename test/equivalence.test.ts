/**
 * circom stays the reference: 300 random small layers in both forms. Slow because circom starts anew for each; any
 * further number by scripts/equivalence.ts.
 * @module
 */
import { expect, it } from "vitest";
import { compareLayers } from "../scripts/equivalence.ts";

it("both forms of a layer have the same outputs, and no others", {
  timeout: 1_200_000,
}, async () => {
  expect(await compareLayers({ count: 300, seed: 20_261_124 })).toEqual([]);
});
