/** Transfers and what root may do: nothing is made or lost but what an event tells. */
import { beforeEach, describe, expect, test } from "vitest";
import type { Hotkey } from "../../chain.ts";
import { EXISTENTIAL_DEPOSIT } from "../runtime/fees.ts";
import { ALICE, TAO } from "./balances.ts";
import { balanceOf } from "./ledger.ts";
import { account, callOf, ROOT, TestPallets } from "./testing.ts";

const BOB = account("Bob");
let pallets: TestPallets;
const to = (dest: Hotkey, value: bigint): object => ({ dest: { type: "Id", value: dest }, value });
const issuance = (): bigint => pallets.state.get("Balances.TotalIssuance", []);

beforeEach(() => {
  pallets = new TestPallets();
});

test("genesis gives all 21 million tokens to //Alice", () => {
  expect(balanceOf(pallets.state, ALICE)).toBe(21_000_000n * TAO);
  expect(pallets.state.get("SubtensorModule.TotalIssuance", [])).toBe(issuance());
});

describe("a transfer", () => {
  test("moves rao and begins the account that gets them", () => {
    expect(pallets.call("Balances.transfer_keep_alive", to(BOB, TAO), ALICE)).toBe("ok");
    expect(balanceOf(pallets.state, BOB)).toBe(TAO);
    expect(balanceOf(pallets.state, ALICE)).toBe(21_000_000n * TAO - TAO);
    expect(pallets.events.map(({ event }) => event)).toEqual(["NewAccount", "Endowed", "Transfer"]);
    expect(pallets.last("Transfer")).toEqual({ from: ALICE, to: BOB, amount: TAO });
  });

  test("refuses more than there is", () => {
    const tooMuch = to(BOB, 21_000_000n * TAO + 1n);
    expect(pallets.call("Balances.transfer_allow_death", tooMuch, ALICE)).toBe(
      "Token.FundsUnavailable",
    );
    expect(balanceOf(pallets.state, BOB)).toBe(0n);
  });

  test("refuses to begin an account with less than the existential deposit", () => {
    const crumb = to(BOB, EXISTENTIAL_DEPOSIT - 1n);
    expect(pallets.call("Balances.transfer_keep_alive", crumb, ALICE)).toBe("Token.BelowMinimum");
    expect(pallets.call("Balances.transfer_keep_alive", to(BOB, EXISTENTIAL_DEPOSIT), ALICE)).toBe(
      "ok",
    );
  });

  test("ends an account where that is allowed, and burns what is left of it", () => {
    pallets.call("Balances.transfer_keep_alive", to(BOB, 1_000n), ALICE);
    const before = issuance();
    expect(pallets.call("Balances.transfer_keep_alive", to(ALICE, 999n), BOB)).toBe(
      "Token.NotExpendable",
    );
    expect(pallets.call("Balances.transfer_allow_death", to(ALICE, 999n), BOB)).toBe("ok");
    expect(pallets.state.has("System.Account", [BOB])).toBe(false);
    expect(issuance()).toBe(before - 1n);
    expect(pallets.last("DustLost")).toEqual({ account: BOB, amount: 1n });
    expect(pallets.last("KilledAccount")).toEqual({ account: BOB });
  });

  test.each([
    [true, EXISTENTIAL_DEPOSIT],
    [false, 0n],
  ])("of everything leaves, with keep_alive %s, %i rao", (keep_alive, left) => {
    pallets.call("Balances.transfer_keep_alive", to(BOB, TAO), ALICE);
    const args = { dest: { type: "Id", value: ALICE }, keep_alive };
    expect(pallets.call("Balances.transfer_all", args, BOB)).toBe("ok");
    expect(balanceOf(pallets.state, BOB)).toBe(left);
  });

  test("to oneself changes nothing", () => {
    expect(pallets.call("Balances.transfer_keep_alive", to(ALICE, TAO), ALICE)).toBe("ok");
    expect(balanceOf(pallets.state, ALICE)).toBe(21_000_000n * TAO);
  });

  test("refuses an address that is no account", () => {
    const args = { dest: { type: "Index", value: undefined }, value: TAO };
    expect(pallets.call("Balances.transfer_keep_alive", args, ALICE)).toBe("CannotLookup");
  });
});

describe("force_set_balance", () => {
  const set = { who: { type: "Id", value: BOB }, new_free: 5n * TAO };

  test("mints or burns to the asked balance, for root", () => {
    const before = issuance();
    expect(pallets.call("Balances.force_set_balance", set, ROOT)).toBe("ok");
    expect(balanceOf(pallets.state, BOB)).toBe(5n * TAO);
    expect(issuance()).toBe(before + 5n * TAO);
    expect(pallets.call("Balances.force_set_balance", { ...set, new_free: 499n }, ROOT)).toBe("ok");
    expect(pallets.last("BalanceSet")).toEqual({ who: BOB, free: 0n });
    expect(issuance()).toBe(before);
  });

  test("refuses everybody else", () => {
    expect(pallets.call("Balances.force_set_balance", set, ALICE)).toBe("BadOrigin");
    expect(pallets.call("Balances.force_transfer", { ...to(BOB, TAO), source: set.who }, BOB)).toBe(
      "BadOrigin",
    );
  });
});

test("burning takes rao out of the world", () => {
  const before = issuance();
  expect(pallets.call("Balances.burn", { value: TAO, keep_alive: true }, ALICE)).toBe("ok");
  expect(issuance()).toBe(before - TAO);
});

describe("sudo", () => {
  const call = callOf("Balances.force_set_balance", {
    who: { type: "Id", value: BOB },
    new_free: TAO,
  });

  test("lets //Alice be root", () => {
    expect(pallets.call("Sudo.sudo", { call }, ALICE)).toBe("ok");
    expect(balanceOf(pallets.state, BOB)).toBe(TAO);
    expect(pallets.last("Sudid")).toEqual({ sudo_result: { success: true, value: undefined } });
  });

  test("refuses whoever has not the key", () => {
    expect(pallets.call("Sudo.sudo", { call }, BOB)).toBe("RequireSudo");
    expect(balanceOf(pallets.state, BOB)).toBe(0n);
  });

  test("tells by its event when the inner call fails, and undoes it", () => {
    const inner = callOf("AdminUtils.sudo_set_tempo", { netuid: 9, tempo: 5 });
    expect(pallets.call("Sudo.sudo", { call: inner }, ALICE)).toBe("ok");
    expect(pallets.last("Sudid")).toMatchObject({
      sudo_result: {
        success: false,
        value: {
          type: "Module",
          value: { type: "AdminUtils", value: { type: "SubnetDoesNotExist" } },
        },
      },
    });
  });

  test("acts as somebody else", () => {
    const args = {
      who: { type: "Id", value: BOB },
      call: callOf("Balances.burn", { value: 1n, keep_alive: true }),
    };
    expect(pallets.call("Sudo.sudo_as", args, ALICE)).toBe("ok");
    expect(pallets.last("SudoAsDone")).toMatchObject({ sudo_result: { success: false } });
  });

  test("hands its key on, once", () => {
    expect(pallets.call("Sudo.set_key", { new: { type: "Id", value: BOB } }, ALICE)).toBe("ok");
    expect(pallets.call("Sudo.sudo", { call }, ALICE)).toBe("RequireSudo");
    expect(pallets.call("Sudo.sudo", { call }, BOB)).toBe("ok");
  });
});
