import { TypeRegistry } from "@polkadot/types";
import type { DigestItem } from "@polkadot/types/interfaces";
import { compactAddLength } from "@polkadot/util";
import { blockHeader } from "@polkadot-api/substrate-bindings";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeBody, encodeBody } from "./body.ts";
import {
  decodeHeader,
  encodeHeader,
  type Header,
  hashHeader,
  headerJson,
  nextStateRoot,
  slotDigest,
  ZERO_HASH,
} from "./header.ts";
import { bytesOf, hexOf, plain } from "./hex.ts";

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(hexOf);
const anyHeader: fc.Arbitrary<Header> = fc.record({
  number: fc.nat(2 ** 30 - 1),
  parentHash: hash,
  stateRoot: hash,
  extrinsicsRoot: hash,
  digest: fc.option(
    fc.tuple(fc.nat(2 ** 45), fc.integer({ min: 50, max: 60_000 })).map((it) => slotDigest(...it)),
    { nil: undefined },
  ),
});

test("a header is what was encoded", () => {
  fc.assert(
    fc.property(anyHeader, (header) => {
      const decoded = decodeHeader(plain(encodeHeader(header)));
      expect(headerJson(decoded)).toEqual(headerJson(header));
    }),
  );
});

test("other libraries read the same header and name it by the same hash", () => {
  const registry = new TypeRegistry();
  fc.assert(
    fc.property(anyHeader, (header) => {
      const theirs = registry.createType("Header", headerJson(header));
      expect(theirs.hash.toHex()).toBe(hashHeader(header));
      const decoded = blockHeader.dec(plain(encodeHeader(header)));
      expect([decoded.number, decoded.parentHash]).toEqual([header.number, header.parentHash]);
      expect(decoded.digests.map(({ type }) => type)).toEqual(header.digest ? ["preRuntime"] : []);
    }),
    { numRuns: 30 },
  );
});

test("the slot in a header is its time in blocks", () => {
  const registry = new TypeRegistry();
  const item = registry.createType<DigestItem>("DigestItem", slotDigest(120_500, 1_000));
  const [engine, slot] = item.asPreRuntime;
  expect([engine.toString(), hexOf(slot.toU8a(true))]).toEqual(["aura", "0x7800000000000000"]);
});

test("a body is what was encoded, whatever the length of its extrinsics", () => {
  const anyExtrinsic = fc
    .oneof(fc.nat(70), fc.nat(20_000))
    .map((length) => compactAddLength(new Uint8Array(length).fill(7)));
  fc.assert(
    fc.property(fc.array(anyExtrinsic, { maxLength: 8 }), (extrinsics) => {
      expect(decodeBody(plain(encodeBody(extrinsics))).map(hexOf)).toEqual(extrinsics.map(hexOf));
    }),
    { numRuns: 50 },
  );
});

test("a state root tells apart what changed, to what, and after what", () => {
  const one = bytesOf("0x01");
  const roots = [
    nextStateRoot(ZERO_HASH, new Map()),
    nextStateRoot(ZERO_HASH, new Map([["0xaa", one]])),
    nextStateRoot(ZERO_HASH, new Map([["0xaa", undefined]])),
    nextStateRoot(ZERO_HASH, new Map([["0xaa01", bytesOf("0x")]])),
    nextStateRoot(ZERO_HASH, new Map([["0xab", one]])),
    nextStateRoot(`0x${"11".repeat(32)}`, new Map([["0xaa", one]])),
  ];
  expect(new Set(roots).size).toBe(roots.length);
  const two = [
    ["0xaa", one],
    ["0xab", one],
  ] as const;
  expect(nextStateRoot(ZERO_HASH, new Map(two))).toBe(
    nextStateRoot(ZERO_HASH, new Map([...two].reverse())),
  );
});
