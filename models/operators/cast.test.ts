import { expect, test } from "vitest";
import { bounds } from "../interval.ts";
import { castTo, reached } from "../testing.ts";
import { graphOf, input } from "./testing.ts";

// Both ends of a range of 257 integers wrap to one; between them is everything.
test.each([
  [0, 255],
  [0, 256],
  [1, 256],
  [-128, 127],
  [-128, 128],
  [-3, 253],
  [120, 130],
  [250, 260],
])("a narrowing Cast of %i to %i is bounded by what it reaches", (min, max) => {
  for (const to of ["uint8", "int8"] as const) {
    const operands = [input("int32", [1], [min, max])];
    const graph = graphOf({ op: "Cast", operands, attributes: castTo(to) });
    expect(bounds(graph).get("out")).toEqual(reached(graph).get("out"));
  }
});
