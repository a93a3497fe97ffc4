/** The local chain's own beacon. */
import { expect, test } from "vitest";
import type { Hotkey } from "../../chain.ts";
import { randomnessOf, roundAt, verifyPulse } from "../../timelock/beacon.ts";
import type { Context } from "../runtime/pallet.ts";
import { DRAND, LOCAL_BEACON } from "./drand.ts";
import { NETUID, OWNER_HOTKEY, TestSubnet } from "./testing-subnet.ts";

function at(subnet: TestSubnet, timestampMs: number): void {
  const context: Context = {
    state: subnet.state,
    block: subnet.block,
    timestampMs,
    emit: () => undefined,
    dispatch: () => undefined,
  };
  DRAND.onInitialize?.(context);
}

test("stores a pulse for the round that is out, signed by the key in BeaconConfig", () => {
  const subnet = new TestSubnet();
  const { state } = subnet;
  const round = roundAt(LOCAL_BEACON, subnet.timestampMs);
  expect(state.get("Drand.LastStoredRound", [])).toBe(BigInt(round));
  const pulse = state.get("Drand.Pulses", [BigInt(round)]);
  const config = state.get("Drand.BeaconConfig", []);
  const beacon = {
    publicKey: config.public_key,
    genesisSeconds: config.genesis_time,
    periodSeconds: config.period,
  };
  const signature = pulse?.signature ?? new Uint8Array();
  expect(verifyPulse(beacon, round, signature)).toBe(true);
  expect(verifyPulse(beacon, round + 1, signature)).toBe(false);
  expect(pulse?.randomness).toEqual(randomnessOf(signature));
});

test("has one pulse a second, however many blocks that is", () => {
  const subnet = new TestSubnet();
  const before = subnet.state.entries("Drand.Pulses").length;
  subnet.next(8);
  expect(subnet.state.entries("Drand.Pulses")).toHaveLength(before + 2);
});

test("after a pause stores the newest round alone", () => {
  const subnet = new TestSubnet();
  const before = subnet.state.entries("Drand.Pulses").length;
  const later = subnet.timestampMs + 1_000_000;
  at(subnet, later);
  expect(subnet.state.entries("Drand.Pulses")).toHaveLength(before + 1);
  expect(subnet.state.get("Drand.LastStoredRound", [])).toBe(BigInt(roundAt(LOCAL_BEACON, later)));
});

test("after a pause stores those rounds too for which a commit or a commitment waits", () => {
  const subnet = new TestSubnet();
  const { state } = subnet;
  const last = state.get("Drand.LastStoredRound", []);
  const [weights, field, later] = [last + 5n, last + 9n, last + 2_000n];
  const commit: [Hotkey, bigint, Uint8Array, bigint][] = [
    [OWNER_HOTKEY, 1n, new Uint8Array(), weights],
    [OWNER_HOTKEY, 1n, new Uint8Array(), later],
  ];
  state.put("SubtensorModule.TimelockedWeightCommits", [NETUID, 0n], commit);
  state.put("Commitments.TimelockedIndex", [], [[NETUID, OWNER_HOTKEY]]);
  const value = { encrypted: new Uint8Array(), reveal_round: field };
  const info = [{ type: "TimelockEncrypted", value }];
  state.put("Commitments.CommitmentOf", [NETUID, OWNER_HOTKEY], { deposit: 0n, block: 1, info });
  at(subnet, subnet.timestampMs + 1_000_000);
  const has = (round: bigint): boolean => state.has("Drand.Pulses", [round]);
  expect([weights, field, weights + 1n, later].map(has)).toEqual([true, true, false, false]);
});

test("forgets rounds that are more than an hour old, a hundred in a block", () => {
  const subnet = new TestSubnet();
  const { state } = subnet;
  const first = state.get("Drand.OldestStoredRound", []);
  expect(state.get("Drand.Pulses", [first])).toBeDefined();
  at(subnet, subnet.timestampMs + 3_650_000);
  expect(state.get("Drand.Pulses", [first])).toBeUndefined();
  expect(state.get("Drand.OldestStoredRound", [])).toBe(first + 51n);
  at(subnet, subnet.timestampMs + 7_300_000);
  expect(state.get("Drand.OldestStoredRound", [])).toBe(first + 151n);
});

test("never goes back when the clock does", () => {
  const subnet = new TestSubnet();
  const last = subnet.state.get("Drand.LastStoredRound", []);
  at(subnet, subnet.timestampMs - 60_000);
  expect(subnet.state.get("Drand.LastStoredRound", [])).toBe(last);
});
