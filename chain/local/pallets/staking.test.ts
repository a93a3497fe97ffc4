/** Staking, and that no rao is made or lost by anything these pallets do. */
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { ALICE, TAO } from "./balances.ts";
import { balanceOf } from "./ledger.ts";
import { stakeOf, stakeOfColdkey } from "./stake.ts";
import { emitAlpha, subnetAccount } from "./subnet-pool.ts";
import { account, ROOT, TestPallets } from "./testing.ts";

const NETUID = 1;
const BOB = account("Bob");
const HOTKEY = account("Hotkey");
let pallets: TestPallets;

function ready(): TestPallets {
  const made = new TestPallets();
  made.call("SubtensorModule.register_network", { hotkey: ALICE }, ALICE);
  made.call("SubtensorModule.start_call", { netuid: NETUID }, ALICE);
  made.call("SubtensorModule.try_associate_hotkey", { hotkey: HOTKEY }, ALICE);
  const args = { dest: { type: "Id", value: BOB }, value: 100n * TAO };
  made.call("Balances.transfer_keep_alive", args, ALICE);
  return made;
}

beforeEach(() => {
  pallets = ready();
});

const add = (amount_staked: bigint, more: object = {}): string => {
  const args = { hotkey: HOTKEY, netuid: NETUID, amount_staked, ...more };
  return pallets.call(
    `SubtensorModule.add_stake${"limit_price" in more ? "_limit" : ""}`,
    args,
    BOB,
  );
};
const remove = (amount_unstaked: bigint, more: object = {}): string => {
  const args = { hotkey: HOTKEY, netuid: NETUID, amount_unstaked, ...more };
  return pallets.call(
    `SubtensorModule.remove_stake${"limit_price" in more ? "_limit" : ""}`,
    args,
    BOB,
  );
};

describe("add_stake", () => {
  test("turns TAO into as much alpha, on a hotkey of whomever", () => {
    expect(add(40n * TAO)).toBe("ok");
    expect(balanceOf(pallets.state, BOB)).toBe(60n * TAO);
    expect(stakeOf(pallets.state, HOTKEY, NETUID)).toBe(40n * TAO);
    expect(stakeOfColdkey(pallets.state, HOTKEY, BOB, NETUID)).toBe(40n * TAO);
    expect(pallets.state.get("SubtensorModule.StakingHotkeys", [BOB])).toEqual([HOTKEY]);
    const event = [BOB, HOTKEY, 40n * TAO, 40n * TAO, NETUID, 0n];
    expect(pallets.last("StakeAdded")).toEqual(event);
  });

  test("of everything leaves the coldkey alive", () => {
    expect(add(100n * TAO)).toBe("ok");
    expect(balanceOf(pallets.state, BOB)).toBe(500n);
    expect(stakeOf(pallets.state, HOTKEY, NETUID)).toBe(100n * TAO - 500n);
  });

  test.each([
    ["too little", { amount_staked: 1_999_999n }, "AmountTooLow"],
    ["more than there is", { amount_staked: 100n * TAO + 1n }, "NotEnoughBalanceToStake"],
    ["a hotkey that is nobody's", { hotkey: account("Nobody") }, "HotKeyAccountNotExists"],
    ["a subnet that is not there", { netuid: 5 }, "SubnetNotExists"],
  ])("refuses %s", (_, change, error) => {
    expect(add(TAO, change)).toBe(error);
    expect(balanceOf(pallets.state, BOB)).toBe(100n * TAO);
  });

  test("refuses a subnet that has not started", () => {
    pallets.call("AdminUtils.sudo_set_network_rate_limit", { rate_limit: 0n }, ROOT);
    pallets.call("SubtensorModule.register_network", { hotkey: ALICE }, ALICE);
    expect(add(TAO, { netuid: 2 })).toBe("SubtokenDisabled");
  });

  test("keeps to a limit of the price, which is one", () => {
    expect(add(TAO, { limit_price: TAO, allow_partial: false })).toBe("ok");
    expect(add(TAO, { limit_price: TAO - 1n, allow_partial: false })).toBe("SlippageTooHigh");
    expect(add(TAO, { limit_price: TAO - 1n, allow_partial: true })).toBe("AmountTooLow");
  });
});

describe("remove_stake", () => {
  beforeEach(() => {
    expect(add(40n * TAO)).toBe("ok");
  });

  test("turns alpha into TAO again", () => {
    expect(remove(15n * TAO)).toBe("ok");
    expect(balanceOf(pallets.state, BOB)).toBe(75n * TAO);
    expect(stakeOf(pallets.state, HOTKEY, NETUID)).toBe(25n * TAO);
    const event = [BOB, HOTKEY, 15n * TAO, 15n * TAO, NETUID, 0n];
    expect(pallets.last("StakeRemoved")).toEqual(event);
  });

  test("takes everything when more is asked", () => {
    expect(remove(41n * TAO)).toBe("ok");
    expect(balanceOf(pallets.state, BOB)).toBe(100n * TAO);
    expect(remove(TAO)).toBe("AmountTooLow");
  });

  test("refuses a crumb that leaves something behind", () => {
    expect(remove(1_999_999n)).toBe("AmountTooLow");
    expect(remove(40n * TAO - 5n)).toBe("ok");
    expect(remove(5n)).not.toBe("AmountTooLow");
  });

  test("keeps to a limit of the price, and to the stake", () => {
    expect(remove(41n * TAO, { limit_price: TAO, allow_partial: false })).toBe(
      "NotEnoughStakeToWithdraw",
    );
    expect(remove(TAO, { limit_price: TAO + 1n, allow_partial: false })).toBe("SlippageTooHigh");
    expect(remove(TAO, { limit_price: TAO, allow_partial: false })).toBe("ok");
  });

  test("refuses a coldkey that has no stake there", () => {
    const args = { hotkey: HOTKEY, netuid: NETUID, amount_unstaked: TAO };
    expect(pallets.call("SubtensorModule.remove_stake", args, ALICE)).toBe("AmountTooLow");
  });

  test("unstake_all empties every subnet", () => {
    expect(pallets.call("SubtensorModule.unstake_all", { hotkey: HOTKEY }, BOB)).toBe("ok");
    expect(balanceOf(pallets.state, BOB)).toBe(100n * TAO);
  });
});

describe("no rao is made or lost", () => {
  const names = ["Ada", "Ben", "Cid"] as const;
  const name = fc.constantFrom(...names);
  const amount = fc.oneof(
    fc.bigInt({ min: 0n, max: 2_000n }),
    fc.bigInt({ min: 0n, max: 300n * TAO }),
  );
  const netuid = fc.constantFrom(0, 1);
  const step = fc.oneof(
    fc.record({ kind: fc.constant("transfer" as const), from: name, to: name, amount }),
    fc.record({ kind: fc.constant("register" as const), from: name, to: name }),
    fc.record({ kind: fc.constant("stake" as const), from: name, to: name, amount, netuid }),
    fc.record({ kind: fc.constant("unstake" as const), from: name, to: name, amount, netuid }),
    fc.record({ kind: fc.constant("emit" as const), amount }),
    // Leaves what may be too little to exist.
    fc.record({
      ...{ kind: fc.constant("drain" as const), from: name, to: name },
      left: fc.bigInt({ min: 0n, max: 600n }),
    }),
    fc.record({ kind: fc.constant("set" as const), to: name, amount }),
    fc.record({ kind: fc.constant("burn" as const), from: name, amount }),
  );

  function run(
    one: TestPallets,
    action: typeof step extends fc.Arbitrary<infer S> ? S : never,
  ): void {
    const dest = (to: string): object => ({ type: "Id", value: account(to) });
    const hotkey = (to: string) => account(`${to}'s hotkey`);
    switch (action.kind) {
      case "transfer":
        one.call(
          "Balances.transfer_allow_death",
          { dest: dest(action.to), value: action.amount },
          account(action.from),
        );
        break;
      case "register":
        one.call(
          "SubtensorModule.burned_register",
          { netuid: NETUID, hotkey: hotkey(action.to) },
          account(action.from),
        );
        break;
      case "stake":
        one.call(
          "SubtensorModule.add_stake",
          { hotkey: hotkey(action.to), netuid: action.netuid, amount_staked: action.amount },
          account(action.from),
        );
        break;
      case "unstake":
        one.call(
          "SubtensorModule.remove_stake",
          { hotkey: hotkey(action.to), netuid: action.netuid, amount_unstaked: action.amount },
          account(action.from),
        );
        break;
      case "drain": {
        const value = balanceOf(one.state, account(action.from)) - action.left;
        if (value < 0n) break;
        const args = { dest: dest(action.to), value };
        one.call("Balances.transfer_allow_death", args, account(action.from));
        break;
      }
      case "emit":
        emitAlpha(one.context, NETUID, action.amount);
        break;
      case "set":
        one.call(
          "Balances.force_set_balance",
          { who: dest(action.to), new_free: action.amount },
          ROOT,
        );
        break;
      case "burn":
        one.call(
          "Balances.burn",
          { value: action.amount, keep_alive: false },
          account(action.from),
        );
        break;
    }
  }

  test("by any sequence of calls: accounts make up the issuance, and each subnet's holds what it owes", () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 8, maxLength: 40, size: "max" }), (steps) => {
        const one = ready();
        for (const from of names) {
          const hotkey = account(`${from}'s hotkey`);
          one.call("SubtensorModule.try_associate_hotkey", { hotkey }, account(from));
          one.call(
            "Balances.transfer_keep_alive",
            { dest: { type: "Id", value: account(from) }, value: 200n * TAO },
            ALICE,
          );
        }
        for (const action of steps) run(one, action);
        const { state } = one;
        const held = state
          .entries("System.Account")
          .reduce((sum, [, { data }]) => sum + data.free + data.reserved, 0n);
        expect(state.get("Balances.TotalIssuance", [])).toBe(held);
        expect(state.get("SubtensorModule.TotalIssuance", [])).toBe(held);
        let stake = 0n;
        for (const subnet of [0, 1]) {
          const tao = state.get("SubtensorModule.SubnetTAO", [subnet]);
          const alpha = state.get("SubtensorModule.SubnetAlphaOut", [subnet]);
          const bound =
            state.get("SubtensorModule.SubnetLocked", [subnet]) +
            state.get("SubtensorModule.RAORecycledForRegistration", [subnet]);
          expect(tao).toBe(bound + alpha);
          expect(balanceOf(state, subnetAccount(subnet)) >= tao).toBe(true);
          const staked = state
            .entries("SubtensorModule.TotalHotkeyAlpha")
            .filter(([[, where]]) => where === subnet)
            .reduce((sum, [, value]) => sum + value, 0n);
          expect(staked <= alpha).toBe(true);
          stake += tao;
        }
        expect(state.get("SubtensorModule.TotalStake", [])).toBe(stake);
      }),
      { numRuns: 40 },
    );
  });
});
