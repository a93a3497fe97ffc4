import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Beacon,
  QUICKNET,
  QUICKNET_CHAIN_HASH,
  randomnessOf,
  roundAt,
  timeOfRoundMs,
  verifyPulse,
} from "./beacon.ts";
import { localBeacon } from "./local-beacon.ts";

// The pulse that drand's quicknet published for round 1000.
const ROUND = 1_000;
const PULSE = Buffer.from(
  "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39",
  "hex",
);

const SECRET = Uint8Array.from({ length: 32 }, (_, i) => i + 1);
const local = localBeacon(SECRET, 1_700_000_000, 1);

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const forged = Uint8Array.from(bytes);
  forged[bit >> 3] = (forged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return forged;
}

describe("quicknet", () => {
  test("is what its chain hash names: period, genesis, key, seed of the group, and name", () => {
    const times = Buffer.alloc(12);
    times.writeUInt32BE(QUICKNET.periodSeconds);
    times.writeBigInt64BE(BigInt(QUICKNET.genesisSeconds), 4);
    const seed = "f477d5c89f21a17c863a7f937c6a6d15859414d2be09cd448d4279af331c5d3e";
    const hash = createHash("sha256").update(times).update(QUICKNET.publicKey);
    expect(hash.update(seed, "hex").update("quicknet").digest("hex")).toBe(QUICKNET_CHAIN_HASH);
  });
});

describe("rounds and times", () => {
  test("quicknet's first rounds came out when drand says", () => {
    expect(timeOfRoundMs(QUICKNET, 1)).toBe(1_692_803_367_000);
    expect(timeOfRoundMs(QUICKNET, ROUND)).toBe(1_692_806_364_000);
    expect(roundAt(QUICKNET, 1_692_803_366_999)).toBe(0);
    expect(roundAt(QUICKNET, 1_692_803_367_000)).toBe(1);
    expect(roundAt(QUICKNET, 1_692_806_363_999)).toBe(999);
    expect(roundAt(QUICKNET, 1_692_806_364_000)).toBe(1_000);
  });

  test("a round is out from its time until the next one's", () => {
    const anyBeacon = fc.record({
      publicKey: fc.constant(QUICKNET.publicKey),
      genesisSeconds: fc.nat(2_000_000_000),
      periodSeconds: fc.integer({ min: 1, max: 60 }),
    });
    fc.assert(
      fc.property(anyBeacon, fc.integer({ min: 1, max: 1e9 }), (beacon: Beacon, round) => {
        expect(roundAt(beacon, timeOfRoundMs(beacon, round))).toBe(round);
        expect(roundAt(beacon, timeOfRoundMs(beacon, round + 1) - 1)).toBe(round);
      }),
    );
  });
});

describe("verifyPulse", () => {
  test("accepts drand's round 1000, and that round only", () => {
    expect(verifyPulse(QUICKNET, ROUND, PULSE)).toBe(true);
    expect(verifyPulse(QUICKNET, ROUND + 1, PULSE)).toBe(false);
    expect(verifyPulse(local, ROUND, PULSE)).toBe(false);
  });

  test("refuses it with any one bit flipped", () => {
    fc.assert(
      fc.property(fc.nat(48 * 8 - 1), (bit) => {
        expect(verifyPulse(QUICKNET, ROUND, flipped(PULSE, bit))).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  test("refuses what is no signature: too short, too long, infinity, outside the subgroup", () => {
    const infinity = Uint8Array.from({ length: 48 }, (_, i) => (i === 0 ? 0xc0 : 0));
    // x = 4 is on the curve, and of another order.
    const outside = Uint8Array.from({ length: 48 }, (_, i) => (i === 0 ? 0x80 : i === 47 ? 4 : 0));
    for (const bytes of [PULSE.subarray(1), Buffer.concat([PULSE, PULSE]), infinity, outside]) {
      expect(verifyPulse(QUICKNET, ROUND, bytes)).toBe(false);
    }
  });

  test("refuses a beacon whose key is no point, and a round that cannot be", () => {
    const broken = { ...QUICKNET, publicKey: QUICKNET.publicKey.subarray(1) };
    expect(() => verifyPulse(broken, ROUND, PULSE)).toThrow(
      expect.objectContaining({ code: "MALFORMED_BEACON" }),
    );
    for (const round of [0, -1, 1.5, 2 ** 53]) {
      expect(() => verifyPulse(QUICKNET, round, PULSE)).toThrow(
        expect.objectContaining({ code: "MALFORMED_ROUND" }),
      );
    }
  });

  test("the randomness of a pulse is the hash that drand publishes beside it", () => {
    expect(Buffer.from(randomnessOf(PULSE)).toString("hex")).toBe(
      "fe290beca10872ef2fb164d2aa4442de4566183ec51c56ff3cd603d930e54fdd",
    );
  });
});

describe("a local beacon", () => {
  test("signs pulses that verify under its key and for their round", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 40 }), (round) => {
        const pulse = local.sign(round);
        expect(verifyPulse(local, round, pulse)).toBe(true);
        expect(verifyPulse(local, round + 1, pulse)).toBe(false);
      }),
      { numRuns: 5 },
    );
  });

  test("always signs a round alike, and under another secret otherwise", () => {
    const again = localBeacon(SECRET, 1_700_000_000, 1);
    expect(again.publicKey).toEqual(local.publicKey);
    expect(again.sign(7)).toEqual(local.sign(7));
    const other = localBeacon(SECRET.toReversed(), 1_700_000_000, 1);
    expect(verifyPulse(local, 7, other.sign(7))).toBe(false);
  });

  test("refuses a secret that is zero or not 32 bytes, and half seconds", () => {
    const attempts = [
      () => localBeacon(new Uint8Array(32), 0, 1),
      () => localBeacon(SECRET.subarray(1), 0, 1),
      () => localBeacon(SECRET, -1, 1),
      () => localBeacon(SECRET, 0, 0.5),
    ];
    for (const attempt of attempts) {
      expect(attempt).toThrow(expect.objectContaining({ code: "MALFORMED_BEACON" }));
    }
  });
});
