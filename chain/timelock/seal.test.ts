import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { initSync, tld, tle } from "@ideallabs/timelock_wasm_wrapper";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { QUICKNET } from "./beacon.ts";
import { localBeacon } from "./local-beacon.ts";
import { MAX_MESSAGE_BYTES, MAX_SEALED_BYTES, open, opener, seal } from "./seal.ts";

const ROUND = 1_000;
const PULSE = Buffer.from(
  "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39",
  "hex",
);
const MESSAGE = Buffer.from("this is a test");

const local = localBeacon(new Uint8Array(32).fill(7), 0, 1);
const anyMessage = fc.uint8Array({ maxLength: 300 });

const coded = (code: string): unknown => expect.objectContaining({ code });

describe("a seal", () => {
  test("is opened by drand's round 1000, and by no other pulse", () => {
    const sealed = seal(MESSAGE, ROUND, QUICKNET);
    expect(open(sealed, PULSE)).toEqual(Uint8Array.from(MESSAGE));
    expect(() => open(sealed, local.sign(ROUND))).toThrow(coded("WRONG_PULSE"));
    expect(() => open(seal(MESSAGE, ROUND + 1, QUICKNET), PULSE)).toThrow(coded("WRONG_PULSE"));
    expect(() => open(seal(MESSAGE, ROUND, local), PULSE)).toThrow(coded("WRONG_PULSE"));
  });

  test("holds any message for any round of any beacon", () => {
    fc.assert(
      fc.property(anyMessage, fc.integer({ min: 1, max: 2 ** 53 - 1 }), (message, round) => {
        expect(open(seal(message, round, local), local.sign(round))).toEqual(message);
      }),
      { numRuns: 15 },
    );
  });

  test("is as long as its message and 244 bytes, up to what the chain takes", () => {
    expect(seal(MESSAGE, ROUND, local)).toHaveLength(MESSAGE.length + 244);
    const longest = new Uint8Array(MAX_MESSAGE_BYTES).fill(5);
    const sealed = seal(longest, ROUND, local);
    expect(sealed).toHaveLength(MAX_SEALED_BYTES);
    expect(open(sealed, local.sign(ROUND))).toEqual(longest);
    expect(() => seal(new Uint8Array(MAX_MESSAGE_BYTES + 1), ROUND, local)).toThrow(
      coded("SEAL_TOO_LONG"),
    );
  });

  test("is never the same twice, but follows the random bytes it is given", () => {
    expect(seal(MESSAGE, ROUND, local)).not.toEqual(seal(MESSAGE, ROUND, local));
    const fixed = (bytes: number): Uint8Array => new Uint8Array(bytes).fill(bytes);
    expect(seal(MESSAGE, ROUND, local, fixed)).toEqual(seal(MESSAGE, ROUND, local, fixed));
  });

  test("refuses a round that cannot be", () => {
    expect(() => seal(MESSAGE, 0, QUICKNET)).toThrow(coded("MALFORMED_ROUND"));
  });
});

describe("opening", () => {
  const round = 42;
  const sealed = seal(MESSAGE, round, local);
  const openIt = opener(local.sign(round));

  test("opens what is whole, and refuses any one bit flipped", () => {
    expect(openIt(sealed)).toEqual(Uint8Array.from(MESSAGE));
    const refusals = new Set<string>();
    fc.assert(
      fc.property(fc.nat(sealed.length * 8 - 1), (bit) => {
        const forged = Uint8Array.from(sealed);
        forged[bit >> 3] = (forged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const code = refusalOf(() => openIt(forged));
        expect(["MALFORMED_SEAL", "WRONG_PULSE", "SEAL_BROKEN"]).toContain(code);
        refusals.add(code);
      }),
      { numRuns: 150 },
    );
    expect(refusals.size).toBe(3);
  });

  test("refuses it cut off anywhere, with a byte too many, and longer than a chain takes", () => {
    for (let length = 0; length < sealed.length; length++) {
      expect(() => openIt(sealed.subarray(0, length))).toThrow(coded("MALFORMED_SEAL"));
    }
    expect(() => openIt(Buffer.concat([sealed, Buffer.of(0)]))).toThrow(coded("MALFORMED_SEAL"));
    expect(() => openIt(new Uint8Array(MAX_SEALED_BYTES + 1))).toThrow(coded("MALFORMED_SEAL"));
  });

  test("refuses a length that no memory holds, before it allocates any", () => {
    for (const at of [96, 136, 176, 184]) {
      const forged = Buffer.from(sealed);
      forged.writeBigUInt64LE(2n ** 64n - 1n, at);
      expect(() => openIt(forged)).toThrow(coded("MALFORMED_SEAL"));
    }
  });

  test("refuses another cipher suite", () => {
    const forged = Uint8Array.from(sealed);
    forged.set(Buffer.from("AES_CBC_"), sealed.length - 8);
    expect(() => openIt(forged)).toThrow(coded("MALFORMED_SEAL"));
  });

  test("refuses a U that is infinity, off the curve, or outside the subgroup", () => {
    const infinity = Buffer.alloc(96);
    infinity[0] = 0xc0;
    // x = 2 is on the twist, and of another order; x = 1 is not on it.
    const outside = Buffer.alloc(96);
    outside[0] = 0x80;
    outside[95] = 2;
    const off = Buffer.from(outside);
    off[95] = 1;
    for (const U of [infinity, outside, off]) {
      const forged = Uint8Array.from(sealed);
      forged.set(U);
      expect(() => openIt(forged)).toThrow(coded("MALFORMED_SEAL"));
    }
  });

  test("refuses a pulse that is no signature", () => {
    expect(() => open(sealed, PULSE.subarray(1))).toThrow(coded("MALFORMED_SIGNATURE"));
    expect(() => opener(new Uint8Array(48))).toThrow(coded("MALFORMED_SIGNATURE"));
  });
});

function refusalOf(attempt: () => unknown): string {
  try {
    attempt();
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
  return "none";
}

// ideal-lab5's own Rust, compiled to WebAssembly, at the version whose format the chain speaks.
describe("the implementation that Subtensor uses", () => {
  const CURVE = "bls12_381";

  beforeAll(() => {
    const wasm = createRequire(import.meta.url).resolve(
      "@ideallabs/timelock_wasm_wrapper/timelock_wasm_wrapper_bg.wasm",
    );
    initSync({ module: readFileSync(wasm) });
  });

  test("opens what we seal, with drand's pulse and with a local one", () => {
    for (const [beacon, pulse] of [
      [QUICKNET, Uint8Array.from(PULSE)],
      [local, local.sign(ROUND)],
    ] as const) {
      const opened = tld(seal(MESSAGE, ROUND, beacon), pulse, CURVE);
      expect(Buffer.from(opened)).toEqual(MESSAGE);
    }
  });

  test("seals what we open, with drand's pulse and with a local one", () => {
    const bigEndian = Buffer.alloc(8);
    bigEndian.writeBigUInt64BE(BigInt(ROUND));
    const identity = createHash("sha256").update(bigEndian).digest();
    for (const [beacon, pulse] of [
      [QUICKNET, PULSE],
      [local, local.sign(ROUND)],
    ] as const) {
      const key = Uint8Array.from(randomBytes(32));
      const sealed = tle(identity, MESSAGE, key, beacon.publicKey, CURVE);
      expect(open(Uint8Array.from(sealed), pulse)).toEqual(Uint8Array.from(MESSAGE));
    }
  });

  test("refuses a forged seal of ours, as we do", () => {
    const forged = seal(MESSAGE, ROUND, QUICKNET);
    forged[100] = (forged[100] ?? 0) ^ 1;
    expect(() => tld(forged, Uint8Array.from(PULSE), CURVE)).toThrow();
    const wrong = seal(MESSAGE, ROUND + 1, QUICKNET);
    expect(() => tld(wrong, Uint8Array.from(PULSE), CURVE)).toThrow();
  });
});
