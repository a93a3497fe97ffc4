import { expect, test } from "vitest";
import { duration } from "./duration.ts";

const parse = duration(50, 60_000);

test.each<[string, number]>([
  ["250ms", 250],
  ["250", 250],
  ["1s", 1_000],
  ["1.5s", 1_500],
  ["0.05s", 50],
  ["60s", 60_000],
])("takes %s", (text, ms) => {
  expect(parse(text)).toBe(ms);
});

test.each(["", "s", "1m", "-1s", "1e3", "49ms", "61s", "0.0501s", "1.5", "1 s"])(
  "refuses %j",
  (text) => {
    expect(() => parse(text)).toThrow("such as 250ms or 1s");
  },
);
