import { u32 } from "@polkadot-api/substrate-bindings";
import { expect, test } from "vitest";
import { ownBytes } from "./own-bytes.ts";

test("a part of a larger buffer is read as itself, which the library alone does not", () => {
  const part = Uint8Array.of(9, 9, 9, 9, 1, 0, 0, 0).subarray(4);
  expect(u32.dec(part)).not.toBe(1);
  expect(u32.dec(ownBytes(part))).toBe(1);
  expect(u32.dec(ownBytes(Buffer.from("01000000", "hex")))).toBe(1);
});

test("bytes that are their own are not copied", () => {
  const bytes = Uint8Array.of(1, 2, 3);
  expect(ownBytes(bytes)).toBe(bytes);
});
