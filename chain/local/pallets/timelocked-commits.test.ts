/** Timelocked weights: sealed by our own client's code, opened by the chain when their time has come. */
import { beforeEach, describe, expect, test } from "vitest";
import { publicKeyOf } from "../../account.ts";
import type { Hotkey } from "../../chain.ts";
import { roundAt } from "../../timelock/beacon.ts";
import { seal } from "../../timelock/seal.ts";
import { encodeWeightsPayload } from "../../timelock/weights-payload.ts";
import { LOCAL_BEACON } from "./drand.ts";
import { accountOf, NETUID, TestSubnet, TOKEN } from "./testing-subnet.ts";

const VALIDATOR = accountOf("validator");
const OTHER = accountOf("other validator");
const TEMPO = 20;
const STORED = [
  [2, 32_768],
  [3, 65_535],
];

let subnet: TestSubnet;

beforeEach(() => {
  subnet = new TestSubnet();
  for (const name of ["validator", "first", "second"]) {
    subnet.join(name, name === "validator" ? 100n * TOKEN : 0n);
  }
  subnet.join("other validator", 50n * TOKEN);
  const { state } = subnet;
  state.put("SubtensorModule.CommitRevealWeightsEnabled", [NETUID], true);
  state.put("SubtensorModule.Tempo", [NETUID], TEMPO);
  state.put("SubtensorModule.ValidatorPermit", [NETUID], [false, true, false, false, true]);
  subnet.next();
});

function sealed(round: number, hotkey: Hotkey = VALIDATOR): Uint8Array {
  const payload = {
    hotkey: publicKeyOf(hotkey),
    uids: [2, 3],
    values: [1, 2],
    versionKey: 0n,
  };
  return seal(encodeWeightsPayload(payload), round, LOCAL_BEACON);
}

function args(round: number, commit: Uint8Array = sealed(round), version = 4): object {
  return { netuid: NETUID, commit, reveal_round: BigInt(round), commit_reveal_version: version };
}

/** The round that is out `blocks` blocks from now. */
function roundIn(blocks: number): number {
  return roundAt(LOCAL_BEACON, subnet.timestampMs + 250 * blocks);
}

function weightsOf(uid: number): unknown {
  return subnet.state.get("SubtensorModule.Weights", [NETUID, uid]);
}

function nextEpoch(): void {
  const index = subnet.state.get("SubtensorModule.SubnetEpochIndex", [NETUID]);
  while (subnet.state.get("SubtensorModule.SubnetEpochIndex", [NETUID]) === index) subnet.next();
}

describe("timelocked weights", () => {
  test("are opened in the epoch after, once their round is out", () => {
    const blocksToReveal = TEMPO + 4;
    subnet.call(VALIDATOR, "commit_timelocked_weights", args(roundIn(blocksToReveal)));
    const committed = BigInt(subnet.block);
    expect(subnet.eventsOf("SubtensorModule.TimelockedWeightsCommitted")).toHaveLength(1);
    nextEpoch();
    expect(weightsOf(1)).toEqual([]);
    while (subnet.eventsOf("SubtensorModule.TimelockedWeightsRevealed").length === 0) subnet.next();
    expect(weightsOf(1)).toEqual(STORED);
    expect(subnet.eventsOf("SubtensorModule.WeightsSet")).toEqual([[NETUID, 1]]);
    expect(subnet.state.get("SubtensorModule.LastUpdate", [NETUID])[1]).toBe(committed);
    expect(subnet.state.get("SubtensorModule.SubnetEpochIndex", [NETUID])).toBe(1n);
    expect(subnet.state.entries("SubtensorModule.TimelockedWeightCommits")).toEqual([]);
  });

  test("wait for their epoch though their round is out", () => {
    subnet.call(VALIDATOR, "commit_timelocked_weights", args(roundIn(4)));
    subnet.next(8);
    expect(subnet.state.get("Drand.Pulses", [BigInt(roundIn(-4))])).toBeDefined();
    expect(weightsOf(1)).toEqual([]);
    nextEpoch();
    expect(weightsOf(1)).toEqual(STORED);
  });

  test("are dropped when their round comes after the epoch of their reveal", () => {
    subnet.call(VALIDATOR, "commit_timelocked_weights", args(roundIn(10 * TEMPO)));
    nextEpoch();
    expect(subnet.state.entries("SubtensorModule.TimelockedWeightCommits")).toHaveLength(1);
    nextEpoch();
    expect(subnet.state.entries("SubtensorModule.TimelockedWeightCommits")).toEqual([]);
    expect(weightsOf(1)).toEqual([]);
  });

  test.each<[string, (round: number) => Uint8Array]>([
    ["copied from another validator", (round) => sealed(round, OTHER)],
    ["sealed to another round", (round) => sealed(round + 1)],
    ["no seal at all", () => Uint8Array.of(1, 2, 3)],
    [
      "changed on the way",
      (round) => sealed(round).map((byte, i) => (i === 260 ? byte ^ 1 : byte)),
    ],
  ])("are dropped when they are %s, and harm no other's", (_, spoil) => {
    const round = roundIn(4);
    subnet.call(VALIDATOR, "commit_timelocked_weights", args(round, spoil(round)));
    subnet.call(OTHER, "commit_timelocked_weights", args(round, sealed(round, OTHER)));
    nextEpoch();
    expect(weightsOf(1)).toEqual([]);
    expect(weightsOf(4)).toEqual(STORED);
    expect(subnet.state.entries("SubtensorModule.TimelockedWeightCommits")).toEqual([]);
  });

  test("of who lost its permit meanwhile are dropped", () => {
    const round = roundIn(4);
    subnet.call(VALIDATOR, "commit_timelocked_weights", args(round));
    const permits = [false, false, false, false, true];
    subnet.state.put("SubtensorModule.ValidatorPermit", [NETUID], permits);
    nextEpoch();
    expect(weightsOf(1)).toEqual([]);
  });

  test("of a mechanism stand under its own index", () => {
    subnet.state.put("SubtensorModule.MechanismCountCurrent", [NETUID], 2);
    const call = { ...args(roundIn(4)), mecid: 1 };
    subnet.call(VALIDATOR, "commit_timelocked_mechanism_weights", call);
    nextEpoch();
    expect(subnet.state.get("SubtensorModule.Weights", [4096 + NETUID, 1])).toEqual(STORED);
    expect(weightsOf(1)).toEqual([]);
  });

  test("are opened a few in a block, in their order", () => {
    const round = roundIn(4);
    const commit = args(round);
    for (let i = 0; i < 10; i++) subnet.call(VALIDATOR, "commit_timelocked_weights", commit);
    nextEpoch();
    expect(subnet.eventsOf("SubtensorModule.TimelockedWeightsRevealed")).toHaveLength(8);
    subnet.next();
    expect(subnet.eventsOf("SubtensorModule.TimelockedWeightsRevealed")).toHaveLength(2);
  });
});

test("timelocked weights are all opened in the last block of their epoch", () => {
  const lastBlock = 1 + 2 * TEMPO - 1;
  const round = roundIn(lastBlock - subnet.block);
  subnet.next(3);
  const commit = args(round);
  for (let i = 0; i < 10; i++) subnet.call(VALIDATOR, "commit_timelocked_weights", commit);
  while (subnet.block < lastBlock - 1) subnet.next();
  const hadPulse = subnet.state.has("Drand.Pulses", [BigInt(round)]);
  subnet.next();
  expect(hadPulse).toBe(false);
  expect(subnet.eventsOf("SubtensorModule.TimelockedWeightsRevealed")).toHaveLength(10);
  subnet.next();
  expect(subnet.state.get("SubtensorModule.SubnetEpochIndex", [NETUID])).toBe(2n);
});

describe("a timelocked commit", () => {
  const outcome = (call: object): string =>
    subnet.outcome(VALIDATOR, "commit_timelocked_weights", call);

  test("of an older version is refused", () => {
    const round = roundIn(4);
    expect(outcome(args(round, sealed(round), 3))).toBe("IncorrectCommitRevealVersion");
    expect(outcome(args(round))).toBe("ok");
  });

  test("to a round that is out already is kept from the pool", () => {
    const screen = (round: number): unknown =>
      subnet.screen(VALIDATOR, "commit_timelocked_weights", args(round, Uint8Array.of()));
    expect(screen(roundIn(-4))).toBe("InvalidRevealRound");
    expect(screen(roundIn(4))).toBeUndefined();
  });

  test("of more bytes than a seal may have is kept from the pool and fails", () => {
    const long = args(roundIn(4), new Uint8Array(5_001));
    expect(subnet.screen(VALIDATOR, "commit_timelocked_weights", long)).toBe("BadRequest");
    expect(outcome(long)).toBe("Other");
  });

  test("is the last of ten in an epoch", () => {
    const call = args(roundIn(4), Uint8Array.of(1));
    const outcomes = Array.from({ length: 11 }, () => outcome(call));
    expect(outcomes).toEqual([...Array(10).fill("ok"), "TooManyUnrevealedCommits"]);
  });

  test("is refused before the rate limit has passed", () => {
    subnet.state.put("SubtensorModule.WeightsSetRateLimit", [NETUID], 3n);
    subnet.next(3);
    const call = args(roundIn(40), Uint8Array.of(1));
    expect([outcome(call), outcome(call)]).toEqual(["ok", "CommittingWeightsTooFast"]);
  });

  test("is refused where commit-reveal is off, and for a mechanism that is not there", () => {
    const call = args(roundIn(4), Uint8Array.of(1));
    const other = { ...call, mecid: 1 };
    expect(subnet.outcome(VALIDATOR, "commit_timelocked_mechanism_weights", other)).toBe(
      "MechanismDoesNotExist",
    );
    subnet.state.put("SubtensorModule.CommitRevealWeightsEnabled", [NETUID], false);
    expect(outcome(call)).toBe("CommitRevealDisabled");
  });
});
