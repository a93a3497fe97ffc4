import * as fc from "fast-check";
import { expect, test } from "vitest";
import { weightsOfJson, weightsOfList } from "./weights-input.ts";

const weights = fc
  .uniqueArray(fc.tuple(fc.nat(65_535), fc.integer({ min: 1, max: 1_000_000 })), {
    minLength: 1,
    maxLength: 64,
    selector: ([uid]) => uid,
  })
  .map((pairs) => pairs.toSorted(([a], [b]) => a - b));

test("weights that were written in any of the three forms are read again", () => {
  fc.assert(
    fc.property(weights, (pairs) => {
      expect(weightsOfList(pairs.map((pair) => pair.join(":")).join(","))).toEqual(pairs);
      expect(weightsOfJson(JSON.stringify(pairs))).toEqual(pairs);
      expect(weightsOfJson(JSON.stringify(Object.fromEntries(pairs)))).toEqual(pairs);
    }),
  );
});

test("takes fractions and spaces", () => {
  expect(weightsOfList("1:0.75, 4:0.25")).toEqual([
    [1, 0.75],
    [4, 0.25],
  ]);
});

test.each(["", "1", "1:", "1:-2", "1:2,1:3", "70000:1", "1:0", "a:1", "1:2;3:4", "1:1e9"])(
  "refuses the list %j",
  (text) => {
    expect(() => weightsOfList(text)).toThrow("these are no weights");
  },
);

test.each(["", "{}", "[]", "[[1]]", '{"1":-1}', "[[1,2],[1,3]]", '{"x":1}', "[[1.5,2]]", "null"])(
  "refuses the file %j",
  (text) => {
    expect(() => weightsOfJson(text)).toThrow("these are no weights");
  },
);
