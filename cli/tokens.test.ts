import * as fc from "fast-check";
import { expect, test } from "vitest";
import { decimal, rounded, tokenAmount } from "./tokens.ts";

test("an amount that was written is read again", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 21_000_000n * 10n ** 9n }), (rao) => {
      expect(tokenAmount(decimal(rao))).toBe(rao);
    }),
  );
});

test("decimals are rao, whole numbers are tokens", () => {
  expect(["1", "1.5", "0.000000001"].map(tokenAmount)).toEqual([10n ** 9n, 15n * 10n ** 8n, 1n]);
  expect([decimal(0n), decimal(1n), decimal(15n * 10n ** 8n)]).toEqual(["0", "0.000000001", "1.5"]);
  expect([rounded(123_456n), rounded(10n ** 9n), rounded(99_950_000n)]).toEqual([
    ...["0.0001", "1.0000", "0.1000"],
  ]);
});

test.each(["", "-1", "1.", ".5", "1e3", "1.0000000001", "21000001", "0x10", " 1"])(
  "refuses %j",
  (text) => {
    expect(() => tokenAmount(text)).toThrow("Expected tokens");
  },
);
