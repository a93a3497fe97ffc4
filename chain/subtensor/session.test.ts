import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hexToU8a } from "@polkadot/util";
import { sr25519Verify } from "@polkadot/util-crypto";
import {
  Blake2128Concat,
  Blake2256,
  compact,
  Twox64Concat,
  Twox128,
  u16,
  u32,
} from "@polkadot-api/substrate-bindings";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hotkeyOf, publicKeyOf } from "../account.ts";
import type { Signer } from "../chain.ts";
import { type LocalChain, startLocalChain } from "../local/local-chain.ts";
import { devSigner } from "../wallet/key.ts";
import { buildCall, type Call } from "./calls.ts";
import { membersByApi, membersByStorage } from "./metagraph.ts";
import { openSession, type Session } from "./session.ts";
import { signCall } from "./sign.ts";
import { hyperparametersByStorage, readHyperparameters } from "./subnet.ts";
import { viewAt } from "./view.ts";

const ALICE = devSigner("//Alice");
const BOB = devSigner("//Bob");
const REQUEST_MS = 10_000;

let folder: string;
let local: LocalChain;
let session: Session;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "assay-session-"));
  local = await startLocalChain({ dir: folder, blockMs: 60_000, subnets: [{ tempo: 10 }] });
  await local.control.step(3);
  session = await openSession(
    {
      url: local.url,
      genesis: undefined,
      requestMs: REQUEST_MS,
      signal: new AbortController().signal,
    },
    { onHead: () => {}, onTime: () => {} },
  );
});
afterAll(async () => {
  session.end();
  await local.close();
  await rm(folder, { recursive: true, force: true });
});

/** Remembers what it was given to sign. */
function recorder(signer: Signer): { readonly signer: Signer; readonly signed: Uint8Array[] } {
  const signed: Uint8Array[] = [];
  return {
    signed,
    signer: {
      hotkey: signer.hotkey,
      sign(message) {
        signed.push(message);
        return signer.sign(message);
      },
    },
  };
}

describe("an extrinsic", () => {
  const TRANSFER: Call = {
    pallet: "Balances",
    call: "transfer_keep_alive",
    args: { dest: BOB.hotkey, value: 1_000n },
  };

  /** The payload by Substrate's rules, with another library's codecs. */
  const payload = (method: Uint8Array, nonce: number): Uint8Array => {
    const { number, hash } = session.head();
    // Period 64: the low bits are log2(64) - 1, the rest the phase.
    const era = u16.enc(5 | ((number % 64) << 4));
    return Buffer.concat([
      method,
      era,
      compact.enc(nonce),
      compact.enc(0),
      Uint8Array.of(0),
      u32.enc(424),
      u32.enc(session.api.runtimeVersion.transactionVersion.toNumber()),
      Buffer.from(session.genesis, "hex"),
      Buffer.from(hash, "hex"),
      Uint8Array.of(0),
    ]);
  };

  test("is signed over its call, era, nonce, tip, mode, versions, genesis and birth block", () => {
    const { signer, signed } = recorder(ALICE);
    const { hex, lastBlock } = signCall(session, TRANSFER, 300, signer);
    // Balances is pallet 5 and transfer_keep_alive its call 3; MultiAddress::Id is 0.
    const method = Buffer.concat([
      Uint8Array.of(5, 3, 0),
      publicKeyOf(BOB.hotkey),
      compact.enc(1_000),
    ]);
    expect(Buffer.from(signed[0] ?? [])).toEqual(Buffer.from(payload(method, 300)));
    expect(lastBlock).toBe(session.head().number + 63);

    // V4 with a signature, then the signer, sr25519 and 64 bytes, then what is sent of the extensions.
    const bytes = hexToU8a(hex);
    const body = bytes.subarray(2);
    expect(compact.dec(bytes)).toBe(body.length);
    expect(body[0]).toBe(0x84);
    expect(body[1]).toBe(0);
    expect(hotkeyOf(body.subarray(2, 34))).toBe(ALICE.hotkey);
    expect(body[34]).toBe(1);
    expect(sr25519Verify(signed[0] ?? "", body.subarray(35, 99), publicKeyOf(ALICE.hotkey))).toBe(
      true,
    );
    expect(Buffer.from(body.subarray(99))).toEqual(
      Buffer.concat([payload(method, 300).subarray(method.length, method.length + 6), method]),
    );
  });

  test("longer than 256 bytes is signed by its blake2b-256, and one of 256 as it is", () => {
    for (const [size, isHashed] of [
      [174, false],
      [175, true],
    ] as const) {
      const { signer, signed } = recorder(ALICE);
      const remark = new Uint8Array(size).fill(7);
      const call = { pallet: "System", call: "remark", args: { remark } };
      signCall(session, call, 0, signer);
      const method = Buffer.concat([Uint8Array.of(0, 0), compact.enc(size), remark]);
      const plain = payload(method, 0);
      expect(plain.length > 256).toBe(isHashed);
      const expected = isHashed ? Blake2256(plain) : plain;
      expect(Buffer.from(signed[0] ?? [])).toEqual(Buffer.from(expected));
    }
  });

  test("is refused when the signer gives no signature of its size", () => {
    const signer = { hotkey: ALICE.hotkey, sign: () => new Uint8Array(65) };
    expect(() => signCall(session, TRANSFER, 0, signer)).toThrow(
      expect.objectContaining({ code: "BAD_SIGNATURE_SIZE" }),
    );
  });
});

describe("storage keys", () => {
  const keyOf = (pallet: string, item: string, ...args: unknown[]): string =>
    session.api.query[pallet]?.[item]?.key(...args) ?? "none";
  const prefix = (pallet: string, item: string): string =>
    [pallet, item].map((text) => hex(Twox128(Buffer.from(text)))).join("");
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
  const alice = publicKeyOf(ALICE.hotkey);

  test("of an account are as every Substrate chain has them", () => {
    expect(keyOf("system", "account", ALICE.hotkey)).toBe(
      "0x26aa394eea5630e07c48ae0c9558cef7b99d880ec681799c0cf30e8886371da9" +
        "de1e86a9a8c739864cf3cc5ec2bea59fd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d",
    );
  });

  test("are hashed by Identity, Blake2_128Concat and Twox64Concat, each where the runtime says so", () => {
    const netuid = u16.enc(258);
    const pallet = "subtensorModule";
    expect(keyOf(pallet, "uids", 258, ALICE.hotkey)).toBe(
      `0x${prefix("SubtensorModule", "Uids")}${hex(netuid)}${hex(Blake2128Concat(alice))}`,
    );
    expect(keyOf(pallet, "keys", 258, 3)).toBe(
      `0x${prefix("SubtensorModule", "Keys")}${hex(netuid)}${hex(u16.enc(3))}`,
    );
    expect(keyOf(pallet, "revealPeriodEpochs", 258)).toBe(
      `0x${prefix("SubtensorModule", "RevealPeriodEpochs")}${hex(Twox64Concat(netuid))}`,
    );
    expect(keyOf(pallet, "weightCommits", 258, ALICE.hotkey)).toBe(
      `0x${prefix("SubtensorModule", "WeightCommits")}${hex(Twox64Concat(netuid))}${hex(Twox64Concat(alice))}`,
    );
    expect(keyOf("commitments", "commitmentOf", 258, ALICE.hotkey)).toBe(
      `0x${prefix("Commitments", "CommitmentOf")}${hex(netuid)}${hex(Twox64Concat(alice))}`,
    );
  });
});

describe("a call", () => {
  test("is built by the names of the metadata", () => {
    const args = { netuid: 1, dests: [0, 2], weights: [65_535, 1], version_key: 9n };
    const call = buildCall(session.api, { pallet: "SubtensorModule", call: "set_weights", args });
    // Pallet 7, call 0.
    expect(call.method.toHex()).toBe(
      "0x0700010008000002 0008ffff0100 0900000000000000".replaceAll(" ", ""),
    );
  });

  test.each([
    [{ pallet: "SubtensorModule", call: "no_such_call", args: {} }, "CALL_MISSING"],
    [{ pallet: "SubtensorModule", call: "commit_weights", args: { netuid: 1 } }, "MALFORMED_CALL"],
    [
      {
        pallet: "SubtensorModule",
        call: "commit_weights",
        args: { netuid: -1, commit_hash: `0x${"00".repeat(32)}` },
      },
      "MALFORMED_CALL",
    ],
  ])("%j is refused as %s", (call, code) => {
    expect(() => buildCall(session.api, call)).toThrow(expect.objectContaining({ code }));
  });
});

describe("what the runtime's API tells", () => {
  test("of members, storage tells too", async () => {
    const view = viewAt(session, session.head(), REQUEST_MS);
    const members = await membersByApi(view, 1);
    expect(members).toHaveLength(1);
    expect(await membersByStorage(view, 1)).toEqual(members);
    await expect(membersByStorage(view, 9)).rejects.toMatchObject({ code: "SubnetNotExists" });
  });

  test("of hyperparameters, storage tells too", async () => {
    const view = viewAt(session, session.head(), REQUEST_MS);
    const stored = await hyperparametersByStorage(view, 1);
    expect(Object.keys(stored).length).toBeGreaterThan(15);
    expect(await readHyperparameters(view, 1)).toMatchObject(stored);
  });
});
