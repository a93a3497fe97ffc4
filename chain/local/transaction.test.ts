import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sha256 } from "../../store/digest.ts";
import { hotkeyOf } from "../account.ts";
import type { Hotkey, Signer } from "../chain.ts";
import { devSigner } from "../wallet/key.ts";
import {
  type Call,
  decodeTransaction,
  hasValidSignature,
  type SignedTransaction,
  signTransaction,
  type Transaction,
} from "./transaction.ts";

const GENESIS = sha256(new TextEncoder().encode("genesis"));
const BIRTH = sha256(new TextEncoder().encode("birth"));
const alice = devSigner("//Alice");

const anyHotkey: fc.Arbitrary<Hotkey> = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map(hotkeyOf);
const anyU16 = fc.nat(65_535);
const anyRao = fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn });
const anyIp = fc.oneof(
  fc.ipV4(),
  // Addresses in canonical text come from bytes; fast-check writes IPv6 in other ways too.
  fc.constantFrom("::1", "2001:db8::1", "fe80::1:2", "::ffff:c000:201", "1:2:3:4:5:6:7:8"),
);
const anyCall: fc.Arbitrary<Call> = fc.oneof(
  fc.record({ call: fc.constant("transfer" as const), to: anyHotkey, amount: anyRao }),
  fc.record({ call: fc.constant("burned_register" as const), netuid: anyU16, hotkey: anyHotkey }),
  fc.record({
    call: fc.constant("add_stake" as const),
    hotkey: anyHotkey,
    netuid: anyU16,
    amount: anyRao,
  }),
  fc.record({
    call: fc.constant("serve_axon" as const),
    netuid: anyU16,
    endpoint: fc.record({ ip: anyIp, port: anyU16 }),
  }),
  fc.record({
    call: fc.constant("set_weights" as const),
    netuid: anyU16,
    uids: fc.array(anyU16, { maxLength: 40 }),
    values: fc.array(anyU16, { maxLength: 40 }),
    versionKey: anyRao,
  }),
);
const anyTransaction: fc.Arbitrary<Transaction> = fc.record({
  signer: fc.constant(alice.hotkey),
  nonce: fc.nat(0xffff_ffff),
  birth: fc.nat(0xffff_ffff),
  call: anyCall,
});

// The codec does not look at the signature, and a true one costs two milliseconds.
const stamp: Signer = { hotkey: alice.hotkey, sign: () => new Uint8Array(64).fill(7) };
const isMalformed = expect.objectContaining({ code: "MALFORMED_TRANSACTION" });

function signed(call: Call): SignedTransaction {
  return signTransaction({ signer: alice.hotkey, nonce: 3, birth: 9, call }, GENESIS, BIRTH, alice);
}

describe("the codec", () => {
  test("decode undoes encode", () => {
    fc.assert(
      fc.property(anyTransaction, (transaction) => {
        const sent = signTransaction(transaction, GENESIS, BIRTH, stamp);
        expect(decodeTransaction(sent.wire)).toEqual(sent);
      }),
    );
  });

  test("refuses every encoding that is cut short or has a byte more", () => {
    fc.assert(
      fc.property(anyTransaction, fc.nat(), (transaction, seed) => {
        const { wire } = signTransaction(transaction, GENESIS, BIRTH, stamp);
        expect(() => decodeTransaction(wire.subarray(0, seed % wire.length))).toThrow(isMalformed);
        expect(() => decodeTransaction(new Uint8Array([...wire, 0]))).toThrow(isMalformed);
      }),
    );
  });

  test("refuses bytes at random, and never throws anything else", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        try {
          const { wire } = decodeTransaction(bytes);
          // What does decode is exactly what would be encoded.
          expect(wire).toEqual(bytes);
        } catch (error) {
          expect(error).toEqual(isMalformed);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test("keeps the bytes that the first version wrote", () => {
    const to = devSigner("//Bob").hotkey;
    const call: Call = { call: "transfer", to, amount: 500n };
    const { wire } = signTransaction(
      { signer: alice.hotkey, nonce: 3, birth: 9, call },
      GENESIS,
      BIRTH,
      stamp,
    );
    expect(Buffer.from(wire).toString("hex")).toBe(
      `d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d${"00000003"}${"00000009"}00` +
        `8eaf04151687736326c9fea17e25fc5287613693c912909cb226aa4794f26a48${"00000000000001f4"}${"07".repeat(64)}`,
    );
  });

  test.each(["localhost", "127.1", "0x7f.1", "2001:DB8::1", "::ffff:192.0.2.1", "1.2.3.4 ", ""])(
    "refuses to write the endpoint %j, which is not canonical",
    (ip) => {
      expect(() => signed({ call: "serve_axon", netuid: 1, endpoint: { ip, port: 80 } })).toThrow(
        expect.objectContaining({ code: "MALFORMED_ENDPOINT" }),
      );
    },
  );
});

describe("the signature", () => {
  const sent = signed({ call: "set_weights", netuid: 1, uids: [1], values: [9], versionKey: 0n });

  test("holds for the chain and the block it was made for", () => {
    expect(hasValidSignature(decodeTransaction(sent.wire), GENESIS, BIRTH)).toBe(true);
  });

  test("does not hold on another chain, nor on another history of this one", () => {
    expect(hasValidSignature(sent, BIRTH, BIRTH)).toBe(false);
    expect(hasValidSignature(sent, GENESIS, GENESIS)).toBe(false);
  });

  test("does not hold with any one byte changed", () => {
    for (let at = 0; at < sent.wire.length; at++) {
      const changed = sent.wire.slice();
      changed[at] = (changed[at] ?? 0) ^ 1;
      let isAccepted = false;
      try {
        isAccepted = hasValidSignature(decodeTransaction(changed), GENESIS, BIRTH);
      } catch (error) {
        expect(error).toEqual(isMalformed);
      }
      expect(isAccepted).toBe(false);
    }
  });
});
