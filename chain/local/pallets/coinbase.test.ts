/** Who is paid how much at an epoch, and that not a rao is lost or made on the way. */
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import type { Hotkey } from "../../chain.ts";
import { balanceOf } from "./ledger.ts";
import { stakeOf, stakeOfColdkey } from "./stake.ts";
import { subnetAccount } from "./subnet-pool.ts";
import { accountOf, NETUID, OWNER, OWNER_HOTKEY, TestSubnet, TOKEN } from "./testing-subnet.ts";

const VALIDATOR = accountOf("validator");
const MINER = accountOf("miner");
const TEMPO = 10;

let subnet: TestSubnet;

/** Uid 1 validates, uid 2 serves; emission has begun. */
function founded(): TestSubnet {
  const made = new TestSubnet();
  made.state.put("SubtensorModule.Tempo", [NETUID], TEMPO);
  made.join("validator", 100n * TOKEN);
  made.join("miner", 0n);
  made.state.put("SubtensorModule.ValidatorPermit", [NETUID], [true, true, false]);
  made.call(OWNER, "start_call", { netuid: NETUID });
  return made;
}

beforeEach(() => {
  subnet = founded();
});

function weigh(who: Hotkey, uids: readonly number[], values: readonly number[]): void {
  const args = { netuid: NETUID, dests: uids, weights: values, version_key: 0n };
  subnet.call(who, "set_weights", args);
}

function toEpoch(): void {
  const index = subnet.state.get("SubtensorModule.SubnetEpochIndex", [NETUID]);
  while (subnet.state.get("SubtensorModule.SubnetEpochIndex", [NETUID]) === index) subnet.next();
}

function stake(hotkey: Hotkey): bigint {
  return stakeOf(subnet.state, hotkey, NETUID);
}

describe("emission", () => {
  test("is 18 % the owner's, 41 % the miners' and 41 % the validators'", () => {
    subnet.next();
    weigh(VALIDATOR, [2], [1]);
    toEpoch();
    const before = [OWNER_HOTKEY, MINER, VALIDATOR].map(stake);
    weigh(VALIDATOR, [2], [1]);
    toEpoch();
    const [owner = 0n, miner = 0n, validator = 0n] = [OWNER_HOTKEY, MINER, VALIDATOR].map(
      (hotkey, i) => stake(hotkey) - (before[i] ?? 0n),
    );
    const made = BigInt(TEMPO) * TOKEN;
    const percent = (part: bigint): number => Number((part * 10_000n) / made) / 100;
    expect(percent(owner)).toBeCloseTo(18, 1);
    expect(percent(miner)).toBeCloseTo(41, 1);
    expect(percent(validator)).toBeCloseTo(41, 1);
    expect(made - owner - miner - validator).toBeLessThan(10n);
    expect(made - owner - miner - validator).toBeGreaterThanOrEqual(0n);
  });

  test("is not made before the subnet is started", () => {
    subnet = new TestSubnet();
    subnet.state.put("SubtensorModule.Tempo", [NETUID], TEMPO);
    subnet.join("validator", 100n * TOKEN);
    const issued = subnet.state.get("Balances.TotalIssuance", []);
    toEpoch();
    toEpoch();
    expect(subnet.state.get("Balances.TotalIssuance", [])).toBe(issued);
    subnet.call(OWNER, "start_call", { netuid: NETUID });
    toEpoch();
    expect(subnet.state.get("Balances.TotalIssuance", [])).toBeGreaterThan(issued);
  });

  test("is not made while nobody earns, not even for the owner", () => {
    subnet = new TestSubnet();
    subnet.state.put("SubtensorModule.Tempo", [NETUID], TEMPO);
    subnet.join("miner", 0n);
    subnet.call(OWNER, "start_call", { netuid: NETUID });
    const issued = subnet.state.get("Balances.TotalIssuance", []);
    toEpoch();
    expect(subnet.state.get("Balances.TotalIssuance", [])).toBe(issued);
    expect(stake(OWNER_HOTKEY)).toBe(0n);
  });

  test("is all the validators' by their stake while nobody has set weights", () => {
    subnet.next();
    const before = stake(VALIDATOR);
    toEpoch();
    expect(stake(MINER)).toBe(0n);
    const made = BigInt(subnet.block - 1) * TOKEN;
    expect(Number(((stake(VALIDATOR) - before) * 10_000n) / made) / 100).toBeCloseTo(82, 1);
  });

  test("is shared alike among the subnets that have started", () => {
    subnet.state.put(
      "SubtensorModule.LastRateLimitedBlock",
      [{ type: "NetworkLastRegistered", value: undefined }],
      0n,
    );
    subnet.call(OWNER, "register_network", { hotkey: accountOf("owner's second") });
    subnet.next();
    const one = subnet.state.get("SubtensorModule.SubnetAlphaOutEmission", [NETUID]);
    expect(one).toBe(TOKEN);
    subnet.call(OWNER, "start_call", { netuid: 2 });
    subnet.next();
    for (const netuid of [NETUID, 2]) {
      const emission = subnet.state.get("SubtensorModule.SubnetAlphaOutEmission", [netuid]);
      expect(emission).toBe(TOKEN / 2n);
    }
  });

  test("for serving is kept from the owner's hotkeys: burned, or never made when recycled", () => {
    const run = (type: "Burn" | "Recycle"): { made: bigint; stakes: bigint } => {
      subnet = founded();
      subnet.state.put("SubtensorModule.RecycleOrBurn", [NETUID], { type });
      subnet.next();
      weigh(VALIDATOR, [0], [1]);
      const issued = subnet.state.get("Balances.TotalIssuance", []);
      const before = stake(OWNER_HOTKEY) + stake(VALIDATOR);
      toEpoch();
      return {
        made: subnet.state.get("Balances.TotalIssuance", []) - issued,
        stakes: stake(OWNER_HOTKEY) + stake(VALIDATOR) - before,
      };
    };
    const burned = run("Burn");
    expect(burned.made).toBeGreaterThan(burned.stakes + (burned.made * 40n) / 100n);
    const recycled = run("Recycle");
    expect(recycled.made).toBe(recycled.stakes);
    expect(recycled.stakes).toBe(burned.stakes);
  });

  test("for validating goes to who stakes on the hotkey, less its owner's part", () => {
    const nominator = accountOf("nominator");
    subnet.join("nominator's own", 0n);
    const coldkey = accountOf("nominator's own's coldkey");
    const amount = 100n * TOKEN;
    subnet.call(coldkey, "add_stake", { netuid: NETUID, hotkey: VALIDATOR, amount_staked: amount });
    expect(stakeOfColdkey(subnet.state, VALIDATOR, nominator, NETUID)).toBe(0n);
    subnet.next();
    const owner = accountOf("validator's coldkey");
    const held = (who: Hotkey): bigint => stakeOfColdkey(subnet.state, VALIDATOR, who, NETUID);
    const before = [held(owner), held(coldkey)] as const;
    toEpoch();
    const earned = [held(owner) - before[0], held(coldkey) - before[1]] as const;
    const percent = Number((earned[1] * 1_000n) / (earned[0] + earned[1])) / 10;
    expect(percent).toBeCloseTo(41, 0);
  });

  test("never makes or loses a rao: stakes, the subnet's account and the issuance agree", () => {
    const weights = fc.array(fc.integer({ min: 0, max: 65_535 }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(
        fc.bigInt(TOKEN, 500n * TOKEN),
        fc.array(weights, { maxLength: 3 }),
        (more, rows) => {
          subnet = founded();
          subnet.join("another", more);
          const permits = [true, true, false, true];
          subnet.state.put("SubtensorModule.ValidatorPermit", [NETUID], permits);
          subnet.next();
          for (const [i, row] of rows.entries()) {
            const who = [OWNER_HOTKEY, VALIDATOR, accountOf("another")][i];
            if (who !== undefined) weigh(who, [0, 2, 3], row);
          }
          const issued = subnet.state.get("Balances.TotalIssuance", []);
          const blocks = subnet.block;
          toEpoch();
          toEpoch();
          const { state } = subnet;
          const stakes = state
            .entries("SubtensorModule.TotalHotkeyAlpha")
            .map(([, alpha]) => alpha);
          const total = stakes.reduce((sum, alpha) => sum + alpha, 0n);
          expect(total).toBe(state.get("SubtensorModule.SubnetAlphaOut", [NETUID]));
          const accounts = state.entries("System.Account").map(([, { data }]) => data.free);
          const issuance = state.get("Balances.TotalIssuance", []);
          expect(accounts.reduce((sum, free) => sum + free, 0n)).toBe(issuance);
          expect(state.get("SubtensorModule.TotalIssuance", [])).toBe(issuance);
          expect(balanceOf(state, subnetAccount(NETUID))).toBe(
            state.get("SubtensorModule.SubnetTAO", [NETUID]),
          );
          const made = issuance - issued;
          // One block's emission was pending before the count began.
          expect(made).toBeLessThanOrEqual(BigInt(subnet.block - blocks + 1) * TOKEN);
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe("epochs", () => {
  test("run once in a tempo, and number themselves", () => {
    toEpoch();
    const first = subnet.block;
    toEpoch();
    expect(subnet.block - first).toBe(TEMPO);
    expect(subnet.state.get("SubtensorModule.LastMechansimStepBlock", [NETUID])).toBe(
      BigInt(subnet.block),
    );
  });

  test("never run without a tempo", () => {
    subnet.state.put("SubtensorModule.Tempo", [NETUID], 0);
    subnet.next(50);
    expect(subnet.state.get("SubtensorModule.SubnetEpochIndex", [NETUID])).toBe(0n);
  });

  test("wait for the next block when too many are due in one", () => {
    subnet.state.put("SubtensorModule.MaxEpochsPerBlock", [], 0);
    const due = 1 + TEMPO;
    subnet.next(due - subnet.block);
    expect(subnet.eventsOf("SubtensorModule.EpochDeferred")).toHaveLength(1);
    subnet.state.put("SubtensorModule.MaxEpochsPerBlock", [], 1);
    subnet.next();
    expect(subnet.state.get("SubtensorModule.SubnetEpochIndex", [NETUID])).toBe(1n);
  });

  test("give permits to the largest stakes", () => {
    subnet.state.put("SubtensorModule.MaxAllowedValidators", [NETUID], 1);
    subnet.join("larger", 300n * TOKEN);
    toEpoch();
    expect(subnet.state.get("SubtensorModule.ValidatorPermit", [NETUID])).toEqual([
      true, // the owner's, always
      false,
      false,
      true,
    ]);
  });

  test("call those inactive who set no weights for longer than the cutoff", () => {
    subnet.state.put("SubtensorModule.ActivityCutoffFactorMilli", [NETUID], 1_000);
    toEpoch();
    weigh(VALIDATOR, [2], [1]);
    toEpoch();
    expect(subnet.state.get("SubtensorModule.Active", [NETUID])).toEqual([false, true, false]);
  });
});
