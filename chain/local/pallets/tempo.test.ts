/** An owner's say over epochs. */
import { beforeEach, describe, expect, test } from "vitest";
import { accountOf, NETUID, OWNER, TestSubnet } from "./testing-subnet.ts";

let subnet: TestSubnet;
beforeEach(() => {
  subnet = new TestSubnet();
  subnet.next(5);
});

describe("set_tempo", () => {
  const set = (tempo: number, who = OWNER): string =>
    subnet.outcome(who, "set_tempo", { netuid: NETUID, tempo });

  test("begins a new cycle with the new tempo", () => {
    expect(set(400)).toBe("ok");
    expect(subnet.state.get("SubtensorModule.Tempo", [NETUID])).toBe(400);
    expect(subnet.state.get("SubtensorModule.LastEpochBlock", [NETUID])).toBe(BigInt(subnet.block));
    subnet.next();
  });

  test("refuses what is out of bounds, another than the owner, and a second time too soon", () => {
    expect([set(359), set(50_401)]).toEqual(["TempoOutOfBounds", "TempoOutOfBounds"]);
    expect(set(400, accountOf("somebody"))).toBe("BadOrigin");
    expect([set(360), set(360)]).toEqual(["ok", "TxRateLimitExceeded"]);
  });

  test("is refused shortly before an epoch", () => {
    subnet.state.put("SubtensorModule.Tempo", [NETUID], 14);
    expect(set(400)).toBe("AdminActionProhibitedDuringWeightsWindow");
    subnet.state.put("SubtensorModule.AdminFreezeWindow", [], 2);
    expect(set(400)).toBe("ok");
  });
});

describe("trigger_epoch", () => {
  const trigger = (who = OWNER): string => subnet.outcome(who, "trigger_epoch", { netuid: NETUID });

  test("runs an epoch when the freeze window has passed", () => {
    expect(trigger()).toBe("ok");
    expect(subnet.eventsOf("SubtensorModule.EpochTriggered")).toEqual([
      { netuid: NETUID, by: OWNER, fires_at: BigInt(subnet.block + 10) },
    ]);
    subnet.next(9);
    expect(subnet.state.get("SubtensorModule.SubnetEpochIndex", [NETUID])).toBe(0n);
    subnet.next();
    expect(subnet.state.get("SubtensorModule.SubnetEpochIndex", [NETUID])).toBe(1n);
    expect(subnet.state.get("SubtensorModule.PendingEpochAt", [NETUID])).toBe(0n);
  });

  test("is refused twice, of another than the owner, and when an epoch is near anyway", () => {
    expect(trigger(accountOf("somebody"))).toBe("BadOrigin");
    expect([trigger(), trigger()]).toEqual(["ok", "EpochTriggerAlreadyPending"]);
    subnet.next(10);
    expect(trigger()).toBe("TxRateLimitExceeded");
    subnet.state.put("SubtensorModule.Tempo", [NETUID], 9);
    expect(trigger()).toBe("AutoEpochAlreadyImminent");
  });

  test("is refused where commits count on the schedule", () => {
    subnet.state.put("SubtensorModule.CommitRevealWeightsEnabled", [NETUID], true);
    expect(trigger()).toBe("DynamicTempoBlockedByCommitReveal");
  });
});
