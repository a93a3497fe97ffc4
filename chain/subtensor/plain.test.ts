import { TypeRegistry } from "@polkadot/types";
import type { Codec } from "@polkadot/types/types";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { devSigner } from "../wallet/key.ts";
import { type Plain, plain } from "./plain.ts";

const registry = new TypeRegistry();
const of = (type: string, value: unknown): Plain =>
  plain(registry.createTypeUnsafe<Codec>(type, [value]));

const unsigned = (bits: number) => fc.bigInt({ min: 0n, max: 2n ** BigInt(bits) - 1n });

describe("a plain value", () => {
  test.each([8, 16, 32])("of u%i is a number", (bits) => {
    fc.assert(
      fc.property(unsigned(bits), (n) => {
        expect(of(`u${bits}`, n)).toBe(Number(n));
      }),
    );
  });

  test.each([64, 128])("of u%i is a bigint, however small, also when compact", (bits) => {
    fc.assert(
      fc.property(unsigned(bits), (n) => {
        expect(of(`u${bits}`, n)).toBe(n);
        expect(of(`Compact<u${bits}>`, n)).toBe(n);
      }),
    );
  });

  test("of i64 keeps its sign", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (n) => {
        expect(of("i64", n)).toBe(n);
      }),
    );
  });

  test("of bytes is a copy of them", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(of("Bytes", `0x${Buffer.from(bytes).toString("hex")}`)).toEqual(bytes);
      }),
    );
  });

  test("of what is made of others is made of theirs", () => {
    const alice = devSigner("//Alice").hotkey;
    fc.assert(
      fc.property(fc.array(fc.tuple(unsigned(16), fc.boolean())), (pairs) => {
        const expected = pairs.map(([n, flag]) => [Number(n), flag]);
        expect(of("Vec<(u16, bool)>", pairs)).toEqual(expected);
      }),
    );
    expect(of('{"who":"AccountId","amount":"Option<u64>"}', { who: alice, amount: null })).toEqual({
      who: alice,
      amount: null,
    });
    expect(of("Option<u64>", 7)).toBe(7n);
    expect(of('{"_enum":{"None":"Null","Raw":"u8"}}', { Raw: 5 })).toEqual({
      type: "Raw",
      value: 5,
    });
  });

  test("is none of a kind that no reader asks for", () => {
    expect(() => of("BTreeMap<u8, u8>", new Map([[1, 2]]))).toThrow(
      expect.objectContaining({ code: "UNREADABLE_STATE" }),
    );
  });
});
