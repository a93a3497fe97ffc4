/** The runtime without its subnet: nonces, eras, fees, upgrades, and calls that fail. */
import { compactNumber } from "@polkadot-api/substrate-bindings";
import { beforeEach, describe, expect, test } from "vitest";
import type { Signer } from "../../chain.ts";
import { devSigner } from "../../wallet/key.ts";
import { burnFee } from "../pallets/ledger.ts";
import { codeOf, SYSTEM, TIMESTAMP } from "../pallets/system.ts";
import { UTILITY } from "../pallets/utility.ts";
import { composeRuntime } from "./executive.ts";
import { type Draft, decodeExtrinsic, signExtrinsic } from "./extrinsic.ts";
import { EXISTENTIAL_DEPOSIT, feeOf } from "./fees.ts";
import { ensureSigned, type PalletPart, type RuntimeCall } from "./pallet.ts";
import type { ExecutedBlock, Validity } from "./runtime.ts";
import { State } from "./state.ts";

const TOKEN = 1_000_000_000n;
const GENESIS = `0x${"33".repeat(32)}`;
const alice = devSigner("//Alice");
const bob = devSigner("//Bob");
const poor = devSigner("//Poor");

/** Gives Alice and Bob tokens, and lets root do what it signs for: enough of a chain for the executive's own rules. */
const TOKENS: PalletPart = {
  pallet: "Balances",
  genesis(state) {
    for (const { hotkey } of [alice, bob]) {
      const account = state.get("System.Account", [hotkey]);
      state.put("System.Account", [hotkey], {
        ...account,
        providers: 1,
        data: { ...account.data, free: 10n * TOKEN },
      });
    }
    state.put("Balances.TotalIssuance", [], 20n * TOKEN);
  },
  charge: burnFee,
};
const ROOT: PalletPart = {
  pallet: "Sudo",
  calls: {
    sudo: (context, origin, { call }: { call: RuntimeCall }) => {
      ensureSigned(origin);
      context.dispatch(call, { kind: "root" });
    },
  },
  free: ["sudo"],
};

const runtime = composeRuntime([SYSTEM, TIMESTAMP, UTILITY, TOKENS, ROOT], {});

class TestChain {
  readonly values = new Map<string, Uint8Array>();
  readonly state = new State({
    get: (key) => this.values.get(key),
    keys: (prefix) => [...this.values.keys()].filter((key) => key.startsWith(prefix)),
  });
  number = 0;
  hash: string = GENESIS;

  constructor() {
    runtime.genesis(this.state);
    this.#commit();
  }

  sign(call: RuntimeCall, signer: Signer, draft: Draft, birthHash: string = GENESIS): Uint8Array {
    const { specVersion, transactionVersion } = runtime.versionOf(this.state);
    return signExtrinsic(call, signer, draft, {
      ...{ specVersion, transactionVersion, genesisHash: GENESIS, birthHash },
    });
  }

  validate(bytes: Uint8Array): Validity {
    return runtime.validate(this.state, bytes, this.hash);
  }

  block(...candidates: Uint8Array[]): ExecutedBlock {
    this.number += 1;
    const executed = runtime.execute(this.state, {
      ...{ number: this.number, parentHash: this.hash, timestampMs: this.number * 1_000 },
      candidates,
    });
    this.hash = `0x${this.number.toString(16).padStart(64, "0")}`;
    this.#commit();
    return executed;
  }

  events(): string[] {
    return this.state
      .get("System.Events", [])
      .map((record) => (record as { event: { type: string; value: { type: string } } }).event)
      .map(({ type, value }) => `${type}.${value.type}`);
  }

  #commit(): void {
    for (const [key, bytes] of this.state.takeChanges()) {
      if (bytes === undefined) this.values.delete(key);
      else this.values.set(key, bytes);
    }
  }
}

function remark(text: string): RuntimeCall {
  return {
    type: "System",
    value: { type: "remark_with_event", value: { remark: new TextEncoder().encode(text) } },
  };
}
const UNKNOWN_CALL: RuntimeCall = {
  type: "System",
  value: { type: "set_heap_pages", value: { pages: 1n } },
};
function batch(type: string, calls: readonly RuntimeCall[]): RuntimeCall {
  return { type: "Utility", value: { type, value: { calls } } };
}

let chain: TestChain;
beforeEach(() => {
  chain = new TestChain();
});

describe("a block", () => {
  test("begins with the clock and includes what is valid", () => {
    const bytes = chain.sign(remark("hello"), alice, { nonce: 0 });
    expect(chain.validate(bytes)).toMatchObject({ kind: "valid", requires: undefined });
    const { extrinsics, included, refused } = chain.block(bytes);
    expect(extrinsics).toHaveLength(2);
    expect(included).toEqual([0]);
    expect(refused).toEqual([]);
    expect(chain.state.get("Timestamp.Now", [])).toBe(1_000n);
    expect(chain.state.get("System.Account", [alice.hotkey]).nonce).toBe(1);
    expect(chain.events()).toEqual([
      "System.ExtrinsicSuccess",
      "Balances.Withdraw",
      "TransactionPayment.TransactionFeePaid",
      "System.Remarked",
      "System.ExtrinsicSuccess",
    ]);
  });

  test("burns the fee, so that accounts and issuance agree", () => {
    chain.block(chain.sign(remark("hello"), alice, { nonce: 0 }));
    const { free } = chain.state.get("System.Account", [alice.hotkey]).data;
    expect(free).toBeLessThan(10n * TOKEN);
    expect(chain.state.get("Balances.TotalIssuance", [])).toBe(10n * TOKEN + free);
  });

  test("leaves out what is stale, what is early and what cannot pay, and takes the rest", () => {
    const first = chain.sign(remark("a"), alice, { nonce: 0 });
    const { included, refused } = chain.block(
      first,
      first,
      chain.sign(remark("b"), bob, { nonce: 7 }),
      chain.sign(remark("c"), poor, { nonce: 0 }),
      chain.sign(remark("d"), alice, { nonce: 1 }),
    );
    expect(included).toEqual([0, 4]);
    expect(refused.map(({ index }) => index)).toEqual([1, 2, 3]);
    expect(refused[0]?.validity).toMatchObject({ reason: "stale" });
    expect(refused[2]?.validity).toMatchObject({ reason: "payment" });
    expect(chain.state.get("System.Account", [bob.hotkey]).nonce).toBe(0);
  });

  test("keeps a failed call's nonce and fee, and nothing else of it", () => {
    chain.block(chain.sign(UNKNOWN_CALL, alice, { nonce: 0 }));
    expect(chain.events().at(-1)).toBe("System.ExtrinsicFailed");
    expect(chain.state.get("System.Account", [alice.hotkey]).nonce).toBe(1);
    expect(JSON.stringify(chain.state.get("System.Events", []), bigints)).toContain("CallFiltered");
  });
});

describe("a batch", () => {
  const calls = [remark("a"), UNKNOWN_CALL, remark("b")];

  test.each([
    ["batch", 1, "Utility.BatchInterrupted"],
    ["batch_all", 0, "System.ExtrinsicFailed"],
    ["force_batch", 2, "Utility.BatchCompletedWithErrors"],
  ])("%s keeps %i of three calls of which the second fails", (type, kept, event) => {
    chain.block(chain.sign(batch(type, calls), alice, { nonce: 0 }));
    const events = chain.events();
    expect(events.filter((name) => name === "System.Remarked")).toHaveLength(kept);
    expect(events).toContain(event);
  });
});

describe("the pool's judgement", () => {
  test("lets a later nonce wait for the one before", () => {
    expect(chain.validate(chain.sign(remark("a"), alice, { nonce: 3 }))).toMatchObject({
      kind: "valid",
      requires: `${alice.hotkey}:2`,
      provides: `${alice.hotkey}:3`,
    });
  });

  test("holds an era to its blocks", () => {
    for (let i = 0; i < 5; i++) chain.block();
    const birth = chain.hash;
    const bytes = chain.sign(remark("a"), alice, { nonce: 0, era: { period: 4, phase: 1 } }, birth);
    expect(chain.validate(bytes)).toMatchObject({ kind: "valid", lastBlock: 8 });
    for (let i = 0; i < 3; i++) chain.block();
    expect(chain.validate(bytes)).toMatchObject({ kind: "invalid", reason: "ancient" });
    chain.block();
    expect(chain.validate(bytes)).toMatchObject({ kind: "invalid", reason: "signature" });
  });

  test("takes a fee that leaves its payer alive, and none that would end the account", () => {
    const bytes = chain.sign(remark("a"), alice, { nonce: 0 });
    const hold = (free: bigint): void => {
      const account = chain.state.get("System.Account", [alice.hotkey]);
      const data = { ...account.data, free };
      chain.state.put("System.Account", [alice.hotkey], { ...account, data });
    };
    const least = feeOf(bytes.length) + EXISTENTIAL_DEPOSIT;
    hold(least - 1n);
    expect(chain.validate(bytes)).toMatchObject({ reason: "payment" });
    hold(least);
    expect(chain.validate(bytes)).toMatchObject({ kind: "valid" });
    chain.block(bytes);
    expect(chain.state.get("System.Account", [alice.hotkey])).toMatchObject({
      nonce: 1,
      data: { free: EXISTENTIAL_DEPOSIT },
    });
  });

  test("refuses a signature that is to cover the metadata, which it cannot check", () => {
    const bytes = chain.sign(remark("a"), alice, { nonce: 0 });
    const { callBytes } = decodeExtrinsic(bytes);
    // The mode is the last byte before the call.
    bytes[bytes.length - callBytes.length - 1] = 1;
    expect(chain.validate(bytes)).toMatchObject({ data: "Transaction call is not expected" });
  });

  test("refuses another signer's signature, an unsigned call and bytes that are none", () => {
    const bytes = chain.sign(remark("a"), alice, { nonce: 0 });
    bytes.set(chain.sign(remark("a"), bob, { nonce: 0 }).subarray(4, 36), 4);
    expect(chain.validate(bytes)).toMatchObject({
      data: "Transaction has a bad signature",
    });
    expect(chain.validate(Uint8Array.of(4 << 2, 4, 0, 0, 0))).toMatchObject({ kind: "unknown" });
    expect(() => chain.validate(Uint8Array.of(1, 2, 3))).toThrow();
  });
});

describe("an upgrade", () => {
  const upgrade = (version: number): RuntimeCall => ({
    type: "Sudo",
    value: {
      type: "sudo",
      value: {
        call: { type: "System", value: { type: "set_code", value: { code: codeOf(version) } } },
      },
    },
  });

  test("makes what was signed for the old runtime worthless", () => {
    const old = chain.sign(remark("a"), bob, { nonce: 0 });
    chain.block(chain.sign(upgrade(425), alice, { nonce: 0 }));
    expect(runtime.versionOf(chain.state).specVersion).toBe(425);
    expect(chain.validate(old)).toMatchObject({ reason: "signature" });
    expect(chain.validate(chain.sign(remark("a"), bob, { nonce: 0 }))).toMatchObject({
      kind: "valid",
    });
  });

  test("goes forwards only", () => {
    chain.block(chain.sign(upgrade(424), alice, { nonce: 0 }));
    expect(chain.events().at(-1)).toBe("System.ExtrinsicFailed");
    expect(runtime.versionOf(chain.state).specVersion).toBe(424);
  });
});

describe("a runtime call", () => {
  test("tells version and metadata as clients ask for them", () => {
    const version = runtime.call(chain.state, "Core_version", new Uint8Array(), chain.hash);
    expect(Buffer.from(version).includes("node-subtensor")).toBe(true);
    const metadata = runtime.call(
      chain.state,
      "Metadata_metadata_at_version",
      Uint8Array.of(15, 0, 0, 0),
      chain.hash,
    );
    expect(metadata[0]).toBe(1);
    const length = compactNumber.dec(metadata.slice(1));
    expect(metadata.slice(5)).toHaveLength(length);
    expect(metadata.slice(5)).toEqual(runtime.metadata(15));
  });

  test("prices a call as the block that takes it will, and free ones at nothing", () => {
    const price = (call: RuntimeCall): bigint => {
      const bytes = chain.sign(call, alice, { nonce: 0 });
      const params = new Uint8Array([...bytes, ...new Uint8Array(4)]);
      const api = "TransactionPaymentApi_query_info";
      const info = runtime.call(chain.state, api, params, chain.hash);
      return new DataView(info.buffer).getBigUint64(info.length - 8, true);
    };
    const { free: before } = chain.state.get("System.Account", [alice.hotkey]).data;
    const told = price(remark("a"));
    chain.block(chain.sign(remark("a"), alice, { nonce: 0 }));
    const { free: after } = chain.state.get("System.Account", [alice.hotkey]).data;
    expect(before - after).toBe(told);
    expect(price({ type: "Sudo", value: { type: "sudo", value: { call: remark("a") } } })).toBe(0n);
  });

  test.each([
    ["an API that is none", "Core_nothing", new Uint8Array(), "UNKNOWN_RUNTIME_CALL"],
    [
      "to price what is no extrinsic",
      "TransactionPaymentApi_query_info",
      new Uint8Array(5),
      "MALFORMED_RUNTIME_CALL",
    ],
    [
      "parameters that are none",
      "AccountNonceApi_account_nonce",
      Uint8Array.of(1),
      "MALFORMED_RUNTIME_CALL",
    ],
  ])("refuses %s", (_, method, params, code) => {
    expect(() => runtime.call(chain.state, method, params, chain.hash)).toThrow(
      expect.objectContaining({ code }),
    );
  });
});

function bigints(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? `${value}` : value;
}
