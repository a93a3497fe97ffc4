/** Seats: who gets one, for what price, and who loses one. */
import { beforeEach, describe, expect, test } from "vitest";
import type { Hotkey } from "../../chain.ts";
import { ALICE, TAO } from "./balances.ts";
import { decayFactor } from "./burn-price.ts";
import { balanceOf } from "./ledger.ts";
import { neuronToPrune, uidOf } from "./neurons.ts";
import { account, TestPallets } from "./testing.ts";

const NETUID = 1;
const BOB = account("Bob");
let pallets: TestPallets;

beforeEach(() => {
  pallets = new TestPallets();
  expect(pallets.call("SubtensorModule.register_network", { hotkey: ALICE }, ALICE)).toBe("ok");
});

function register(hotkey: Hotkey, coldkey: Hotkey = ALICE): string {
  return pallets.call("SubtensorModule.burned_register", { netuid: NETUID, hotkey }, coldkey);
}

function give(who: Hotkey, value: bigint): void {
  const args = { dest: { type: "Id", value: who }, value };
  expect(pallets.call("Balances.transfer_keep_alive", args, ALICE)).toBe("ok");
}

const burn = (): bigint => pallets.state.get("SubtensorModule.Burn", [NETUID]);

describe("burned_register", () => {
  test("gives the next uid to a hotkey, and takes the price from its coldkey", () => {
    give(BOB, 2n * TAO);
    const hotkey = account("Miner");
    expect(register(hotkey, BOB)).toBe("ok");
    expect(uidOf(pallets.state, NETUID, hotkey)).toBe(1);
    expect(pallets.state.get("SubtensorModule.Keys", [NETUID, 1])).toBe(hotkey);
    expect(pallets.state.get("SubtensorModule.Owner", [hotkey])).toBe(BOB);
    expect(pallets.state.get("SubtensorModule.OwnedHotkeys", [BOB])).toEqual([hotkey]);
    expect(pallets.state.get("SubtensorModule.IsNetworkMember", [hotkey, NETUID])).toBe(true);
    expect(balanceOf(pallets.state, BOB)).toBe(TAO);
    expect(pallets.last("NeuronRegistered")).toEqual([NETUID, 1, hotkey]);
  });

  test("keeps a number of each kind for every uid", () => {
    register(account("A"));
    register(account("B"));
    const { state } = pallets;
    expect(state.get("SubtensorModule.SubnetworkN", [NETUID])).toBe(3);
    expect(state.get("SubtensorModule.Active", [NETUID])).toEqual([true, true, true]);
    expect(state.get("SubtensorModule.LastUpdate", [NETUID])).toEqual([1n, 1n, 1n]);
    expect(state.get("SubtensorModule.Emission", [NETUID])).toEqual([0n, 0n, 0n]);
    expect(state.get("SubtensorModule.ValidatorPermit", [NETUID])).toEqual([false, false, false]);
    for (const item of ["Consensus", "Incentive", "Dividends", "ValidatorTrust"] as const) {
      expect(state.get(`SubtensorModule.${item}`, [NETUID])).toEqual([0, 0, 0]);
    }
  });

  test.each([
    ["the root network", 0, "RegistrationNotPermittedOnRootSubnet"],
    ["a subnet that is not there", 7, "SubnetNotExists"],
  ])("refuses %s", (_, netuid, error) => {
    const args = { netuid, hotkey: BOB };
    expect(pallets.call("SubtensorModule.burned_register", args, ALICE)).toBe(error);
  });

  test("refuses a hotkey that has a uid", () => {
    expect(register(BOB)).toBe("ok");
    expect(register(BOB)).toBe("HotKeyAlreadyRegisteredInSubNet");
  });

  test("refuses another's hotkey", () => {
    give(BOB, 5n * TAO);
    const args = { hotkey: account("Miner") };
    expect(pallets.call("SubtensorModule.try_associate_hotkey", args, ALICE)).toBe("ok");
    expect(register(account("Miner"), BOB)).toBe("NonAssociatedColdKey");
    expect(register(account("Miner"), ALICE)).toBe("ok");
  });

  test("refuses a coldkey that cannot pay, and takes nothing from it", () => {
    give(BOB, TAO - 1n);
    expect(register(account("Miner"), BOB)).toBe("NotEnoughBalanceToStake");
    expect(balanceOf(pallets.state, BOB)).toBe(TAO - 1n);
    expect(uidOf(pallets.state, NETUID, account("Miner"))).toBeUndefined();
  });

  test("refuses everybody while registration is closed", () => {
    const args = { netuid: NETUID, registration_allowed: false };
    pallets.call("AdminUtils.sudo_set_network_registration_allowed", args, { kind: "root" });
    expect(register(BOB)).toBe("SubNetRegistrationDisabled");
  });

  test("refuses where there are no seats at all", () => {
    pallets.state.put("SubtensorModule.MaxAllowedUids", [NETUID], 0);
    expect(register(BOB)).toBe("NoNeuronIdAvailable");
  });
});

test("register does the same, whatever work it is given", () => {
  const args = {
    ...{ netuid: NETUID, block_number: 1n, nonce: 5n, work: new Uint8Array(32) },
    ...{ hotkey: BOB, coldkey: account("Nobody") },
  };
  expect(pallets.call("SubtensorModule.register", args, ALICE)).toBe("ok");
  expect(pallets.state.get("SubtensorModule.Owner", [BOB])).toBe(ALICE);
});

describe("register_limit", () => {
  const withLimit = (limit_price: bigint): string => {
    const args = { netuid: NETUID, hotkey: BOB, limit_price };
    return pallets.call("SubtensorModule.register_limit", args, ALICE);
  };

  test("registers for the price or less", () => {
    expect(withLimit(burn())).toBe("ok");
  });

  test("refuses a price above the limit", () => {
    expect(withLimit(burn() - 1n)).toBe("RegistrationPriceLimitExceeded");
  });
});

describe("the price of a seat", () => {
  test("rises by a quarter or so with every registration", () => {
    const before = burn();
    register(BOB);
    // BurnIncreaseMult is 1.26 by default.
    expect(Number(burn()) / Number(before)).toBeCloseTo(1.26, 6);
  });

  test("is halved in BurnHalfLife blocks", () => {
    const before = burn();
    pallets.state.put("SubtensorModule.BurnHalfLife", [NETUID], 40);
    pallets.advance(40);
    expect(Number(burn()) / Number(before)).toBeCloseTo(0.5, 6);
  });

  test("stays within its bounds", () => {
    pallets.state.put("SubtensorModule.BurnHalfLife", [NETUID], 1);
    pallets.advance(30);
    expect(burn()).toBe(pallets.state.get("SubtensorModule.MinBurn", [NETUID]));
    pallets.state.put("SubtensorModule.BurnIncreaseMult", [NETUID], 3n << 64n);
    for (let i = 0; i < 20; i++) register(account(`Miner ${i}`));
    expect(burn()).toBe(pallets.state.get("SubtensorModule.MaxBurn", [NETUID]));
  });

  test.each([1, 2, 7, 360, 36_100])("falls by the root of ½ of degree %i", (halfLife) => {
    const factor = Number(decayFactor(halfLife)) / 2 ** 32;
    expect(Math.abs(factor - 0.5 ** (1 / halfLife))).toBeLessThan(1e-6);
  });
});

describe("a full subnet", () => {
  const miners = [1, 2, 3].map((i) => account(`Miner ${i}`));

  beforeEach(() => {
    for (const miner of miners) expect(register(miner, ALICE)).toBe("ok");
    const { state } = pallets;
    // Alice owns everything here, so that only the subnet's own hotkey and one more shall be
    // immortal.
    state.put("SubtensorModule.OwnedHotkeys", [ALICE], [ALICE]);
    state.put("SubtensorModule.MaxAllowedUids", [NETUID], 4);
    state.put("SubtensorModule.MinNonImmuneUids", [NETUID], 0);
    state.put("SubtensorModule.ImmunityPeriod", [NETUID], 10);
    state.put("SubtensorModule.Emission", [NETUID], [0n, 30n, 10n, 20n]);
    pallets.advance(10);
  });

  test("gives the seat of its least earning neuron away, and forgets what was there", () => {
    const { state } = pallets;
    const [, old = ALICE] = miners;
    const axon = { netuid: NETUID, version: 1, ip: 0x7f000002n, port: 80, ip_type: 4, protocol: 4 };
    const args = { ...axon, placeholder1: 0, placeholder2: 0, certificate: Uint8Array.of(1, 2) };
    expect(pallets.call("SubtensorModule.serve_axon_tls", args, old)).toBe("ok");
    state.put("SubtensorModule.Weights", [NETUID, 2], [[1, 65_535]]);
    state.put("SubtensorModule.Bonds", [NETUID, 2], [[1, 65_535]]);
    state.put(
      "SubtensorModule.Weights",
      [NETUID, 0],
      [
        [1, 5],
        [2, 7],
      ],
    );
    state.put("SubtensorModule.ValidatorPermit", [NETUID], [true, false, true, false]);

    expect(register(BOB)).toBe("ok");
    expect(uidOf(state, NETUID, BOB)).toBe(2);
    expect(uidOf(state, NETUID, old)).toBeUndefined();
    expect(state.has("SubtensorModule.IsNetworkMember", [old, NETUID])).toBe(false);
    expect(state.get("SubtensorModule.SubnetworkN", [NETUID])).toBe(4);
    expect(state.get("SubtensorModule.BlockAtRegistration", [NETUID, 2])).toBe(11n);
    expect(state.get("SubtensorModule.LastUpdate", [NETUID])[2]).toBe(11n);
    expect(state.get("SubtensorModule.Emission", [NETUID])).toEqual([0n, 30n, 0n, 20n]);
    expect(state.get("SubtensorModule.ValidatorPermit", [NETUID])[2]).toBe(false);
    expect(state.has("SubtensorModule.Weights", [NETUID, 2])).toBe(false);
    expect(state.has("SubtensorModule.Bonds", [NETUID, 2])).toBe(false);
    expect(state.get("SubtensorModule.Weights", [NETUID, 0])).toEqual([
      [1, 5],
      [2, 0],
    ]);
    expect(state.get("SubtensorModule.Axons", [NETUID, old])).toBeUndefined();
    expect(state.get("SubtensorModule.NeuronCertificates", [NETUID, old])).toBeUndefined();
  });

  test("leaves the owner's own neuron alone, though it earns nothing", () => {
    pallets.state.put("SubtensorModule.Emission", [NETUID], [0n, 1n, 1n, 1n]);
    expect(neuronToPrune(pallets.state, NETUID, 11)).toBe(1);
  });

  test("takes the older of two that earn the same, then the lower uid", () => {
    const { state } = pallets;
    state.put("SubtensorModule.Emission", [NETUID], [0n, 5n, 5n, 5n]);
    expect(neuronToPrune(state, NETUID, 11)).toBe(1);
    state.put("SubtensorModule.BlockAtRegistration", [NETUID, 3], 0n);
    expect(neuronToPrune(state, NETUID, 11)).toBe(3);
  });

  test("spares the immune while another may go", () => {
    const { state } = pallets;
    state.put("SubtensorModule.BlockAtRegistration", [NETUID, 2], 5n);
    expect(neuronToPrune(state, NETUID, 11)).toBe(3);
  });

  test("takes the least earning immune one when no other may go", () => {
    const { state } = pallets;
    state.put("SubtensorModule.ImmunityPeriod", [NETUID], 100);
    expect(neuronToPrune(state, NETUID, 11)).toBe(2);
  });

  test("keeps as many of the mortal as MinNonImmuneUids says", () => {
    const { state } = pallets;
    state.put("SubtensorModule.MinNonImmuneUids", [NETUID], 3);
    expect(neuronToPrune(state, NETUID, 11)).toBeUndefined();
    expect(register(BOB)).toBe("NoNeuronIdAvailable");
    state.put("SubtensorModule.MinNonImmuneUids", [NETUID], 2);
    expect(register(BOB)).toBe("ok");
  });
});
