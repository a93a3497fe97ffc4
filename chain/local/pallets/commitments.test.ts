/** Commitments: what a hotkey may publish, how much of it, and what is sealed to a round. */
import { beforeEach, describe, expect, test } from "vitest";
import { seal } from "../../timelock/seal.ts";
import { ALICE } from "./balances.ts";
import type { Field } from "./commitments.ts";
import { LOCAL_BEACON } from "./drand.ts";
import { account, ROOT, TestPallets } from "./testing.ts";

const NETUID = 1;
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const raw = (value: string): Field => {
  return { type: `Raw${value.length}`, value: `0x${Buffer.from(value).toString("hex")}` };
};
const bigRaw = (length: number): Field => ({ type: "BigRaw", value: new Uint8Array(length) });
let pallets: TestPallets;

beforeEach(() => {
  pallets = new TestPallets();
  pallets.call("SubtensorModule.register_network", { hotkey: ALICE }, ALICE);
});

function commit(info: readonly Field[], who = ALICE): string {
  return pallets.call("Commitments.set_commitment", { netuid: NETUID, info }, who);
}

describe("set_commitment", () => {
  test("publishes fields, with the block, and replaces what was there", () => {
    expect(commit([raw("hello"), { type: "None", value: undefined }])).toBe("ok");
    pallets.advance(1);
    expect(commit([raw(""), raw("x".repeat(128)), bigRaw(512)])).toBe("ok");
    const commitment = pallets.state.get("Commitments.CommitmentOf", [NETUID, ALICE]);
    expect(commitment).toMatchObject({ deposit: 0n, block: 2 });
    expect(commitment?.info.map(({ type }) => type)).toEqual(["Raw0", "Raw128", "BigRaw"]);
    expect(pallets.state.get("Commitments.LastCommitment", [NETUID, ALICE])).toBe(2);
    expect(pallets.last("Commitment")).toEqual({ netuid: NETUID, who: ALICE });
  });

  test("refuses a hotkey without uid", () => {
    expect(commit([raw("hello")], account("Bob"))).toBe("AccountNotAllowedCommit");
  });

  test("refuses more fields than three, and more bytes than a field has", () => {
    expect(commit([raw("a"), raw("b"), raw("c"), raw("d")])).toBe("TooManyFieldsInCommitmentInfo");
    expect(commit([bigRaw(513)])).toBe("Other");
  });

  test("leaves a hotkey 3,100 bytes in an epoch, of which each commitment takes a hundred at least", () => {
    for (let i = 0; i < 6; i++) expect(commit([bigRaw(500)])).toBe("ok");
    expect(commit([raw("hi")])).toBe("ok");
    expect(commit([raw("hi")])).toBe("SpaceLimitExceeded");
    pallets.advance(360);
    expect(commit([raw("hi")])).toBe("ok");
  });

  test("may be left less space by root", () => {
    expect(pallets.call("Commitments.set_max_space", { new_limit: 99 }, ALICE)).toBe("BadOrigin");
    expect(pallets.call("Commitments.set_max_space", { new_limit: 99 }, ROOT)).toBe("ok");
    expect(commit([raw("hi")])).toBe("SpaceLimitExceeded");
  });

  test.each([
    [true, [[2, 7]]],
    [
      false,
      [
        [0, 5],
        [2, 7],
      ],
    ],
  ])("with ResetBondsFlag forgets bonds where the subnet has that on (%s)", (enabled, bonds) => {
    const args = { netuid: NETUID, enabled };
    pallets.call("AdminUtils.sudo_set_bonds_reset_enabled", args, ROOT);
    const row: [number, number][] = [
      [0, 5],
      [2, 7],
    ];
    pallets.state.put("SubtensorModule.Bonds", [NETUID, 1], row);
    expect(commit([{ type: "ResetBondsFlag", value: undefined }])).toBe("ok");
    expect(pallets.state.get("SubtensorModule.Bonds", [NETUID, 1])).toEqual(bonds);
    expect(pallets.state.get("Commitments.LastBondsReset", [NETUID, ALICE])).toBe(1);
  });
});

describe("a sealed field", () => {
  const ROUND = 1_234n;
  const sealed = (content: string): Field => ({
    type: "TimelockEncrypted",
    value: {
      encrypted: seal(text(content), Number(ROUND), LOCAL_BEACON),
      reveal_round: ROUND,
    },
  });
  const pulse = (): void => {
    const signature = LOCAL_BEACON.sign(Number(ROUND));
    pallets.state.put("Drand.Pulses", [ROUND], {
      ...{ round: ROUND, randomness: new Uint8Array(32), signature },
    });
  };
  const revealed = (): string[] => {
    const all = pallets.state.get("Commitments.RevealedCommitments", [NETUID, ALICE]) ?? [];
    return all.map(([content]) => Buffer.from(content).toString());
  };

  test("waits for its round, and is revealed in the next block then", () => {
    expect(commit([sealed("secret"), raw("open")])).toBe("ok");
    const event = { netuid: NETUID, who: ALICE, reveal_round: ROUND };
    expect(pallets.last("TimelockCommitment")).toEqual(event);
    pallets.advance(1);
    expect(revealed()).toEqual([]);
    expect(pallets.state.get("Commitments.TimelockedIndex", [])).toEqual([[NETUID, ALICE]]);
    pulse();
    pallets.advance(1);
    expect(revealed()).toEqual(["secret"]);
    expect(pallets.last("CommitmentRevealed")).toEqual({ netuid: NETUID, who: ALICE });
    const rest = pallets.state.get("Commitments.CommitmentOf", [NETUID, ALICE])?.info;
    expect(rest?.map(({ type }) => type)).toEqual(["Raw4"]);
    expect(pallets.state.get("Commitments.TimelockedIndex", [])).toEqual([]);
  });

  test("takes the commitment with it when nothing else is in it", () => {
    commit([sealed("secret")]);
    pulse();
    pallets.advance(1);
    expect(pallets.state.has("Commitments.CommitmentOf", [NETUID, ALICE])).toBe(false);
    expect(revealed()).toEqual(["secret"]);
  });

  test("is dropped when its author spoiled it", () => {
    const spoiled = { encrypted: new Uint8Array(200), reveal_round: ROUND };
    expect(commit([{ type: "TimelockEncrypted", value: spoiled }, raw("open")])).toBe("ok");
    pulse();
    pallets.advance(1);
    expect(revealed()).toEqual([]);
    const rest = pallets.state.get("Commitments.CommitmentOf", [NETUID, ALICE])?.info;
    expect(rest?.map(({ type }) => type)).toEqual(["Raw4"]);
  });

  test("of a commitment that was replaced is not revealed", () => {
    commit([sealed("secret")]);
    commit([raw("never mind")]);
    pulse();
    pallets.advance(1);
    expect(revealed()).toEqual([]);
  });
});
