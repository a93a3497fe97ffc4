import { expect, test } from "vitest";
import { predict } from "./prediction.ts";

test("names the largest logit and its margin over the second", () => {
  expect(predict(Int32Array.of(-5, 20, 7), ["a", "b", "c"])).toEqual({
    label: "b",
    index: 1,
    margin: 13,
  });
});

test("takes the first of equals, and does without labels", () => {
  expect(predict(Int32Array.of(4, 9, 9), [])).toEqual({ label: "1", index: 1, margin: 0 });
});
