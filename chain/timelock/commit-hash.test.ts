import { blake2AsHex, decodeAddress } from "@polkadot/util-crypto";
import { AccountId, Tuple, u16, u64, Vector } from "@polkadot-api/substrate-bindings";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { commitHash, netuidIndex } from "./commit-hash.ts";

const ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
const hotkey = decodeAddress(ALICE);
const weights = {
  hotkey,
  netuidIndex: 4_097,
  uids: [0, 1],
  values: [65_535, 9],
  salt: [5],
  versionKey: 2n,
};
const refused = expect.objectContaining({ code: "MALFORMED_WEIGHTS" });

describe("commitHash", () => {
  test("is the hash of the tuple, as an independent codec encodes it", () => {
    const tuple = Tuple(AccountId(), u16, Vector(u16), Vector(u16), Vector(u16), u64);
    const anyU16s = fc.array(fc.nat(65_535), { maxLength: 80 });
    const anyU64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    fc.assert(
      fc.property(fc.nat(65_535), anyU16s, anyU16s, anyU64, (index, uids, salt, versionKey) => {
        const values = uids.toReversed();
        const ours = commitHash({ hotkey, netuidIndex: index, uids, values, salt, versionKey });
        const expected = blake2AsHex(
          tuple.enc([ALICE, index, uids, values, salt, versionKey]),
          256,
        );
        expect(`0x${Buffer.from(ours).toString("hex")}`).toBe(expected);
      }),
    );
  });

  test("changes with everything that is committed to", () => {
    const changed = [
      { ...weights, hotkey: hotkey.toReversed() },
      { ...weights, netuidIndex: 1 },
      { ...weights, uids: [1, 0] },
      { ...weights, values: [65_535, 8] },
      { ...weights, salt: [6] },
      { ...weights, versionKey: 3n },
    ];
    const hashes = [weights, ...changed].map((w) => Buffer.from(commitHash(w)).toString("hex"));
    expect(new Set(hashes).size).toBe(7);
  });

  test("refuses what cannot be revealed: uneven vectors, numbers out of range, a short hotkey", () => {
    for (const bad of [
      { ...weights, values: [1] },
      { ...weights, salt: [65_536] },
      { ...weights, netuidIndex: 65_536 },
      { ...weights, versionKey: -1n },
      { ...weights, hotkey: hotkey.subarray(1) },
    ]) {
      expect(() => commitHash(bad)).toThrow(refused);
    }
  });
});

describe("netuidIndex", () => {
  test("keeps 4,096 subnets for each mechanism", () => {
    expect(netuidIndex(7, 0)).toBe(7);
    expect(netuidIndex(7, 2)).toBe(8_199);
    expect(netuidIndex(4_095, 15)).toBe(65_535);
  });

  test("refuses what would name another subnet", () => {
    for (const [netuid, mecid] of [
      [4_096, 0],
      [-1, 0],
      [1, 16],
      [1, -1],
      [0.5, 0],
    ] as const) {
      expect(() => netuidIndex(netuid, mecid)).toThrow(refused);
    }
  });
});
