/** Shares of a hotkey's stake, and the decimal floating point that they are counted in. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { add, multiplyDivide, normalised, subtract, toInteger } from "./safe-float.ts";
import {
  decreaseStake,
  increaseHotkeyStake,
  increaseStake,
  stakeOf,
  stakeOfColdkey,
} from "./stake.ts";
import { account, TestPallets } from "./testing.ts";

const HOTKEY = account("Hotkey");
const OWNER = account("Owner");
const NOMINATOR = account("Nominator");
const NETUID = 1;
const rao = fc.bigInt({ min: 1n, max: 21_000_000_000_000_000n });

describe("a SafeFloat", () => {
  test("keeps every number of rao", () => {
    fc.assert(
      fc.property(rao, (a) => {
        expect(toInteger(normalised(a))).toBe(a);
      }),
    );
  });

  test("has a mantissa of 21 digits, so that one value has one form", () => {
    fc.assert(
      fc.property(rao, fc.bigInt({ min: -30n, max: 5n }), (m, e) => {
        const { mantissa } = normalised(m, e);
        expect(mantissa > 10n ** 20n && mantissa <= 10n ** 21n).toBe(true);
      }),
    );
  });

  test("adds and subtracts rao without loss", () => {
    fc.assert(
      fc.property(rao, rao, (a, b) => {
        const [x, y] = [normalised(a), normalised(b)];
        expect(toInteger(add(x, y))).toBe(a + b);
        expect(toInteger(subtract(x, y))).toBe(a > b ? a - b : 0n);
      }),
    );
  });

  test("rounds a · b / c down, by no more than one part in 10^19", () => {
    fc.assert(
      fc.property(rao, rao, rao, (a, b, c) => {
        const exact = (a * b) / c;
        const got = toInteger(multiplyDivide(normalised(a), normalised(b), normalised(c)));
        expect(got <= exact && exact - got <= exact / 10n ** 19n + 1n).toBe(true);
      }),
    );
  });
});

describe("stake on a hotkey", () => {
  function staked(): TestPallets["state"] {
    const { state } = new TestPallets();
    state.put("SubtensorModule.Owner", [HOTKEY], OWNER);
    increaseStake(state, HOTKEY, OWNER, NETUID, 3_000_000n);
    increaseStake(state, HOTKEY, NOMINATOR, NETUID, 1_000_000n);
    return state;
  }

  test("is shared: earnings go to all who stake, in proportion", () => {
    const state = staked();
    increaseHotkeyStake(state, HOTKEY, NETUID, 400_000n);
    expect(stakeOf(state, HOTKEY, NETUID)).toBe(4_400_000n);
    expect(stakeOfColdkey(state, HOTKEY, OWNER, NETUID)).toBe(3_300_000n);
    expect(stakeOfColdkey(state, HOTKEY, NOMINATOR, NETUID)).toBe(1_100_000n);
  });

  test("that comes later takes nothing of what was earned before", () => {
    const state = staked();
    increaseHotkeyStake(state, HOTKEY, NETUID, 4_000_000n);
    increaseStake(state, HOTKEY, NOMINATOR, NETUID, 2_000_000n);
    expect(stakeOfColdkey(state, HOTKEY, OWNER, NETUID)).toBe(6_000_000n);
    expect(stakeOfColdkey(state, HOTKEY, NOMINATOR, NETUID)).toBe(4_000_000n);
  });

  test("may be taken away whole, and no share remains", () => {
    const state = staked();
    increaseHotkeyStake(state, HOTKEY, NETUID, 77_777n);
    const own = stakeOfColdkey(state, HOTKEY, NOMINATOR, NETUID);
    decreaseStake(state, HOTKEY, NOMINATOR, NETUID, own);
    expect(stakeOfColdkey(state, HOTKEY, NOMINATOR, NETUID)).toBe(0n);
    expect(state.has("SubtensorModule.AlphaV2", [HOTKEY, NOMINATOR, NETUID])).toBe(false);
    expect(stakeOf(state, HOTKEY, NETUID)).toBe(4_077_777n - own);
  });

  test("refuses to give more than is the coldkey's", () => {
    const state = staked();
    expect(() => decreaseStake(state, HOTKEY, NOMINATOR, NETUID, 1_000_001n)).toThrow(
      "NotEnoughStakeToWithdraw",
    );
  });

  test("is the owner's while nobody stakes", () => {
    const { state } = new TestPallets();
    state.put("SubtensorModule.Owner", [HOTKEY], OWNER);
    increaseHotkeyStake(state, HOTKEY, NETUID, 500n);
    expect(stakeOfColdkey(state, HOTKEY, OWNER, NETUID)).toBe(500n);
  });

  test("never promises coldkeys more than the hotkey has, nor loses more than rounding", () => {
    const who = fc.constantFrom(OWNER, NOMINATOR, account("Third"));
    const step = fc.oneof(
      fc.record({ kind: fc.constant("add" as const), who, amount: rao }),
      fc.record({ kind: fc.constant("take" as const), who, amount: rao }),
      fc.record({ kind: fc.constant("earn" as const), who, amount: rao }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 15 }), (steps) => {
        const { state } = new TestPallets();
        state.put("SubtensorModule.Owner", [HOTKEY], OWNER);
        for (const { kind, who: coldkey, amount } of steps) {
          if (kind === "add") increaseStake(state, HOTKEY, coldkey, NETUID, amount);
          else if (kind === "earn") increaseHotkeyStake(state, HOTKEY, NETUID, amount);
          else {
            const own = stakeOfColdkey(state, HOTKEY, coldkey, NETUID);
            decreaseStake(state, HOTKEY, coldkey, NETUID, amount < own ? amount : own);
          }
        }
        const coldkeys = [OWNER, NOMINATOR, account("Third")];
        const parts = coldkeys.reduce(
          (sum, c) => sum + stakeOfColdkey(state, HOTKEY, c, NETUID),
          0n,
        );
        const total = stakeOf(state, HOTKEY, NETUID);
        expect(parts <= total).toBe(true);
        if (parts > 0n) expect(total - parts <= 3n + BigInt(steps.length)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});
