/** How subnets begin. */
import { beforeEach, describe, expect, test } from "vitest";
import type { Hotkey } from "../../chain.ts";
import { ALICE, TAO } from "./balances.ts";
import { balanceOf } from "./ledger.ts";
import { lockCost } from "./networks.ts";
import { account, ROOT, TestPallets } from "./testing.ts";

const BOB = account("Bob");
let pallets: TestPallets;

beforeEach(() => {
  pallets = new TestPallets();
});

function registerNetwork(hotkey: Hotkey = ALICE, coldkey: Hotkey = ALICE): string {
  return pallets.call("SubtensorModule.register_network", { hotkey }, coldkey);
}

test("genesis has the root network, empty", () => {
  const { state } = pallets;
  expect(state.get("SubtensorModule.NetworksAdded", [0])).toBe(true);
  expect(state.get("SubtensorModule.SubnetworkN", [0])).toBe(0);
  expect(state.get("SubtensorModule.TotalNetworks", [])).toBe(1);
});

describe("register_network", () => {
  test("makes a subnet with the next netuid, whose owner has uid 0", () => {
    expect(registerNetwork(BOB)).toBe("ok");
    const { state } = pallets;
    expect(state.get("SubtensorModule.NetworksAdded", [1])).toBe(true);
    expect(state.get("SubtensorModule.SubnetOwner", [1])).toBe(ALICE);
    expect(state.get("SubtensorModule.SubnetOwnerHotkey", [1])).toBe(BOB);
    expect(state.get("SubtensorModule.Keys", [1, 0])).toBe(BOB);
    expect(state.get("SubtensorModule.NetworkRegisteredAt", [1])).toBe(1n);
    expect(state.get("SubtensorModule.TotalNetworks", [])).toBe(2);
    expect(pallets.last("NetworkAdded")).toEqual([1, 0]);
  });

  test("begins with the hyperparameters of a new subnet of the real chain", () => {
    registerNetwork();
    const { state } = pallets;
    expect(state.get("SubtensorModule.Tempo", [1])).toBe(360);
    expect(state.get("SubtensorModule.MaxAllowedUids", [1])).toBe(256);
    expect(state.get("SubtensorModule.MaxAllowedValidators", [1])).toBe(64);
    expect(state.get("SubtensorModule.MinAllowedWeights", [1])).toBe(1);
    expect(state.get("SubtensorModule.ImmunityPeriod", [1])).toBe(5_000);
    expect(state.get("SubtensorModule.CommitRevealWeightsEnabled", [1])).toBe(true);
    expect(state.get("SubtensorModule.Yuma3On", [1])).toBe(true);
    expect(state.get("SubtensorModule.Burn", [1])).toBe(TAO);
    expect(state.get("SubtensorModule.SubtokenEnabled", [1])).toBe(false);
    expect(state.get("SubtensorModule.MechanismCountCurrent", [1])).toBe(1);
    expect(state.get("SubtensorModule.SubnetMechanism", [1])).toBe(0);
  });

  test("locks what it costs, and doubles the cost of the next", () => {
    const before = balanceOf(pallets.state, ALICE);
    expect(lockCost(pallets.state, 1)).toBe(1_000n * TAO);
    registerNetwork();
    expect(balanceOf(pallets.state, ALICE)).toBe(before - 1_000n * TAO);
    expect(pallets.state.get("SubtensorModule.SubnetLocked", [1])).toBe(1_000n * TAO);
    expect(lockCost(pallets.state, 1)).toBe(2_000n * TAO);
  });

  test("gets cheaper again, down to the least", () => {
    registerNetwork();
    const interval = Number(pallets.state.get("SubtensorModule.NetworkLockReductionInterval", []));
    expect(lockCost(pallets.state, 1 + interval / 2) / TAO).toBe(1_500n);
    expect(lockCost(pallets.state, 1 + 3 * interval)).toBe(1_000n * TAO);
  });

  test("refuses a coldkey that cannot pay", () => {
    const args = { dest: { type: "Id", value: BOB }, value: 999n * TAO };
    pallets.call("Balances.transfer_keep_alive", args, ALICE);
    expect(registerNetwork(BOB, BOB)).toBe("CannotAffordLockCost");
  });

  test("refuses another's hotkey", () => {
    pallets.call("SubtensorModule.try_associate_hotkey", { hotkey: account("Hot") }, BOB);
    expect(registerNetwork(account("Hot"))).toBe("NonAssociatedColdKey");
  });

  test("refuses a second one within the rate limit, in the pool already", () => {
    registerNetwork();
    // Blocks in which nothing happens need not be run.
    pallets.block += 7_199;
    expect(pallets.screen("SubtensorModule.register_network", { hotkey: ALICE }, ALICE)).toBe(
      "RateLimitExceeded",
    );
    expect(registerNetwork()).toBe("NetworkTxRateLimitExceeded");
    pallets.block += 1;
    expect(
      pallets.screen("SubtensorModule.register_network", { hotkey: ALICE }, ALICE),
    ).toBeUndefined();
    expect(registerNetwork()).toBe("ok");
    expect(pallets.state.get("SubtensorModule.NetworksAdded", [2])).toBe(true);
  });

  test("refuses more subnets than SubnetLimit", () => {
    pallets.call("AdminUtils.sudo_set_network_rate_limit", { rate_limit: 0n }, ROOT);
    pallets.call("AdminUtils.sudo_set_subnet_limit", { max_subnets: 1 }, ROOT);
    expect(registerNetwork()).toBe("ok");
    expect(registerNetwork()).toBe("SubnetLimitReached");
  });

  test("takes an identity along", () => {
    const text = (value: string): Uint8Array => new TextEncoder().encode(value);
    const identity = {
      ...{ subnet_name: text("assay"), github_repo: text(""), subnet_contact: text("") },
      ...{ subnet_url: text(""), discord: text(""), description: text(""), logo_url: text("") },
      additional: text(""),
    };
    const name = "SubtensorModule.register_network_with_identity";
    const tooLong = { ...identity, subnet_name: new Uint8Array(257) };
    expect(pallets.call(name, { hotkey: ALICE, identity: tooLong }, ALICE)).toBe("InvalidIdentity");
    expect(pallets.state.get("SubtensorModule.NetworksAdded", [1])).toBe(false);
    expect(pallets.call(name, { hotkey: ALICE, identity }, ALICE)).toBe("ok");
    const stored = pallets.state.get("SubtensorModule.SubnetIdentitiesV3", [1]);
    expect(stored?.subnet_name).toEqual(text("assay"));
  });
});

describe("start_call", () => {
  beforeEach(() => {
    registerNetwork();
  });
  const start = (who: Hotkey, netuid = 1): string => {
    return pallets.call("SubtensorModule.start_call", { netuid }, who);
  };

  test("lets emission begin with the next block, and alpha be traded", () => {
    expect(start(ALICE)).toBe("ok");
    expect(pallets.state.get("SubtensorModule.FirstEmissionBlockNumber", [1])).toBe(2n);
    expect(pallets.state.get("SubtensorModule.SubtokenEnabled", [1])).toBe(true);
  });

  test("refuses a second time, another's subnet, and one that is not there", () => {
    expect(start(BOB)).toBe("BadOrigin");
    expect(start(ALICE, 2)).toBe("SubnetNotExists");
    start(ALICE);
    expect(start(ALICE)).toBe("FirstEmissionBlockNumberAlreadySet");
  });

  test("refuses before StartCallDelay has passed", () => {
    pallets.call("AdminUtils.sudo_set_start_call_delay", { delay: 5n }, ROOT);
    pallets.advance(4);
    expect(start(ALICE)).toBe("NeedWaitingMoreBlocksToStarCall");
    pallets.advance(1);
    expect(start(ALICE)).toBe("ok");
  });
});

describe("identities", () => {
  const empty = { url: new Uint8Array(), github_repo: new Uint8Array(), image: new Uint8Array() };
  const rest = {
    discord: new Uint8Array(),
    description: new Uint8Array(),
    additional: new Uint8Array(),
  };
  const identity = { name: new TextEncoder().encode("Alice"), ...empty, ...rest };

  test("are for coldkeys with a registered hotkey", () => {
    expect(pallets.call("SubtensorModule.set_identity", identity, ALICE)).toBe(
      "HotKeyNotRegisteredInNetwork",
    );
    registerNetwork();
    expect(pallets.call("SubtensorModule.set_identity", identity, ALICE)).toBe("ok");
    const long = { ...identity, name: new Uint8Array(257) };
    expect(pallets.call("SubtensorModule.set_identity", long, ALICE)).toBe("InvalidIdentity");
  });
});
