/** Our decoder against extrinsics that @polkadot/types makes from our metadata, and the other way round. */
import { Keyring } from "@polkadot/keyring";
import { Metadata, TypeRegistry } from "@polkadot/types";
import { u8aToHex } from "@polkadot/util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { devSigner } from "../../wallet/key.ts";
import { birthOf, decodeExtrinsic, isSignatureValid, signExtrinsic } from "./extrinsic.ts";
import { encodeMetadata } from "./metadata.ts";

const GENESIS = `0x${"11".repeat(32)}`;
const BIRTH = `0x${"22".repeat(32)}`;
const SIGNING = { specVersion: 424, transactionVersion: 1, genesisHash: GENESIS, birthHash: BIRTH };
const EMPTY = { extrinsic: {}, payload: {} };

function registryOf(metadata: Uint8Array): TypeRegistry {
  const registry = new TypeRegistry();
  registry.setMetadata(new Metadata(registry, u8aToHex(metadata)), undefined, {
    SudoTransactionExtension: EMPTY,
    CheckShieldedTxValidity: EMPTY,
    SubtensorTransactionExtension: EMPTY,
    DrandPriority: EMPTY,
  });
  return registry;
}

const registry = registryOf(encodeMetadata(15));
const alice = new Keyring({ type: "sr25519", ss58Format: 42 }).addFromUri("//Alice");

function foreign(
  section: string,
  call: string,
  args: Record<string, unknown>,
  nonce: number,
  block: number,
): Uint8Array {
  const index = registry.findMetaCall(callIndex(section, call));
  const method = registry.createType("Call", { callIndex: index.callIndex, args });
  const era = registry.createType("ExtrinsicEra", { current: block, period: 64 });
  const options = {
    ...{ blockHash: BIRTH, era, genesisHash: GENESIS, nonce, tip: 0 },
    runtimeVersion: {
      specVersion: registry.createType("u32", 424),
      transactionVersion: registry.createType("u32", 1),
    },
  };
  const extrinsic = registry.createType("Extrinsic", method, { version: 4 });
  return extrinsic.sign(alice, options as never).toU8a();
}

function callIndex(section: string, call: string): Uint8Array {
  const pallet = registry.metadata.pallets.find(({ name }) => name.toString() === section);
  const type = registry.lookup.getSiType(pallet?.calls.unwrap().type ?? 0);
  const variant = type.def.asVariant.variants.find(({ name }) => name.toString() === call);
  return Uint8Array.of(pallet?.index.toNumber() ?? 0, variant?.index.toNumber() ?? 0);
}

describe("the metadata", () => {
  test("is understood by @polkadot/types in both versions, to the last type", () => {
    for (const bytes of [encodeMetadata(14), encodeMetadata(15)]) {
      const { lookup } = registryOf(bytes);
      for (const { id } of lookup.types) expect(lookup.getTypeDef(id)).toBeDefined();
    }
  });

  test("keeps the true indices", () => {
    expect(callIndex("SubtensorModule", "commit_timelocked_mechanism_weights")).toEqual(
      Uint8Array.of(7, 118),
    );
    expect(callIndex("Commitments", "set_commitment")).toEqual(Uint8Array.of(18, 0));
  });
});

describe("an extrinsic of @polkadot/types", () => {
  const args = { netuid: 1, dests: [0, 1], weights: [7, 65_535], version_key: 3 };
  const bytes = foreign("SubtensorModule", "set_weights", args, 5, 100);

  test("is decoded, and its signature holds", () => {
    const extrinsic = decodeExtrinsic(bytes);
    if (extrinsic.kind !== "signed") throw new Error("expected a signature");
    expect(extrinsic.signer).toBe(alice.address);
    expect(extrinsic.nonce).toBe(5);
    expect(extrinsic.era).toEqual({ period: 64, phase: 36 });
    expect(birthOf(extrinsic.era, 101)).toBe(100);
    expect(extrinsic.call).toEqual({
      type: "SubtensorModule",
      value: { type: "set_weights", value: { ...args, version_key: 3n } },
    });
    expect(isSignatureValid(extrinsic, SIGNING)).toBe(true);
  });

  test("is refused for another chain, another runtime and another birth", () => {
    const extrinsic = decodeExtrinsic(bytes);
    if (extrinsic.kind !== "signed") throw new Error("expected a signature");
    for (const change of [
      { genesisHash: BIRTH },
      { birthHash: GENESIS },
      { specVersion: 425 },
      { transactionVersion: 2 },
    ]) {
      expect(isSignatureValid(extrinsic, { ...SIGNING, ...change })).toBe(false);
    }
  });

  test("is refused with any bit flipped", () => {
    fc.assert(
      fc.property(fc.nat(bytes.length * 8 - 1), (bit) => {
        const flipped = Uint8Array.from(bytes);
        flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
        let extrinsic: ReturnType<typeof decodeExtrinsic>;
        try {
          extrinsic = decodeExtrinsic(flipped);
        } catch {
          return;
        }
        expect(extrinsic.kind === "signed" && isSignatureValid(extrinsic, SIGNING)).toBe(false);
      }),
      { numRuns: 150 },
    );
  });

  test("is hashed before it is signed when it is long", () => {
    const dests = Array.from({ length: 200 }, (_, i) => i);
    const long = decodeExtrinsic(
      foreign("SubtensorModule", "set_weights", { ...args, dests, weights: dests }, 0, 100),
    );
    expect(long.kind === "signed" && isSignatureValid(long, SIGNING)).toBe(true);
  });
});

describe("an extrinsic of ours", () => {
  const call = {
    type: "Balances",
    value: {
      type: "transfer_keep_alive",
      value: { dest: { type: "Id", value: devSigner("//Bob").hotkey }, value: 5n },
    },
  };

  test("is what @polkadot/types would have made", () => {
    const ours = signExtrinsic(
      call,
      devSigner("//Alice"),
      { nonce: 70_000, era: { period: 64, phase: 36 } },
      SIGNING,
    );
    const theirs = registry.createType("Extrinsic", ours);
    expect(theirs.toU8a()).toEqual(ours);
    expect(theirs.nonce.toNumber()).toBe(70_000);
    expect(theirs.signer.toString()).toBe(alice.address);
    expect(theirs.method.toHuman()).toMatchObject({ method: "transferKeepAlive" });
  });

  test("comes back from its bytes", () => {
    fc.assert(
      fc.property(fc.nat(0xffff_ffff), fc.integer({ min: 2, max: 15 }), (nonce, log) => {
        const era = { period: 2 ** log, phase: 0 };
        const bytes = signExtrinsic(call, devSigner("//Alice"), { nonce, era }, SIGNING);
        const extrinsic = decodeExtrinsic(bytes);
        expect(extrinsic).toMatchObject({ kind: "signed", nonce, era, call });
      }),
      { numRuns: 20 },
    );
  });
});

describe("what is no extrinsic", () => {
  const bytes = foreign("System", "remark", { remark: "0x01" }, 0, 10);

  test.each([
    ["nothing", new Uint8Array()],
    ["a length that lies", Uint8Array.from([...bytes, 0])],
    ["a length in a longer form", Uint8Array.from([2 | (bytes.length << 2), 0, 0, 0])],
    ["another version", Uint8Array.of(4, 5)],
    ["more than it may have", new Uint8Array(600_000)],
  ])("refuses %s", (_, wrong) => {
    expect(() => decodeExtrinsic(wrong)).toThrow(
      expect.objectContaining({ code: "MALFORMED_EXTRINSIC" }),
    );
  });
});
